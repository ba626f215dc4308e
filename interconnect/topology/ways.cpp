// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/ways.h"

#include <algorithm>

namespace ahbm {

Ways::Ways(const SipGrid& grid)
    : grid_(grid), committed_(grid.router_count()), cost_(grid.router_count()), next_(grid.router_count()) {}

void Ways::begin(const std::vector<Target>& targets, std::optional<CubeId> home) {
    home_ = home;
    std::fill(committed_.begin(), committed_.end(), unreachable);
    std::fill(next_.begin(), next_.end(), NextHop::none);
    for (const Target& target : targets)
        committed_[target.router.value] = std::min(committed_[target.router.value], target.cost);
}

const GridLink* Ways::link(RouterId from, Direction side) const {
    const auto& found = grid_.link(from, side);
    if (!found || (found->connection && home_ && grid_.cube_of(from) == *home_)) return nullptr;
    return &*found;
}

void Ways::end(const std::vector<Target>& targets) {
    for (const Target& target : targets)
        if (cost(target.router) == target.cost) next_[target.router.value] = to_hop(Direction::local);
}

// --- turn models --------------------------------------------------------------------------------------------------

void TurnWays::find(const std::vector<Target>& targets, std::optional<CubeId> home) {
    begin(targets, home);
    for (const Target& target : targets) see_straight(target);
    // A row needs the row that packets come to it from: those move against the last direction.
    const auto& rows = grid_.rows();
    if (last_ == Direction::south) std::for_each(rows.begin(), rows.end(), [this](const auto& row) { sweep(row); });
    if (last_ == Direction::north) std::for_each(rows.rbegin(), rows.rend(), [this](const auto& row) { sweep(row); });
    end(targets);
}

void TurnWays::see_straight(const Target& target) {
    RouterId here = target.router;
    Cost cost = target.cost;
    while (const auto& behind = grid_.link(here, opposite(last_))) {
        const GridLink* ahead = link(behind->to, last_);
        if (!ahead) break;
        here = behind->to;
        cost += hop_cost(ahead->cost);
        committed_[here.value] = std::min(committed_[here.value], cost);
    }
}

void TurnWays::sweep(const std::vector<RouterId>& row) {
    for (const RouterId here : row) {
        cost_[here.value] = committed_[here.value];
        if (committed_[here.value] < unreachable) next_[here.value] = to_hop(last_);
        relax(here, opposite(last_));
    }
    for (auto here = row.begin(); here != row.end(); ++here) relax(*here, Direction::west);
    for (auto here = row.rbegin(); here != row.rend(); ++here) relax(*here, Direction::east);
}

/// Called in rising order of preference: the later of equals wins.
void TurnWays::relax(RouterId here, Direction side) {
    const GridLink* step = link(here, side);
    if (!step || cost_[step->to.value] >= unreachable || committed_[here.value] < unreachable) return;
    const Cost cost = hop_cost(step->cost) + cost_[step->to.value];
    if (cost > cost_[here.value]) return;
    cost_[here.value] = cost;
    next_[here.value] = to_hop(side);
}

// --- up and down --------------------------------------------------------------------------------------------------

namespace {

/// From the middle cube outwards, each with the side that leads to a cube before it.
std::vector<std::pair<CubeId, std::optional<Direction>>> cubes_outwards(const SipGrid& grid) {
    std::vector<std::pair<CubeId, std::optional<Direction>>> cubes{{grid.middle_cube(), std::nullopt}};
    std::vector<bool> seen(grid.cube_count());
    seen[cubes.front().first.value] = true;
    for (std::size_t i = 0; i < cubes.size(); ++i)
        for (const Direction side : kSides)
            if (const auto next = grid.neighbour(cubes[i].first, side); next && !seen[next->value]) {
                seen[next->value] = true;
                cubes.emplace_back(*next, opposite(side));
            }
    return cubes;
}

}  // namespace

UpDownWays::UpDownWays(const SipGrid& grid) : Ways(grid), rank_(grid.router_count()) {
    std::vector<bool> seen(grid.router_count());
    for (const auto& [cube, inwards] : cubes_outwards(grid)) {
        // Each cube is a tree of its own, hung up at a connection to a cube above: so its routers reach each other
        // inside it, and every router has a way up.
        const CubeRouterId top =
            grid.cube().ucie(inwards.value_or(Direction::north), grid.cube().connections() / 2).router;
        std::size_t next = order_.size();
        const auto add = [&](RouterId router) {
            if (seen[router.value]) return;
            seen[router.value] = true;
            order_.push_back(router);
        };
        for (add(grid.router(cube, top)); next < order_.size(); ++next)
            for (const Direction side : kSides)
                if (const auto& link = grid.link(order_[next], side); link && !link->connection) add(link->to);
    }
    for (std::uint32_t rank = 0; rank < order_.size(); ++rank) rank_[order_[rank].value] = rank;
}

void UpDownWays::find(const std::vector<Target>& targets, std::optional<CubeId> home) {
    begin(targets, home);
    const auto relax = [this](RouterId here, bool down, const std::vector<Cost>& from, std::vector<Cost>& to) {
        for (const Direction side : kSides) {
            const GridLink* step = link(here, side);
            if (!step || leads_down(here, *step) != down || from[step->to.value] >= unreachable) continue;
            const Cost cost = hop_cost(step->cost) + from[step->to.value];
            if (cost >= to[here.value]) continue;
            to[here.value] = cost;
            next_[here.value] = to_hop(side);
        }
    };
    for (auto here = order_.rbegin(); here != order_.rend(); ++here) relax(*here, true, committed_, committed_);
    for (const RouterId here : order_) {
        cost_[here.value] = committed_[here.value];
        if (cost_[here.value] >= unreachable) relax(here, false, cost_, cost_);
    }
    end(targets);
}

}  // namespace ahbm
