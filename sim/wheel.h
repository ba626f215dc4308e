// SPDX-License-Identifier: Apache-2.0
/// The platform's one event queue: a timing wheel with a bitmap. Events are plain data, so scheduling allocates nothing
/// in steady state. Events at equal times run in the order (priority class, sequence of scheduling).
/// No SystemC here; sim/wheel_pump.h connects a wheel to the kernel.
#pragma once

#include "sim/units.h"

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

    Wheel();
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

    /// The present: of the event being dispatched, or of the kernel when called from outside.
    Time now() const { return dispatching_ ? now_ : outside_now(); }
    /// Time of the earliest event, Time::max() when there is none.
    Time next();
    bool empty() const { return pending_ == 0; }
    std::uint64_t pending() const { return pending_; }
    std::uint64_t dispatched() const { return dispatched_; }

    /// Runs every event due at `next()`, including those added for the same instant meanwhile. False when empty.
    bool dispatch_next();

protected:
    /// The present as seen by callers that are not events.
    virtual Time outside_now() const { return now_; }
    /// An event was scheduled from outside a dispatch.
    virtual void scheduled_from_outside(Time) {}

    bool dispatching_ = false;

private:
    struct Event {
        Time when;
        std::uint64_t order;  ///< priority in the top byte, then sequence
        Callback callback;
        void* object;
        std::uint64_t argument;
    };
    struct Node {
        Event event;
        std::uint32_t next;
    };
    static constexpr unsigned kTickShift = 8;      ///< 256 ps per slot
    static constexpr std::uint64_t kSlots = 4096;  ///< about one microsecond ahead; further events wait in a heap
    static constexpr std::uint32_t kNone = UINT32_MAX;

    static std::uint64_t tick_of(Time when) { return static_cast<std::uint64_t>(when.ps()) >> kTickShift; }
    struct Later {  // a type, so that the heap algorithms inline it
        bool operator()(const Event& a, const Event& b) const {
            return a.when != b.when ? a.when > b.when : a.order > b.order;
        }
    };
    void put(const Event& event);
    void put_in_slot(const Event& event, std::uint64_t tick);
    void advance();
    /// For every event of the slot after the present one: fetches the memory it will work on, its object and what its
    /// argument points to. An argument that is no address does no harm.
    void prefetch_next_slot() const;
    static void prefetch(const Event& event);
    std::uint64_t next_occupied_tick() const;

    Foresight foresight_;
    Time now_;
    std::uint64_t tick_ = 0;  ///< the slot whose events are in current_
    std::uint64_t sequence_ = 0;
    std::uint64_t pending_ = 0;
    std::uint64_t dispatched_ = 0;
    std::vector<Event> current_;   ///< heap: everything up to and including slot tick_
    std::vector<Event> overflow_;  ///< heap: everything beyond the wheel's horizon
    std::array<std::uint32_t, kSlots> slots_;
    std::array<std::uint64_t, kSlots / 64> occupied_{};
    std::uint64_t occupied_words_ = 0;
    std::vector<Node> nodes_;
    std::uint32_t free_node_ = kNone;
};

}  // namespace ahbm::sim
