// SPDX-License-Identifier: Apache-2.0
#include "platform/diagnostics/kernel_use.h"

#include "platform/pe.h"

#include <algorithm>

namespace ahbm {

class KernelUse::PeWatch final : public JobObserver, public KernelObserver {
public:
    PeWatch(KernelUse& owner, Pe& pe) : owner_(owner), pe_(pe) {
        pe.scheduler.observers().add(*this);
        pe.cpu.kernels.observers().add(*this);
    }
    ~PeWatch() override {
        pe_.scheduler.observers().remove(*this);
        pe_.cpu.kernels.observers().remove(*this);
    }
    PeWatch(const PeWatch&) = delete;

    PeUse use() const {
        PeUse all = before_;
        all.ran += until_ - since_;
        all.waited = waits_.total();
        for (std::size_t e = 0; e < kEngines; ++e) all.busy[e] += at_end_[e] - at_start_[e];
        return all;
    }

private:
    void kernel_started(const std::string&, sim::Time when) override {
        before_ = use();
        ++before_.kernels;
        since_ = until_ = when;
        at_start_ = at_end_ = busy(when);
        waits_.forget();
        running_ = true;
        owner_.kernels_run(+1);
    }
    void phase_began(const std::string&, sim::Time) override {}
    void fenced(sim::Time from, sim::Time until) override { waits_.add(from, until); }
    void kernel_ended(sim::Time when) override {
        running_ = false;
        close(when);
        owner_.kernels_run(-1);
    }
    void job_done(const Job& job, std::uint64_t) override {
        if (before_.kernels == 0) return;
        if (job.kind == JobKind::ipcq_reserve) waits_.add(std::max(job.issued, since_), job.ended);
        if (job.kind == JobKind::ipcq_recv) waits_.add(std::max(job.issued, since_), job.started);
        // What a kernel has started may outlast it.
        if (!running_) close(owner_.system_.wheel().now());
    }
    void close(sim::Time when) {
        until_ = when;
        at_end_ = busy(when);
        owner_.extend(since_, when);
    }
    Busy busy(sim::Time now) const {
        return {pe_.dma.read_channel().busy(now),
                pe_.dma.write_channel().busy(now),
                pe_.fetch_store.busy(PeFetchStore::Side::fetch),
                pe_.fetch_store.busy(PeFetchStore::Side::store),
                pe_.gemm->busy(),
                pe_.math->busy()};
    }

    KernelUse& owner_;
    Pe& pe_;
    PeUse before_;             ///< of the kernels before
    sim::Time since_, until_;  ///< of the latest
    Busy at_start_{}, at_end_{};
    sim::IntervalUnion waits_;
    bool running_ = false;
};

KernelUse::KernelUse(System& system) : system_(system) {
    for (const PeCoord at : system.pes()) pes_.emplace_back(*this, system.pe(at));
    system.fabric().observers().add(*this);
}

KernelUse::~KernelUse() { system_.fabric().observers().remove(*this); }

void KernelUse::completed(const Packet& packet, PathClass path, sim::Time end) {
    Fabric::Totals& totals = totals_[TrafficClass{packet.purpose, packet.access, path}.index()];
    const sim::Time latency = end - packet.issued;
    ++totals.transactions;
    totals.bytes += packet.bytes;
    totals.latency += latency;
    totals.max_latency = std::max(totals.max_latency, latency);
    totals.ledger += packet.ledger;
    if (of_kernels(packet.purpose)) extend(running_ > 0 ? counted_ : packet.issued, end);
}

void KernelUse::kernels_run(int change) {
    const sim::Time now = system_.wheel().now();
    if (running_ > 0) extend(counted_, now);
    counted_ = std::max(counted_, now);
    running_ += static_cast<unsigned>(change);
}

void KernelUse::extend(sim::Time from, sim::Time until) {
    if (until <= counted_) return;
    ran_ += until - std::max(from, counted_);
    counted_ = until;
}

std::vector<KernelUse::PeUse> KernelUse::pes() const {
    std::vector<PeUse> all;
    for (const PeWatch& pe : pes_) all.push_back(pe.use());
    return all;
}

std::vector<KernelUse::Resource> KernelUse::links() const {
    std::vector<Resource> all;
    for (const OutputPort* port : system_.fabric().ports()) {
        const Link::Use& use = port->link().kernel_use();
        if (use.packets > 0) all.push_back({port->name(), use.packets, use.busy, use.waited});
    }
    return all;
}

std::vector<KernelUse::Resource> KernelUse::hbms() const {
    std::vector<Resource> all;
    for (const PeCoord at : system_.pes()) {
        const HbmController& hbm = system_.hbm(at);
        const HbmTiming::Use& use = hbm.timing().kernel_use();
        sim::Time busiest;
        for (const HbmTiming::Channel& channel : hbm.timing().channels())
            busiest = std::max(busiest, channel.kernel_busy);
        if (use.accesses > 0) all.push_back({hbm.name(), use.accesses, busiest, use.waited});
    }
    return all;
}

std::vector<KernelUse::Resource> KernelUse::tcm_ports() const {
    std::vector<Resource> all;
    for (const PeCoord at : system_.pes()) {
        const PeTcm& tcm = system_.pe(at).tcm;
        for (const auto& [port, use] : {std::pair{" reads", &tcm.kernel_reads()}, {" writes", &tcm.kernel_writes()}})
            if (use->accesses > 0)
                all.push_back({tcm.name() + std::string(port), use->accesses, use->busy, use->waited});
    }
    return all;
}

}  // namespace ahbm
