// SPDX-License-Identifier: Apache-2.0
/// SIGINT, SIGTERM and SIGHUP. They end the program at once, except while an Interruptible lives: then the first of
/// them is only noted, and whoever works looks now and then. Unfinished outputs go in either case.
#pragma once

namespace ahbm::sim {

/// For programs' main functions. Signals that the parent told us to ignore stay ignored.
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
