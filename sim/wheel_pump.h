// SPDX-License-Identifier: Apache-2.0
/// Connects a Wheel to the SystemC kernel: one SC_METHOD runs the events.
/// With `run_ahead` the method runs events up to the kernel's next pending activity without returning to it, which
/// saves one kernel event per distinct time; the order of everything is unchanged because the kernel has nothing to do
/// in between. While it runs ahead, sc_time_stamp() lags behind now(): blocks use now(), and transport calls carry the
/// difference as their delay argument. Turn it off when something samples signals by kernel time (sc_trace) or when
/// foreign modules notify kernel events from inside a transport call.
#pragma once

#include "sim/kernel_time.h"
#include "sim/wheel.h"

#include <systemc>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace ahbm::sim {

class WheelPump : public sc_core::sc_module, public Wheel {
public:
    SC_HAS_PROCESS(WheelPump);
    explicit WheelPump(const sc_core::sc_module_name& name);

    void set_run_ahead(bool on) { run_ahead_ = on; }
    /// Events after this time stay pending: sc_start(duration) must not be overtaken.
    void set_horizon(Time horizon) { horizon_ = horizon; }

    /// Called when all events of an instant have run; for observers that sample. Null: none.
    void set_instant_observer(std::function<void()> observer) { observer_ = std::move(observer); }

    /// Called at the first instant and at the first one not before the time it has last returned. Nothing: it has asked
    /// the kernel to pause. Null: none.
    using Watchdog = std::function<std::optional<Time>()>;
    void set_watchdog(Watchdog watchdog) { watchdog_ = std::move(watchdog); }

    /// Notifies a kernel event at now(): how an event wakes a thread. Threads run when the instant is complete, in the
    /// order of the calls, whether or not the method runs ahead.
    void notify(sc_core::sc_event& event);
    /// now() as seen from the kernel: what a transport call passes as its delay.
    sc_core::sc_time delay() const { return to_sc_time(now() - (dispatching_ ? kernel_now_ : outside_now())); }

private:
    Time outside_now() const override { return from_sc_time(sc_core::sc_time_stamp()); }
    void scheduled_from_outside(Time when) override;
    void pump();
    void arm(Time when);
    bool wake_threads();

    sc_core::sc_event wake_{"wake"};
    std::vector<sc_core::sc_event*> to_notify_;
    Time armed_ = Time::max();
    Time horizon_ = Time::max();
    Time kernel_now_, kernel_next_;  ///< while pumping: the kernel's time, and when it has something to do
    bool run_ahead_ = false;
    std::function<void()> observer_;
    Watchdog watchdog_;
    Time watch_at_;
    bool observe_again_ = false;  ///< when the threads of this instant have run
};

}  // namespace ahbm::sim
