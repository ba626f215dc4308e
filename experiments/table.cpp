// SPDX-License-Identifier: Apache-2.0
#include "experiments/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace ahbm {

std::string format_table(const Table& table) {
    const auto is_figure = [](const std::string& cell) {
        return cell.empty() || cell.find_first_of("0123456789") == (cell[0] == '-' || cell[0] == '+' ? 1 : 0);
    };
    std::vector<std::size_t> widths;
    std::vector<bool> words;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        const auto& row = table.rows[r];
        widths.resize(std::max(widths.size(), row.size()));
        words.resize(widths.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
            if (r > 0 && !is_figure(row[i])) words[i] = true;
        }
    }
    std::string text = table.title + '\n';
    for (const auto& row : table.rows) {
        std::string line = "  ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += i == 0 || words[i] ? fmt::format("{:<{}}", row[i], widths[i])
                                       : fmt::format("{:>{}}", row[i], widths[i]);
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string format_markdown(const Table& table) {
    std::string text = fmt::format("### {}\n\n", table.title);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        text += fmt::format("| {} |\n", fmt::join(table.rows[r], " | "));
        if (r > 0) continue;
        for (std::size_t i = 0; i < table.rows[r].size(); ++i) text += "|---";
        text += "|\n";
    }
    return text;
}

std::string signed_percent(double value) { return std::abs(value) < 0.005 ? "0.00" : fmt::format("{:+.2f}", value); }

}  // namespace ahbm
