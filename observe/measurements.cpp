// SPDX-License-Identifier: Apache-2.0
#include "observe/measurements.h"

#include <algorithm>

namespace ahbm {
namespace {

void add_kernels(const KernelUse& use, Measurements& result) {
    for (const char* name : KernelUse::kEngineNames) result.engines.push_back({name, {}, {}, {}, {}});
    KernelTime& time = result.kernels;
    time.any = use.ran();
    for (const KernelUse::PeUse& pe : use.pes()) {
        ++result.pes;
        if (pe.kernels == 0) continue;
        ++result.busy_pes;
        time.kernels += pe.kernels;
        time.mean += pe.ran;
        time.longest = std::max(time.longest, pe.ran);
        time.mean_waited += pe.waited;
        if (pe.waited > time.longest_waited) time.longest_waited = pe.waited, time.waiter_ran = pe.ran;
        for (std::size_t e = 0; e < KernelUse::kEngines; ++e) {
            EngineUse& engine = result.engines[e];
            engine.mean += pe.busy[e];
            if (pe.busy[e] > engine.busiest) engine.busiest = pe.busy[e], engine.busiest_ran = pe.ran;
        }
    }
    for (EngineUse& engine : result.engines) engine.sum = engine.mean;
    if (result.busy_pes == 0) return;
    const auto to_mean = [&](sim::Time& sum) { sum = sim::Time::ps(sum.ps() / result.busy_pes); };
    to_mean(time.mean);
    to_mean(time.mean_waited);
    for (EngineUse& engine : result.engines) to_mean(engine.mean);
}

template <class Key>
std::vector<KernelUse::Resource> top(std::vector<KernelUse::Resource> all, std::size_t count, Key key) {
    std::erase_if(all, [&](const KernelUse::Resource& each) { return key(each) == sim::Time{}; });
    std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) > key(b); });
    if (all.size() > count) all.resize(count);
    return all;
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

Measurements measure(System& system, const KernelUse& kernels, std::size_t links) {
    Measurements result;
    const Fabric& fabric = system.fabric();
    result.transactions = fabric.completed();
    result.hops = fabric.hops();
    result.flit_hops = fabric.flit_hops();
    result.events = system.wheel().dispatched();
    add_kernels(kernels, result);
    for (std::size_t i = 0; i < TrafficClass::count; ++i)
        if (const Fabric::Totals& totals = kernels.totals(TrafficClass::at(i)); totals.transactions > 0)
            result.paths.push_back({TrafficClass::at(i), totals});
    std::vector<KernelUse::Resource> used = kernels.links();
    for (KernelUse::Resource& hbm : kernels.hbms()) used.push_back(std::move(hbm));
    for (KernelUse::Resource& port : kernels.tcm_ports()) used.push_back(std::move(port));
    result.kernel_busiest = top(used, links, [](const KernelUse::Resource& r) { return r.busy; });
    result.kernel_contenders = top(used, links, [](const KernelUse::Resource& r) { return r.waited; });
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
