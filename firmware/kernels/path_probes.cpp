// SPDX-License-Identifier: Apache-2.0
/// One transfer and nothing else, for measuring paths.
/// dma_load, dma_store: between this PE's TCM and its shard. Tensors: one. Scalars of dma_load: so many columns of each
/// row (default: all). Scalars of dma_store: 1 to wait for the acknowledgement (default 0).
/// queue_pass: the PE with a queue "E" sends scalar 0 bytes, the one with "W" receives them.
/// All move bytes that nobody has written: they are about time, not values.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

namespace ahbm::kernels {

void register_path_probes(tl::KernelRegistry& registry) {
    registry.add(
        {"dma_load", "loads this PE's shard into TCM: one DMA read", [](tl::Program& tl, const tl::KernelArgs& args) {
             const tl::TensorArg& source = args.tensor(0, "src");
             const double columns = args.scalar(0, static_cast<double>(source.shape.cols()));
             tl.load(tl.view(source, 0, 0, source.shape.rows(), static_cast<std::uint64_t>(columns)));
         }});
    registry.add({"dma_store", "stores TCM bytes to this PE's shard: one DMA write",
                  [](tl::Program& tl, const tl::KernelArgs& args) {
                      const tl::TensorArg& target = args.tensor(0, "dst");
                      tl.store(tl.view(target), tl.empty(target.shape, target.dtype));
                      if (args.scalar(0, 0.0) != 0.0) tl.fence();
                  }});
    registry.add({"queue_pass", "one tile from the PE with a queue E to the PE with a queue W",
                  [](tl::Program& tl, const tl::KernelArgs& args) {
                      if (tl.has_queue("E"))
                          tl.send("E", tl.empty({static_cast<std::uint32_t>(args.scalar(0, 128))}, Dtype::i8));
                      else
                          tl.recv("W");
                  }});
}

}  // namespace ahbm::kernels
