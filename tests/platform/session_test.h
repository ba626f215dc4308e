// SPDX-License-Identifier: Apache-2.0
/// A session with the kernels that ship, on a small or the default platform.
#pragma once

#include "experiments/scenarios/path_measurement.h"
#include "platform/session.h"
#include "sim/config/config.h"
#include "sw_runtime/context/context.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ahbm::test {

inline PlatformConfig topology(const std::string& name, const std::vector<std::string>& overrides = {}) {
    return config::load_file<PlatformConfig>(std::string(AHBM_SOURCE_DIR "/configs/topology/") + name + ".yaml",
                                             overrides);
}

class SessionTest : public ::testing::Test {
protected:
    SessionTest() {
        install_report_policy();
        tl::register_builtin_kernels(kernels);
    }
    std::unique_ptr<Session> make(const PlatformConfig& config, shadow::Mode data = shadow::Mode::lazy,
                                  const char* name = "system") {
        SystemOptions options;
        options.shadow.mode = data;
        return std::make_unique<Session>(config, kernels, options, name);
    }
    tl::KernelRegistry kernels;
};

inline PeCoord pe(unsigned sip, unsigned cube, unsigned number) { return {SipId{sip}, CubeId{cube}, PeId{number}}; }

}  // namespace ahbm::test
