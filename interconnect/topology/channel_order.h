// SPDX-License-Identifier: Apache-2.0
/// The channel-dependency graph of routing tables (Dally and Seitz, 1987): a packet holds one channel while it asks for
/// the next. If the graph has no cycle, no set of packets can wait for each other for ever, however small the buffers.
#pragma once

#include "interconnect/topology/ways.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ahbm {

/// One layer of a grid. A channel is a link direction, named by the router it leaves and the side.
class ChannelOrder {
public:
    explicit ChannelOrder(const SipGrid& grid);
    /// The next hop from every router to one destination.
    void add(std::span<const NextHop> table);
    /// A router at the start of a channel that lies on a cycle or behind one; none: the channels can be ordered.
    std::optional<RouterId> on_cycle() const;

private:
    static constexpr std::uint32_t none = UINT32_MAX;

    std::vector<std::uint32_t> leads_to_;    ///< by channel: the router
    std::vector<std::uint8_t> followed_by_;  ///< by channel: a bit for each side on which packets go on from there
};

}  // namespace ahbm
