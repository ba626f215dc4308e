// SPDX-License-Identifier: Apache-2.0
#include "observe/ledger/latency_ledger.h"

#include <utility>

namespace ahbm {
namespace {

/// What a job of this kind waits for is in the name where it is not the engine itself.
std::string job_name(JobKind kind) {
    switch (kind) {
        case JobKind::dma_read: return "dma_read";
        case JobKind::dma_write: return "dma_write";
        case JobKind::fetch: return "fetch";
        case JobKind::store: return "store";
        case JobKind::gemm: return "gemm";
        case JobKind::math: return "math";
        case JobKind::fence: return "fence";
        case JobKind::ipcq_reserve: return "send: credit";
        case JobKind::ipcq_send: return "send";
        case JobKind::ipcq_recv: return "recv: tile";
        case JobKind::ipcq_release: return "release";
        case JobKind::ipcq_cancel: return "cancel";
    }
    return "?";
}

/// These have no service of their own: all of their time is waiting.
bool only_waits(JobKind kind) {
    return kind == JobKind::ipcq_reserve || kind == JobKind::ipcq_recv || kind == JobKind::fence;
}

}  // namespace

/// Knows in which phase its PE's kernel was at any time.
class LatencyLedger::PeWatch final : public JobObserver, public KernelObserver {
public:
    PeWatch(LatencyLedger& ledger, Pe& pe) : ledger_(ledger), pe_(pe) {
        pe.scheduler.observers().add(*this);
        pe.cpu.kernels.observers().add(*this);
    }
    ~PeWatch() override {
        pe_.scheduler.observers().remove(*this);
        pe_.cpu.kernels.observers().remove(*this);
    }
    PeWatch(const PeWatch&) = delete;

    /// Null: no kernel ran.
    const Phase* phase_at(sim::Time when) const {
        for (std::size_t i = since_.size(); i-- > 0;)
            if (since_[i].first <= when) return &since_[i].second;
        return nullptr;
    }

private:
    void kernel_started(const std::string& kernel, sim::Time when) override {
        kernel_ = kernel;
        since_.emplace_back(when, ledger_.phase(kernel));
    }
    void phase_began(const std::string& phase, sim::Time when) override {
        since_.emplace_back(when, ledger_.phase(kernel_ + ": " + phase));
    }
    void kernel_ended(sim::Time) override {}
    void job_done(const Job& job, std::uint64_t) override {
        const Phase* const phase = phase_at(job.issued);
        if (phase == nullptr) return;
        Jobs& jobs = ledger_.jobs_[{*phase, static_cast<std::uint8_t>(job.kind)}];
        const sim::Time started = only_waits(job.kind) ? job.ended : job.started;
        jobs.waited.add(started - job.issued);
        jobs.worked.add(job.ended - started);
    }

    LatencyLedger& ledger_;
    Pe& pe_;
    std::string kernel_;
    std::vector<std::pair<sim::Time, Phase>> since_;
};

LatencyLedger::LatencyLedger(System& system) : system_(system), actors_(system), contention_(system, actors_) {
    for (const PeCoord at : system.pes()) pes_.emplace_back(*this, system.pe(at));
    system.fabric().observers().add(*this);
}

LatencyLedger::~LatencyLedger() { system_.fabric().observers().remove(*this); }

LatencyLedger::Phase LatencyLedger::phase(const std::string& name) {
    const auto [entry, fresh] = phase_numbers_.try_emplace(name, static_cast<Phase>(phases_.size()));
    if (fresh) phases_.push_back(name);
    return entry->second;
}

void LatencyLedger::completed(const Packet& packet, PathClass path, sim::Time end) {
    const Actors::Id requester = actors_.of(packet.destination);
    const auto add = [&](Class& to) {
        const sim::Time latency = end - packet.issued;
        to.bytes += packet.bytes;
        to.latency.add(latency);
        to.parts += packet.ledger;
        if (latency <= to.longest) return;
        to.longest = latency;
        to.from = requester;
        to.to = actors_.of(packet.source);
        to.issued = packet.issued;
        to.slowest = packet.ledger;
    };
    const TrafficClass key{packet.purpose, packet.access, path};
    add(by_path_[key]);
    if (!of_kernels(key.purpose)) return;
    const std::optional<std::uint32_t> pe = actors_.pe(requester);
    const Phase* const phase = pe ? pes_[*pe].phase_at(packet.issued) : nullptr;
    if (phase != nullptr) add(by_phase_[{*phase, key}]);
}

LedgerReport::Transactions LatencyLedger::row(const TrafficClass& key, const Class& data,
                                              const std::string& phase) const {
    LedgerReport::Transactions row;
    row.purpose = kPurposeNames[static_cast<std::size_t>(key.purpose)];
    row.access = name_of(key.access);
    row.path = kPathClassNames[static_cast<std::size_t>(key.path)];
    row.phase = phase;
    row.bytes = data.bytes;
    row.latency = data.latency.summary();
    row.parts = data.parts;
    row.slowest = {actors_.name(data.from), actors_.name(data.to), data.issued, data.slowest};
    return row;
}

LedgerReport LatencyLedger::report() const {
    LedgerReport report;
    for (const auto& [key, data] : by_path_) report.by_path.push_back(row(key, data, {}));
    for (const auto& [key, data] : by_phase_) report.by_phase.push_back(row(key.second, data, phases_[key.first]));
    for (const auto& [key, data] : jobs_)
        report.jobs.push_back({phases_[key.first], job_name(static_cast<JobKind>(key.second)), data.waited.summary(),
                               data.worked.summary()});
    contention_.report(report);
    return report;
}

}  // namespace ahbm
