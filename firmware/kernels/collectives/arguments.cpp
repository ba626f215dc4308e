// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/collectives/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::kernels {

CollectiveArguments::CollectiveArguments(const tl::Program& tl, const tl::KernelArgs& args) {
    const auto integer = [&](std::size_t index, double otherwise) {
        return static_cast<std::uint32_t>(args.scalar(index, otherwise));
    };
    elements = static_cast<std::uint64_t>(args.scalar(0, 0));
    reduction = static_cast<Reduction>(integer(1, 0));
    participants = integer(2, 1);
    per_sip = integer(3, 1);
    pes_per_cube = integer(4, 1);
    tile_room = static_cast<std::uint64_t>(args.scalar(5, 0));
    if (tile_room == 0) tile_room = tl.tcm_room();
    sip = integer(6, 0);
    sips = integer(7, 1);
    cube_w = integer(8, 1);
    cube_h = integer(9, 1);
    sip_w = integer(10, 1);
    sip_h = integer(11, 1);
    sip_wiring = static_cast<SipWiring>(integer(12, 0));
    root = integer(13, 0);
    chunk = static_cast<std::uint64_t>(args.scalar(14, 0));
    west = integer(15, 0) != 0;
    cube = tl.program_id(1);
    pe = tl.program_id(0);
    self = sip * per_sip + cube * pes_per_cube + pe;
}

std::uint64_t CollectiveArguments::tile_that_fits(Dtype dtype, std::uint64_t tiles) const {
    const std::uint64_t lines = tile_room / tiles / tl::TcmArena::alignment;
    if (lines == 0)
        throw tl::KernelError(
            fmt::format("{} tiles of {} B or more are needed at once, the rings leave {} B of TCM to them", tiles,
                        tl::TcmArena::alignment, tile_room));
    return lines * tl::TcmArena::alignment / size_of(dtype);
}

Operands::Operands(const tl::KernelArgs& args)
    : input(args.tensor(0, "input")), output(args.tensors.size() > 1 ? args.tensor(1, "output") : input) {
    const std::uint64_t in_bytes = input.shape.elements() * size_of(input.dtype),
                        out_bytes = output.shape.elements() * size_of(output.dtype);
    in_place = input.base == output.base && in_bytes == out_bytes;
    if (!in_place && input.base < output.base + out_bytes && output.base < input.base + in_bytes)
        throw tl::KernelError(fmt::format(
            "the input, {} bytes at {:#x}, and the output, {} bytes at {:#x}, overlap without being the same", in_bytes,
            input.base, out_bytes, output.base));
}

void Operands::copy(tl::Program& tl) const {
    const std::uint64_t count = input.shape.elements();
    if (!in_place) tl.copy(tl.flat(output, 0, count), tl.flat(input, 0, count));
}

tl::Tensor Reducer::combine(const tl::Tensor& a, const tl::Tensor& b) const {
    switch (args_.reduction) {
        case CollectiveArguments::Reduction::max: return tl_.maximum(a, b);
        case CollectiveArguments::Reduction::min: return tl_.minimum(a, b);
        default: return tl_.add(a, b);
    }
}

tl::Tensor Reducer::finish(const tl::Tensor& total) const {
    if (args_.reduction != CollectiveArguments::Reduction::avg) return total;
    return tl_.scale(total, 1.0 / args_.participants);
}

Tiling::Tiling(const tl::Program& tl, const CollectiveArguments& args, std::string_view direction, Dtype dtype) {
    tile = tl.slot_elements(direction, dtype);
    if (args.chunk > 0) tile = std::min(tile, args.chunk);
    slots = tl.queue(direction).n_slots;
}

}  // namespace ahbm::kernels
