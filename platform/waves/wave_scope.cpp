// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/wave_scope.h"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace ahbm {
namespace {

bool fits(const std::string& pattern, const std::string& name) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

WaveScope::WaveScope(const std::string& text) {
    std::istringstream parts(text.empty() ? "*" : text);
    for (std::string part; std::getline(parts, part, ',');)
        patterns_.push_back({part, part.substr(0, part.find_first_of("*?[\\"))});
}

bool WaveScope::matches(const std::string& name) {
    bool any = false;
    for (Pattern& pattern : patterns_) {
        if (!name.starts_with(pattern.literal) || !fits(pattern.text, name)) continue;
        any = pattern.matched = true;
    }
    return any;
}

bool WaveScope::reaches(const std::string& block) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        const std::size_t both = std::min(block.size(), pattern.literal.size());
        return std::string_view(block).substr(0, both) == std::string_view(pattern.literal).substr(0, both);
    });
}

bool WaveScope::expects_queues(const std::string& pe) {
    bool any = false;
    for (Pattern& pattern : patterns_) {
        const std::size_t queues = pattern.text.find(".ipcq.");
        const bool some = queues != std::string::npos
                              ? fits(pattern.text.substr(0, queues), pe)
                              : fits(pattern.text, pe + ".ipcq.E.head") || fits(pattern.text, pe + ".ipcq.E.credits");
        pattern.expects_queues |= some;
        any |= some;
    }
    return any;
}

std::vector<std::string> WaveScope::hopeless() const {
    std::vector<std::string> all;
    for (const Pattern& pattern : patterns_)
        if (!pattern.matched && !pattern.expects_queues) all.push_back(pattern.text);
    return all;
}

std::vector<std::string> WaveScope::unmatched() const {
    std::vector<std::string> all;
    for (const Pattern& pattern : patterns_)
        if (!pattern.matched) all.push_back(pattern.text);
    return all;
}

}  // namespace ahbm
