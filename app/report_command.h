// SPDX-License-Identifier: Apache-2.0
/// `ahbm report`: the HTML report of a run that has been.
#pragma once

#include <string>

namespace ahbm::cli {

/// `folder` has result.json and, when the run had --report, activity.json; `file` "": report.html in it. Throws
/// InputError.
int report_command(const std::string& folder, const std::string& file);

}  // namespace ahbm::cli
