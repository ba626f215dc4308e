// SPDX-License-Identifier: Apache-2.0
#include "sim/interrupt.h"

#include "sim/whole_file.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <signal.h>
#include <unistd.h>

namespace ahbm::sim {
namespace {

/// Calls `visit` for each signal that ends a process unless it is handled; not for those that are errors of a write
/// instead (sim/whole_file.h).
template <class Visit>
void for_each_deadly_signal(const Visit& visit) {
    for (const int number :
         {SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGTRAP, SIGABRT, SIGBUS,    SIGFPE,  SIGUSR1, SIGSEGV,
          SIGUSR2, SIGALRM, SIGSTKFLT, SIGTERM, SIGXCPU, SIGPROF, SIGVTALRM, SIGPOLL, SIGPWR,  SIGSYS})
        visit(number);
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) visit(number);
}

bool asks_to_end(int number) { return number == SIGINT || number == SIGTERM || number == SIGHUP; }

volatile std::sig_atomic_t interruptible = 0, noted = 0, terminal = 0;

void on_signal(int number) {
    if (asks_to_end(number) && interruptible > 0 && noted == 0) {
        noted = number;
        constexpr std::string_view text =
            "\ninterrupted: the run ends with its next event; once more ends it at once\n";
        if (terminal != 0 && write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody to tell
        return;
    }
    remove_unfinished_files();
    end_by_signal(number);
}

}  // namespace

void handle_signals() {
    terminal = isatty(STDERR_FILENO);
    // After an overflow of the stack there is no other to run on.
    static std::array<char, 1 << 16> spare;
    stack_t alternate{};
    sigaltstack(nullptr, &alternate);
    if ((alternate.ss_flags & SS_DISABLE) != 0) {
        alternate = {spare.data(), 0, spare.size()};
        sigaltstack(&alternate, nullptr);
    }
    for_each_deadly_signal([](int number) {
        struct sigaction old {
        }, ours{};
        sigaction(number, nullptr, &old);
        if (old.sa_handler != SIG_DFL) return;  // ignored, or a sanitizer's
        ours.sa_handler = on_signal;
        sigfillset(&ours.sa_mask);
        ours.sa_flags = SA_RESTART | SA_ONSTACK;
        sigaction(number, &ours, nullptr);
    });
}

void restore_signals() {
    for_each_deadly_signal([](int number) {
        struct sigaction now {};
        sigaction(number, nullptr, &now);
        if (now.sa_handler == on_signal) std::signal(number, SIG_DFL);
    });
}

Interruptible::Interruptible() { interruptible = interruptible + 1; }
Interruptible::~Interruptible() { interruptible = interruptible - 1; }

int interrupted() { return noted; }

void end_by_signal(int number) {
    std::signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    std::raise(number);
    std::_Exit(128 + number);
}

}  // namespace ahbm::sim
