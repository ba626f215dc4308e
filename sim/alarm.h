// SPDX-License-Identifier: Apache-2.0
/// How a thread waits for a time: by the event wheel, so that threads that wake at one instant do so in a defined
/// order. (The kernel's own order of equal times depends on what else it has pending.)
#pragma once

#include "sim/wheel_pump.h"

namespace ahbm::sim {

class Alarm {
public:
    explicit Alarm(WheelPump& wheel) : wheel_(wheel) {}
    Alarm(const Alarm&) = delete;

    /// Called by one thread at a time. Returns at once when `time` has passed.
    void wait_until(Time time) {
        if (time <= wheel_.now()) return;
        wheel_.at<&Alarm::ring>(time, Priority::wake, this);
        while (wheel_.now() < time) sc_core::wait(event_);
    }
    void wait_for(Time duration) { wait_until(wheel_.now() + duration); }

private:
    void ring(std::uint64_t) { wheel_.notify(event_); }

    WheelPump& wheel_;
    sc_core::sc_event event_;
};

}  // namespace ahbm::sim
