// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/flight_recorder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace ahbm::runtime {

std::string_view to_string(CallState state) {
    static constexpr std::array<std::string_view, 4> names{"waiting", "running", "complete", "failed"};
    return names[static_cast<std::size_t>(state)];
}

std::uint64_t FlightRecorder::called(std::uint32_t rank, std::string where, std::uint64_t epoch,
                                     const CollectiveCall& call, sim::Time now) {
    Calls& calls = ranks_.at(rank);
    if (calls.records.size() == depth_) calls.records.pop_front();
    calls.records.push_back({calls.count, std::move(where), epoch, call, CallState::waiting, now, now});
    return calls.count++;
}

void FlightRecorder::changed(std::uint32_t rank, std::uint64_t sequence, CallState state, sim::Time now) {
    Calls& calls = ranks_.at(rank);
    const std::uint64_t oldest = calls.count - calls.records.size();
    if (sequence < oldest) return;
    FlightRecord& record = calls.records.at(sequence - oldest);
    record.state = state;
    record.changed = now;
}

const FlightRecord* FlightRecorder::find(std::uint32_t rank, const std::string& where, std::uint64_t epoch) const {
    for (const FlightRecord& record : of(rank))
        if (record.where == where && record.epoch == epoch) return &record;
    return nullptr;
}

std::string FlightRecorder::divergence(const std::vector<std::uint32_t>& ranks, const std::string& where,
                                       std::uint64_t epoch) const {
    const auto open = [](const FlightRecord& record) {
        return record.state == CallState::waiting || record.state == CallState::running;
    };
    const auto line = [](std::uint32_t rank, const FlightRecord& a, const FlightRecord& b) {
        const bool in_order = a.sequence < b.sequence;
        const FlightRecord &first = in_order ? a : b, &second = in_order ? b : a;
        return fmt::format("\n  rank {}: {} in {}, then {} in {}", rank, to_string(first.call), first.where,
                           to_string(second.call), second.where);
    };
    for (const std::uint32_t rank : ranks)
        for (const FlightRecord& other : of(rank)) {
            if (!open(other) || other.where == where || other.call.op == CollectiveOp::send_recv) continue;
            for (const std::uint32_t peer : ranks) {
                const FlightRecord *mine = find(rank, where, epoch), *theirs = find(peer, where, epoch),
                                   *same = peer == rank ? nullptr : find(peer, other.where, other.epoch);
                if (mine == nullptr || theirs == nullptr || same == nullptr || !open(*same)) continue;
                if ((other.sequence < mine->sequence) == (same->sequence < theirs->sequence)) continue;
                return "the ranks call the collectives of two groups in different orders, so each waits for the other" +
                       line(rank, other, *mine) + line(peer, *same, *theirs);
            }
        }
    return {};
}

std::string FlightRecorder::text() const {
    return lines([](const FlightRecord&) { return true; });
}

std::string FlightRecorder::unfinished() const {
    return lines([](const FlightRecord& record) {
        return record.state == CallState::waiting || record.state == CallState::running;
    });
}

template <class Wanted>
std::string FlightRecorder::lines(Wanted wanted) const {
    std::string text;
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank)
        for (const FlightRecord& r : ranks_[rank].records)
            if (wanted(r))
                text += fmt::format("rank {} #{} {} epoch {}: {}, called at {:.3f} ns, {} since {:.3f} ns\n", rank,
                                    r.sequence, r.where, r.epoch, to_string(r.call), r.called.ns(), to_string(r.state),
                                    r.changed.ns());
    return text;
}

nlohmann::json FlightRecorder::json() const {
    nlohmann::json ranks = nlohmann::json::array();
    for (const Calls& calls : ranks_) {
        nlohmann::json& records = ranks.emplace_back(nlohmann::json::array());
        for (const FlightRecord& r : calls.records) {
            nlohmann::json& record = records.emplace_back(nlohmann::json{{"sequence", r.sequence},
                                                                         {"where", r.where},
                                                                         {"epoch", r.epoch},
                                                                         {"op", to_string(r.call.op)},
                                                                         {"state", to_string(r.state)},
                                                                         {"called_ps", r.called.ps()},
                                                                         {"changed_ps", r.changed.ps()}});
            if (r.call.op == CollectiveOp::barrier) continue;
            record["dtype"] = ahbm::to_string(r.call.dtype);
            record["count"] = r.call.count;
            if (r.call.reduces()) record["redop"] = to_string(r.call.redop);
            if (r.call.has_root()) record["root"] = r.call.root;
        }
    }
    return ranks;
}

}  // namespace ahbm::runtime
