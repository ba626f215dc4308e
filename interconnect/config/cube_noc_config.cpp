// SPDX-License-Identifier: Apache-2.0
#include "interconnect/config/cube_noc_config.h"

#include "interconnect/config/hop_limits.h"

#include <string>

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
    const auto check_position = [&check](const std::string& name, sim::Position at) {
        if (!(at.x.value >= 0 && at.x <= max_wire && at.y.value >= 0 && at.y <= max_wire))
            check.fail(name, "0 to 1000 mm from the north-west corner expected");
    };
    check_position("first_router", first_router);
    check_position("m_cpu_position", m_cpu_position);
    check_position("sram_position", sram_position);
    for (std::size_t i = 0; i < pe_slots.size(); ++i)
        check_position("pe_slots[" + std::to_string(i) + "]", pe_slots[i]);
    if (!(column_pitch.value > 0 && column_pitch <= max_wire))
        check.fail("column_pitch", "more than 0 mm, at most 1000 mm expected");
    if (!(row_pitch.value > 0 && row_pitch <= max_wire))
        check.fail("row_pitch", "more than 0 mm, at most 1000 mm expected");
    if (pe_per_corner == 0 || pe_per_corner > 4)
        check.fail("pe_per_corner", "1 to 4 expected: an address names at most 16 PEs of a cube");
    if (pes > 4 * pe_per_corner)
        check.fail("pes", std::to_string(pes) +
                              " PEs do not fit 4 corners of pe_per_corner = " + std::to_string(pe_per_corner));
    if (pe_slots.size() % 4 != 0 || pe_slots.size() / 4 < pe_per_corner)
        check.fail("pe_slots", "equally many places for each of the 4 corners expected, at least pe_per_corner");
    if (link_bandwidth <= sim::Bandwidth{}) check.fail("link_bandwidth", "must be positive");
    if (router_overhead < sim::Time{} || router_overhead > max_hop_overhead)
        check.fail("router_overhead", "0 to 1 ms expected");
    if (!(wire_delay.ps_per_mm >= 0 && wire_delay <= max_wire_delay)) check.fail("wire_delay", "0 to 1 us/mm expected");
}

void CubeMeshConfig::validate(config::Check& check) const {
    if (w == 0 || w > 16) check.fail("w", "1 to 16 expected");
    if (h == 0 || h > 16 || w * h > 16)
        check.fail("h", "w x h of 1 to 16 cubes expected: an address names at most 16 cubes of a SIP");
}

}  // namespace ahbm
