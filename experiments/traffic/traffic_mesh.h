// SPDX-License-Identifier: Apache-2.0
/// Synthetic traffic on a mesh, as arithmetic: which nodes send to which, what that loads the links with, and what
/// follows for latency and throughput. Patterns as in Dally and Towles, Principles and Practices of Interconnection
/// Networks, chapter 3. Nothing here moves packets.
#pragma once

#include "interconnect/topology/route.h"
#include "platform/config.h"

#include <optional>
#include <string>
#include <vector>

namespace ahbm {

/// What the nodes are: the routers of cube 0, or the cubes of a SIP, each with the router of its PE 0.
enum class TrafficRegion : std::uint8_t { cube, sip };
/// By row and column of the source. A place that the mesh lacks (the hole under the HBM stack) receives nothing: who
/// would send there is silent. A node may be its own destination, as in the textbook.
enum class TrafficPattern : std::uint8_t {
    uniform,         ///< every node equally
    transpose,       ///< row and column exchanged; of a square mesh
    neighbour,       ///< the next row and the next column, around the edge
    bit_complement,  ///< the place opposite the centre
    tornado,         ///< ceil(k/2) - 1 rows and columns on, around the edge
    hotspot,         ///< a share to the node in the middle of the list, the rest uniform
};
std::span<const std::pair<std::string_view, TrafficRegion>> enum_names(TrafficRegion);
std::span<const std::pair<std::string_view, TrafficPattern>> enum_names(TrafficPattern);

class TrafficMesh {
public:
    struct Node {
        GridCell cell;
        RouterId router;
    };
    /// Its first `k` rows and columns; 0: all of it. Throws ConfigError if it has fewer.
    TrafficMesh(const SipGrid& grid, TrafficRegion region, unsigned k);

    unsigned rows() const { return rows_; }
    unsigned columns() const { return columns_; }
    const std::vector<Node>& nodes() const { return nodes_; }
    std::optional<std::size_t> at(GridCell cell) const;

private:
    unsigned rows_, columns_;
    std::vector<Node> nodes_;
};

/// [source][destination]: the share of the source's packets that go there. A row sums to 1, or to 0 for a node that is
/// silent.
using TrafficMatrix = std::vector<std::vector<double>>;
/// Throws ConfigError for a pattern that the mesh has not.
TrafficMatrix traffic_matrix(const TrafficMesh& mesh, TrafficPattern pattern, double hot_share);

/// What the routes of the platform make of it, walked hop by hop in the tables that packets use.
struct TrafficForms {
    unsigned sources = 0;  ///< nodes that send
    /// In full load of each source's injection link, the load at which the first link is busy all the time: the bound
    /// of throughput, however large buffers are.
    double saturation = 0;
    unsigned bottlenecks = 0;  ///< links that are
    std::string bottleneck;    ///< the first of them
    /// [source][destination]: over how many of them the way leads.
    std::vector<std::vector<unsigned>> crosses;
    /// [source][destination]: of a packet that meets nobody, from its generation to its last byte.
    std::vector<std::vector<sim::Time>> zero_load;
    double mean_hops = 0;       ///< router to router, over packets
    double mean_zero_load = 0;  ///< ns, over packets
};
TrafficForms traffic_forms(const RouteWalker& walker, const PlatformConfig& config, SipId sip, const TrafficMesh& mesh,
                           const TrafficMatrix& matrix, std::uint32_t bytes);

}  // namespace ahbm
