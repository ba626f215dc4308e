// SPDX-License-Identifier: Apache-2.0
/// One simulation: a system and the host programs that run on it. Elaborates in the constructor; SystemC elaborates
/// once per process, so a process holds the sessions it needs before the first one runs.
#pragma once

#include "platform/host_port.h"
#include "platform/system.h"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace ahbm {

class KernelUse;

/// Nothing is left to happen, or nothing that helps, but the host program still waits: a hang. what() says who waits
/// for what; `graph` is the wait-for graph in Graphviz, empty when no queue is involved.
class Hang : public std::runtime_error {
public:
    explicit Hang(const std::string& text, std::string graph = {})
        : std::runtime_error(text), graph_(std::move(graph)) {}
    const std::string& graph() const { return graph_; }

private:
    std::string graph_;
};

/// An invariant of the model is broken. what() names it, with module and simulated time.
class ModelError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Session {
public:
    /// Throws ConfigError.
    Session(const PlatformConfig& config, const tl::KernelRegistry& kernels, const SystemOptions& options = {},
            const char* name = "system");
    ~Session();

    System& system() { return *system_; }
    /// What kernels used up to now.
    const KernelUse& kernels() const { return *kernels_; }
    HostPort& port() { return *port_; }

    /// Runs a host program as a SystemC thread until it returns, and the simulation until nothing is left to do.
    /// Throws what the program threw; Hang; ModelError, also when the books do not close or something was used for
    /// longer than there was time (plausible.h). May be called again.
    void run(std::function<void()> program) {
        start(std::move(program));
        wait();
    }

    // The same for callers who own the main loop: another language or simulator, a debugger.
    /// A host program begins: it runs while the simulation does. Throws std::logic_error while another one is under
    /// way.
    void start(std::function<void()> program);
    /// Simulates up to `when`, what happens then included; at least as far as the simulation is. True when no program
    /// is under way any more. Throws what the program threw; ModelError; Hang when `no_progress` has passed.
    bool run_until(sim::Time when);
    /// Simulates until nothing is left to do, and throws as run() does.
    void wait();

private:
    class HostThread;
    /// Simulates by `simulate`, then throws what has gone wrong.
    void advance(const std::function<void()>& simulate);
    Hang explain_hang(const std::string& what);
    /// In words, the kernel that failed first; empty: none did.
    std::string first_failure();
    std::optional<sim::Time> watch();

    std::unique_ptr<System> system_;
    std::unique_ptr<KernelUse> kernels_;
    std::unique_ptr<HostPort> port_;
    std::unique_ptr<HostThread> thread_;
    std::string no_progress_;  ///< what the watchdog has seen
};

/// Makes SystemC's reports behave as the platform needs: fatal reports and errors are exceptions, nothing goes to
/// standard output. Process-wide; for programs' main functions.
void install_report_policy();

}  // namespace ahbm
