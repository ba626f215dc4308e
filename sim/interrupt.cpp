// SPDX-License-Identifier: Apache-2.0
#include "sim/interrupt.h"

#include "sim/whole_file.h"

#include <csignal>
#include <cstdlib>

#include <signal.h>

namespace ahbm::sim {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t interruptible = 0, noted = 0;

void on_signal(int number) {
    if (interruptible > 0 && noted == 0) {
        noted = number;
        return;
    }
    remove_unfinished_files();
    end_by_signal(number);
}

}  // namespace

void handle_signals() {
    for (const int number : kSignals) {
        struct sigaction old {
        }, ours{};
        sigaction(number, nullptr, &old);
        if (old.sa_handler == SIG_IGN) continue;
        ours.sa_handler = on_signal;
        sigfillset(&ours.sa_mask);
        ours.sa_flags = SA_RESTART;
        sigaction(number, &ours, nullptr);
    }
}

void restore_signals() {
    for (const int number : kSignals) std::signal(number, SIG_DFL);
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
