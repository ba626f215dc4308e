// SPDX-License-Identifier: Apache-2.0
/// Where the ranks of a group meet: each call joins the open epoch; when all have joined, the next one opens. Knows no
/// time and waits for nobody: it only says who is missing.
#pragma once

#include "sw_runtime/process_group/collective_call.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// A rank does not keep to its group's epochs.
class EpochError : public ProcessGroupError {
public:
    using ProcessGroupError::ProcessGroupError;
};

class EpochBarrier {
public:
    /// `name` as errors name it, "group 0"; `ranks` are those that meet here.
    EpochBarrier(std::string name, std::vector<std::uint32_t> ranks);

    struct Joined {
        std::uint64_t epoch = 0;
        bool complete = false;  ///< this was the last rank
    };
    /// Throws EpochError: the rank does not belong here, has joined the open epoch already, or would wait for a rank
    /// that has ended.
    Joined join(std::uint32_t rank);
    /// The rank will join no more. Throws EpochError when somebody waits for it.
    void end(std::uint32_t rank);

    bool has_joined(std::uint32_t rank) const { return joined_.contains(rank); }
    std::uint64_t open_epoch() const { return epoch_; }
    /// "rank 1 and rank 3", of those that have not joined the open epoch.

private:
    std::string missing() const;

    std::string name_;
    std::set<std::uint32_t> ranks_;
    std::set<std::uint32_t> joined_;  ///< the open epoch
    std::set<std::uint32_t> ended_;
    std::uint64_t epoch_ = 0;
};

/// "rank 0, rank 1 and rank 4"
std::string list_of_ranks(const std::set<std::uint32_t>& ranks);

}  // namespace ahbm::runtime
