// SPDX-License-Identifier: Apache-2.0
/// Where the collective calls of one group (or the transfers of one pair) come together. Each call's launch waits in
/// its rank's stream, held; when all ranks have come and ask for the same, all go.
/// A rank may be several calls ahead: they join one epoch after the other.
#pragma once

#include "sw_runtime/launch/stream.h"
#include "sw_runtime/process_group/epoch_barrier.h"
#include "sw_runtime/process_group/flight_recorder.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ahbm::runtime {

struct PendingCall {
    std::uint32_t rank = 0;
    CollectiveCall call;
    Stream* stream = nullptr;
    WorkRef work;
    std::uint64_t sequence = 0;  ///< in the flight recorder
};

class Meeting {
public:
    Meeting(std::string name, std::vector<std::uint32_t> ranks, DevicePort& port,
            std::shared_ptr<FlightRecorder> recorder)
        : name_(name), barrier_(std::move(name), std::move(ranks)), port_(port), recorder_(std::move(recorder)) {}

    /// Called with the calls of a complete epoch, which agree; releases their work, now or when it can run.
    using Start = std::function<void(const std::vector<PendingCall>&)>;
    /// Throws EpochError and, at the last rank of an epoch, CollectiveMismatch; the work has failed then.
    void arrive(PendingCall call, const Start& start);
    /// The rank's program has ended. Throws EpochError when somebody waits for it.
    void end(std::uint32_t rank);

    const std::string& name() const { return name_; }

private:
    void join(PendingCall call, const Start& start);
    void begin(std::uint64_t epoch, const Start& start);
    void let_next_join(const Start& start);

    std::string name_;
    EpochBarrier barrier_;
    DevicePort& port_;
    std::shared_ptr<FlightRecorder> recorder_;
    std::vector<PendingCall> joined_;                         ///< the open epoch
    std::map<std::uint32_t, std::deque<PendingCall>> ahead_;  ///< of ranks that have joined it already
    std::set<std::uint32_t> ending_;                          ///< ended while ahead
};

}  // namespace ahbm::runtime
