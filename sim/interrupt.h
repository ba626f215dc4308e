// SPDX-License-Identifier: Apache-2.0
/// Every signal that ends a program, but for SIGKILL. Unfinished outputs go, and the program ends by the signal, with
/// a core dump where that is its way. SIGINT, SIGTERM and SIGHUP do so at once except while an Interruptible lives:
/// then the first of them is only noted, and whoever works looks now and then.
#pragma once

namespace ahbm::sim {

/// For programs' main functions. Signals that are ignored stay so, and those that have a handler keep it.
void handle_signals();
/// For a child that has no outputs of its own.
void restore_signals();

class Interruptible {
public:
    Interruptible();
    ~Interruptible();
    Interruptible(const Interruptible&) = delete;
};

/// The signal that was noted, or 0.
int interrupted();
/// Ends the process by this signal, as who started it expects: a shell sees 128 + number.
[[noreturn]] void end_by_signal(int number);

}  // namespace ahbm::sim
