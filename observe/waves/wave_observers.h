// SPDX-License-Identifier: Apache-2.0
/// What listens to the blocks for Waves: one kind of observer per kind of block, each knows its variables. All end
/// before the system does.
#pragma once

#include "observe/waves/wave_recorder.h"
#include "observe/waves/wave_words.h"
#include "platform/system.h"

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {

/// Where observers write.
struct WaveSink {
    WaveRecorder& recorder;
    sim::WheelPump& wheel;
    void move_to_now() const { recorder.move_to(wheel.now()); }
};

/// A link direction: a variable for busy, one per virtual channel for packets whose head waits.
class LinkWave final : public LinkObserver {
public:
    static constexpr std::array<const char*, 4> channels{"data", "comm", "request", "ctrl"};  // VirtualChannel
    struct Variables {
        std::optional<std::uint32_t> busy;
        std::array<std::optional<std::uint32_t>, channels.size()> queue;
    };
    LinkWave(const WaveSink& sink, OutputPort& port, const Variables& variables);
    ~LinkWave() override { port_.observers().remove(*this); }
    void reserved(const OutputPort& port, const Packet& packet, const Reservation& reservation) override;
    void awaited(const OutputPort& port, const Packet& packet, sim::Time ready) override;

private:
    WaveSink sink_;
    OutputPort& port_;
    Variables variables_;
};

/// The pseudo-channels of an HBM slice.
class HbmWave final : public HbmObserver {
public:
    HbmWave(const WaveSink& sink, HbmController& hbm, std::vector<std::optional<std::uint32_t>> channels);
    ~HbmWave() override { hbm_.observers().remove(*this); }
    void burst(unsigned channel, bool write, sim::Time from, sim::Time until) override;

private:
    WaveSink sink_;
    HbmController& hbm_;
    std::vector<std::optional<std::uint32_t>> channels_;
};

/// A block that says when it may look different: everything it shows is read then.
class BlockWave final : public sim::ChangeObserver {
public:
    using Read = std::function<std::uint64_t()>;
    using Signals = std::vector<std::pair<std::uint32_t, Read>>;
    BlockWave(const WaveSink& sink, sim::Observers<sim::ChangeObserver>& block, Signals signals);
    ~BlockWave() override { block_.remove(*this); }
    void changed() override;

private:
    WaveSink sink_;
    sim::Observers<sim::ChangeObserver>& block_;
    Signals signals_;
};

/// The queue pairs of a PE, which are installed in the course of the run: their variables are declared then. One that
/// takes the direction of one that was removed goes on with its variables.
class QueueWave final : public sim::ChangeObserver {
public:
    /// Declares a variable of the PE, if it is in scope: "E.head".
    using Declare = std::function<std::optional<std::uint32_t>(const std::string& name, unsigned width)>;
    QueueWave(const WaveSink& sink, PeIpcq& ipcq, Declare declare);
    ~QueueWave() override { ipcq_.changes().remove(*this); }
    void changed() override;

    static constexpr std::array<std::pair<const char*, unsigned>, 4> counters{
        {{"head", 64}, {"tail", 64}, {"arrived", 64}, {"credits", 32}}};  // as wide as in PE_IPCQ

private:
    struct Variables {
        std::string name;
        std::array<std::optional<std::uint32_t>, counters.size()> ids;
        bool taken = false;
    };
    struct Shown {
        const PeIpcq::Installed* installed = nullptr;
        std::size_t variables = 0;  ///< in variables_
    };
    std::size_t take(const std::string& direction);
    void give_back(Variables& variables);
    void show(const Variables& variables, const std::array<std::uint64_t, counters.size()>& values);

    WaveSink sink_;
    PeIpcq& ipcq_;
    Declare declare_;
    std::vector<Shown> shown_;          ///< by PE_IPCQ's index
    std::vector<Variables> variables_;  ///< by name
};

/// The kernels of one PE: whether one runs, and what it says it does.
class KernelWave final : public KernelObserver {
public:
    KernelWave(const WaveSink& sink, KernelContext& kernels, WaveWords& words, std::optional<std::uint32_t> running,
               std::optional<std::uint32_t> phase);
    ~KernelWave() override { kernels_.observers().remove(*this); }
    void kernel_started(const std::string& kernel, sim::Time when) override { show(true, kernel, when); }
    void phase_began(const std::string& phase, sim::Time when) override { show(true, phase, when); }
    void kernel_ended(sim::Time when) override { show(false, "idle", when); }

private:
    void show(bool running, const std::string& phase, sim::Time when);

    WaveSink sink_;
    KernelContext& kernels_;
    WaveWords& words_;
    std::optional<std::uint32_t> running_, phase_;
};

/// The launches of one SIP as one variable: execute while a PE runs a kernel; else dispatch when one is on its way
/// down; else complete when the host does not know yet that all have ended; else idle.
class LaunchWave final : public HostObserver, public KernelObserver {
public:
    LaunchWave(const WaveSink& sink, Host& host, SipId sip, std::vector<KernelContext*> kernels, std::uint32_t phase);
    ~LaunchWave() override;
    void submitted(const abi::Message& request, std::uint64_t cookie, sim::Time when) override;
    void completed(const abi::Completion& completion, std::uint64_t cookie, sim::Time when) override;
    void kernel_started(const std::string& kernel, sim::Time when) override;
    void phase_began(const std::string&, sim::Time) override {}
    void kernel_ended(sim::Time when) override;

private:
    void show();

    WaveSink sink_;
    Host& host_;
    SipId sip_;
    std::vector<KernelContext*> kernels_;
    std::uint32_t phase_;
    std::set<std::uint64_t> open_;  ///< cookies
    std::uint64_t submitted_ = 0, executed_ = 0, completed_ = 0, running_ = 0;
    std::optional<sim::Time> started_;  ///< of the kernels that run: those of a launch start together
    bool counted_ = false;              ///< they have ended once
};

/// When the first PE of the system came into each phase; a phase counts again when no kernel has run in between.
class PhaseMarks final : public KernelObserver {
public:
    struct Mark {
        std::string phase;
        sim::Time at;
    };
    explicit PhaseMarks(std::vector<KernelContext*> kernels);
    ~PhaseMarks() override;
    void kernel_started(const std::string&, sim::Time) override { ++running_; }
    void phase_began(const std::string& phase, sim::Time when) override;
    void kernel_ended(sim::Time) override;
    const std::vector<Mark>& marks() const { return marks_; }

private:
    std::vector<KernelContext*> kernels_;
    std::set<std::string> begun_;
    std::uint64_t running_ = 0;
    std::vector<Mark> marks_;
};

}  // namespace ahbm
