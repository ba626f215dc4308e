// SPDX-License-Identifier: Apache-2.0
#include "interconnect/cube_noc/config.h"

namespace ahbm {

void CubeNocConfig::validate(config::Check& check) const {
    if (rows == 0 || rows > 32) check.fail("rows", "1 to 32 are expected");
    if (columns == 0 || columns > 32) check.fail("columns", "1 to 32 are expected");
    // A ring of routers around the hole keeps the grid connected and every UCIe connection on the edge.
    if (hole_rows > 0 && hole_columns > 0) {
        if (hole_row == 0 || hole_row >= rows || hole_rows >= rows - hole_row)
            check.fail("hole_rows", "the hole must leave routers north and south of it");
        if (hole_column == 0 || hole_column >= columns || hole_columns >= columns - hole_column)
            check.fail("hole_columns", "the hole must leave routers west and east of it");
    }
    if (column_pitch.value <= 0) check.fail("column_pitch", "must be positive");
    if (row_pitch.value <= 0) check.fail("row_pitch", "must be positive");
    if (pe_per_corner == 0 || pe_per_corner > 4)
        check.fail("pe_per_corner", "1 to 4 expected: an address names at most 16 PEs of a cube");
    if (pe_slots.size() % 4 != 0 || pe_slots.size() / 4 < pe_per_corner)
        check.fail("pe_slots", "equally many places for each of the 4 corners expected, at least pe_per_corner");
    if (link_bandwidth <= sim::Bandwidth{}) check.fail("link_bandwidth", "must be positive");
    if (router_overhead < sim::Time{}) check.fail("router_overhead", "must not be negative");
    if (wire_delay.ps_per_mm < 0) check.fail("wire_delay", "must not be negative");
}

void CubeMeshConfig::validate(config::Check& check) const {
    if (w == 0 || w > 16) check.fail("w", "1 to 16 expected");
    if (h == 0 || h > 16 || w * h > 16)
        check.fail("h", "w x h of 1 to 16 cubes expected: an address names at most 16 cubes of a SIP");
}

}  // namespace ahbm
