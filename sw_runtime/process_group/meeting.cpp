// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/meeting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::runtime {

void Meeting::arrive(PendingCall call, const Start& start) {
    std::deque<PendingCall>& ahead = ahead_[call.rank];
    const std::uint64_t epoch = barrier_.open_epoch() + (barrier_.has_joined(call.rank) ? 1 + ahead.size() : 0);
    call.sequence = recorder_->called(call.rank, name_, epoch, call.call, port_.now());
    call.work->done = [recorder = recorder_, rank = call.rank, sequence = call.sequence](const Work& work) {
        recorder->changed(rank, sequence, work.error ? CallState::failed : CallState::complete, work.completed);
    };
    if (barrier_.has_joined(call.rank)) return ahead.push_back(std::move(call));
    join(std::move(call), start);
}

void Meeting::join(PendingCall call, const Start& start) {
    EpochBarrier::Joined joined;
    try {
        joined = barrier_.join(call.rank);
    } catch (const EpochError&) {
        call.stream->fail(call.work, std::current_exception());
        throw;
    }
    joined_.push_back(std::move(call));
    if (joined.complete) begin(joined.epoch, start);
}

void Meeting::begin(std::uint64_t epoch, const Start& start) {
    std::vector<PendingCall> calls = std::exchange(joined_, {});
    std::sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
    std::vector<std::pair<std::uint32_t, CollectiveCall>> by_rank;
    for (const PendingCall& each : calls) by_rank.emplace_back(each.rank, each.call);
    try {
        check_agreement(fmt::format("{}, epoch {}", name_, epoch), by_rank);
        if (by_rank.front().second.op != CollectiveOp::send_recv) {
            std::vector<std::uint32_t> ranks;
            for (const auto& [rank, call] : by_rank) ranks.push_back(rank);
            if (const std::string order = recorder_->divergence(ranks, name_, epoch); !order.empty())
                throw CollectiveMismatch(order);
        }
    } catch (const CollectiveMismatch&) {
        for (const PendingCall& each : calls) each.stream->fail(each.work, std::current_exception());
        let_next_join(start);
        throw;
    }
    for (const PendingCall& each : calls) recorder_->changed(each.rank, each.sequence, CallState::running, port_.now());
    start(calls);
    let_next_join(start);
}

void Meeting::let_next_join(const Start& start) {
    // No epoch completes here: the rank that came last is not ahead.
    for (auto& [rank, ahead] : ahead_) {
        if (ahead.empty()) continue;
        PendingCall next = std::move(ahead.front());
        ahead.pop_front();
        join(std::move(next), start);
        if (ahead.empty() && ending_.erase(rank) != 0) barrier_.end(rank);
    }
}

void Meeting::end(std::uint32_t rank) {
    if (ahead_[rank].empty())
        barrier_.end(rank);
    else
        ending_.insert(rank);
}

}  // namespace ahbm::runtime
