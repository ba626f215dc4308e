// SPDX-License-Identifier: Apache-2.0
/// Who neighbours whom in a collective: one flat list of wires, and the two ends of every queue pair found in it.
/// Not here: the fabric's links, memory of the rings.
#pragma once

#include "sim/ids.h"
#include "sw_runtime/cube_hop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::runtime {

class CollectiveError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

enum class SipWiring : std::uint8_t { ring = 0, torus = 1, open_mesh = 2 };  ///< as in CollectiveArg::sip_wiring

/// The shape of the SIPs of a process group. A group of a part of the SIPs is a ring.
struct CollectiveMachine {
    std::vector<SipId> sips;  ///< members of the group, ascending; row-major in the grid of SIPs
    std::uint32_t sip_w = 1, sip_h = 1;
    SipWiring wiring = SipWiring::ring;
    std::uint32_t cube_w = 1, cube_h = 1;  ///< mesh of cubes
    std::uint32_t pes = 1;                 ///< per cube
    std::uint64_t tcm = 0;                 ///< bytes per PE that rings and kernels share; 0: not said
    std::uint32_t io_columns = 0;          ///< of cubes that face the IO chiplet north of them; 0: all
    CubeHop cube_hop;
};

/// `from` calls `to` by this direction: N S E W, parent, child_left, child_right, or the user's own (15 characters).
/// A prefix makes a set of its own: intra_E, global_N; b_parent is the second tree's.
struct Wire {
    PeCoord from;
    std::string direction;
    PeCoord to;
    bool operator==(const Wire&) const = default;
};

using TopologyGenerator =
    std::function<std::vector<Wire>(const CollectiveMachine&, std::span<const PeCoord> participants)>;

struct TopologyInfo {
    std::string description;
    TopologyGenerator wires;
    bool walks = false;  ///< through a SIP's cubes row by row and back; otherwise along both axes of their mesh
};
/// ring_1d, ring_1d_unidir, mesh_2d, torus_2d, mesh_2d_no_wrap, tree_binary, tree_double, hierarchical_3level,
/// intercube_multisip, intracube_pe_ring, none.
std::map<std::string, TopologyInfo> builtin_topologies();

/// E and W, N and S, parent and either child, with the same prefix.
bool are_opposite(std::string_view a, std::string_view b);

/// A wire with the direction by which `to` knows it.
struct Link {
    Wire wire;
    std::string peer_direction;
};
/// Both ends of every queue pair, ordered by PE and then as wired: opposite directions first, else the first that is
/// free. Throws CollectiveError for a direction named twice and for a wire without a way back.
std::vector<Link> pair_wires(std::span<const Wire> wires);

}  // namespace ahbm::runtime
