// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_bound.h"

#include "experiments/scenarios/bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace ahbm::scenarios {
namespace {

using runtime::CollectiveOp;
using Participation = runtime::ProcessGroup::Participation;
using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  ///< of participants

/// Elements that one SIP (with one SIP: one participant) must at least send and receive.
struct Moved {
    std::uint64_t sent = 0, received = 0;
};
Moved elements_moved(const CclCase& ccl) {
    const std::uint64_t units = ccl.ranks > 1 ? ccl.ranks : ccl.per_rank;
    const std::uint64_t in_unit = ccl.ranks > 1 ? ccl.per_rank : 1, n = ccl.elements;
    switch (ccl.op) {
        case CollectiveOp::all_reduce: {
            const std::uint64_t most = cdiv(2 * (units - 1) * n, units);  // on average, so somebody moves that at least
            return {most, most};
        }
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

/// Whether what participant `from` gives must reach participant `to`.
bool must_hear(const CclCase& ccl, std::uint32_t from, std::uint32_t to) {
    const std::uint32_t source = from / ccl.per_rank, rank = to / ccl.per_rank;
    const bool counterparts = from % ccl.per_rank == to % ccl.per_rank;
    if (from == to) return false;
    switch (ccl.op) {
        case CollectiveOp::broadcast: return counterparts && source == ccl.root;
        case CollectiveOp::send_recv: return counterparts && rank == (source + 1) % ccl.ranks;
        case CollectiveOp::reduce: return rank == ccl.root;
        default: return true;
    }
}

/// The ways between participants, which are numbered rank by rank.
class Ways {
public:
    Ways(Fabric& fabric, const CclCase& ccl, const Participation& participation)
        : fabric_(fabric), ccl_(ccl), per_cube_(participation.policy.num_pes) {}

    const PathProbe& between(std::uint32_t from, std::uint32_t to) const {
        return fabric_.path(fabric_.directory().pe(place(from)), fabric_.directory().pe(place(to)));
    }
    sim::Time head(std::uint32_t from, std::uint32_t to) const { return between(from, to).head_latency(); }

    /// SIPs are alike and all ways between them lead through their IO chiplets: who is nearest to, and farthest from,
    /// another SIP (in one SIP: the first participant) stands for all. Numbers within a rank, each once.
    std::set<std::uint32_t> representatives() const {
        std::set<std::uint32_t> chosen{0};
        const std::uint32_t outside = (ccl_.ranks - 1) * ccl_.per_rank;
        for (const bool out : {true, false}) {
            std::pair<sim::Time, std::uint32_t> nearest{sim::Time::max(), 0}, farthest{};
            for (std::uint32_t p = ccl_.ranks == 1 ? 1 : 0; p < ccl_.per_rank; ++p) {
                const sim::Time time = out ? head(p, outside) : head(outside, p);
                nearest = std::min(nearest, {time, p});
                farthest = std::max(farthest, {time, p});
            }
            chosen.insert({nearest.second, farthest.second});
        }
        return chosen;
    }

private:
    PeCoord place(std::uint32_t participant) const {
        const std::uint32_t in_rank = participant % ccl_.per_rank;
        return {SipId{participant / ccl_.per_rank}, CubeId{in_rank / per_cube_}, PeId{in_rank % per_cube_}};
    }
    Fabric& fabric_;
    const CclCase& ccl_;
    std::uint32_t per_cube_;
};

/// The least head latency of a way out of a rank (in one rank: of any way), and the largest of any.
std::pair<sim::Time, sim::Time> head_latencies(const Ways& ways, const CclCase& ccl) {
    std::vector<std::uint32_t> ends;
    for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank)
        for (const std::uint32_t p : ways.representatives()) ends.push_back(rank * ccl.per_rank + p);
    sim::Time least = sim::Time::max(), most;
    for (const std::uint32_t from : ends)
        for (const std::uint32_t to : ends) {
            if (!must_hear(ccl, from, to)) continue;
            const sim::Time head = ways.head(from, to);
            most = std::max(most, head);
            if (ccl.ranks == 1 || from / ccl.per_rank != to / ccl.per_rank) least = std::min(least, head);
        }
    return {least, most};
}

/// All ways out of the first SIP; of one SIP, out of its first participant.
Pairs ways_out(const CclCase& ccl) {
    Pairs pairs;
    if (ccl.ranks == 1)
        for (std::uint32_t other = 1; other < ccl.per_rank; ++other) pairs.emplace_back(0, other);
    for (std::uint32_t rank = 1; rank < ccl.ranks; ++rank)
        for (std::uint32_t p = 0; p < ccl.per_rank; ++p) {
            pairs.emplace_back(p, rank * ccl.per_rank);
            pairs.emplace_back(0, rank * ccl.per_rank + p);
        }
    return pairs;
}

}  // namespace

std::string CclBound::words() const {
    if (bytes == 0 || time() == farthest)
        return "head latency of the longest way that data must take, whatever the algorithm";
    return fmt::format(
        "{:.3f} ns + {} B / {:.4g} GB/s, whatever the algorithm: head latency of the shortest way, bytes that one {} "
        "must {}, narrowest link of all its ways {}",
        alpha.ns(), bytes, beta.bytes_per_ns(), by_rank ? "SIP" : "participant", received ? "receive" : "send",
        received ? "in" : "out");
}

CclBound bound_of(Session& session, const CclCase& ccl, const Participation& participation) {
    CclBound bound;
    bound.by_rank = ccl.ranks > 1;
    if (ccl.participants() < 2) return bound;
    const Ways ways(session.system().fabric(), ccl, participation);
    std::tie(bound.alpha, bound.farthest) = head_latencies(ways, ccl);

    const Pairs out = ways_out(ccl);
    const auto take = [&](std::uint64_t elements, bool received) {
        std::map<std::string, sim::Bandwidth> common;
        for (const auto& [inside, outside] : out) {
            std::map<std::string, sim::Bandwidth> both;
            for (const PathProbe::Hop& hop :
                 (received ? ways.between(outside, inside) : ways.between(inside, outside)).hops)
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
