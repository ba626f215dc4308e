// SPDX-License-Identifier: Apache-2.0
/// What must hold of every run: nothing was used for longer than there was time, and the ledger's parts sum to what
/// they are parts of. Checked behind every Session::run.
#pragma once

#include "platform/diagnostics/kernel_use.h"

namespace ahbm {

/// Throws ModelError with the resource, its time and what there was of it.
void check_use(System& system, const KernelUse& kernels);

}  // namespace ahbm
