// SPDX-License-Identifier: Apache-2.0
#include "platform/measurements.h"

#include <algorithm>

namespace ahbm {
namespace {

void add_engines(System& system, Measurements& result) {
    const char* names[] = {"DMA read", "DMA write", "FETCH", "STORE", "GEMM", "MATH"};
    std::vector<EngineUse> engines;
    for (const char* name : names) engines.push_back({name, {}, {}});
    const sim::Time now = system.wheel().now();
    for (const PeCoord at : system.pes()) {
        const Pe& pe = system.pe(at);
        const sim::Time busy[] = {pe.dma.read_channel().busy(now),
                                  pe.dma.write_channel().busy(now),
                                  pe.fetch_store.busy(PeFetchStore::Side::fetch),
                                  pe.fetch_store.busy(PeFetchStore::Side::store),
                                  pe.gemm->busy(),
                                  pe.math->busy()};
        const sim::Time any = *std::max_element(std::begin(busy), std::end(busy));
        if (any == sim::Time{}) continue;
        ++result.busy_pes;
        for (std::size_t e = 0; e < engines.size(); ++e) {
            engines[e].mean += busy[e];
            engines[e].busiest = std::max(engines[e].busiest, busy[e]);
        }
    }
    for (EngineUse& engine : engines)
        if (result.busy_pes > 0) engine.mean = sim::Time::ps(engine.mean.ps() / result.busy_pes);
    result.engines = std::move(engines);
}

template <class Key>
std::vector<LinkUse> top_links(System& system, std::size_t count, Key key) {
    std::vector<LinkUse> links;
    for (const OutputPort* port : system.fabric().ports())
        if (key(port->link().stats()) > sim::Time{}) links.push_back({port->name(), port->link().stats()});
    // Stable: equals stay in the order of construction.
    std::stable_sort(links.begin(), links.end(),
                     [&](const LinkUse& a, const LinkUse& b) { return key(a.stats) > key(b.stats); });
    if (links.size() > count) links.resize(count);
    return links;
}

}  // namespace

Measurements measure(System& system, std::size_t links) {
    Measurements result;
    const Fabric& fabric = system.fabric();
    result.transactions = fabric.completed();
    result.hops = fabric.hops();
    result.flit_hops = fabric.flit_hops();
    result.events = system.wheel().dispatched();
    add_engines(system, result);
    for (const Access access : {Access::read, Access::write})
        for (std::size_t path = 0; path < kPathClasses; ++path) {
            const Fabric::Totals& totals = fabric.totals(access, static_cast<PathClass>(path));
            if (totals.transactions > 0)
                result.paths.push_back(
                    {access == Access::read ? "read" : "write", std::string(kPathClassNames[path]), totals});
        }
    result.busiest_links = top_links(system, links, [](const Link::Stats& s) { return s.busy; });
    result.top_contenders = top_links(system, links, [](const Link::Stats& s) { return s.queueing; });
    return result;
}

std::vector<std::pair<std::string, unsigned>> inventory(const PlatformConfig& config) {
    const unsigned sips = config.sips.count, cubes = sips * config.sip.cube_mesh.w * config.sip.cube_mesh.h;
    const CubeNocConfig& noc = config.sip.cube.noc;
    const unsigned pes = cubes * noc.pe_count();
    unsigned routers = 0;
    for (unsigned r = 0; r < noc.rows; ++r)
        for (unsigned c = 0; c < noc.columns; ++c) routers += noc.is_hole(r, c) ? 0 : 1;
    const unsigned cube_ports = 4 * cubes, phys = sips * config.sip.io_noc.phys, per_port = config.sip.ucie.connections;
    std::vector<std::pair<std::string, unsigned>> kinds{{"host", 1},
                                                        {"switch", 1},
                                                        {"pcie_ep", sips},
                                                        {"io_cpu", sips},
                                                        {"io_noc", sips},
                                                        {"phy", phys},
                                                        {"phy connection", phys * per_port},
                                                        {"router", cubes * routers},
                                                        {"ucie port", cube_ports},
                                                        {"ucie connection", cube_ports * per_port},
                                                        {"hbm controller", pes},
                                                        {"m_cpu", cubes},
                                                        {"sram", cubes}};
    for (const char* block :
         {"pe_cpu", "pe_scheduler", "pe_dma", "pe_ipcq", "pe_fetch_store", "pe_gemm", "pe_math", "pe_mmu", "pe_tcm"})
        kinds.emplace_back(block, pes);
    return kinds;
}

}  // namespace ahbm
