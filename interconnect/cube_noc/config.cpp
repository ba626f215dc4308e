// SPDX-License-Identifier: Apache-2.0
#include "interconnect/cube_noc/config.h"

#include <stdexcept>

namespace ahbm {

namespace {

void require(bool holds, const char* rule) {
    if (!holds) throw std::invalid_argument(rule);
}

}  // namespace

void CubeNocConfig::validate() const {
    require(rows > 0 && columns > 0, "rows, columns: the router grid is empty");
    const bool has_hole = hole_rows > 0 && hole_columns > 0;
    // A ring of routers around the hole keeps the grid connected and every UCIe connection on the edge.
    require(!has_hole || (hole_row > 0 && hole_row + hole_rows < rows && hole_column > 0 && hole_column + hole_columns < columns),
            "hole_row, hole_rows, hole_column, hole_columns: the hole must lie inside the grid, off its edges");
    require(column_pitch.value > 0 && row_pitch.value > 0, "column_pitch, row_pitch: must be positive");
    require(pe_per_corner > 0 && pe_count() <= 16, "pe_per_corner: must be 1..4, an address holds at most 16 PEs per cube");
    require(pe_slots.size() % 4 == 0 && pe_slots.size() / 4 >= pe_per_corner,
            "pe_slots: needs equally many places for each of the 4 corners, at least pe_per_corner");
}

void CubeMeshConfig::validate() const {
    require(w > 0 && h > 0 && w <= 16 && h <= 16 && w * h <= 16, "w, h: a SIP has 1..16 cubes, the limit of the address");
}

}  // namespace ahbm
