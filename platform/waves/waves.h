// SPDX-License-Identifier: Apache-2.0
/// Writes a VCD of links and engines. Variables are sampled after each instant of the event wheel and traced with
/// sc_trace, so the wheel must not run ahead of the kernel (fabric.run_ahead=false). Takes no simulated time; the only
/// events it adds are empty ones that make an instant of the moments when a traced link changes.
///
/// Per link: `busy` and `queue`, packets whose head waits. Per engine: `state` (0 idle, 1 busy, 2 stalled). Per PE:
/// commands in PE_SCHEDULER's FIFO. Per CPU: the mailbox's level.
#pragma once

#include "platform/system.h"
#include "platform/waves/save_file.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ahbm {

struct WavesConfig {
    std::string file;
    std::string scope;  ///< pattern over names without "system.": "sip0.cube0.*"; "" = everything
};

class Waves {
public:
    /// Before the simulation starts. Throws ConfigError when nothing matches the scope or the file cannot be written.
    Waves(System& system, const WavesConfig& config);
    ~Waves();
    Waves(const Waves&) = delete;

    /// The traced variables, without the system's own name.
    std::vector<WaveSignal> signals() const;
    /// Writes the GTKWave save file beside the VCD; returns its name.
    std::string save_file(const std::vector<WaveMarker>& markers) const {
        return write_save_file(vcd_, signals(), markers, system_.wheel().now());
    }

private:
    class LinkWave;
    struct Sampled {
        std::string name;
        unsigned width = 0;
        unsigned value = 0;
        std::function<unsigned()> read;
    };

    std::string what_there_is();
    bool matches(const std::string& name) const;
    void add(const std::string& name, unsigned width, std::function<unsigned()> read);
    void add_links();
    void add_pes();
    void sample();
    void look(std::uint64_t) {}  ///< makes an instant
    /// Of a unit that waits for a port: it will look different when it gets it, whether or not anything else happens.
    unsigned lane_state(const PeFetchStore& unit, PeFetchStore::Side side);

    System& system_;
    const std::string vcd_;  ///< file
    std::string scope_;
    std::deque<Sampled> sampled_;
    std::deque<LinkWave> links_;
    sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace ahbm
