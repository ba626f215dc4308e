// SPDX-License-Identifier: Apache-2.0
#include "sim/wheel.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace ahbm::sim {

std::uint64_t Wheel::Slots::occupied_from(std::uint64_t from) const {
    std::uint64_t word = from / 64;
    std::uint64_t bits = occupied_[word] & (~std::uint64_t{0} << (from % 64));
    if (bits == 0) {
        const std::uint64_t above = word == 63 ? 0 : words_ & (~std::uint64_t{0} << (word + 1));
        word = static_cast<std::uint64_t>(std::countr_zero(above != 0 ? above : words_));
        bits = occupied_[word];
    }
    return word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
}

Wheel::List& Wheel::Slots::occupy(std::uint64_t slot) {
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    words_ |= std::uint64_t{1} << (slot / 64);
    return lists_[slot];
}

Wheel::List Wheel::Slots::take(std::uint64_t slot) {
    std::uint64_t& word = occupied_[slot / 64];
    word &= ~(std::uint64_t{1} << (slot % 64));
    if (word == 0) words_ &= ~(std::uint64_t{1} << (slot / 64));
    return std::exchange(lists_[slot], {});
}

inline Wheel::Index Wheel::allocate() {
    if (free_ != kNone) return std::exchange(free_, events_[free_].next);
    events_.emplace_back();
    return static_cast<Index>(events_.size() - 1);
}

inline void Wheel::append(List& list, Index event) {
    events_[event].next = kNone;
    (list.empty() ? list.first : events_[list.last].next) = event;
    list.last = event;
}

void Wheel::schedule(Time when, Priority priority, Callback run, void* object, std::uint64_t argument) {
    if (when < now()) throw std::logic_error("event scheduled in the past");
    const Index index = allocate();
    Event& event = events_[index];
    event.when = when;
    event.callback = run;
    event.object = object;
    event.argument = argument;
    event.priority = priority;
    if (block_of(ps_of(when)) == block_)
        put_near(index);
    else
        put_far(index);
    ++pending_;
    if (!dispatching_) scheduled_from_outside(when);
}

inline void Wheel::put_near(Index index) {
    const Event& event = events_[index];
    if (event.callback == foresight_.event) foresight_.soon(event.object, event.argument);
    append(near_.occupy(ps_of(event.when) % Slots::kCount), index);
}

void Wheel::put_far(Index event) {
    const std::uint64_t ps = ps_of(events_[event].when), block = block_of(ps);
    if (block - block_ < Slots::kCount) {
        append(far_.occupy(block % Slots::kCount), event);
    } else {
        overflow_.push_back({ps, overflow_sequence_++, event});
        std::push_heap(overflow_.begin(), overflow_.end());
    }
}

std::uint64_t Wheel::next_far_block() const {
    const std::uint64_t from = block_ + 1;
    return from + (far_.occupied_from(from % Slots::kCount) - from) % Slots::kCount;
}

Time Wheel::next() const {
    if (pending_ == 0) return Time::max();
    if (due_priorities_ != 0) return now_;  // an event of this instant threw
    if (!near_.empty()) return Time::ps(static_cast<std::int64_t>(block_ << Slots::kBits | near_.occupied_from(0)));
    if (far_.empty()) return Time::ps(static_cast<std::int64_t>(overflow_.front().ps));
    Time earliest = Time::max();
    for (Index event = far_[next_far_block() % Slots::kCount].first; event != kNone; event = events_[event].next)
        earliest = std::min(earliest, events_[event].when);
    return earliest;
}

void Wheel::enter(std::uint64_t block) {
    block_ = block;
    while (!overflow_.empty() && block_of(overflow_.front().ps) - block < Slots::kCount) {
        std::pop_heap(overflow_.begin(), overflow_.end());
        put_far(overflow_.back().event);
        overflow_.pop_back();
    }
    const Index first = far_.take(block % Slots::kCount).first;
    for (Index event = first; event != kNone; event = events_[event].next) prefetch(events_[event]);
    for (Index event = first; event != kNone;) {
        const Index next = events_[event].next;
        put_near(event);
        event = next;
    }
}

inline void Wheel::prefetch(const Event& event) {
    constexpr std::size_t line = 64;
    const auto* object = static_cast<const std::byte*>(event.object);
    for (std::size_t i = 0; i < 3; ++i) __builtin_prefetch(object + i * line);
    const auto* argument = reinterpret_cast<const std::byte*>(event.argument);
    for (std::size_t i = 0; i < 2; ++i) __builtin_prefetch(argument + i * line);
}

inline void Wheel::take_due(std::uint64_t slot) {
    for (Index event = near_.take(slot).first; event != kNone;) {
        const Index next = events_[event].next;
        const auto priority = static_cast<unsigned>(events_[event].priority);
        append(due_[priority], event);
        due_priorities_ |= 1u << priority;
        event = next;
    }
}

inline void Wheel::foresee(Index next) const {
    const Event& event = events_[next];
    if (event.callback == foresight_.event) foresight_.next(event.object, event.argument);
}

bool Wheel::dispatch_next() {
    const Time when = next();
    if (when == Time::max()) return false;
    dispatch(when);
    return true;
}

void Wheel::dispatch(Time when) {
    struct Dispatching {  // callbacks may throw: a fatal report is an exception
        bool& flag;
        explicit Dispatching(bool& f) : flag(f) { flag = true; }
        ~Dispatching() { flag = false; }
    };
    const Dispatching guard(dispatching_);
    now_ = when;
    if (block_of(ps_of(when)) != block_) enter(block_of(ps_of(when)));
    const std::uint64_t slot = ps_of(when) % Slots::kCount;
    take_due(slot);
    while (due_priorities_ != 0) {
        List& list = due_[static_cast<std::size_t>(std::countr_zero(due_priorities_))];
        const Index index = list.first;
        Event& event = events_[index];
        const Callback run = event.callback;
        void* const object = event.object;
        const std::uint64_t argument = event.argument;
        list.first = event.next;
        event.next = std::exchange(free_, index);
        --pending_;
        ++dispatched_;
        if (!list.empty()) {
            foresee(list.first);
        } else {
            due_priorities_ &= due_priorities_ - 1;
            if (!near_.empty()) foresee(near_[near_.occupied_from(slot)].first);
        }
        run(object, argument);
        if (!near_[slot].empty()) take_due(slot);
    }
}

}  // namespace ahbm::sim
