// SPDX-License-Identifier: Apache-2.0
/// The whole platform as one configuration: each block's own struct, nested as the hierarchy is.
#pragma once

#include "firmware/config.h"
#include "interconnect/config/cube_noc_config.h"
#include "interconnect/config/io_noc_config.h"
#include "interconnect/config/switch_config.h"
#include "interconnect/config/ucie_config.h"
#include "interconnect/fabric/fabric_config.h"
#include "models/cpu/native_hal.h"
#include "models/endpoints/mailbox.h"
#include "models/hbm_controller/hbm_config.h"
#include "models/host/host_config.h"
#include "models/pcie_ep/pcie_ep.h"
#include "models/pe_cpu/pe_cpu_config.h"
#include "models/pe_fetch_store/pe_fetch_store_config.h"
#include "models/pe_gemm/pe_gemm_config.h"
#include "models/pe_ipcq/pe_ipcq_config.h"
#include "models/pe_math/pe_math_config.h"
#include "models/pe_mmu/pe_mmu.h"
#include "models/pe_scheduler/pe_scheduler_config.h"
#include "models/pe_tcm/pe_tcm_config.h"
#include "models/sram/sram.h"
#include "sim/config/config.h"

namespace ahbm {

struct PeConfig {
    PeCpuConfig cpu;
    PeSchedulerConfig scheduler;
    PeFetchStoreConfig fetch_store;
    PeGemmConfig gemm;
    PeMathConfig math;
    PeMmuConfig mmu;
    PeIpcqConfig ipcq;
    PeTcmConfig tcm;

    template <class V>
    void fields(V& v) {
        v("cpu", cpu, "PE_CPU");
        v("scheduler", scheduler, "PE_SCHEDULER");
        v("fetch_store", fetch_store, "PE_FETCH_STORE");
        v("gemm", gemm, "PE_GEMM");
        v("math", math, "PE_MATH");
        v("mmu", mmu, "PE_MMU");
        v("ipcq", ipcq, "PE_IPCQ");
        v("tcm", tcm, "PE_TCM");
    }
    void validate(config::Check& check) const {
        if (tcm.scheduler_reserved >= tcm.size)
            check.fail("tcm.scheduler_reserved", "less than the size of TCM is expected");
        if (tcm.size > 64_MiB) check.fail("tcm.size", "at most 64 MiB of a PE's TCM have an address");
    }
};

struct CubeConfig {
    CubeNocConfig noc;
    HbmConfig hbm;
    SramConfig sram;
    PeConfig pe;

    template <class V>
    void fields(V& v) {
        v("noc", noc, "cube NoC and the places of the blocks on the die");
        v("hbm", hbm, "HBM controller of each PE");
        v("sram", sram, "shared SRAM");
        v("pe", pe, "each PE");
    }
    void validate(config::Check& check) const {
        if (noc.pe_count() > 16) check.fail("noc.pe_per_corner", "at most 16 PEs per cube have an address");
        if (hbm.slice == 0) check.fail("hbm.slice", "at least one burst is expected");
        if (sram.size > 16_GiB) check.fail("sram.size", "at most 16 GiB of a cube's SRAM have an address");
        if (hbm.slice > 128_GiB / noc.pe_count())
            check.fail("hbm.slice", "the slices of a cube exceed the 128 GiB HBM window");
    }
};

struct SipConfig {
    CubeMeshConfig cube_mesh;
    CubeConfig cube;
    UcieConfig ucie;
    IoNocConfig io_noc;
    PcieEpConfig pcie_ep;

    template <class V>
    void fields(V& v) {
        v("cube_mesh", cube_mesh, "mesh of cubes");
        v("cube", cube, "each cube");
        v("ucie", ucie, "die-to-die ports");
        v("io_noc", io_noc, "NoC of the IO chiplet");
        v("pcie_ep", pcie_ep, "PCIe endpoint of the IO chiplet");
    }
    void validate(config::Check& check) const {
        if (cube_mesh.w * cube_mesh.h > 16) check.fail("cube_mesh", "at most 16 cubes per SIP have an address");
        if (ucie.connections > cube.noc.rows || ucie.connections > cube.noc.columns)
            check.fail("ucie.connections", "as many per port as a side of the router grid has lines, at most");
    }
};

struct PlatformConfig {
    SipsConfig sips;
    SipConfig sip;
    SwitchConfig fabric_switch;
    HostConfig host;
    FabricConfig fabric;
    CpuConfig cpu;
    MailboxConfig mailbox;
    firmware::FirmwareConfig firmware;
    sim::Time no_progress = 100000_us;

    template <class V>
    void fields(V& v) {
        v("sips", sips, "how many SIPs, and who neighbours whom");
        v("sip", sip, "each SIP");
        v("switch", fabric_switch, "the switch that joins host and SIPs");
        v("host", host, "the host");
        v("fabric", fabric, "how transactions cross the fabric");
        v("cpu", cpu, "what IO_CPU, M_CPU and PE_CPU have in common");
        v("mailbox", mailbox, "each mailbox");
        v("firmware", firmware, "costs and limits of the firmware");
        v("no_progress", no_progress,
          "a PE that waits longer for a queue, in simulated time, counts as a hang (assumption)");
    }
    void validate(config::Check& check) const {
        if (no_progress == sim::Time{}) check.fail("no_progress", "must be above 0");
    }
};

}  // namespace ahbm

// The largest of all field lists: compiled once, in config.cpp.
namespace ahbm::config {
extern template PlatformConfig load_file(const std::filesystem::path&, const std::vector<std::string>&);
extern template PlatformConfig load_text(const std::string&, const std::string&, const std::vector<std::string>&);
extern template std::string dump(const PlatformConfig&);
extern template std::string reference<PlatformConfig>(const std::string&);
}  // namespace ahbm::config
