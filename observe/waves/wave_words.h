// SPDX-License-Identifier: Apache-2.0
/// The numbers that stand for words in waves: one table for all of them, so that one file translates them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace ahbm {

/// The first three are EngineState's.
enum class WaveWord : std::uint32_t { idle, busy, stalled, read, write, dispatch, execute, complete };

class WaveWords {
public:
    /// Of a kernel's or a phase's name: behind the words above, in the order in which they are asked for.
    std::uint32_t of(const std::string& word) {
        const auto found = std::find(words_.begin(), words_.end(), word);
        const auto index = static_cast<std::uint32_t>(found - words_.begin());
        if (found == words_.end()) words_.push_back(word);
        return index;
    }
    const std::vector<std::string>& all() const { return words_; }

private:
    std::vector<std::string> words_{"idle", "busy", "stalled", "read", "write", "dispatch", "execute", "complete"};
};

}  // namespace ahbm
