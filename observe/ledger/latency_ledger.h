// SPDX-License-Identifier: Apache-2.0
/// Collects the ledgers of transactions and the waits of jobs while a run goes, by path class and by the phase that the
/// requester's kernel had announced. Takes 8 bytes per transaction, 16 of a kernel that
/// announced phases, and 16 per job.
#pragma once

#include "observe/ledger/contention.h"

#include <deque>
#include <map>

namespace ahbm {

class LatencyLedger final : private FabricObserver {
public:
    /// Attaches to all blocks; before the run.
    explicit LatencyLedger(System& system);
    ~LatencyLedger() override;
    LatencyLedger(const LatencyLedger&) = delete;

    LedgerReport report() const;

private:
    class PeWatch;
    using Phase = std::uint32_t;  ///< index into phases_
    struct Class {
        std::uint64_t bytes = 0;
        sim::Distribution latency;
        Ledger parts;
        sim::Time longest = sim::Time::ps(-1);
        Actors::Id from = 0, to = 0;
        sim::Time issued;
        Ledger slowest;
    };
    struct Jobs {
        sim::Distribution waited, worked;
    };

    void served(const Packet&, sim::Time, sim::Time) override {}
    void completed(const Packet& packet, PathClass path, sim::Time end) override;
    Phase phase(const std::string& name);
    LedgerReport::Transactions row(const TrafficClass& key, const Class& data, const std::string& phase) const;

    System& system_;
    Actors actors_;
    Contention contention_;
    std::deque<PeWatch> pes_;          ///< in the order of the system, as Actors::pe counts
    std::vector<std::string> phases_;  ///< in the order in which they were first met
    std::map<std::string, Phase> phase_numbers_;
    std::map<TrafficClass, Class> by_path_;
    std::map<std::pair<Phase, TrafficClass>, Class> by_phase_;
    std::map<std::pair<Phase, std::uint8_t>, Jobs> jobs_;  ///< phase, JobKind
};

}  // namespace ahbm
