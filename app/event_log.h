// SPDX-License-Identifier: Apache-2.0
/// What `--log-level debug` shows, a line per event: requests of the host, kernels and their phases, jobs of the
/// engines, operations of the queues, transactions of the fabric. `--log-scope` selects by the beginning of the name.
#pragma once

#include "observe/ledger/actors.h"
#include "platform/system.h"

#include <memory>
#include <vector>

namespace ahbm::cli {

class EventLog final : private HostObserver, private FabricObserver {
public:
    explicit EventLog(System& system);
    ~EventLog() override;
    EventLog(const EventLog&) = delete;

private:
    class PeLog;

    void submitted(const abi::Message& request, std::uint64_t cookie, sim::Time when) override;
    void completed(const abi::Completion& completion, std::uint64_t cookie, sim::Time when) override;
    void served(const Packet&, sim::Time, sim::Time) override {}
    void completed(const Packet& packet, PathClass path, sim::Time end) override;

    System& system_;
    const Actors actors_;
    std::vector<std::unique_ptr<PeLog>> pes_;
};

}  // namespace ahbm::cli
