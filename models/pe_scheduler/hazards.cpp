// SPDX-License-Identifier: Apache-2.0
#include "models/pe_scheduler/hazards.h"

#include <algorithm>

namespace ahbm {
namespace {

using tl::Command;
using tl::CommandKind;
using tl::Region;

bool is_product(const Command& command) {
    return command.kind == CommandKind::gemm || command.kind == CommandKind::composite;
}

bool touches_global(const Command& command) {
    if (command.kind == CommandKind::fence) return false;
    const auto is_global = [](const Region& region) { return region.space == tl::Space::global; };
    return is_global(command.output) || std::any_of(command.inputs.begin(), command.inputs.end(), is_global);
}

/// Rows of equal pitch, spans known to intersect, `low` begins first: do any two rows share a byte?
bool rows_meet(const Region& low, const Region& high) {
    const std::uint64_t distance = high.address - low.address;
    const std::uint64_t rows = distance / low.row_pitch, column = distance % low.row_pitch;
    // Row j of `high` lies over row j + rows of `low`, and its tail may reach into the row after that one.
    const bool same_row = column < low.row_bytes() && rows < low.rows();
    const bool next_row = column + high.row_bytes() > low.row_pitch && rows + 1 < low.rows();
    return same_row || next_row;
}

}  // namespace

bool overlap(const Region& a, const Region& b) {
    if (a.space != b.space) return false;
    const Region& low = a.address <= b.address ? a : b;
    const Region& high = a.address <= b.address ? b : a;
    if (high.address - low.address >= low.span()) return false;
    if (low.contiguous() || high.contiguous() || low.row_pitch != high.row_pitch) return true;
    return rows_meet(low, high);
}

bool touches(const Command& command, const Region& region) {
    if (command.kind == CommandKind::fence) return false;
    return overlap(command.output, region) || std::any_of(command.inputs.begin(), command.inputs.end(),
                                                          [&](const Region& input) { return overlap(input, region); });
}

bool posts(const Command& command) {
    return command.kind != CommandKind::fence && command.output.space == tl::Space::global;
}

Wait dependency(const Command& earlier, const Command& later) {
    if (later.kind == CommandKind::fence) return posts(earlier) ? Wait::acknowledgement : Wait::none;
    if (earlier.kind == CommandKind::fence) return touches_global(later) ? Wait::completion : Wait::none;
    if (touches(later, earlier.output)) return posts(earlier) ? Wait::acknowledgement : Wait::completion;
    if (is_product(earlier) && is_product(later)) return Wait::completion;
    const bool overwrites = std::any_of(earlier.inputs.begin(), earlier.inputs.end(),
                                        [&](const Region& input) { return overlap(input, later.output); });
    return overwrites ? Wait::completion : Wait::none;
}

}  // namespace ahbm
