// SPDX-License-Identifier: Apache-2.0
/// Transactions waiting in order. Unlike std::deque it keeps its memory, so a queue that breathes allocates nothing.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace ahbm {

template <class T>
class JobQueue {
public:
    bool empty() const { return head_ == items_.size(); }
    std::size_t size() const { return items_.size() - head_; }
    T& front() { return items_[head_]; }
    T& operator[](std::size_t index) { return items_[head_ + index]; }
    const T& operator[](std::size_t index) const { return items_[head_ + index]; }

    void push(T item) {
        // Reclaim the consumed part once it outweighs the rest: each item is moved at most once on average.
        if (head_ > 16 && head_ > items_.size() / 2) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        items_.push_back(std::move(item));
    }
    T pop() {
        T item = std::move(items_[head_++]);
        if (empty()) clear();
        return item;
    }
    void clear() {
        items_.clear();
        head_ = 0;
    }

private:
    std::vector<T> items_;
    std::size_t head_ = 0;
};

}  // namespace ahbm
