// SPDX-License-Identifier: Apache-2.0
/// The top netlist: host, switch and SIPs; and what they share. Several systems may be elaborated side by side.
#pragma once

#include "interconnect/switch/pcie_switch.h"
#include "models/host/host.h"
#include "platform/sip.h"
#include "sim/block_list.h"
#include "sw_runtime/device_port.h"

#include <memory>
#include <string>
#include <vector>

namespace ahbm {

/// What one system is built with besides its hardware configuration.
struct SystemOptions {
    ModelRegistry models = builtin_models();  ///< what `impl` may name
    shadow::RecorderConfig shadow;
    sim::Log::Level log_level = sim::Log::Level::warning;
    std::string log_scope;
    bool traffic_injectors = false;  ///< on every router, for synthetic traffic
};

/// What of the address space a system of this configuration has.
MemoryMap memory_map(const PlatformConfig& config);
/// What runtimes are told of a system of this configuration.
runtime::Machine machine_of(const PlatformConfig& config);

class System : public sc_core::sc_module {
public:
    /// Throws ConfigError for a configuration that describes no system. `kernels` must outlive the system.
    System(const sc_core::sc_module_name& name, const PlatformConfig& config, const tl::KernelRegistry& kernels,
           const SystemOptions& options = {});
    ~System() override;

    const PlatformConfig& config() const { return config_; }
    sim::WheelPump& wheel() { return wheel_; }
    Fabric& fabric() { return *fabric_; }
    shadow::Recorder& recorder() { return recorder_; }
    sim::Log& log() { return log_; }
    const SipRouting& routing() const { return *sip_routing_; }
    const SystemRouting& system_routing() const { return *system_routing_; }
    Host& host() { return *host_; }
    Sip& sip(SipId id) { return sips_[id.value]; }
    Pe& pe(PeCoord at) { return sip(at.sip).cube(at.cube).pe(at.pe); }
    HbmController& hbm(PeCoord at) { return sip(at.sip).cube(at.cube).hbm(at.pe); }
    /// Of a system that was built with them.
    TrafficInjector& injector(SipId at, RouterId router) {
        const SipGrid& grid = sip_routing_->grid();
        return sip(at).cube(grid.cube_of(router)).injector(grid.local(router));
    }
    bool has_injectors() const { return services_->traffic_injectors; }
    const std::vector<PeCoord>& pes() const { return pes_; }  ///< all of them, in order
    unsigned sip_count() const { return static_cast<unsigned>(sips_.size()); }
    runtime::Machine machine() const { return machine_of(config_); }

    /// Back to the state after elaboration, except for the statistics. The host must have no requests open.
    void reset();

    /// Invariants that must hold when a run has ended: bytes in = bytes out on every link, no link busier than time
    /// has passed, every transaction complete. Throws the kernel's fatal report naming the resource.
    void check_books();

private:
    PlatformConfig config_;
    sim::Log log_;
    shadow::Recorder recorder_;
    sim::WheelPump wheel_{"wheel"};
    std::unique_ptr<SipRouting> sip_routing_;
    std::unique_ptr<SystemRouting> system_routing_;
    std::unique_ptr<Directory> directory_;
    std::unique_ptr<Fabric> fabric_;
    ModelRegistry models_;
    std::unique_ptr<Services> services_;
    std::unique_ptr<Host> host_;

public:
    /// fabric.switch0
    struct FabricBlock : sc_core::sc_module {
        FabricBlock(const sc_core::sc_module_name& name, Fabric& shared, const PlatformConfig& config)
            : sc_module(name), switch0("switch0", shared, config.fabric_switch, config.sips.count) {}
        PcieSwitch switch0;
    };

private:
    std::unique_ptr<FabricBlock> fabric_block_;
    sim::BlockList<Sip> sips_;
    std::vector<PeCoord> pes_;
};

/// A block's name without the system's own: "sip0.cube0.pe0.pe_dma".
inline std::string name_within_system(const std::string& block) { return block.substr(block.find('.') + 1); }

}  // namespace ahbm
