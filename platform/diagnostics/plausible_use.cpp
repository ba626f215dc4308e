// SPDX-License-Identifier: Apache-2.0
#include "platform/diagnostics/plausible_use.h"

#include "platform/session.h"

#include <fmt/format.h>

namespace ahbm {
namespace {

void check_time(const std::string& what, sim::Time used, sim::Time there_was) {
    if (used > there_was)
        throw ModelError(fmt::format("{} was used for {:.3f} ns of {:.3f} ns", what, used.ns(), there_was.ns()));
}

void check_ledger(System& system, const KernelUse& kernels) {
    std::uint64_t kept = 0, all = 0;
    for (std::size_t i = 0; i < TrafficClass::count; ++i) {
        const Fabric::Totals& totals = kernels.totals(TrafficClass::at(i));
        kept += totals.transactions;
        if (totals.ledger.sum() != totals.latency)
            throw ModelError(fmt::format("ledger of {}: its parts sum to {:.3f} ns, its latency is {:.3f} ns",
                                         to_string(TrafficClass::at(i)), totals.ledger.sum().ns(),
                                         totals.latency.ns()));
    }
    for (const Access access : {Access::read, Access::write})
        for (std::size_t path = 0; path < kPathClasses; ++path)
            all += system.fabric().totals(access, static_cast<PathClass>(path)).transactions;
    if (kept != all) throw ModelError(fmt::format("ledger: {} of {} transactions are in its classes", kept, all));
}

}  // namespace

void check_use(System& system, const KernelUse& kernels) {
    const std::vector<KernelUse::PeUse> pes = kernels.pes();
    std::size_t number = 0;
    for (const PeCoord at : system.pes()) {
        const KernelUse::PeUse& pe = pes[number++];
        const std::string name = to_string(at);
        check_time(name, pe.ran, kernels.ran());
        check_time(name + ", waiting,", pe.waited, pe.ran);
        for (std::size_t e = 0; e < KernelUse::kEngines; ++e)
            check_time(fmt::format("{} {}", name, KernelUse::kEngineNames[e]), pe.busy[e], pe.ran);
        const HbmController& hbm = system.hbm(at);
        for (std::size_t c = 0; c < hbm.timing().channels().size(); ++c)
            check_time(fmt::format("{} pseudo-channel {}", hbm.name(), c), hbm.timing().channels()[c].kernel_busy,
                       kernels.ran());
    }
    for (const KernelUse::Resource& link : kernels.links()) check_time(link.name, link.busy, kernels.ran());
    for (const KernelUse::Resource& port : kernels.tcm_ports()) check_time(port.name, port.busy, kernels.ran());
    check_ledger(system, kernels);
}

}  // namespace ahbm
