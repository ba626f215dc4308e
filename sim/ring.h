// SPDX-License-Identifier: Apache-2.0
/// A queue in a ring: keeps its memory, so a queue that breathes allocates nothing, and never moves what waits in it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace ahbm::sim {

template <class T>
class Ring {
public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    T& front() { return items_[first_]; }
    const T& front() const { return items_[first_]; }
    T& operator[](std::size_t index) { return items_[(first_ + index) & (items_.size() - 1)]; }
    const T& operator[](std::size_t index) const { return items_[(first_ + index) & (items_.size() - 1)]; }

    void push(T item) { extend() = std::move(item); }
    /// Makes room at the end: an item of default value, or what drop() left there.
    T& extend() {
        if (size_ == items_.size()) grow();
        return items_[(first_ + size_++) & (items_.size() - 1)];
    }
    T pop() {
        T item = std::move(items_[first_]);
        drop();
        return item;
    }
    /// Removes the front as it is, for extend() to return again.
    void drop() {
        first_ = (first_ + 1) & (items_.size() - 1);
        --size_;
    }
    void clear() {
        while (!empty()) pop();
    }

private:
    void grow() {
        std::vector<T> larger(items_.empty() ? 4 : 2 * items_.size());
        for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(items_[(first_ + i) & (items_.size() - 1)]);
        items_.swap(larger);
        first_ = 0;
    }

    std::vector<T> items_;  ///< as many as a power of two
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace ahbm::sim
