// SPDX-License-Identifier: Apache-2.0
/// The cheapest legal ways through a SIP's grid to one place, by rules that leave no cycle of channels. What a router
/// does next depends on the destination only, so a table of next hops describes all ways.
///
/// TurnWays: south-last forbids the turns south-east and south-west, north-last the turns north-east and north-west;
/// either leaves no cycle of turns in a grid, whatever links it lacks. Short, but a way around holes may need both.
/// UpDownWays (Schroeder et al., Autonet, 1991): every link leads up or down in one order of all routers, and no packet
/// goes up after it went down. No cycle in any graph, and a way for every pair; longer, and crowded near the top.
#pragma once

#include "interconnect/topology/sip_grid.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace ahbm {

enum class NextHop : std::uint8_t { none = 0xff };  ///< else a Direction
constexpr NextHop to_hop(Direction side) { return NextHop{static_cast<std::uint8_t>(side)}; }

/// Time of a route with its hops as the low bits: they break ties, and no hop is ever free. The ranges of the
/// configuration (hop_limits.h) keep the sum over all routers of a SIP below `unreachable`.
using Cost = std::int64_t;
constexpr Cost unreachable = std::numeric_limits<Cost>::max() / 2;
constexpr Cost hop_cost(sim::Time time) { return (time.ps() << 12) + 1; }

struct Target {
    RouterId router;
    Cost cost = 0;  ///< from that router on
};

/// From every router to the cheapest of some targets.
class Ways {
public:
    explicit Ways(const SipGrid& grid);

    Cost cost(RouterId from) const { return cost_[from.value]; }
    NextHop next(RouterId from) const { return next_[from.value]; }

protected:
    void begin(const std::vector<Target>& targets, std::optional<CubeId> home);
    /// The link if a route may use it: routers of cube `home` stay inside it.
    const GridLink* link(RouterId from, Direction side) const;
    void end(const std::vector<Target>& targets);

    const SipGrid& grid_;
    std::vector<Cost> committed_;  ///< by router: along moves after which no other kind may follow
    std::vector<Cost> cost_;
    std::vector<NextHop> next_;

private:
    std::optional<CubeId> home_;
};

/// Once a packet has turned to the model's last direction it goes straight, so a router takes that direction if and
/// only if a target lies straight ahead; in a grid nothing is shorter.
class TurnWays : public Ways {
public:
    TurnWays(const SipGrid& grid, Direction last) : Ways(grid), last_(last) {}
    void find(const std::vector<Target>& targets, std::optional<CubeId> home);

private:
    void see_straight(const Target& target);
    void sweep(const std::vector<RouterId>& row);
    void relax(RouterId here, Direction side);

    Direction last_;
};

/// A router goes down if and only if a target lies downwards.
class UpDownWays : public Ways {
public:
    explicit UpDownWays(const SipGrid& grid);
    void find(const std::vector<Target>& targets, std::optional<CubeId> home);

private:
    bool leads_down(RouterId here, const GridLink& link) const { return rank_[link.to.value] > rank_[here.value]; }

    std::vector<RouterId> order_;  ///< from the top down: cubes from the middle one outwards, each from its top
    std::vector<std::uint32_t> rank_;
};

}  // namespace ahbm
