// SPDX-License-Identifier: Apache-2.0
#include "observe/scope.h"

#include "sim/config/text.h"

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

Scope::Scope(const std::string& patterns) {
    std::istringstream parts(patterns.empty() ? "*" : patterns);
    for (std::string part; std::getline(parts, part, ',');)
        patterns_.push_back({part, part.substr(0, part.find_first_of("*?[\\"))});
}

bool Scope::has(const std::string& name) {
    names_.push_back(name);
    bool any = false;
    for (Pattern& pattern : patterns_) {
        if (!name.starts_with(pattern.literal) || !fits(pattern.text, name)) continue;
        any = pattern.matched = true;
    }
    matches_ += any ? 1 : 0;
    return any;
}

bool Scope::reaches(const std::string& block) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        const std::size_t both = std::min(block.size(), pattern.literal.size());
        return std::string_view(block).substr(0, both) == std::string_view(pattern.literal).substr(0, both);
    });
}

bool Scope::expects_queues(const std::string& pe) {
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

std::vector<std::string> Scope::unmatched() const {
    std::vector<std::string> all;
    for (const Pattern& pattern : patterns_)
        if (!pattern.matched) all.push_back(pattern.text);
    return all;
}

std::vector<std::string> Scope::hopeless() const {
    std::vector<std::string> all;
    for (const Pattern& pattern : patterns_)
        if (!pattern.matched && !pattern.expects_queues) all.push_back(pattern.text);
    return all;
}

std::string Scope::what_there_is(const std::string& pattern) const {
    // Inside the longest part of the pattern, up to a dot, that something has; or at the top.
    for (std::string inside = pattern;;) {
        const std::string prefix = inside.empty() ? "" : inside + ".";
        std::vector<std::string> parts;
        for (const std::string& name : names_)
            if (name.starts_with(prefix))
                parts.push_back(name.substr(prefix.size(), name.find('.', prefix.size()) - prefix.size()));
        std::sort(parts.begin(), parts.end());
        parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
        if (!parts.empty() || inside.empty())
            return (inside.empty() ? "" : "in " + inside + " ") + "there are: " + config::joined(parts);
        const std::size_t dot = inside.rfind('.');
        inside.resize(dot == std::string::npos ? 0 : dot);
    }
}

}  // namespace ahbm
