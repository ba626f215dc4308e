// SPDX-License-Identifier: Apache-2.0
/// A user's plug-in library, as the tests load it.
#include "firmware/tl/kernel.h"
#include "firmware/tl/program.h"
#include "sim/plugin_abi.h"

namespace {

using namespace ahbm::tl;

void square(Program& tl, const KernelArgs& args) {
    const GlobalView view = tl.view(args.tensor(0, "x"));
    const Tensor x = tl.load(view);
    tl.store(view, x * x);
}

void cube_root(Program& tl, const KernelArgs& args) {
    const GlobalView view = tl.view(args.tensor(0, "x"));
    tl.store(view, tl.exp(tl.log(tl.load(view)) / 3.0));
}

}  // namespace

AHBM_PLUGIN

extern "C" void ahbm_register_kernels(KernelRegistry& registry) {
    registry.add({"cube_root", "x = x^(1/3)", cube_root});
    registry.add({"square", "x = x * x", square});
}
