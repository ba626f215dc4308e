// SPDX-License-Identifier: Apache-2.0
/// Which signals are wanted: shell patterns over names without "system.", with commas between them:
/// "sip0.cube0.*,sip0.launch". Nothing given: everything.
#pragma once

#include <string>
#include <vector>

namespace ahbm {

class WaveScope {
public:
    explicit WaveScope(const std::string& text);

    bool matches(const std::string& name);
    /// Whether something inside the block might match: rules most of a large platform out.
    bool reaches(const std::string& block) const;
    /// Whether a queue pair of this PE might match, which are installed in the course of the run.
    bool expects_queues(const std::string& pe);

    /// Patterns that nothing has matched, and that nothing will match.
    std::vector<std::string> hopeless() const;
    std::vector<std::string> unmatched() const;

private:
    struct Pattern {
        std::string text;
        std::string literal;  ///< up to its first wildcard
        bool matched = false;
        bool expects_queues = false;
    };
    std::vector<Pattern> patterns_;
};

}  // namespace ahbm
