// SPDX-License-Identifier: Apache-2.0
/// What every part of one platform is built with: its configuration and the collaborators all blocks share.
#pragma once

#include "firmware/tl/kernel.h"
#include "interconnect/fabric/fabric.h"
#include "interconnect/topology/system_routing.h"
#include "platform/config.h"
#include "platform/models.h"
#include "shadow/recorder.h"
#include "sim/log.h"

namespace ahbm {

struct Services {
    const PlatformConfig& config;
    Fabric& fabric;
    const SystemRouting& system_routing;
    const tl::KernelRegistry& kernels;
    const ModelRegistry& models;
    shadow::Recorder& recorder;
    sim::Log& log;
    bool traffic_injectors = false;  ///< on every router

    unsigned cubes() const { return config.sip.cube_mesh.w * config.sip.cube_mesh.h; }
    unsigned pes() const { return config.sip.cube.noc.pe_count(); }
};

}  // namespace ahbm
