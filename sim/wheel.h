// SPDX-License-Identifier: Apache-2.0
/// The platform's one event queue: a timing wheel of two levels, with bitmaps. Events are plain data, so scheduling
/// allocates nothing in steady state. Events at equal times run in the order (priority class, sequence of scheduling).
/// No SystemC here; sim/wheel_pump.h connects a wheel to the kernel.
#pragma once

#include "sim/units.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace ahbm::sim {

/// Order of events at one instant: what is written becomes visible first, then signals land, then engines move on, and
/// only then does a waiter look.
enum class Priority : std::uint8_t { visible, arrival, engine, wake };

class Wheel {
public:
    using Callback = void (*)(void* object, std::uint64_t argument);

    Wheel() = default;
    virtual ~Wheel() = default;
    Wheel(const Wheel&) = delete;
    Wheel& operator=(const Wheel&) = delete;

    template <auto Method, class T>
    static Callback callback() {
        return [](void* self, std::uint64_t argument) { (static_cast<T*>(self)->*Method)(argument); };
    }
    /// Calls `(object->*Method)(argument)` at `when`, which must not be in the past.
    template <auto Method, class T>
    void at(Time when, Priority priority, T* object, std::uint64_t argument = 0) {
        schedule(when, priority, callback<Method, T>(), object, argument);
    }
    void schedule(Time when, Priority priority, Callback callback, void* object, std::uint64_t argument);

    /// A large platform waits for its memory more than it computes. For the most frequent kind of event, functions that
    /// fetch what it will touch, given its object and argument: some events ahead, and again when it is the next.
    struct Foresight {
        Callback event = nullptr;
        Callback soon = nullptr, next = nullptr;
    };
    void set_foresight(const Foresight& foresight) { foresight_ = foresight; }

    /// The present: of the event being dispatched, or of the kernel when called from outside; never earlier than
    /// before.
    Time now() const { return dispatching_ ? now_ : std::max(now_, outside_now()); }
    /// Time of the earliest event, Time::max() when there is none.
    Time next() const;
    bool empty() const { return pending_ == 0; }
    std::uint64_t pending() const { return pending_; }
    std::uint64_t dispatched() const { return dispatched_; }

    /// Runs every event due at `next()`, including those added for the same instant meanwhile. False when empty.
    bool dispatch_next();

protected:
    /// As dispatch_next(), when `next()`, which must not be Time::max(), is known.
    void dispatch(Time when);
    /// The present as seen by callers that are not events.
    virtual Time outside_now() const { return now_; }
    /// An event was scheduled from outside a dispatch.
    virtual void scheduled_from_outside(Time) {}

    bool dispatching_ = false;

private:
    using Index = std::uint32_t;  ///< of an event
    static constexpr Index kNone = UINT32_MAX;
    struct Event {
        Time when;
        Callback callback;
        void* object;
        std::uint64_t argument;
        Priority priority;
        Index next;  ///< in a list
    };
    struct List {
        Index first = kNone, last = kNone;
        bool empty() const { return first == kNone; }
    };
    /// A ring of lists, and which of them have any.
    class Slots {
    public:
        static constexpr unsigned kBits = 12;
        static constexpr std::uint64_t kCount = std::uint64_t{1} << kBits;

        bool empty() const { return words_ == 0; }
        /// The first occupied slot of from, from + 1, ..., kCount - 1, 0, ...; not when empty.
        std::uint64_t occupied_from(std::uint64_t from) const;
        const List& operator[](std::uint64_t slot) const { return lists_[slot]; }
        /// To be filled.
        List& occupy(std::uint64_t slot);
        /// Empties a slot.
        List take(std::uint64_t slot);

    private:
        std::array<List, kCount> lists_{};
        std::array<std::uint64_t, kCount / 64> occupied_{};
        std::uint64_t words_ = 0;
    };
    /// An event of the heap, whose front is the earliest.
    struct Later {
        std::uint64_t ps, sequence;
        Index event;
        bool operator<(const Later& other) const { return ps != other.ps ? ps > other.ps : sequence > other.sequence; }
    };

    static std::uint64_t ps_of(Time when) { return static_cast<std::uint64_t>(when.ps()); }
    static std::uint64_t block_of(std::uint64_t ps) { return ps >> Slots::kBits; }
    Index allocate();
    void append(List& list, Index event);
    void put_near(Index event);
    void put_far(Index event);
    void enter(std::uint64_t block);
    std::uint64_t next_far_block() const;
    void take_due(std::uint64_t slot);
    void foresee(Index next) const;
    /// Fetches the memory that an event will work on: its object and what its argument points to. An argument that is
    /// no address does no harm.
    static void prefetch(const Event& event);

    Foresight foresight_;
    Time now_;
    std::uint64_t pending_ = 0;
    std::uint64_t dispatched_ = 0;
    // From near to far. A link's wire is some 10 ps long, so most events are due within the present block of 4 ns,
    // where each picosecond has a slot. Every list is in the order of scheduling, so only the far future is sorted:
    // what comes out of the heap enters its list before anything can be scheduled there directly.
    std::array<List, 4> due_;      ///< the present instant, by priority
    unsigned due_priorities_ = 0;  ///< a bit for each that has any
    Slots near_;                   ///< picoseconds of the present block
    std::uint64_t block_ = 0;
    Slots far_;                    ///< blocks after it: 17 us
    std::vector<Later> overflow_;  ///< heap: everything after those
    std::uint64_t overflow_sequence_ = 0;
    std::vector<Event> events_;
    Index free_ = kNone;
};

}  // namespace ahbm::sim
