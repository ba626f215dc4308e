// SPDX-License-Identifier: Apache-2.0
/// The one way in which the runtime waits: for a condition, which may come true with any completion. It can be ended
/// from outside: while ranks are being unwound, every wait throws.
#pragma once

#include "sw_runtime/device_port.h"

namespace ahbm::runtime {

/// Thrown out of a rank's wait because another rank has failed. No std::exception: a rank that survives errors of its
/// own must not take it for one.
struct Unwound {};

class Waiting {
public:
    explicit Waiting(DevicePort& port) : port_(port) {}

    template <class Condition>
    void until(Condition condition) {
        for (check(); !condition(); check()) port_.wait();
    }
    /// Throws Unwound when ranks are being unwound.
    void check() const {
        if (unwinding_) throw Unwound{};
    }
    /// Something that is no completion has changed: conditions are looked at again.
    void changed() { port_.wake(); }

    void unwind() {
        unwinding_ = true;
        changed();
    }
    void resume() { unwinding_ = false; }
    bool unwinding() const { return unwinding_; }

private:
    DevicePort& port_;
    bool unwinding_ = false;
};

}  // namespace ahbm::runtime
