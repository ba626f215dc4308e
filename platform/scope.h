// SPDX-License-Identifier: Apache-2.0
/// Which blocks an observer looks at: a shell pattern over names without the system's own, "sip0.cube0.*".
#pragma once

#include <string>
#include <vector>

namespace ahbm {

class Scope {
public:
    /// "" = everything.
    explicit Scope(std::string pattern) : pattern_(std::move(pattern)) {}

    /// Is this name in it? Remembers the name, for what_there_is().
    bool has(const std::string& name);
    std::size_t matches() const { return matches_; }
    /// For a pattern that nothing matches: what there is near it.
    std::string what_there_is() const;

private:
    const std::string pattern_;
    std::vector<std::string> names_;
    std::size_t matches_ = 0;
};

}  // namespace ahbm
