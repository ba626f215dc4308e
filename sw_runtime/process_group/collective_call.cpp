// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/collective_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ahbm::runtime {

std::string_view to_string(CollectiveOp op) {
    static constexpr std::array<std::string_view, 8> names{"all_reduce", "all_gather", "reduce_scatter", "broadcast",
                                                           "reduce",     "all_to_all", "barrier",        "send/recv"};
    return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(ReduceOp op) {
    static constexpr std::array<std::string_view, 4> names{"sum", "max", "min", "avg"};
    return names[static_cast<std::size_t>(op)];
}

std::string to_string(const CollectiveCall& call) {
    std::string text(to_string(call.op));
    if (call.reduces()) text += fmt::format("({})", to_string(call.redop));
    if (call.op != CollectiveOp::barrier) text += fmt::format(" of {} {}", call.count, ahbm::to_string(call.dtype));
    if (call.has_root()) text += fmt::format(" {} rank {}", call.op == CollectiveOp::reduce ? "to" : "from", call.root);
    return text;
}

void check_agreement(std::string_view where, std::span<const std::pair<std::uint32_t, CollectiveCall>> by_rank) {
    const auto differs = [&](const auto& entry) { return !(entry.second == by_rank.front().second); };
    if (std::none_of(by_rank.begin(), by_rank.end(), differs)) return;
    std::string text = fmt::format("{}: the ranks do not call the same", where);
    for (const auto& [rank, call] : by_rank) text += fmt::format("\n  rank {}: {}", rank, to_string(call));
    throw CollectiveMismatch(text);
}

}  // namespace ahbm::runtime
