// SPDX-License-Identifier: Apache-2.0
/// Records what engines, kernels, queues, memories and the host do, as slices on tracks with arrows between them and
/// counters beside them. Takes no simulated time and schedules nothing.
///
/// Per PE: kernel with its phases, DMA channels and fences, fetch, store, gemm, math, and of its queues reservations,
/// sends, tiles in the ring, receives. Per HBM controller: accesses. On the host: launches, other requests, copies.
/// Counters: commands in PE_SCHEDULER's FIFO, credits, outstanding transactions, and packets that wait for a link.
#pragma once

#include "observe/timeline/pe_watch.h"
#include "observe/timeline/recording.h"
#include "platform/system.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ahbm::timeline {

class Timeline {
public:
    /// Before the simulation starts. `scope`: see Scope. Throws ConfigError when
    /// nothing matches it.
    Timeline(System& system, const Limits& limits, const std::string& scope);
    ~Timeline();
    Timeline(const Timeline&) = delete;

    /// Recording ends; what is under way is cut now. `partial`: why the run did not come to its end. Once.
    Trace finish(const std::string& partial = {});
    /// When the limit was reached; what ended later is missing.
    std::optional<sim::Time> stopped() const { return recording_.stopped(); }

private:
    class HostWatch;
    class FabricWatch;
    class LinkWatch;

    System& system_;
    Recording recording_;
    std::unique_ptr<HostWatch> host_;
    std::unique_ptr<FabricWatch> fabric_;
    std::vector<std::unique_ptr<PeWatch>> pes_;
    std::vector<std::unique_ptr<LinkWatch>> links_;
};

}  // namespace ahbm::timeline
