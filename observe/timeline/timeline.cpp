// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/timeline.h"

#include "sim/config/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace ahbm::timeline {
namespace {

sim::Time picoseconds(std::uint64_t ps) { return sim::Time::ps(static_cast<std::int64_t>(ps)); }

}  // namespace

/// Launches, other requests and copies, from the request to its completion.
class Timeline::HostWatch final : public HostObserver {
public:
    HostWatch(Host& host, unsigned sips, Recording& recording) : host_(host), recording_(recording) {
        for (unsigned s = 0; s < sips; ++s) {
            launches_.push_back(recording.track(fmt::format("host.launches.sip{}", s), "launch", "pes"));
            requests_.push_back(recording.track(fmt::format("host.requests.sip{}", s), "request"));
            copies_.push_back(recording.track(fmt::format("host.copies.sip{}", s), "copy", "bytes"));
        }
        host_.observers().add(*this);
    }
    ~HostWatch() override { host_.observers().remove(*this); }

    void submitted(const abi::Message& message, std::uint64_t cookie, sim::Time when) override {
        if (recording_.stopped()) return;
        Open open{when, 0, 0, 0};
        abi::Header header;
        abi::MemoryCopy copy;
        abi::Request request;
        abi::decode(message, header);
        if (header.sip >= launches_.size()) return;
        if (abi::decode(message, copy)) {
            open.track = copies_[header.sip];
            open.amount = copy.transfer.bytes;
        } else if (abi::decode(message, request) && std::holds_alternative<abi::KernelLaunch>(request)) {
            open.track = launches_[header.sip];
            open.amount = std::get<abi::KernelLaunch>(request).sections.size();
            open.text = recording_.text(std::get<abi::KernelLaunch>(request).kernel);
            open_.emplace(cookie, open);
            return;
        } else {
            open.track = requests_[header.sip];
        }
        open.text = recording_.text(std::string(abi::to_string(header.opcode)));
        open_.emplace(cookie, open);
    }
    void completed(const abi::Completion& answer, std::uint64_t cookie, sim::Time when) override {
        const auto found = open_.find(cookie);
        if (found == open_.end() || recording_.stopped()) return;
        const Open open = found->second;
        open_.erase(found);
        const std::uint32_t slice = recording_.slice(open.track, open.text, open.since, when, open.amount);
        if (slice == Recording::kNone || answer.spans.empty()) return;
        for (const abi::PeSpan& span : answer.spans)
            if (span.exec_start_ps != abi::no_time)
                recording_.flow_from(FlowKind::launch,
                                     place_of({SipId{answer.header.sip}, CubeId{span.cube}, PeId{span.pe}}),
                                     span.exec_start_ps, slice);
        if (answer.exec_start_ps == abi::no_time) return;
        recording_.nested(dispatch_, open.since, picoseconds(answer.target_start_ps));
        recording_.nested(execution_, picoseconds(answer.exec_start_ps), picoseconds(answer.exec_end_ps));
        recording_.nested(completion_, picoseconds(answer.exec_end_ps), when);
    }
    void cut(sim::Time now) {
        for (const auto& [cookie, open] : open_) recording_.slice(open.track, open.text, open.since, now, open.amount);
    }

private:
    struct Open {
        sim::Time since;
        std::uint64_t amount;
        std::uint32_t track, text;
    };
    Host& host_;
    Recording& recording_;
    std::vector<std::uint32_t> launches_, requests_, copies_;  ///< by SIP
    const std::uint32_t dispatch_ = recording_.text("dispatch"), execution_ = recording_.text("execution"),
                        completion_ = recording_.text("completion");
    std::map<std::uint64_t, Open> open_;
};

/// Accesses to HBM, and how many transactions are under way.
class Timeline::FabricWatch final : public FabricObserver {
public:
    FabricWatch(System& system, Recording& recording)
        : fabric_(system.fabric()), recording_(recording), has_(system.machine().memory) {
        for (std::uint32_t s = 0; s < has_.sips; ++s) {
            transactions_.push_back(recording.counter(fmt::format("sip{}.transactions", s), "transactions"));
            for (std::uint32_t c = 0; c < has_.cubes; ++c)
                for (std::uint32_t p = 0; p < has_.pes; ++p)
                    hbms_.push_back(
                        recording.track(fmt::format("sip{}.cube{}.hbm{}", s, c, p), "hbm", "bytes", "transaction"));
        }
        host_transactions_ = recording.counter("host.transactions", "transactions");
        fabric_.observers().add(*this);
    }
    ~FabricWatch() override { fabric_.observers().remove(*this); }

    void served(const Packet& packet, sim::Time, sim::Time tail) override {
        if (packet.target.window != abi::WindowKind::hbm) return;
        const Domain& at = packet.target;
        const std::uint32_t track = hbms_[(at.sip.value * has_.cubes + at.cube.value) * has_.pes +
                                          fabric_.directory().memory_map().hbm_owner(at.offset).value];
        const bool read = packet.access == Access::read;
        // Of a read there is nothing to do before its request is there.
        const std::uint32_t slice = recording_.slice(track, read ? read_ : write_, read ? packet.tail : packet.head,
                                                     tail, packet.bytes, packet.transaction);
        if (packet.source.kind == NodeId::Kind::cube && packet.source.unit == NodeId::Unit::memory)
            recording_.flow_to(FlowKind::access, channel_of(packet.source, packet.access), packet.cookie, slice);
    }
    void completed(const Packet& packet, PathClass, sim::Time end) override {
        const NodeId& requester = packet.destination;
        recording_.interval(requester.kind == NodeId::Kind::host ? host_transactions_ : transactions_[requester.sip],
                            packet.issued, end);
    }

private:
    Fabric& fabric_;
    Recording& recording_;
    std::vector<std::uint32_t> transactions_;  ///< by SIP
    std::uint32_t host_transactions_ = Recording::kNone;
    const runtime::DeviceMemory has_;
    std::vector<std::uint32_t> hbms_;  ///< by SIP, cube, PE
    const std::uint32_t read_ = recording_.text("read"), write_ = recording_.text("write");
};

/// Packets whose head waits for a link.
class Timeline::LinkWatch final : public LinkObserver {
public:
    LinkWatch(OutputPort& port, std::uint32_t counter, Recording& recording)
        : port_(port), counter_(counter), recording_(recording) {
        port_.observers().add(*this);
    }
    ~LinkWatch() override { port_.observers().remove(*this); }
    void reserved(const OutputPort&, const Packet&, const Reservation& reservation) override {
        recording_.interval(counter_, reservation.head, reservation.departure);
    }

private:
    OutputPort& port_;
    const std::uint32_t counter_;
    Recording& recording_;
};

Timeline::Timeline(System& system, const Limits& limits, const std::string& scope)
    : system_(system), recording_(limits, scope, [&system] { return system.wheel().now(); }) {
    host_ = std::make_unique<HostWatch>(system.host(), system.sip_count(), recording_);
    for (const PeCoord at : system.pes()) {
        const std::size_t before = recording_.scope().matches();
        pes_.push_back(std::make_unique<PeWatch>(system.pe(at), at, recording_));
        if (recording_.scope().matches() == before) pes_.pop_back();
    }
    fabric_ = std::make_unique<FabricWatch>(system, recording_);
    for (OutputPort* port : system.fabric().ports()) {
        const std::uint32_t counter = recording_.counter(name_within_system(port->name()) + ".queue", "packets");
        if (counter != Recording::kNone) links_.push_back(std::make_unique<LinkWatch>(*port, counter, recording_));
    }
    if (const std::vector<std::string> wrong = recording_.scope().hopeless(); !wrong.empty())
        throw ConfigError("--trace-scope", wrong.front(),
                          "nothing has such a name; " + recording_.scope().what_there_is(wrong.front()));
}

Timeline::~Timeline() = default;

Trace Timeline::finish(const std::string& partial) {
    const sim::Time end = recording_.stopped().value_or(system_.wheel().now());
    recording_.record_what_is_under_way();
    host_->cut(end);
    for (const auto& pe : pes_) pe->cut(end);
    links_.clear();
    fabric_.reset();
    pes_.clear();
    host_.reset();
    Trace trace = recording_.finish();
    if (!partial.empty()) mark_partial(trace, partial, end);
    return trace;
}

}  // namespace ahbm::timeline
