// SPDX-License-Identifier: Apache-2.0
/// Writes a VCD of links, engines, queues, mailboxes, HBM pseudo-channels, kernels and launches (docs/waves.md lists
/// the signals). It listens and never looks: a signal costs when it changes, and only then. Takes no simulated time and
/// no events; the wheel runs ahead as it would. Why not sc_trace: it polls every variable whenever the kernel's time
/// moves on, and knows no other time than that one.
#pragma once

#include "observe/scope.h"
#include "observe/waves/save_file.h"
#include "observe/waves/wave_observers.h"
#include "platform/system.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ahbm {

struct WavesConfig {
    std::string file;
    std::string scope;  ///< see Scope
};

class Waves {
public:
    /// Before the simulation starts. Throws ConfigError when nothing matches the scope or the file cannot be written.
    Waves(System& system, const WavesConfig& config);
    /// Completes the VCD if finish() has not, as a partial one.
    ~Waves();
    Waves(const Waves&) = delete;

    /// The variables, without the system's own name; those of queue pairs come when they are installed.
    const std::vector<WaveSignal>& signals() const { return signals_; }
    /// Parts of the scope that only a queue could have matched, and none did.
    std::vector<std::string> unmatched() const { return scope_.unmatched(); }
    /// When the first PE came into each phase that its kernel announced.
    std::vector<WaveMarker> phase_markers() const;
    /// Completes the VCD and writes the GTKWave save file beside it; returns its name. Its markers, in case there are
    /// more than GTKWave can name: findings, then those of the launches, then phases. `partial`: why the run did not
    /// come to its end. Throws OutputError when one of the files cannot be written.
    std::string finish(const std::vector<WaveMarker>& launches, const std::string& partial = {});

private:
    struct Shown {
        WaveSignal signal;
        BlockWave::Read read;
    };
    void add_everything();
    void add_sip(SipId id);
    void add_cube(Cube& cube, const std::string& name);
    void add_pe(Pe& pe, const std::string& name);
    void add_link(OutputPort& port);
    void add_hbm(HbmController& hbm, const std::string& name);
    void add_block(sim::Observers<sim::ChangeObserver>& block, const std::vector<Shown>& shown);
    void add_mailbox(Mailbox& mailbox, const std::string& group, const std::string& name);
    void add_fetch_store(Pe& pe, const std::string& name);
    std::optional<std::uint32_t> declare(const WaveSignal& signal);
    std::string what_there_is(const std::string& wanted);
    std::vector<WaveMarker> finding_markers();
    void close(const std::string& partial);

    System& system_;
    const std::string vcd_;  ///< file
    Scope scope_;
    bool listing_ = false;          ///< only names are collected
    std::optional<sim::Time> end_;  ///< closed then
    std::vector<WaveSignal> signals_;
    WaveWords words_;
    VcdFile file_;
    WaveRecorder recorder_{file_};
    WaveSink sink_{recorder_, system_.wheel()};
    std::vector<KernelContext*> all_kernels_;
    std::unique_ptr<PhaseMarks> phases_;
    std::deque<LinkWave> links_;
    std::deque<HbmWave> hbms_;
    std::deque<BlockWave> blocks_;
    std::deque<QueueWave> queues_;
    std::deque<KernelWave> kernels_;
    std::deque<LaunchWave> launches_;
};

}  // namespace ahbm
