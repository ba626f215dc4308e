// SPDX-License-Identifier: Apache-2.0
/// What must hold of every result: nothing was faster than its bound, no share exceeds the whole. Checked where a
/// result is put together.
#pragma once

namespace ahbm {

struct ScenarioResult;

/// Throws ModelError with the figure, its value and its bound.
void check_figures(const ScenarioResult& result);

}  // namespace ahbm
