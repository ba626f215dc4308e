// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ahbm::scenarios {
namespace {

using runtime::CollectiveOp;
using Participation = runtime::ProcessGroup::Participation;
using Pairs = std::vector<std::pair<PeCoord, PeCoord>>;

constexpr PeCoord first_of(std::uint32_t sip) { return {SipId{sip}, CubeId{0}, PeId{0}}; }

/// Elements that one SIP (with one SIP: one participant) must at least send and receive.
struct Moved {
    std::uint64_t sent = 0, received = 0;
};
Moved elements_moved(const CclCase& ccl) {
    const std::uint64_t units = ccl.ranks > 1 ? ccl.ranks : ccl.per_rank;
    const std::uint64_t in_unit = ccl.ranks > 1 ? ccl.per_rank : 1, n = ccl.elements;
    switch (ccl.op) {
        case CollectiveOp::all_reduce: return {2 * (units - 1) * n / units, 2 * (units - 1) * n / units};
        case CollectiveOp::all_gather: return {in_unit * n, (units - 1) * in_unit * n};
        case CollectiveOp::reduce_scatter: return {(units - 1) * in_unit * n, in_unit * n};
        case CollectiveOp::all_to_all:
            return {in_unit * (units - 1) * in_unit * n, in_unit * (units - 1) * in_unit * n};
        case CollectiveOp::broadcast:
        case CollectiveOp::send_recv: return {in_unit * n, in_unit * n};
        case CollectiveOp::reduce: return {n, n};
        case CollectiveOp::barrier: break;
    }
    return {};
}

/// Who must hear from whom.
Pairs ways_to_take(const CclCase& ccl, const std::vector<PeCoord>& participants) {
    Pairs pairs;
    if (ccl.ranks == 1) {
        for (const PeCoord to : participants)
            if (to != first_of(0)) pairs.emplace_back(first_of(0), to);
        return pairs;
    }
    const auto needed = [&](std::uint32_t from, std::uint32_t to) {
        switch (ccl.op) {
            case CollectiveOp::broadcast: return from == ccl.root;
            case CollectiveOp::reduce: return to == ccl.root;
            case CollectiveOp::send_recv: return to == (from + 1) % ccl.ranks;
            default: return true;
        }
    };
    for (std::uint32_t from = 0; from < ccl.ranks; ++from)
        for (std::uint32_t to = 0; to < ccl.ranks; ++to)
            if (from != to && needed(from, to)) pairs.emplace_back(first_of(from), first_of(to));
    return pairs;
}

/// All ways out of the first SIP; of one SIP, out of its first participant.
Pairs ways_out(const CclCase& ccl, const std::vector<PeCoord>& participants) {
    Pairs pairs;
    for (std::uint32_t other = 1; other < ccl.ranks; ++other)
        for (PeCoord at : participants) {
            pairs.emplace_back(at, first_of(other));
            at.sip = SipId{other};
            pairs.emplace_back(first_of(0), at);
        }
    return ccl.ranks > 1 ? pairs : ways_to_take(ccl, participants);
}

}  // namespace

std::string CclBound::words() const {
    const std::string way = fmt::format("longest way between two {}", by_rank ? "ranks" : "participants");
    if (bytes == 0) return way + ", whatever the algorithm";
    return fmt::format(
        "{:.3f} ns + {} B / {:.4g} GB/s, whatever the algorithm: {}, bytes one must {}, narrowest link of "
        "all its ways {}",
        alpha.ns(), bytes, beta.bytes_per_ns(), way, received ? "receive" : "send", received ? "in" : "out");
}

CclBound bound_of(Session& session, const CclCase& ccl, const Participation& participation) {
    CclBound bound;
    bound.by_rank = ccl.ranks > 1;
    if (ccl.participants() < 2) return bound;
    Fabric& fabric = session.system().fabric();
    const auto path = [&](PeCoord from, PeCoord to) -> const PathProbe& {
        return fabric.path(fabric.directory().pe(from), fabric.directory().pe(to));
    };
    std::vector<PeCoord> participants;
    for (std::uint32_t c = 0; c < participation.policy.num_cubes; ++c)
        for (std::uint32_t p = 0; p < participation.policy.num_pes; ++p)
            participants.push_back({SipId{0}, CubeId{c}, PeId{p}});
    for (const auto& [from, to] : ways_to_take(ccl, participants))
        bound.alpha = std::max(bound.alpha, path(from, to).head_latency());

    const Pairs out = ways_out(ccl, participants);
    const auto take = [&](std::uint64_t elements, bool received) {
        std::map<std::string, sim::Bandwidth> common;
        for (const auto& [inside, outside] : out) {
            std::map<std::string, sim::Bandwidth> both;
            for (const PathProbe::Hop& hop : (received ? path(outside, inside) : path(inside, outside)).hops)
                if (&inside == &out.front().first || common.contains(hop.port)) both.emplace(hop.port, hop.bandwidth);
            common = std::move(both);
        }
        if (common.empty()) return;
        const sim::Bandwidth beta = std::ranges::min_element(common, {}, [](const auto& link) {
                                        return link.second.megabytes_per_second;
                                    })->second;
        const std::uint64_t bytes = elements * size_of(ccl.dtype);
        const sim::Time before = bound.bytes == 0 ? sim::Time{} : bound.beta.time_for(bound.bytes);
        if (beta.time_for(bytes) > before) bound.bytes = bytes, bound.beta = beta, bound.received = received;
    };
    const Moved moved = elements_moved(ccl);
    take(moved.sent, false);
    take(moved.received, true);
    return bound;
}

}  // namespace ahbm::scenarios
