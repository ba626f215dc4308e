// SPDX-License-Identifier: Apache-2.0
/// The way up: answer a request, and put the answers of many into one.
#pragma once

#include "firmware/fan_out.h"

#include <map>
#include <optional>
#include <string>

namespace ahbm::firmware {

/// Messages nobody could be told about: requests without a valid completion address, answers nobody waits for.
struct Dropped {
    std::uint64_t count = 0;
    std::string last_reason;
    void add(std::string reason) {
        ++count;
        last_reason = std::move(reason);
    }
};

/// An answer from this CPU to whoever sent `request`: ok so far, no measurements.
abi::Completion answer_to(const abi::Header& request, const CpuIdentity& self);
void refuse(abi::Completion& answer, const abi::Verdict& verdict);

/// Issues the answer, unless its address is none a completion may be written to.
void post(Hal& hal, const FirmwareConfig& config, const abi::Completion& answer, Dropped& dropped);

/// Adds one CPU's answer to the answer of all: worst status with its reporter and text (ties: the lowest cube and PE),
/// earliest and latest times, all PE spans sorted. The result does not depend on the order of merging.
void merge(abi::Completion& all, const abi::Completion& one);

/// Requests that wait for answers, each known to the answering CPUs by a cookie.
class InFlight {
public:
    std::size_t size() const { return waiting_.size(); }
    /// Starts from `answer` and waits for one answer of each child in the mask; returns the cookie they hand back.
    /// `launch_id`: of a launch, else 0.
    std::uint64_t open(const abi::Completion& answer, std::uint16_t children, std::uint64_t launch_id = 0);

    struct Accepted {
        std::uint64_t launch_id = 0;              ///< the answer is part of this launch
        bool failed = false;                      ///< the child's part did not end well
        std::optional<abi::Completion> complete;  ///< the merged answer, when it was the last one missing
    };
    /// Takes a child's answer; the child is told by a field of its reporter (&Reporter::cube or &Reporter::pe). An
    /// answer nobody waits for is dropped.
    Accepted accept(const abi::Message& mail, std::uint16_t abi::Reporter::*child, Dropped& dropped);

private:
    struct Waiting {
        abi::Completion answer;
        std::uint16_t missing = 0;
        std::uint64_t launch_id = 0;
    };
    std::map<std::uint64_t, Waiting> waiting_;
    std::uint64_t next_cookie_ = 0;
};

}  // namespace ahbm::firmware
