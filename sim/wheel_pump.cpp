// SPDX-License-Identifier: Apache-2.0
#include "sim/wheel_pump.h"

#include "sim/interrupt.h"

#include <algorithm>

namespace ahbm::sim {

WheelPump::WheelPump(const sc_core::sc_module_name& name) : sc_module(name) {
    if (sc_core::sc_get_time_resolution() != sc_core::sc_time(1, sc_core::SC_PS))
        SC_REPORT_FATAL("ahbm", "the platform needs the default time resolution of 1 ps");
    SC_METHOD(pump);
    sensitive << wake_;
    dont_initialize();
}

void WheelPump::arm(Time when) {
    if (when >= armed_) return;
    armed_ = when;
    const Time kernel_now = outside_now();
    // An earlier notification replaces a later one.
    wake_.notify(to_sc_time(std::max(when, kernel_now) - kernel_now));
}

void WheelPump::scheduled_from_outside(Time when) { arm(when); }

void WheelPump::notify(sc_core::sc_event& event) {
    if (dispatching_)
        to_notify_.push_back(&event);
    else
        event.notify(sc_core::SC_ZERO_TIME);
}

bool WheelPump::wake_threads() {
    if (to_notify_.empty()) return false;
    for (sc_core::sc_event* event : to_notify_) event->notify();  // immediately: the kernel keeps this order, no other
    to_notify_.clear();
    return true;
}

void WheelPump::pump() {
    armed_ = Time::max();
    kernel_now_ = outside_now();
    if (wake_threads()) {  // of an instant that was reached ahead of the kernel
        if (!empty()) arm(next());
        return;
    }
    if (std::exchange(observe_again_, false) && observer_) observer_();
    kernel_next_ = Time::max();
    if (run_ahead_ && !sc_core::sc_pending_activity_at_current_time()) {
        const sc_core::sc_time ahead = sc_core::sc_time_to_pending_activity();
        if (ahead != sc_core::sc_max_time() - sc_core::sc_time_stamp())
            kernel_next_ = kernel_now_ + from_sc_time(ahead);
    } else {
        kernel_next_ = kernel_now_;
    }
    for (Time when = next(); when != Time::max(); when = next()) {
        const bool now_due = when == kernel_now_;
        if (!now_due && (when >= kernel_next_ || when > horizon_)) {
            arm(when);
            return;
        }
        dispatch(when);
        if (observer_) observer_();
        if (interrupted() != 0) {
            sc_core::sc_pause();
            return arm(next());
        }
        if (when >= watch_at_ && watchdog_) {
            const std::optional<Time> again = watchdog_();
            if (!again) return arm(next());
            watch_at_ = *again;
        }
        if (!to_notify_.empty()) {
            if (now_due) {
                wake_threads();
                observe_again_ = static_cast<bool>(observer_);
            }
            if (!now_due || observe_again_) arm(when);
            if (!empty()) arm(next());
            return;
        }
    }
}

}  // namespace ahbm::sim
