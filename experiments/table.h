// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ahbm {

/// A table for people: the first row is the heading.
struct Table {
    std::string title;
    std::vector<std::vector<std::string>> rows;
};

/// With aligned columns: words to the left, figures to the right.
std::string format_table(const Table& table);
std::string format_markdown(const Table& table);
/// Two digits; no sign for what is nothing.
std::string signed_percent(double value);

}  // namespace ahbm
