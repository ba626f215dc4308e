// SPDX-License-Identifier: Apache-2.0
#include "sim/config/text.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ahbm::config {

namespace {

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n')
        out += "\\n";
    else if (c == '\t')
        out += "\\t";
    else if (code < 0x20 || code == 0x7f)
        out += {'\\', 'x', hex[code >> 4], hex[code & 15]};
    else
        out += c;
}

/// Number of edits (insert, delete, replace, swap of neighbours) from a to b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_previous, previous(b.size() + 1), current(b.size() + 1);
    std::iota(previous.begin(), previous.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replace});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
        }
        before_previous = std::exchange(previous, current);
    }
    return previous[b.size()];
}

}  // namespace

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) append_escaped(out, c);
    return out;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        append_escaped(out, c);
    }
    return out + '"';
}

std::string_view nearest(std::string_view name, const std::vector<std::string>& candidates) {
    std::string_view best;
    std::size_t best_distance = (name.size() + 2) / 4 + 1;  // one edit from 2 letters on, two from 6, three from 10
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string hint(std::string_view name, const std::vector<std::string>& candidates) {
    if (const std::string_view near = nearest(name, candidates); !near.empty()) {
        return "; did you mean '" + std::string(near) + "'?";
    }
    return candidates.empty() ? "; there are none here" : "; known here: " + joined(candidates);
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

}  // namespace ahbm::config
