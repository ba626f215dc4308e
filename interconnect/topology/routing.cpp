// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/routing.h"

#include "interconnect/topology/channel_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace ahbm {

/// The ways by each rule to one target after another. Up and down is looked at only where the turn models fail.
class SipRouting::Finder {
public:
    explicit Finder(const SipGrid& grid)
        : grid_(grid), turns_{TurnWays(grid, Direction::south), TurnWays(grid, Direction::north)} {}

    void find(const std::vector<Target>& targets, std::optional<CubeId> home) {
        for (TurnWays& turns : turns_) turns.find(targets, home);
        by_turns_ = true;
        for (RouterId src{0}; src.value < grid_.router_count(); ++src.value)
            by_turns_ &= std::min(turns_[0].cost(src), turns_[1].cost(src)) < unreachable;
        if (by_turns_) return;
        if (!up_down_) up_down_.emplace(grid_);
        up_down_->find(targets, home);
    }

    Cost cost(std::size_t rule, RouterId src) const {
        if (rule < turns_.size()) return turns_[rule].cost(src);
        return by_turns_ ? unreachable : up_down_->cost(src);
    }
    NextHop next(std::size_t rule, RouterId src) const {
        if (rule < turns_.size()) return turns_[rule].next(src);
        return by_turns_ ? NextHop::none : up_down_->next(src);
    }
    /// Whether the turn models serve every router.
    bool by_turns() const { return by_turns_; }
    /// The cheaper turn model, south-last of equals; without either, up and down.
    std::size_t best(RouterId src) const {
        if (turns_[1].cost(src) < turns_[0].cost(src)) return 1;
        return turns_[0].cost(src) < unreachable ? 0 : 2;
    }

private:
    const SipGrid& grid_;
    std::array<TurnWays, 2> turns_;
    std::optional<UpDownWays> up_down_;
    bool by_turns_ = true;
};

SipRouting::SipRouting(SipGrid grid) : grid_(std::move(grid)), routers_(grid_.router_count()) {
    for (const std::size_t rule : {0, 1}) next_[rule].resize(routers_ * routers_);
    layer_.resize(routers_ * routers_);
    entry_.resize(routers_);

    Finder ways(grid_);
    for (RouterId dst{0}; dst.value < routers_; ++dst.value) {
        ways.find({{dst}}, grid_.cube_of(dst));
        fill(dst, ways);
    }

    std::vector<Target> exits;
    for (const PhyConnection& phy : grid_.phy_connections()) exits.push_back({phy.router, hop_cost(phy.cost)});
    ways.find(exits, {});
    fill_up(ways);
    check_for_cycles();
}

void SipRouting::fill(RouterId dst, const Finder& ways) {
    if (!ways.by_turns()) next_[2].resize(routers_ * routers_, NextHop::none);
    for (RouterId src{0}; src.value < routers_; ++src.value) {
        for (std::size_t rule = 0; rule < kRules; ++rule)
            if (!next_[rule].empty()) next_[rule][cell(src, dst)] = ways.next(rule, src);
        const std::size_t best = ways.best(src);
        layer_[cell(src, dst)] = Layer{static_cast<std::uint8_t>(best)};
        if (ways.cost(best, src) >= unreachable) throw_no_route("any layer", grid_.name(src), grid_.name(dst));
    }

    Cost best = unreachable;
    for (const PhyConnection& phy : grid_.phy_connections()) {
        const std::size_t rule = ways.best(phy.router);
        const Cost cost = hop_cost(phy.cost) + ways.cost(rule, phy.router);
        if (cost >= best) continue;
        best = cost;
        entry_[dst.value] = {phy.phy, phy.connection, phy.router, Layer{static_cast<std::uint8_t>(kRules + rule)}};
    }
}

void SipRouting::fill_up(const Finder& ways) {
    for (RouterId src{0}; src.value < routers_; ++src.value) {
        for (std::size_t rule = 0; rule < kRules; ++rule) next_up_[rule].push_back(ways.next(rule, src));
        const std::size_t best = ways.best(src);
        layer_up_.push_back(Layer{static_cast<std::uint8_t>(best)});
        if (ways.cost(best, src) >= unreachable) throw_no_route("any layer", grid_.name(src), "the IO chiplet");
    }
}

void SipRouting::check_for_cycles() const {
    for (std::size_t rule = 0; rule < kRules; ++rule) {
        ChannelOrder channels(grid_);
        for (RouterId dst{0}; !next_[rule].empty() && dst.value < routers_; ++dst.value)
            channels.add({next_[rule].data() + cell({}, dst), routers_});
        channels.add(next_up_[rule]);
        if (const auto on_cycle = channels.on_cycle())
            throw std::logic_error(fmt::format("routes on {} could deadlock: a cycle of channels through {}",
                                               to_string(Layer{static_cast<std::uint8_t>(rule)}),
                                               grid_.name(*on_cycle)));
    }
}

void SipRouting::throw_no_route(std::string_view on, std::string_view from, std::string_view to) {
    throw std::logic_error(fmt::format("no route from {} to {} on {}", from, to, on));
}

std::string_view to_string(Layer layer) {
    static constexpr std::string_view names[] = {"south_last",      "north_last",      "up_down",
                                                 "down_south_last", "down_north_last", "down_up_down"};
    return names[static_cast<unsigned>(layer)];
}

}  // namespace ahbm
