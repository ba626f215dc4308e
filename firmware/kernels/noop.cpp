// SPDX-License-Identifier: Apache-2.0
/// noop: does nothing; what its launch costs is the control plane's own time.
#include "firmware/kernels/builtin.h"

namespace ahbm::kernels {

void register_noop(tl::KernelRegistry& registry) {
    registry.add({"noop", "does nothing", [](tl::Program&, const tl::KernelArgs&) {}});
}

}  // namespace ahbm::kernels
