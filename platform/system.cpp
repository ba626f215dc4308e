// SPDX-License-Identifier: Apache-2.0
#include "platform/system.h"

#include "sim/check.h"

#include <algorithm>
#include <string>

namespace ahbm {

MemoryMap memory_map(const PlatformConfig& config) {
    return {.sips = config.sips.count,
            .cubes = config.sip.cube_mesh.w * config.sip.cube_mesh.h,
            .io_chiplets = 1,
            .pes = config.sip.cube.noc.pe_count(),
            .hbm_slice = config.sip.cube.hbm.slice,
            .tcm = config.sip.cube.pe.tcm.size,
            .sram = config.sip.cube.sram.size};
}

namespace {

/// Each router is a module with its ports, and each SIP knows the way between any two of its own.
void check_size(const PlatformConfig& config) {
    constexpr std::uint64_t in_sip = 2048, in_all = 16384;
    const CubeNocConfig& noc = config.sip.cube.noc;
    const std::uint64_t cubes = config.sip.cube_mesh.w * config.sip.cube_mesh.h,
                        routers = cubes * noc.rows * noc.columns, all = routers * config.sips.count;
    const auto refuse = [&](std::uint64_t has, const char* where, std::uint64_t most) {
        throw ConfigError("", "sip.cube.noc",
                          std::to_string(cubes) + " cubes of " + std::to_string(noc.rows) + " x " +
                              std::to_string(noc.columns) + " routers: " + std::to_string(has) + where + ", at most " +
                              std::to_string(most) + " can be elaborated");
    };
    if (routers > in_sip) refuse(routers, " in a SIP", in_sip);
    if (all > in_all) refuse(all, " in all SIPs", in_all);
}

std::vector<SipId> linked_neighbours(const SystemRouting& routing, SipId sip) {
    std::vector<SipId> linked;
    for (const SipNeighbour& neighbour : routing.neighbours(sip))
        if (routing.linked(sip, neighbour.sip) &&
            std::find(linked.begin(), linked.end(), neighbour.sip) == linked.end())
            linked.push_back(neighbour.sip);
    return linked;
}

}  // namespace

System::System(const sc_core::sc_module_name& name, const PlatformConfig& config, const tl::KernelRegistry& kernels,
               const SystemOptions& options)
    : sc_module(name),
      config_(config),
      log_(options.log_level, options.log_scope),
      recorder_(options.shadow),
      models_(options.models) {
    check_models(config_, models_);
    check_size(config_);
    sip_routing_ = std::make_unique<SipRouting>(
        SipGrid(config_.sip.cube_mesh, config_.sip.cube.noc, config_.sip.ucie, config_.sip.io_noc));
    system_routing_ = std::make_unique<SystemRouting>(config_.sips);
    directory_ =
        std::make_unique<Directory>(Cube::directory(sip_routing_->grid().cube()), memory_map(config_), *sip_routing_);
    fabric_ = std::make_unique<Fabric>(wheel_, config_.fabric, *directory_);
    services_ = std::make_unique<Services>(
        Services{config_, *fabric_, *system_routing_, kernels, models_, recorder_, log_, options.traffic_injectors});
    wheel_.set_run_ahead(config_.fabric.run_ahead);

    host_ = std::make_unique<Host>("host", *fabric_, config_.host, recorder_);
    fabric_block_ = std::make_unique<FabricBlock>("fabric", *fabric_, config_);
    PcieSwitch& switch0 = fabric_block_->switch0;
    const sim::Bandwidth pcie = config_.fabric_switch.link_bandwidth;
    const sim::Time wire = config_.fabric_switch.link_delay;
    host_->fabric.out.connect(switch0.from_host, pcie, wire, LedgerPart::io);
    switch0.to_host.connect(host_->fabric.in, pcie, wire, LedgerPart::io);
    host_->fabric.set_node(Directory::host());

    for (unsigned s = 0; s < config_.sips.count; ++s) {
        const SipId id{s};
        PcieEp& endpoint = sips_
                               .emplace_back(("sip" + std::to_string(s)).c_str(), *services_, id,
                                             linked_neighbours(*system_routing_, id))
                               .io0.pcie_ep;
        endpoint.to_switch.connect(switch0.from_sip(id), pcie, wire, LedgerPart::io);
        switch0.to_sip(id).connect(endpoint.from_switch, pcie, wire, LedgerPart::io);
    }
    for (unsigned s = 0; s < config_.sips.count; ++s)
        for (const SipId peer : linked_neighbours(*system_routing_, SipId{s}))
            sip(SipId{s}).io0.pcie_ep.to_peer(peer).connect(sip(peer).io0.pcie_ep.from_peer(SipId{s}), pcie, wire,
                                                            LedgerPart::io);
    const MemoryMap has = memory_map(config_);
    for (std::uint32_t s = 0; s < has.sips; ++s)
        for (std::uint32_t c = 0; c < has.cubes; ++c)
            for (std::uint32_t p = 0; p < has.pes; ++p) pes_.push_back({SipId{s}, CubeId{c}, PeId{p}});
}

System::~System() = default;

runtime::Machine machine_of(const PlatformConfig& config) {
    const PeConfig& pe = config.sip.cube.pe;
    const MemoryMap map = memory_map(config);
    return {.memory = {map.sips, map.cubes, map.pes, map.hbm_slice, map.tcm, pe.tcm.scheduler_reserved, map.sram},
            .gemm_tile_m = pe.gemm.tile_m,
            .gemm_tile_k = pe.gemm.tile_k,
            .gemm_tile_n = pe.gemm.tile_n,
            .max_tensors = config.firmware.max_tensors,
            .max_scalars = config.firmware.max_scalars,
            .io_columns = std::min(config.sip.io_noc.phys, config.sip.cube_mesh.w),
            .cube_mesh_w = config.sip.cube_mesh.w,
            .cube_mesh_h = config.sip.cube_mesh.h,
            .sip_grid_w = config.sips.shape().w,
            .sip_grid_h = config.sips.shape().h,
            .sip_grid_wraps = config.sips.topology != SipTopology::mesh_2d_no_wrap,
            .cube_hop = {
                .crossing_ps = static_cast<std::uint64_t>(2 * config.sip.ucie.port_overhead.ps()),
                .link_ps_per_kib = static_cast<std::uint64_t>(config.sip.ucie.connection_bandwidth.time_for(1024).ps()),
                .sum_ps_per_kib = static_cast<std::uint64_t>(
                    pe.math.clock.time_for((512 + pe.math.lanes - 1) / pe.math.lanes).ps())}};
}

void System::reset() {
    for (Sip& each : sips_) each.reset();
}

void System::check_books() {
    SIM_CHECK(fabric_->begun() == fabric_->completed(),
              std::to_string(fabric_->begun() - fabric_->completed()) + " transactions never completed");
    const sim::Time now = wheel_.now();
    for (const OutputPort* port : fabric_->ports()) {
        const Link::Stats& stats = port->link().stats();
        SIM_CHECK(stats.bytes == stats.delivered_bytes, port->name() + ": " + std::to_string(stats.bytes) +
                                                            " bytes in, " + std::to_string(stats.delivered_bytes) +
                                                            " bytes out");
        SIM_CHECK(stats.packets == 0 || stats.busy <= stats.last_use - stats.first_use,
                  port->name() + " was busier than time has passed");
        SIM_CHECK(stats.packets == 0 || stats.first_use <= now, port->name() + " was used before anything was sent");
    }
}

}  // namespace ahbm
