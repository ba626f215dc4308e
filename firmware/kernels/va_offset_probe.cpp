// SPDX-License-Identifier: Apache-2.0
/// va_offset_probe: shows that every PE reaches exactly its own bytes through virtual addresses, shards smaller than a
/// page included: dst[i] = src[i] + p for every element i of the shard from the offset on, in the order they lie in
/// memory; p is the program's number, cube-major.
/// Tensors: src, dst (same shard shape and element type). Scalars: offset in elements (default 0).
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <algorithm>

namespace ahbm::kernels {
namespace {

void va_offset_probe(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg &source = args.tensor(0, "src"), &target = args.tensor(1, "dst");
    const auto offset = static_cast<std::uint64_t>(std::max(args.scalar(0, 0.0), 0.0));
    const double program = tl.program_id(1) * tl.num_programs(0) + tl.program_id(0);
    const std::uint64_t all = source.shape.elements();
    const std::uint64_t step = tl.elements_that_fit(source.dtype, 5);  // two tensors, each twice, and the number
    tl::Tensor x, y;
    for (std::uint64_t first = offset; first < all; first += step) {
        const std::uint64_t count = std::min(step, all - first);
        x = tl.load(tl.flat(source, first, count));
        y = x + program;
        tl.store(tl.flat(target, first, count), y);
    }
}

}  // namespace

void register_va_offset_probe(tl::KernelRegistry& registry) {
    registry.add({"va_offset_probe", "dst = src + program number, from an offset into each shard on", va_offset_probe});
}

}  // namespace ahbm::kernels
