// SPDX-License-Identifier: Apache-2.0
#include "sim/wheel.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace ahbm::sim {

Wheel::Wheel() { slots_.fill(kNone); }

void Wheel::schedule(Time when, Priority priority, Callback callback, void* object, std::uint64_t argument) {
    if (when < now()) throw std::logic_error("event scheduled in the past");
    put({when, static_cast<std::uint64_t>(priority) << 56 | sequence_++, callback, object, argument});
    ++pending_;
    if (!dispatching_) scheduled_from_outside(when);
}

void Wheel::put(const Event& event) {
    const std::uint64_t tick = tick_of(event.when);
    if (tick <= tick_) {
        current_.push_back(event);
        if (event.callback == foresight_.event) foresight_.soon(event.object, event.argument);
        std::push_heap(current_.begin(), current_.end(), Later{});
    } else if (tick - tick_ < kSlots) {
        put_in_slot(event, tick);
    } else {
        overflow_.push_back(event);
        std::push_heap(overflow_.begin(), overflow_.end(), Later{});
    }
}

void Wheel::put_in_slot(const Event& event, std::uint64_t tick) {
    std::uint32_t index = free_node_;
    if (index == kNone) {
        index = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    } else {
        free_node_ = nodes_[index].next;
    }
    const std::uint64_t slot = tick % kSlots;
    nodes_[index] = {event, slots_[slot]};
    slots_[slot] = index;
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    occupied_words_ |= std::uint64_t{1} << (slot / 64);
}

std::uint64_t Wheel::next_occupied_tick() const {
    // The slots hold ticks tick_+1 .. tick_+kSlots-1: look from there to the end of the ring, then from its start.
    const std::uint64_t start = (tick_ + 1) % kSlots;
    const std::uint64_t word = start / 64;
    std::uint64_t slot = 0;
    if (const std::uint64_t here = occupied_[word] & (~std::uint64_t{0} << (start % 64)); here != 0) {
        slot = word * 64 + static_cast<std::uint64_t>(std::countr_zero(here));
    } else {
        const std::uint64_t above = word == 63 ? 0 : occupied_words_ & (~std::uint64_t{0} << (word + 1));
        const auto next_word = static_cast<std::uint64_t>(std::countr_zero(above != 0 ? above : occupied_words_));
        slot = next_word * 64 + static_cast<std::uint64_t>(std::countr_zero(occupied_[next_word]));
    }
    return tick_ + 1 + (slot - start + kSlots) % kSlots;
}

void Wheel::prefetch(const Event& event) {
    constexpr std::size_t line = 64;
    const auto* object = static_cast<const std::byte*>(event.object);
    for (std::size_t i = 0; i < 3; ++i) __builtin_prefetch(object + i * line);
    const auto* argument = reinterpret_cast<const std::byte*>(event.argument);
    for (std::size_t i = 0; i < 2; ++i) __builtin_prefetch(argument + i * line);
}

void Wheel::advance() {
    // Called with current_ empty and something pending: step to the next slot with events.
    tick_ = occupied_words_ != 0 ? next_occupied_tick() : tick_of(overflow_.front().when);
    const std::uint64_t slot = tick_ % kSlots;
    for (std::uint32_t index = slots_[slot]; index != kNone;) {
        Node& node = nodes_[index];
        current_.push_back(node.event);
        if (node.event.callback == foresight_.event) foresight_.soon(node.event.object, node.event.argument);
        const std::uint32_t next = node.next;
        node.next = free_node_;
        free_node_ = index;
        index = next;
    }
    slots_[slot] = kNone;
    occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    if (occupied_[slot / 64] == 0) occupied_words_ &= ~(std::uint64_t{1} << (slot / 64));
    std::make_heap(current_.begin(), current_.end(), Later{});
    while (!overflow_.empty() && tick_of(overflow_.front().when) < tick_ + kSlots) {
        std::pop_heap(overflow_.begin(), overflow_.end(), Later{});
        put(overflow_.back());
        overflow_.pop_back();
    }
    prefetch_next_slot();
}

void Wheel::prefetch_next_slot() const {
    if (occupied_words_ == 0) return;
    for (std::uint32_t index = slots_[next_occupied_tick() % kSlots]; index != kNone; index = nodes_[index].next)
        prefetch(nodes_[index].event);
}

Time Wheel::next() {
    if (pending_ == 0) return Time::max();
    while (current_.empty()) advance();
    return current_.front().when;
}

bool Wheel::dispatch_next() {
    const Time when = next();
    if (when == Time::max()) return false;
    struct Dispatching {  // callbacks may throw: a fatal report is an exception
        bool& flag;
        explicit Dispatching(bool& f) : flag(f) { flag = true; }
        ~Dispatching() { flag = false; }
    };
    now_ = when;
    const Dispatching guard(dispatching_);
    do {
        std::pop_heap(current_.begin(), current_.end(), Later{});
        const Event event = current_.back();
        current_.pop_back();
        --pending_;
        ++dispatched_;
        if (!current_.empty() && current_.front().callback == foresight_.event)
            foresight_.next(current_.front().object, current_.front().argument);
        event.callback(event.object, event.argument);
    } while (!current_.empty() && current_.front().when == when);
    return true;
}

}  // namespace ahbm::sim
