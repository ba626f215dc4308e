// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/epoch_barrier.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ahbm::runtime {
namespace {

using Ranks = std::set<std::uint32_t>;

Ranks without(const Ranks& all, const Ranks& some) {
    Ranks rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
    return rest;
}

}  // namespace

std::string list_of_ranks(const std::set<std::uint32_t>& ranks) {
    std::string text;
    std::size_t left = ranks.size();
    for (const std::uint32_t rank : ranks) {
        text += fmt::format("rank {}", rank);
        if (--left != 0) text += left == 1 ? " and " : ", ";
    }
    return text;
}

EpochBarrier::EpochBarrier(std::string name, std::vector<std::uint32_t> ranks)
    : name_(std::move(name)), ranks_(ranks.begin(), ranks.end()) {}

EpochBarrier::Joined EpochBarrier::join(std::uint32_t rank) {
    if (!ranks_.contains(rank)) throw EpochError(fmt::format("rank {} is not a member of {}", rank, name_));
    if (joined_.contains(rank))
        throw EpochError(fmt::format("rank {} joins epoch {} of {} twice; {} missing", rank, epoch_, name_, missing()));
    if (const Ranks gone = without(ended_, joined_); !gone.empty())
        throw EpochError(fmt::format("{} ended without joining epoch {} of {}; rank {} would wait for ever",
                                     list_of_ranks(gone), epoch_, name_, rank));
    joined_.insert(rank);
    if (joined_.size() != ranks_.size()) return {epoch_, false};
    joined_.clear();
    return {epoch_++, true};
}

void EpochBarrier::end(std::uint32_t rank) {
    if (!ranks_.contains(rank) || !ended_.insert(rank).second || joined_.empty() || joined_.contains(rank)) return;
    throw EpochError(fmt::format("rank {} ended without joining epoch {} of {}, in which {} {} waiting", rank, epoch_,
                                 name_, list_of_ranks(joined_), joined_.size() == 1 ? "is" : "are"));
}

std::string EpochBarrier::missing() const {
    const Ranks absent = without(ranks_, joined_);
    return fmt::format("{} {}", list_of_ranks(absent), absent.size() == 1 ? "is" : "are");
}

}  // namespace ahbm::runtime
