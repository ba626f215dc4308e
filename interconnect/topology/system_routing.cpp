// SPDX-License-Identifier: Apache-2.0
#include "interconnect/topology/system_routing.h"

#include "sim/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ahbm {

std::vector<SipNeighbour> sip_neighbours(const SipsConfig& sips, SipId sip) {
    config::validate(sips);
    const unsigned w = sips.shape().w;
    const unsigned h = sips.shape().h;
    if (sip.value >= sips.count)
        throw std::out_of_range(fmt::format("sip{}: the system has {} SIPs", sip.value, sips.count));
    const bool wraps = sips.topology != SipTopology::mesh_2d_no_wrap;
    const unsigned column = sip.value % w;
    const unsigned row = sip.value / w;

    std::vector<SipNeighbour> neighbours;
    neighbours.reserve(4);
    const auto add = [&](Direction direction, bool inside, unsigned to_column, unsigned to_row) {
        const SipId to{to_row % h * w + to_column % w};
        if ((inside || wraps) && to != sip) neighbours.push_back({direction, to});
    };
    add(Direction::north, row > 0, column, row + h - 1);
    add(Direction::east, column + 1 < w, column + 1, row);
    add(Direction::south, row + 1 < h, column, row + 1);
    add(Direction::west, column > 0, column + w - 1, row);
    return neighbours;
}

SystemRouting::SystemRouting(const SipsConfig& sips) : fabric_(sips.fabric) {
    config::validate(sips);
    for (SipId sip{0}; sip.value < sips.count; ++sip.value) neighbours_.push_back(sip_neighbours(sips, sip));
}

bool SystemRouting::linked(SipId from, SipId to) const {
    const auto& near = neighbours(from);
    return fabric_ == SipFabric::direct &&
           std::any_of(near.begin(), near.end(), [to](const SipNeighbour& n) { return n.sip == to; });
}

}  // namespace ahbm
