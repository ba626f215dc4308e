// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace ahbm {

namespace {

/// Time of a route with its hops as the low bits: they break ties, and no hop is ever free.
using Cost = std::int64_t;
constexpr Cost unreachable = std::numeric_limits<Cost>::max() / 2;
constexpr Cost hop_cost(sim::Time time) { return (time.ps() << 12) + 1; }

struct Target {
    RouterId router;
    Cost cost = 0;  ///< from that router on
};

}  // namespace

/// The cheapest way from every router to the cheapest of some targets under one turn model. Once a packet has turned to
/// the model's last direction it goes straight, so a router takes that direction if and only if a target lies straight
/// ahead; in a grid nothing is shorter.
class SipRouting::Ways {
public:
    Ways(const SipGrid& grid, Direction last)
        : grid_(grid),
          last_(last),
          straight_(grid.router_count()),
          cost_(grid.router_count()),
          next_(grid.router_count()) {}

    /// Routers of cube `home` stay inside it.
    void find(const std::vector<Target>& targets, std::optional<CubeId> home) {
        home_ = home;
        std::fill(straight_.begin(), straight_.end(), unreachable);
        std::fill(next_.begin(), next_.end(), NextHop::none);
        for (const Target& target : targets) see_straight(target);
        // A row needs the row that packets come to it from: those move against the last direction.
        const auto& rows = grid_.rows();
        if (last_ == Direction::south) std::for_each(rows.begin(), rows.end(), [this](const auto& row) { sweep(row); });
        if (last_ == Direction::north)
            std::for_each(rows.rbegin(), rows.rend(), [this](const auto& row) { sweep(row); });
        for (const Target& target : targets) {
            if (cost(target.router) == target.cost) next_[target.router.value] = hop(Direction::local);
        }
    }

    Cost cost(RouterId from) const { return cost_[from.value]; }
    NextHop next(RouterId from) const { return next_[from.value]; }

private:
    /// The link if a route may use it.
    const GridLink* link(RouterId from, Direction side) const {
        const auto& found = grid_.link(from, side);
        if (!found || (found->connection && home_ && grid_.cube_of(from) == *home_)) return nullptr;
        return &*found;
    }

    void see_straight(const Target& target) {
        RouterId here = target.router;
        Cost cost = target.cost;
        straight_[here.value] = std::min(straight_[here.value], cost);
        while (const auto& behind = grid_.link(here, opposite(last_))) {
            const GridLink* ahead = link(behind->to, last_);
            if (!ahead) break;
            here = behind->to;
            cost += hop_cost(ahead->cost);
            straight_[here.value] = std::min(straight_[here.value], cost);
        }
    }

    void sweep(const std::vector<RouterId>& row) {
        for (const RouterId here : row) {
            cost_[here.value] = straight_[here.value];
            if (goes_straight(here)) next_[here.value] = hop(last_);
            relax(here, opposite(last_));
        }
        for (auto here = row.begin(); here != row.end(); ++here) relax(*here, Direction::west);
        for (auto here = row.rbegin(); here != row.rend(); ++here) relax(*here, Direction::east);
    }

    /// Called in rising order of preference: the later of equals wins.
    void relax(RouterId here, Direction side) {
        const GridLink* step = link(here, side);
        if (!step || cost_[step->to.value] >= unreachable || goes_straight(here)) return;
        const Cost cost = hop_cost(step->cost) + cost_[step->to.value];
        if (cost > cost_[here.value]) return;
        cost_[here.value] = cost;
        next_[here.value] = hop(side);
    }

    bool goes_straight(RouterId here) const { return straight_[here.value] < unreachable; }
    static NextHop hop(Direction side) { return NextHop{static_cast<std::uint8_t>(side)}; }

    const SipGrid& grid_;
    Direction last_;
    std::optional<CubeId> home_;
    std::vector<Cost> straight_;  // by router, going in the last direction only
    std::vector<Cost> cost_;
    std::vector<NextHop> next_;
};

SipRouting::SipRouting(SipGrid grid) : grid_(std::move(grid)), routers_(grid_.router_count()) {
    for (auto& table : next_) table.resize(routers_ * routers_);
    layer_.resize(routers_ * routers_);
    entry_.resize(routers_);

    std::array<Ways, 2> ways{Ways(grid_, Direction::south), Ways(grid_, Direction::north)};
    for (RouterId dst{0}; dst.value < routers_; ++dst.value) {
        for (Ways& way : ways) way.find({{dst}}, grid_.cube_of(dst));
        fill(dst, ways);
    }

    std::vector<Target> exits;
    for (const PhyConnection& phy : grid_.phy_connections()) exits.push_back({phy.router, hop_cost(phy.cost)});
    for (Ways& way : ways) way.find(exits, {});
    fill_up(ways);
}

void SipRouting::fill(RouterId dst, const std::array<Ways, 2>& ways) {
    for (RouterId src{0}; src.value < routers_; ++src.value) {
        for (std::size_t model = 0; model < 2; ++model) next_[model][cell(src, dst)] = ways[model].next(src);
        const bool north_last = ways[1].cost(src) < ways[0].cost(src);
        layer_[cell(src, dst)] = north_last ? Layer::north_last : Layer::south_last;
        if (ways[north_last].cost(src) >= unreachable) throw_no_route("any layer", grid_.name(src), grid_.name(dst));
    }

    Cost best = unreachable;
    for (const PhyConnection& phy : grid_.phy_connections()) {
        for (const Layer down : {Layer::down_south_last, Layer::down_north_last}) {
            const Cost cost = hop_cost(phy.cost) + ways[turn_model(down)].cost(phy.router);
            if (cost >= best) continue;
            best = cost;
            entry_[dst.value] = {phy.phy, phy.connection, phy.router, down};
        }
    }
    if (best >= unreachable) throw_no_route("any layer", "the IO chiplet", grid_.name(dst));
}

void SipRouting::fill_up(const std::array<Ways, 2>& ways) {
    for (RouterId src{0}; src.value < routers_; ++src.value) {
        for (std::size_t model = 0; model < 2; ++model) next_up_[model].push_back(ways[model].next(src));
        const bool north_last = ways[1].cost(src) < ways[0].cost(src);
        layer_up_.push_back(north_last ? Layer::north_last : Layer::south_last);
        if (ways[north_last].cost(src) >= unreachable) throw_no_route("any layer", grid_.name(src), "the IO chiplet");
    }
}

void SipRouting::throw_no_route(std::string_view on, std::string_view from, std::string_view to) {
    throw std::runtime_error(fmt::format("no route from {} to {} on {}", from, to, on));
}

std::string_view to_string(Layer layer) {
    static constexpr std::string_view names[] = {"south_last", "north_last", "down_south_last", "down_north_last"};
    return names[static_cast<unsigned>(layer)];
}

}  // namespace ahbm
