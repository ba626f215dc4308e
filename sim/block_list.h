// SPDX-License-Identifier: Apache-2.0
/// Blocks, ports and the like: stable addresses, and destruction from the back. libsystemc's registries look for what
/// is destroyed from their end, so destroying thousands of ports from the front takes quadratic time.
#pragma once

#include <deque>

namespace ahbm::sim {

template <class T>
class BlockList : public std::deque<T> {
public:
    BlockList() = default;
    BlockList(const BlockList&) = delete;
    BlockList& operator=(const BlockList&) = delete;
    ~BlockList() {
        while (!this->empty()) this->pop_back();
    }
};

}  // namespace ahbm::sim
