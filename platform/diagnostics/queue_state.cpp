// SPDX-License-Identifier: Apache-2.0
#include "platform/diagnostics/queue_state.h"

#include "sim/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <set>

namespace ahbm {
namespace {

/// The queue pair at the other end: the one that writes into our ring.
const QueuePair* other_end(System& system, const QueuePair& queue) {
    for (const auto& installed : system.pe(queue.setup().peer).ipcq.queues())
        if (installed && installed->queue.setup().peer_rx_base == queue.setup().rx_base) return &installed->queue;
    return nullptr;
}

std::string_view to_string(PeIpcq::Operation::Kind kind) {
    using Kind = PeIpcq::Operation::Kind;
    switch (kind) {
        case Kind::reserved: return "reserved the slot of tile";
        case Kind::sent: return "sent tile";
        case Kind::arrived: return "got tile";
        case Kind::received: return "received tile";
        case Kind::given_back: return "gave back tile";
        case Kind::credited: return "was credited up to tile";
    }
    return "?";
}

std::string last_operation(Pe& pe, PeCoord at) {
    const std::vector<PeIpcq::Operation> recent = pe.ipcq.recent();
    if (recent.empty()) return to_string(at) + " has not used a queue";
    const PeIpcq::Operation& last = recent.back();
    const auto& installed = pe.ipcq.queues()[last.queue];
    return fmt::format("{}: last {} {} of {} at {:.3f} ns", to_string(at), to_string(last.kind), last.sequence,
                       installed ? installed->queue.setup().direction : "a removed queue", last.time.ns());
}

std::string activity(Pe& pe, PeCoord at) {
    return to_string(at) +
           (pe.cpu.kernels.running() ? " runs a kernel and does not wait for a queue" : " runs no kernel");
}

std::string why(System& system, const QueuePair& queue, bool receive) {
    const std::string peer = to_string(queue.setup().peer), &direction = queue.setup().direction;
    if (receive) return fmt::format("tile {} from {} that {} has not sent", queue.my_tail(), direction, peer);
    const QueuePair* const there = other_end(system, queue);
    const std::uint64_t unread = there != nullptr ? there->peer_head_cache() - there->my_tail() : 0;
    return fmt::format("a slot towards {}: {} has not given back {} of {}, {} not received", direction, peer,
                       queue.my_head() - queue.peer_tail_cache(), queue.setup().n_slots, unread);
}

/// Breadth first from each wait over "whom waits in turn": the shortest way back to where it began.
std::vector<std::size_t> shortest_cycle(const std::vector<WaitForGraph::Wait>& waits) {
    std::multimap<PeCoord, std::size_t> by_who;
    for (std::size_t i = 0; i < waits.size(); ++i) by_who.emplace(waits[i].who, i);
    std::vector<std::size_t> best;
    for (std::size_t start = 0; start < waits.size(); ++start) {
        std::map<std::size_t, std::size_t> came_from{{start, start}};
        for (std::deque<std::size_t> next{start}; !next.empty(); next.pop_front()) {
            const std::size_t at = next.front();
            if (waits[at].whom == waits[start].who) {
                std::vector<std::size_t> cycle{at};
                while (cycle.back() != start) cycle.push_back(came_from[cycle.back()]);
                std::reverse(cycle.begin(), cycle.end());
                if (best.empty() || cycle.size() < best.size()) best = cycle;
                break;
            }
            const auto [first, last] = by_who.equal_range(waits[at].whom);
            for (auto it = first; it != last; ++it)
                if (came_from.emplace(it->second, at).second) next.push_back(it->second);
        }
        if (best.size() == 1 || best.size() == 2) break;
    }
    return best;
}

}  // namespace

std::string pointer_dump(System& system) {
    std::string text;
    for (const PeCoord at : system.pes()) {
        Pe& pe = system.pe(at);
        const std::vector<PeIpcq::Waiting> waiting = pe.ipcq.waiting();
        for (std::uint32_t q = 0; q < pe.ipcq.queues().size(); ++q) {
            if (!pe.ipcq.queues()[q]) continue;
            const QueuePair& queue = pe.ipcq.queues()[q]->queue;
            const QueuePair::Setup& setup = queue.setup();
            std::string waits;
            for (const PeIpcq::Waiting& wait : waiting)
                if ((wait.queues >> q & 1) != 0)
                    waits += fmt::format("  waits for a {} since {:.3f} ns", wait.receive ? "tile" : "credit",
                                         wait.since.ns());
            if (waits.empty() && queue.my_head() == 0 && queue.peer_head_cache() == 0) continue;
            text += fmt::format(
                "{} {:<8} peer {} ring {} ({} x {} B) sent {} credited {} arrived {} received {} given back {}{}\n",
                to_string(at), setup.direction, to_string(setup.peer), to_string(PhysAddr::from_raw(setup.rx_base)),
                setup.n_slots, setup.slot_bytes, queue.my_head(), queue.peer_tail_cache(), queue.peer_head_cache(),
                queue.my_tail(), queue.released(), waits);
        }
    }
    return text;
}

WaitForGraph wait_for_graph(System& system) {
    WaitForGraph graph;
    for (const PeCoord at : system.pes()) {
        Pe& pe = system.pe(at);
        for (const PeIpcq::Waiting& wait : pe.ipcq.waiting())
            for (std::uint64_t left = wait.queues; left != 0; left &= left - 1) {
                const QueuePair& queue = pe.ipcq.queues()[static_cast<std::size_t>(std::countr_zero(left))]->queue;
                graph.waits.push_back({at, queue.setup().peer, why(system, queue, wait.receive), wait.since});
            }
    }
    graph.cycle = shortest_cycle(graph.waits);

    std::set<PeCoord> waiting, named;
    for (const WaitForGraph::Wait& wait : graph.waits) waiting.insert(wait.who);
    for (const std::size_t i : graph.cycle) named.insert(graph.waits[i].who);
    for (const WaitForGraph::Wait& wait : graph.waits)
        if (!waiting.contains(wait.whom) && named.insert(wait.whom).second)
            graph.ends.push_back(activity(system.pe(wait.whom), wait.whom));
    for (const PeCoord at : named) graph.last_operations.push_back(last_operation(system.pe(at), at));
    return graph;
}

std::string WaitForGraph::words() const {
    constexpr std::size_t kShown = 8;
    if (waits.empty()) return {};
    std::string text;
    const auto tell = [&](const Wait& wait) {
        text += fmt::format("  {} waits since {:.3f} ns for {}\n", to_string(wait.who), wait.since.ns(), wait.why);
    };
    if (!cycle.empty()) {
        text += fmt::format("deadlock of {} PE{}:\n", cycle.size(), cycle.size() == 1 ? "" : "s");
        for (const std::size_t i : cycle) tell(waits[i]);
    } else {
        text += fmt::format("{} wait{} for queues, and no cycle:\n", waits.size(), waits.size() == 1 ? "" : "s");
        for (std::size_t i = 0; i < std::min(kShown, waits.size()); ++i) tell(waits[i]);
        if (waits.size() > kShown) text += fmt::format("  and {} more\n", waits.size() - kShown);
    }
    const auto list = [&](const std::vector<std::string>& lines) {
        for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) text += "  " + lines[i] + "\n";
        if (lines.size() > kShown) text += fmt::format("  and {} more\n", lines.size() - kShown);
    };
    list(ends);
    list(last_operations);
    return text;
}

std::string WaitForGraph::graphviz() const {
    const std::set<std::size_t> in_cycle(cycle.begin(), cycle.end());
    std::string text =
        "digraph waits {\n  rankdir=LR;\n  node [shape=box, fontname=sans];\n  edge [fontname=sans, fontsize=10];\n";
    for (std::size_t i = 0; i < waits.size(); ++i)
        text += fmt::format("  \"{}\" -> \"{}\" [label=\"{}\"{}];\n", to_string(waits[i].who), to_string(waits[i].whom),
                            waits[i].why, in_cycle.contains(i) ? ", color=red, penwidth=2" : "");
    return text + "}\n";
}

std::vector<std::string> findings_of(System& system) {
    std::vector<std::string> findings;
    for (const auto& read : system.recorder().uninitialised_reads()) findings.push_back(to_string(read));
    for (const PeCoord at : system.pes()) {
        Pe& pe = system.pe(at);
        for (const PeIpcq::Race& race : pe.ipcq.races())
            findings.push_back(fmt::format(
                "race: {} read tile {} from {} in its slot at {:.3f} ns, after a newer tile came there at {:.3f} ns",
                to_string(at), race.sequence, race.direction, race.read.ns(), race.overwritten.ns()));
        if (pe.ipcq.refused_tiles() > 0)
            findings.push_back(fmt::format("{} refused {} tiles", to_string(at), pe.ipcq.refused_tiles()));
    }
    return findings;
}

void check_queues(System& system) {
    for (const PeCoord at : system.pes()) {
        Pe& pe = system.pe(at);
        for (const auto& installed : pe.ipcq.queues()) {
            if (!installed || !installed->error.empty()) continue;
            const QueuePair& queue = installed->queue;
            const QueuePair* const there = other_end(system, queue);
            const bool undisturbed = !pe.ipcq.disturbed() && !system.pe(queue.setup().peer).ipcq.disturbed();
            if (there == nullptr || !undisturbed) continue;
            SIM_CHECK(queue.my_head() == there->peer_head_cache(),
                      fmt::format("{} sent {} tiles towards {}, {} arrived", to_string(at), queue.my_head(),
                                  queue.setup().direction, there->peer_head_cache()));
            SIM_CHECK(queue.bytes_sent == there->bytes_received,
                      fmt::format("{} sent {} B towards {}, {} B arrived", to_string(at), queue.bytes_sent,
                                  queue.setup().direction, there->bytes_received));
            SIM_CHECK(queue.peer_tail_cache() == there->released(),
                      fmt::format("{} got credits for {} tiles towards {}, {} were given back", to_string(at),
                                  queue.peer_tail_cache(), queue.setup().direction, there->released()));
        }
    }
}

}  // namespace ahbm
