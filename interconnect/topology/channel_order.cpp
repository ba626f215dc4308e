// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/channel_order.h"

#include <algorithm>

namespace ahbm {

ChannelOrder::ChannelOrder(const SipGrid& grid)
    : leads_to_(grid.router_count() * 4, none), followed_by_(grid.router_count() * 4) {
    for (RouterId here{0}; here.value < grid.router_count(); ++here.value)
        for (const Direction side : kSides)
            if (const auto& link = grid.link(here, side))
                leads_to_[here.value * 4 + static_cast<unsigned>(side)] = link->to.value;
}

void ChannelOrder::add(std::span<const NextHop> table) {
    for (std::uint32_t here = 0; here < table.size(); ++here) {
        const auto side = static_cast<std::uint32_t>(table[here]);
        if (side >= std::size(kSides)) continue;
        const std::uint32_t channel = here * 4 + side;
        const auto next = static_cast<std::uint32_t>(table[leads_to_[channel]]);
        if (next < std::size(kSides)) followed_by_[channel] |= static_cast<std::uint8_t>(1u << next);
    }
}

std::optional<RouterId> ChannelOrder::on_cycle() const {
    const auto each_next = [this](std::uint32_t channel, auto see) {
        for (std::uint32_t side = 0; side < std::size(kSides); ++side)
            if (followed_by_[channel] & 1u << side) see(leads_to_[channel] * 4 + side);
    };
    // Topological sort: what cannot be sorted lies on a cycle or behind one.
    std::vector<std::uint32_t> before(followed_by_.size(), 0), ready;
    for (std::uint32_t channel = 0; channel < followed_by_.size(); ++channel)
        each_next(channel, [&](std::uint32_t next) { ++before[next]; });
    for (std::uint32_t channel = 0; channel < before.size(); ++channel)
        if (before[channel] == 0) ready.push_back(channel);
    for (std::size_t i = 0; i < ready.size(); ++i)
        each_next(ready[i], [&](std::uint32_t next) {
            if (--before[next] == 0) ready.push_back(next);
        });
    const auto left = std::find_if(before.begin(), before.end(), [](std::uint32_t count) { return count > 0; });
    if (left == before.end()) return {};
    return RouterId{static_cast<std::uint32_t>(left - before.begin()) / 4};
}

}  // namespace ahbm
