// SPDX-License-Identifier: Apache-2.0
/// dma_load, dma_store: one transfer between this PE's TCM and its shard, nothing else; for measuring paths.
/// Tensors: one. Scalars of dma_store: 1 to wait for the acknowledgement (default 0). dma_store stores bytes that nobody has written: it is about time, not values.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

namespace ahbm::kernels {

void register_dma_probe(tl::KernelRegistry& registry) {
    registry.add({"dma_load", "loads this PE's shard into TCM: one DMA read", [](tl::Program& tl, const tl::KernelArgs& args) {
                      tl.load(tl.view(args.tensor(0, "src")));
                  }});
    registry.add({"dma_store", "stores TCM bytes to this PE's shard: one DMA write", [](tl::Program& tl, const tl::KernelArgs& args) {
                      const tl::TensorArg& target = args.tensor(0, "dst");
                      tl.store(tl.view(target), tl.empty(target.shape, target.dtype));
                      if (args.scalar(0, 0.0) != 0.0) tl.fence();
                  }});
}

}  // namespace ahbm::kernels
