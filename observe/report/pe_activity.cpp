// SPDX-License-Identifier: Apache-2.0
#include "observe/report/pe_activity.h"

#include <algorithm>

namespace ahbm::report {
namespace {

/// Of all lanes together: what a browser draws and a file of some megabytes holds.
constexpr std::size_t kSlices = 300'000;

std::size_t lane_of(JobKind kind) {
    switch (kind) {
        case JobKind::dma_read: return 1;
        case JobKind::dma_write: return 2;
        case JobKind::fetch: return 3;
        case JobKind::store: return 4;
        case JobKind::gemm: return 5;
        case JobKind::math: return 6;
        case JobKind::ipcq_send: return 7;
        default: return 8;
    }
}

}  // namespace

std::string count_name(std::size_t index) {
    if (index < 2) return index == 0 ? "gemm_flop" : "math_passes";
    static constexpr const char* kWays[] = {"read_", "written_", "sent_"};
    return kWays[(index - 2) / kPathClasses] + std::string(kPathClassNames[(index - 2) % kPathClasses]);
}

class PeActivity::Track final : public JobObserver, public KernelObserver {
public:
    Track(PeActivity& owner, PeCoord at) : owner_(owner), at_(at), pe_(owner.system_.pe(at)) {
        pe_.scheduler.observers().add(*this);
        pe_.cpu.kernels.observers().add(*this);
    }
    ~Track() override {
        pe_.scheduler.observers().remove(*this);
        pe_.cpu.kernels.observers().remove(*this);
    }

    void kernel_started(const std::string& kernel, sim::Time when) override {
        close_work();
        kernel_ = kernel;
        work_ = &owner_.work(at_.sip, kernel, when);
        ++work_->pes;
        spans_.clear();
        ended_ = sim::Time::max();
        begin_phase("", when);
        owner_.kernel_runs(true);
    }
    void phase_began(const std::string& phase, sim::Time when) override {
        end_phase(when);
        begin_phase(phase, when);
    }
    void kernel_ended(sim::Time when) override {
        end_phase(when);
        ended_ = when;
        owner_.kernel_runs(false);
    }
    void job_done(const Job& job, std::uint64_t) override {
        switch (job.kind) {
            case JobKind::fence:
            case JobKind::ipcq_cancel:
            case JobKind::ipcq_release: return;
            // Both wait from being issued on; a receive then reads its tile.
            case JobKind::ipcq_reserve: return busy(job.kind, job.issued, job.ended);
            case JobKind::ipcq_recv: return busy(job.kind, job.issued, job.started);
            default: break;
        }
        const PeMathConfig& math = owner_.system_.config().sip.cube.pe.math;
        if (job.kind == JobKind::gemm) counts[0] += job.flop();
        if (job.kind == JobKind::math)
            counts[1] += job.elements * (job.simple_ops + job.transcendental_ops * math.transcendental_passes);
        busy(job.kind, job.started, job.ended);
    }
    void close_work() {
        for (std::size_t i = 0; work_ != nullptr && i < kCounts; ++i) {
            work_->sum[i] += counts[i];
            work_->most[i] = std::max(work_->most[i], counts[i]);
        }
        counts = {};
        work_ = nullptr;
    }

    std::array<Lane, kLanes> lanes;
    Counts counts{};  ///< since the kernel started

private:
    struct Span {
        sim::Time from;
        std::uint16_t label;
    };
    void begin_phase(const std::string& phase, sim::Time when) {
        // A job seldom ends many phases after it has begun.
        if (spans_.size() == 16) spans_.erase(spans_.begin());
        spans_.push_back({when, owner_.label(kernel_, phase)});
    }
    void end_phase(sim::Time when) {
        const Span& span = spans_.back();
        if (span.from == when) return;
        Phase& phase = owner_.phases_[span.label];
        ++phase.times;
        phase.total += when - span.from;
        phase.longest = std::max(phase.longest, when - span.from);
        add(0, span.from, when, span.label);
    }
    sim::Time add(std::size_t lane, sim::Time from, sim::Time until, std::uint16_t label) {
        const std::size_t before = lanes[lane].slices().size();
        const sim::Time fresh = lanes[lane].add(from, until, label);
        if (lanes[lane].slices().size() > owner_.slices_per_lane_) lanes[lane].thin(owner_.slices_per_lane_);
        owner_.count_slices(before, lanes[lane].slices().size());
        return fresh;
    }
    /// To the lane, and to the phases it has been in.
    void busy(JobKind kind, sim::Time from, sim::Time until) {
        const std::size_t lane = lane_of(kind);
        sim::Time left = add(lane, from, until, spans_.empty() ? Lane::kSeveral : spans_.back().label);
        // What outlasts the kernel is in none of its phases.
        if (until > ended_) left = std::max(left - (until - std::max(from, ended_)), sim::Time{}), until = ended_;
        for (std::size_t i = spans_.size(); i-- > 0 && left > sim::Time{};) {
            const sim::Time here = i == 0 ? left : std::min(left, until - std::min(until, spans_[i].from));
            owner_.phases_[spans_[i].label].busy[lane] += here;
            left -= here;
            until -= here;
        }
    }

    PeActivity& owner_;
    PeCoord at_;
    Pe& pe_;
    std::string kernel_;
    Work* work_ = nullptr;
    std::vector<Span> spans_;             ///< phases of the latest kernel, the last ones
    sim::Time ended_ = sim::Time::max();  ///< the latest kernel
};

PeActivity::PeActivity(System& system, std::function<void(bool)> kernels_run)
    : system_(system), has_(system.machine().memory), kernels_run_(std::move(kernels_run)), phases_(1) {
    for (const PeCoord at : system.pes()) tracks_.emplace_back(*this, at);
    const std::vector<NocPort>& pes = system.fabric().directory().cube().pe;
    for (const NocPort& at : pes) ports_ = std::max<unsigned>(ports_, at.port + 1u);
    pe_behind_.assign(system.routing().grid().cube().router_count() * ports_, -1);
    for (std::size_t p = 0; p < pes.size(); ++p)
        pe_behind_[pes[p].router * ports_ + pes[p].port] = static_cast<std::int32_t>(p);
    system.fabric().observers().add(*this);
}

PeActivity::~PeActivity() { system_.fabric().observers().remove(*this); }

void PeActivity::completed(const Packet& packet, PathClass path, sim::Time) {
    const NodeId requester = packet.destination;  // the packet is the answer
    if (requester.kind != NodeId::Kind::cube || requester.port >= ports_ || requester.unit == NodeId::Unit::cpu) return;
    const auto routers = static_cast<std::uint32_t>(pe_behind_.size() / ports_);
    const std::int32_t pe = pe_behind_[requester.router % routers * ports_ + requester.port];
    if (pe < 0) return;
    const std::size_t cube = requester.sip * has_.cubes + requester.router / routers;
    const std::size_t way = requester.unit == NodeId::Unit::ipcq ? 2 : packet.access == Access::read ? 0 : 1;
    tracks_[cube * has_.pes + static_cast<std::size_t>(pe)]
        .counts[2 + way * kPathClasses + static_cast<std::size_t>(path)] += packet.bytes;
}

void PeActivity::kernel_runs(bool starts) {
    if (starts ? running_++ == 0 : --running_ == 0) kernels_run_(starts);
}

void PeActivity::count_slices(std::size_t before, std::size_t after) {
    slices_ += after - before;
    while (slices_ > kSlices) {
        slices_per_lane_ /= 2;
        slices_ = 0;
        for (Track& track : tracks_)
            for (Lane& lane : track.lanes) {
                if (lane.slices().size() > slices_per_lane_) lane.thin(slices_per_lane_);
                slices_ += lane.slices().size();
            }
    }
}

std::uint16_t PeActivity::label(const std::string& kernel, const std::string& phase) {
    const auto known = labels_.find({kernel, phase});
    if (known != labels_.end()) return known->second;
    if (phases_.size() > UINT16_MAX) return Lane::kSeveral;  // more names than anybody reads
    const auto fresh = static_cast<std::uint16_t>(phases_.size());
    labels_.emplace(std::pair(kernel, phase), fresh);
    phases_.push_back({kernel, phase, 0, {}, {}, {}});
    return fresh;
}

PeActivity::Work& PeActivity::work(SipId sip, const std::string& kernel, sim::Time start) {
    const auto known = std::find_if(works_.rbegin(), works_.rend(), [&](const Work& each) {
        return each.sip == sip && each.start == start && each.kernel == kernel;
    });
    if (known != works_.rend()) return *known;
    return works_.emplace_back(Work{sip, kernel, start, 0, {}, {}});
}

void PeActivity::finish() {
    for (Track& track : tracks_) track.close_work();
}

const Lane& PeActivity::lane(std::size_t pe, std::size_t engine) const { return tracks_[pe].lanes[engine]; }

}  // namespace ahbm::report
