// SPDX-License-Identifier: Apache-2.0
/// Configuration of the cube NoC: where routers and blocks sit on the die, and what its links cost.
/// The pitches are assumptions, chosen so that the nearest-router rule gives the attachments of the specification.
#pragma once

#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <vector>

namespace ahbm {

using namespace sim::literals;

/// A grid of routers with a rectangular hole under the HBM stack. Positions are in mm from the north-west corner.
struct CubeNocConfig {
    unsigned rows = 6;
    unsigned columns = 6;
    unsigned hole_row = 2;
    unsigned hole_rows = 2;
    unsigned hole_column = 2;
    unsigned hole_columns = 2;
    sim::Position first_router{1.5_mm, 1.5_mm};
    sim::Millimetres column_pitch = 3.0_mm;
    sim::Millimetres row_pitch = 2.5_mm;

    unsigned pe_per_corner = 2;
    unsigned pes = 0;
    std::vector<sim::Position> pe_slots = {
        {1.5_mm, 1.0_mm},   {4.5_mm, 1.0_mm},   {1.5_mm, 3.5_mm},   {4.5_mm, 3.5_mm},    // north-west
        {13.5_mm, 3.5_mm},  {16.5_mm, 3.5_mm},  {13.5_mm, 1.0_mm},  {16.5_mm, 1.0_mm},   // north-east
        {1.5_mm, 12.0_mm},  {4.5_mm, 12.0_mm},  {1.5_mm, 14.5_mm},  {4.5_mm, 14.5_mm},   // south-west
        {13.5_mm, 14.5_mm}, {16.5_mm, 14.5_mm}, {13.5_mm, 12.0_mm}, {16.5_mm, 12.0_mm},  // south-east
    };
    sim::Position m_cpu_position{7.5_mm, 2.0_mm};
    sim::Position sram_position{1.5_mm, 9.0_mm};

    sim::Bandwidth link_bandwidth = 256_GBps;
    sim::Time router_overhead = 0_ns;
    sim::WireDelay wire_delay{10};

    template <class V>
    void fields(V& v) {
        v("rows", rows, "rows of the router grid (specification)", config::range(1, 32));
        v("columns", columns, "columns of the router grid (specification)", config::range(1, 32));
        v("hole_row", hole_row, "first row without routers: the HBM stack sits there (specification)",
          config::range(0, 32));
        v("hole_rows", hole_rows, "rows of the hole; 0: no hole (specification)", config::range(0, 32));
        v("hole_column", hole_column, "first column of the hole (specification)", config::range(0, 32));
        v("hole_columns", hole_columns, "columns of the hole; 0: no hole (specification)", config::range(0, 32));
        v("first_router", first_router, "position of r0c0; the same margin is left on the far sides (assumption)");
        v("column_pitch", column_pitch, "distance between columns (assumption)");
        v("row_pitch", row_pitch, "distance between rows (assumption)");
        v("pe_per_corner", pe_per_corner,
          "PEs at each of the 4 corners: PE i is slot i % n of corner i / n (specification)", config::range(1, 4));
        v("pes", pes, "PEs of the cube, if the last corners are to have fewer; 0: pe_per_corner at each (assumption)",
          config::range(0, 16));
        v("pe_slots", pe_slots, "places for PEs, equally many per corner: NW, NE, SW, SE (assumption)");
        v("m_cpu_position", m_cpu_position, "position of M_CPU (specification)");
        v("sram_position", sram_position, "position of the SRAM (specification)");
        v("link_bandwidth", link_bandwidth, "per direction: PE to router, router to router (specification)");
        v("router_overhead", router_overhead, "switching time of a router (specification)");
        v("wire_delay", wire_delay, "signal delay of wires, on the IO chiplet too (specification)");
    }

    /// Number of PEs of a cube.
    unsigned pe_count() const { return pes == 0 ? 4 * pe_per_corner : pes; }
    sim::Position pe_position(unsigned pe) const {
        const std::size_t slots_per_corner = pe_slots.size() / 4;
        return pe_slots[pe / pe_per_corner * slots_per_corner + pe % pe_per_corner];
    }
    bool is_hole(unsigned row, unsigned column) const {
        return row >= hole_row && row < hole_row + hole_rows && column >= hole_column &&
               column < hole_column + hole_columns;
    }
    void validate(config::Check& check) const;
};

/// The cubes of a SIP: a mesh without wrap, numbered row by row from the north-west.
struct CubeMeshConfig {
    unsigned w = 4;
    unsigned h = 4;

    template <class V>
    void fields(V& v) {
        v("w", w, "cubes per row (specification)", config::range(1, 16));
        v("h", h, "rows of cubes (specification)", config::range(1, 16));
    }

    void validate(config::Check& check) const;
};

}  // namespace ahbm
