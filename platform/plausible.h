// SPDX-License-Identifier: Apache-2.0
/// What must hold of every result, whatever was run: nothing was used for longer than there was time, nothing was
/// faster than its bound, no share exceeds the whole, and the ledger's parts sum to what they are parts of. Use is
/// checked behind every Session::run, figures where a result is put together.
#pragma once

#include "platform/ledger/kernel_use.h"

namespace ahbm {

struct ScenarioResult;

/// Both throw ModelError with the resource or figure, its value and its bound.
void check_use(System& system, const KernelUse& kernels);
void check_figures(const ScenarioResult& result);

}  // namespace ahbm
