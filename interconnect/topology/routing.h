// SPDX-License-Identifier: Apache-2.0
/// Routes inside a SIP, as tables computed once and shared by all SIPs: shortest by time, then by hops.
///
/// Deadlock freedom. A layer is a set of virtual channels with a rule that leaves no cycle of channels (ways.h): one of
/// two turn models or, for pairs that neither serves, up and down. A packet keeps to one layer, the cheaper of the turn
/// models. Traffic that comes down from the IO chiplet has layers of its own, so that up -> IO chiplet -> down never
/// closes a cycle either. The finished tables are checked for cycles in every platform. Of equal hops, east and west
/// come before north and south.
///
/// Routers of one cube reach each other without leaving it. Not modelled: adaptive routes, broken links.
#pragma once

#include "interconnect/topology/sip_grid.h"
#include "interconnect/topology/ways.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ahbm {

enum class Layer : std::uint8_t {
    south_last,
    north_last,
    up_down,
    down_south_last,
    down_north_last,
    down_up_down,
};
inline constexpr std::size_t kLayers = 6, kRules = 3;
std::string_view to_string(Layer layer);

/// Where traffic from the IO chiplet enters the grid on its way to a router.
struct IoEntry {
    unsigned phy = 0;
    unsigned connection = 0;
    RouterId router;  ///< the one that the connection faces
    Layer layer = Layer::down_south_last;
};

class SipRouting {
public:
    /// Throws std::logic_error if some pair has no route or if the routes could deadlock: no configuration does that.
    explicit SipRouting(SipGrid grid);

    const SipGrid& grid() const { return grid_; }

    /// The layer that a packet from `src` to `dst` takes.
    Layer layer(RouterId src, RouterId dst) const { return layer_[cell(src, dst)]; }
    /// On a layer that some packet to `dst` takes: `local` when `here` is `dst`. Throws std::logic_error naming both
    /// ends if the layer has no way from here.
    Direction next(Layer layer, RouterId here, RouterId dst) const {
        const NextHop hop = next_[rule(layer)][cell(here, dst)];
        if (hop == NextHop::none) [[unlikely]]
            throw_no_route(to_string(layer), grid_.name(here), grid_.name(dst));
        return static_cast<Direction>(hop);
    }

    /// The layer that a packet from `src` to the IO chiplet takes.
    Layer layer_up(RouterId src) const { return layer_up_[src.value]; }
    /// `local` where the packet leaves by the PHY connection that faces this router.
    Direction next_up(Layer layer, RouterId here) const {
        const NextHop hop = next_up_[rule(layer)][here.value];
        if (hop == NextHop::none) [[unlikely]]
            throw_no_route(to_string(layer), grid_.name(here), "the IO chiplet");
        return static_cast<Direction>(hop);
    }
    /// The way down from the IO chiplet: the cheapest PHY connection, the lowest of equals.
    const IoEntry& entry(RouterId dst) const { return entry_[dst.value]; }

private:
    class Finder;

    static std::size_t rule(Layer layer) { return static_cast<std::size_t>(layer) % kRules; }
    std::size_t cell(RouterId src, RouterId dst) const { return dst.value * routers_ + src.value; }
    void fill(RouterId dst, const Finder& ways);
    void fill_up(const Finder& ways);
    void check_for_cycles() const;
    [[noreturn]] static void throw_no_route(std::string_view on, std::string_view from, std::string_view to);

    SipGrid grid_;
    std::size_t routers_;
    std::array<std::vector<NextHop>, kRules>
        next_;  // by rule, then by destination and router; the third only if needed
    std::vector<Layer> layer_;
    std::array<std::vector<NextHop>, kRules> next_up_;
    std::vector<Layer> layer_up_;
    std::vector<IoEntry> entry_;
};

}  // namespace ahbm
