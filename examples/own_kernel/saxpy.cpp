// SPDX-License-Identifier: Apache-2.0
/// saxpy: y = a x + y on this PE's shards. Tensors: x, y. Scalars: a.
#include "firmware/tl/kernel.h"
#include "firmware/tl/program.h"
#include "sim/plugin_abi.h"

AHBM_PLUGIN

extern "C" void ahbm_register_kernels(ahbm::tl::KernelRegistry& registry) {
    using namespace ahbm::tl;
    registry.add({"saxpy", "y = a x + y", [](Program& tl, const KernelArgs& args) {
                      const Tensor x = tl.load(tl.view(args.tensor(0, "x")));
                      const Tensor y = tl.load(tl.view(args.tensor(1, "y")));
                      tl.store(tl.view(args.tensor(1, "y")), tl.add(tl.scale(x, args.scalar(0, 1.0)), y));
                  }});
}
