// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/system_routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ahbm {

namespace {

struct Shape {
    unsigned w;
    unsigned h;
};

Shape shape_of(const SipsConfig& sips) {
    const auto fail = [](const std::string& text) { throw std::invalid_argument("sips: " + text); };
    if (sips.count == 0 || sips.count > 16) fail(fmt::format("count {} is out of range: an address names 1..16 SIPs", sips.count));
    if (sips.topology == SipTopology::ring_1d) {
        if (sips.w != 0 || sips.h != 0) fail("ring_1d has no w and h");
        return {sips.count, 1};
    }
    if (sips.w == 0 && sips.h == 0) {
        for (unsigned side = 1; side * side <= sips.count; ++side) {
            if (side * side == sips.count) return {side, side};
        }
        fail(fmt::format("count {} is no square: a 2-D topology needs w and h", sips.count));
    }
    if (sips.w * sips.h != sips.count) fail(fmt::format("w {} x h {} is not count {}", sips.w, sips.h, sips.count));
    return {sips.w, sips.h};
}

}  // namespace

std::vector<SipNeighbour> sip_neighbours(const SipsConfig& sips, SipId sip) {
    const Shape shape = shape_of(sips);
    if (sip.value >= sips.count) throw std::out_of_range(fmt::format("sip{}: the system has {} SIPs", sip.value, sips.count));
    const bool wraps = sips.topology != SipTopology::mesh_2d_no_wrap;
    const unsigned column = sip.value % shape.w;
    const unsigned row = sip.value / shape.w;

    std::vector<SipNeighbour> neighbours;
    const auto add = [&](Direction direction, bool inside, unsigned to_column, unsigned to_row) {
        const SipId to{to_row % shape.h * shape.w + to_column % shape.w};
        if ((inside || wraps) && to != sip) neighbours.push_back({direction, to});
    };
    add(Direction::north, row > 0, column, row + shape.h - 1);
    add(Direction::east, column + 1 < shape.w, column + 1, row);
    add(Direction::south, row + 1 < shape.h, column, row + 1);
    add(Direction::west, column > 0, column + shape.w - 1, row);
    return neighbours;
}

SystemRouting::SystemRouting(const SipsConfig& sips) : fabric_(sips.fabric) {
    shape_of(sips);
    for (SipId sip{0}; sip.value < sips.count; ++sip.value) neighbours_.push_back(sip_neighbours(sips, sip));
}

bool SystemRouting::linked(SipId from, SipId to) const {
    const auto& near = neighbours(from);
    return fabric_ == SipFabric::direct && std::any_of(near.begin(), near.end(), [to](const SipNeighbour& n) { return n.sip == to; });
}

}  // namespace ahbm
