// SPDX-License-Identifier: Apache-2.0
/// copy: each PE copies its shard of `src` to its shard of `dst`.
/// Tensors: src, dst (same shard shape and element type). Layouts may differ if the shard fits in TCM twice.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

namespace ahbm::kernels {
namespace {

void copy(tl::Program& tl, const tl::KernelArgs& args) {
    tl.copy(tl.view(args.tensor(1, "dst")), tl.view(args.tensor(0, "src")));
}

}  // namespace

void register_copy(tl::KernelRegistry& registry) {
    registry.add({"copy", "dst = src, shard by shard, through TCM", copy});
}

}  // namespace ahbm::kernels
