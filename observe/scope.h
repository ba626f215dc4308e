// SPDX-License-Identifier: Apache-2.0
/// Which names an observer looks at: shell patterns over names without the system's own, with commas between them:
/// "sip0.cube0.*,sip0.launch". Nothing given: everything.
#pragma once

#include <string>
#include <vector>

namespace ahbm {

class Scope {
public:
    explicit Scope(const std::string& patterns);

    /// Is this name in it? Remembers the name, for what_there_is().
    bool has(const std::string& name);
    /// Whether something inside the block might be: rules most of a large platform out.
    bool reaches(const std::string& block) const;
    /// Whether a queue pair of this PE might be, which are installed in the course of the run.
    bool expects_queues(const std::string& pe);

    std::size_t matches() const { return matches_; }
    /// Patterns that nothing has matched; and of those the ones that nothing will match either.
    std::vector<std::string> unmatched() const;
    std::vector<std::string> hopeless() const;
    /// For a pattern that nothing matches: which of the names asked for are near it.
    std::string what_there_is(const std::string& pattern) const;

private:
    struct Pattern {
        std::string text;
        std::string literal;  ///< up to its first wildcard
        bool matched = false;
        bool expects_queues = false;
    };
    std::vector<Pattern> patterns_;
    std::vector<std::string> names_;
    std::size_t matches_ = 0;
};

}  // namespace ahbm
