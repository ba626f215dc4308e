// SPDX-License-Identifier: Apache-2.0
/// Netlist of one processing element.
#pragma once

#include "models/pe_cpu/pe_cpu.h"
#include "models/pe_dma/pe_dma.h"
#include "models/pe_fetch_store/pe_fetch_store.h"
#include "models/pe_ipcq/pe_ipcq.h"
#include "models/pe_mmu/pe_mmu.h"
#include "models/pe_scheduler/pe_scheduler.h"
#include "models/pe_tcm/pe_tcm.h"
#include "platform/services.h"

#include <memory>

namespace ahbm {

class Pe : public sc_core::sc_module {
public:
    PeTcm tcm;
    PeMmu mmu;
    PeDma dma;
    PeIpcq ipcq;
    PeFetchStore fetch_store;
    std::unique_ptr<EngineModel> gemm;
    std::unique_ptr<EngineModel> math;
    PeScheduler scheduler;
    PeCpu cpu;

    Pe(const sc_core::sc_module_name& name, const Services& services, PeCoord self);

    void reset();
};

}  // namespace ahbm
