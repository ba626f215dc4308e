// SPDX-License-Identifier: Apache-2.0
#include "platform/ledger/kernel_use.h"

#include "platform/pe.h"

#include <algorithm>

namespace ahbm {

class KernelUse::PortWatch final : public LinkObserver {
public:
    PortWatch(KernelUse& owner, OutputPort& port) : owner_(owner), port_(port) { port.observers().add(*this); }
    ~PortWatch() override { port_.observers().remove(*this); }
    PortWatch(const PortWatch&) = delete;

    void reserved(const OutputPort&, const Packet& packet, const Reservation& reservation) override {
        if (!of_kernels(owner_.purposes_.of(packet))) return;
        busy_ += reservation.until - reservation.from;
        if (!reservation.first) return;
        ++packets_;
        waited_ += reservation.departure - reservation.head;
    }
    Resource use() const { return {port_.name(), packets_, busy_, waited_}; }

private:
    KernelUse& owner_;
    OutputPort& port_;
    std::uint64_t packets_ = 0;
    sim::Time busy_, waited_;
};

/// An access waits as its last burst does.
class KernelUse::HbmWatch final : public HbmObserver {
public:
    HbmWatch(KernelUse& owner, HbmController& hbm) : owner_(owner), hbm_(hbm) { hbm.observers().add(*this); }
    ~HbmWatch() override { hbm_.observers().remove(*this); }
    HbmWatch(const HbmWatch&) = delete;

    void burst(unsigned, bool, sim::Time from, sim::Time until) override {
        if (!owner_.arriving_) return;
        busy_ += until - from;
        last_ = std::max(last_, from);
    }
    void accessed(sim::Time earliest) override {
        if (!owner_.arriving_) return;
        ++accesses_;
        waited_ += std::max(last_ - earliest, sim::Time{});
        last_ = {};
    }
    Resource use() const {
        const auto channels = static_cast<std::int64_t>(hbm_.timing().channels().size());
        return {hbm_.name(), accesses_, sim::Time::ps(busy_.ps() / channels), waited_};
    }

private:
    KernelUse& owner_;
    HbmController& hbm_;
    std::uint64_t accesses_ = 0;
    sim::Time busy_, waited_, last_;
};

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
        owner_.extend(when);
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

KernelUse::KernelUse(System& system) : system_(system), purposes_(system) {
    for (OutputPort* port : system.fabric().ports())
        if (port->connected()) ports_.emplace_back(*this, *port);
    for (const PeCoord at : system.pes()) {
        hbms_.emplace_back(*this, system.hbm(at));
        pes_.emplace_back(*this, system.pe(at));
    }
    system.fabric().observers().add(*this);
}

KernelUse::~KernelUse() { system_.fabric().observers().remove(*this); }

void KernelUse::completed(const Packet& packet, PathClass path, sim::Time end) {
    Fabric::Totals& totals = totals_[TrafficClass{purposes_.of(packet), packet.access, path}.index()];
    const sim::Time latency = end - packet.issued;
    ++totals.transactions;
    totals.bytes += packet.bytes;
    totals.latency += latency;
    totals.max_latency = std::max(totals.max_latency, latency);
    totals.ledger += packet.ledger;
    if (of_kernels(purposes_.of(packet))) extend(end);
}

void KernelUse::kernels_run(int change) {
    const sim::Time now = system_.wheel().now();
    if (running_ > 0) extend(now);
    counted_ = std::max(counted_, now);
    running_ += static_cast<unsigned>(change);
}

void KernelUse::extend(sim::Time until) {
    if (until <= counted_) return;
    ran_ += until - counted_;
    counted_ = until;
}

std::vector<KernelUse::PeUse> KernelUse::pes() const {
    std::vector<PeUse> all;
    for (const PeWatch& pe : pes_) all.push_back(pe.use());
    return all;
}

std::vector<KernelUse::Resource> KernelUse::links() const {
    std::vector<Resource> all;
    for (const PortWatch& port : ports_)
        if (Resource use = port.use(); use.packets > 0) all.push_back(std::move(use));
    return all;
}

std::vector<KernelUse::Resource> KernelUse::hbms() const {
    std::vector<Resource> all;
    for (const HbmWatch& hbm : hbms_)
        if (Resource use = hbm.use(); use.packets > 0) all.push_back(std::move(use));
    return all;
}

}  // namespace ahbm
