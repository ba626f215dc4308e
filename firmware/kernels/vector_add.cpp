// SPDX-License-Identifier: Apache-2.0
/// vector_add: out = x + y, element by element in the order they lie in memory.
/// Tensors: x, y, out (same shard shape, element type and layout).
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <algorithm>

namespace ahbm::kernels {
namespace {

void vector_add(tl::Program& tl, const tl::KernelArgs& args) {
    const tl::TensorArg &x = args.tensor(0, "x"), &y = args.tensor(1, "y"), &out = args.tensor(2, "out");
    if (x.shape != y.shape || x.shape != out.shape || x.layout != y.layout || x.layout != out.layout) {
        throw tl::KernelError("vector_add: the shards of x, y and out differ in shape or layout");
    }
    const std::uint64_t all = x.shape.elements();
    const std::uint64_t step = tl.elements_that_fit(x.dtype, 6);  // three tensors, each twice: blocks overlap
    tl::Tensor a, b, sum;
    for (std::uint64_t first = 0; first < all; first += step) {
        const std::uint64_t count = std::min(step, all - first);
        a = tl.load(tl.flat(x, first, count));
        b = tl.load(tl.flat(y, first, count));
        sum = a + b;
        tl.store(tl.flat(out, first, count), sum);
    }
}

}  // namespace

void register_vector_add(tl::KernelRegistry& registry) { registry.add({"vector_add", "out = x + y", vector_add}); }

}  // namespace ahbm::kernels
