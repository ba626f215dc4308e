// SPDX-License-Identifier: Apache-2.0
#include "platform/scope.h"

#include "sim/config/text.h"

#include <fnmatch.h>

#include <algorithm>

namespace ahbm {

bool Scope::has(const std::string& name) {
    names_.push_back(name);
    const bool match = pattern_.empty() || fnmatch(pattern_.c_str(), name.c_str(), 0) == 0;
    matches_ += match ? 1 : 0;
    return match;
}

std::string Scope::what_there_is() const {
    // Inside the longest part of the pattern, up to a dot, that something has; or at the top.
    for (std::string inside = pattern_;;) {
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
