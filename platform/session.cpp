// SPDX-License-Identifier: Apache-2.0
#include "platform/session.h"

#include "platform/diagnostics/kernel_use.h"
#include "platform/diagnostics/plausible_use.h"
#include "platform/diagnostics/queue_state.h"
#include "platform/interrupted.h"
#include "sim/counted.h"
#include "sim/interrupt.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {
namespace {

Interrupted interruption(sim::Time now) {
    const int signal = sim::interrupted();
    return {signal, fmt::format("interrupted by {} at {:.3f} ns",
                                signal == SIGINT    ? "SIGINT"
                                : signal == SIGTERM ? "SIGTERM"
                                                    : "SIGHUP",
                                now.ns())};
}

}  // namespace

class Session::HostThread : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(HostThread);
    explicit HostThread(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }

    void start(std::function<void()> program) {
        program_ = std::move(program);
        error_ = nullptr;
        start_.notify(sc_core::SC_ZERO_TIME);  // the first program comes before the kernel runs
    }
    bool busy() const { return program_ != nullptr; }
    void abandon() { program_ = nullptr; }
    std::exception_ptr error() const { return error_; }
    std::exception_ptr take_error() { return std::exchange(error_, nullptr); }

private:
    void run() {
        for (;;) {
            while (!program_) sc_core::wait(start_);
            try {
                program_();
            } catch (const sc_core::sc_unwind_exception&) {
                throw;  // the kernel is ending this thread
            } catch (...) {
                error_ = std::current_exception();
            }
            program_ = nullptr;
        }
    }

    std::function<void()> program_;
    std::exception_ptr error_;
    sc_core::sc_event start_;
};

Session::Session(const PlatformConfig& config, const tl::KernelRegistry& kernels, const SystemOptions& options,
                 const char* name)
    : system_(std::make_unique<System>(name, config, kernels, options)),
      kernels_(std::make_unique<KernelUse>(*system_)),
      port_(std::make_unique<HostPort>(*system_)),
      thread_(std::make_unique<HostThread>((std::string(name) + "_program").c_str())) {
    system_->wheel().set_watchdog([this] { return watch(); });
}

Session::~Session() = default;

void Session::start(std::function<void()> program) {
    if (thread_->busy()) throw std::logic_error("a host program is under way: wait for it before the next one starts");
    thread_->start(std::move(program));
}

bool Session::run_until(sim::Time when) {
    sim::WheelPump& wheel = system_->wheel();
    advance([&] {
        const sim::Time now = sim::from_sc_time(sc_core::sc_time_stamp());
        wheel.set_horizon(std::max(when, now));  // it must not run ahead of where the kernel will stop
        sc_core::sc_start(sim::to_sc_time(std::max(when, now) - now), sc_core::SC_RUN_TO_TIME);
    });
    return !thread_->busy();
}

void Session::wait() {
    advance([&] {
        system_->wheel().set_horizon(sim::Time::max());
        sc_core::sc_start();
        if (thread_->error() || sim::interrupted() != 0 || !no_progress_.empty()) return;
        if (thread_->busy()) throw explain_hang("nothing is left to happen, but the host program waits");
        system_->check_books();
        check_queues(*system_);
        check_use(*system_, *kernels_);
    });
}

void Session::advance(const std::function<void()>& simulate) {
    try {
        simulate();
        if (const std::exception_ptr error = thread_->take_error()) std::rethrow_exception(error);
        if (sim::interrupted() != 0) throw interruption(system_->wheel().now());
        if (!no_progress_.empty()) throw explain_hang(std::exchange(no_progress_, {}));
    } catch (const sc_core::sc_report& report) {
        thread_->abandon();
        throw ModelError(report.get_msg() != nullptr ? report.get_msg() : report.what());
    } catch (const Hang&) {
        thread_->abandon();
        throw;
    } catch (const Interrupted&) {
        thread_->abandon();
        throw;
    }
}

std::optional<sim::Time> Session::watch() {
    const sim::Time bound = system_->config().no_progress, now = system_->wheel().now();
    sim::Time oldest = now;
    for (const PeCoord at : system_->pes())
        for (const PeIpcq::Waiting& wait : system_->pe(at).ipcq.waiting()) oldest = std::min(oldest, wait.since);
    if (now - oldest > bound) {
        no_progress_ = fmt::format("a PE has waited for its queues for more than {:.3f} us (no_progress)", bound.us());
        sc_core::sc_pause();
        return std::nullopt;
    }
    // Looking costs a walk over all PEs: a wait is found at most a sixteenth of the bound late.
    const sim::Time step = std::max(sim::Time::ps(bound.ps() / 16), sim::Time::ps(1));
    return std::max(oldest + bound + sim::Time::ps(1), now + step);
}

std::string Session::first_failure() {
    const KernelContext::Failure* first = nullptr;
    for (const PeCoord at : system_->pes()) {
        const KernelContext::Failure& failure = system_->pe(at).cpu.kernels.failure();
        if (!failure.text.empty() && (first == nullptr || failure.when < first->when)) first = &failure;
    }
    return first == nullptr ? std::string() : first->text;
}

Hang Session::explain_hang(const std::string& what) {
    std::vector<std::string> waiting;
    System& system = *system_;
    const runtime::Machine machine = system.machine();
    for (std::uint32_t s = 0; s < machine.memory.sips; ++s) {
        Sip& sip = system.sip(SipId{s});
        if (!sip.io0.io_cpu.hal.waiting_for_mail())
            waiting.push_back(fmt::format("sip{}.io0.io_cpu waits inside a request", s));
        for (std::uint32_t c = 0; c < machine.memory.cubes; ++c) {
            Cube& cube = sip.cube(CubeId{c});
            if (!cube.m_cpu().hal.waiting_for_mail())
                waiting.push_back(fmt::format("sip{}.cube{}.m_cpu waits inside a request", s, c));
            for (std::uint32_t p = 0; p < machine.memory.pes; ++p) {
                Pe& pe = cube.pe(PeId{p});
                if (pe.cpu.kernels.running() && pe.ipcq.waiting().empty())
                    waiting.push_back(to_string(PeCoord{SipId{s}, CubeId{c}, PeId{p}}) +
                                      " runs a kernel whose commands have not completed");
            }
        }
    }
    const WaitForGraph graph = wait_for_graph(system);
    std::string text = fmt::format("hang at {:.3f} ns: {}; {} open", system.wheel().now().ns(), what,
                                   sim::counted(system.host().requests_open(), "request"));
    if (const std::string first = first_failure(); !first.empty()) text = first + "\nthen " + text;
    if (!graph.waits.empty()) {
        text += fmt::format("\n{}queues:\n{}", graph.words(), pointer_dump(system));
        text.pop_back();
    }
    constexpr std::size_t kShown = 8;
    for (std::size_t i = 0; i < std::min(kShown, waiting.size()); ++i) text += fmt::format("\n  {}", waiting[i]);
    if (waiting.size() > kShown) text += fmt::format("\n  and {} more", waiting.size() - kShown);
    if (waiting.empty() && graph.waits.empty())
        text += "\n  no block has work: the program waits for something nobody was asked to do";
    if (const std::string ranks = port_->explanation(); !ranks.empty()) text += fmt::format("\nranks:\n{}", ranks);
    while (text.ends_with('\n')) text.pop_back();
    return Hang(text, graph.waits.empty() ? std::string() : graph.graphviz());
}

void install_report_policy() {
    using Handler = sc_core::sc_report_handler;
    Handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    Handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DISPLAY);
    Handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
    Handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
    Handler::set_handler([](const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
        // Display goes to standard error: standard output belongs to the program.
        if ((actions & sc_core::SC_DISPLAY) != 0)
            std::fputs((sc_core::sc_report_compose_message(report) + '\n').c_str(), stderr);
        Handler::default_handler(report, actions & ~sc_core::SC_DISPLAY);
    });
}

}  // namespace ahbm
