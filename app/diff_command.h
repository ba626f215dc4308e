// SPDX-License-Identifier: Apache-2.0
/// `ahbm diff`: two results side by side.
#pragma once

#include <string>

namespace ahbm::cli {

/// Prints what two results (files, or folders of `--out`) differ in: what was run, the first launch whose times differ,
/// figures, and which classes of work got slower. Returns 0 when all but their `ledger` is equal, else 1. Says so when
/// a digest is not that of the contents. Throws InputError for what is no result.
int diff_command(const std::string& before, const std::string& after);

}  // namespace ahbm::cli
