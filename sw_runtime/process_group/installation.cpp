// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/installation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {
namespace {

constexpr Alignment ring_alignment{64};  // a TCM line

PhysAddr allocate(DevicePools& pools, abi::BufferKind buffer, PeCoord at, std::uint64_t bytes,
                  const std::string& requester) {
    switch (buffer) {
        case abi::BufferKind::hbm: return pools.allocate_hbm(at, bytes, ring_alignment, requester);
        case abi::BufferKind::sram: return pools.allocate_sram(at.sip, at.cube, bytes, ring_alignment, requester);
        case abi::BufferKind::tcm: break;
    }
    return pools.allocate_tcm(at, bytes, ring_alignment, requester, From::top);
}

abi::Header header_for(SipId sip, std::uint16_t cubes, std::uint16_t pes) {
    abi::Header header;
    header.sip = static_cast<std::uint16_t>(sip.value);
    header.cube_mask = cubes;
    header.pe_mask = pes;
    return header;
}

std::uint16_t bit(std::uint32_t number) { return static_cast<std::uint16_t>(1u << number); }

WorkRef control_work(WorkKind kind, std::string what, std::vector<abi::Message> requests) {
    auto work = std::make_shared<Work>();
    work->kind = kind;
    work->what = std::move(what);
    work->requests = std::move(requests);
    return work;
}

}  // namespace

Installation::Installation(const std::shared_ptr<Devices>& devices, Wiring wiring, std::uint16_t queue_group)
    : devices_(devices), wiring_(std::move(wiring)), queue_group_(queue_group) {
    for (const auto& [end, peer] : wiring_.pairs) sips_.emplace(end.at.sip, State::absent);
    open_ = sips_.size();
    place_rings();
}

Installation::~Installation() { free_rings(); }

void Installation::free_rings() {
    const std::shared_ptr<Devices> devices = devices_.lock();
    if (devices && devices->open())
        for (const auto& [end, ring] : rings_) devices->pools().free(ring);
    rings_.clear();
}

void Installation::place_rings() {
    DevicePools& pools = devices_.lock()->pools();
    const std::uint64_t bytes = std::uint64_t{wiring_.n_slots} * wiring_.slot_bytes;
    try {
        for (const auto& [end, peer] : wiring_.pairs)
            rings_.emplace(end, allocate(pools, wiring_.buffer, end.at, bytes,
                                         fmt::format("the ring '{}' of {}, n_slots {} x slot_size {} B,", end.direction,
                                                     wiring_.name, wiring_.n_slots, wiring_.slot_bytes)));
    } catch (...) {
        free_rings();
        throw;
    }
}

void Installation::install(SipId sip) {
    const auto found = sips_.find(sip);
    if (found == sips_.end() || found->second != State::absent) return;  // nobody to talk to: a group of one PE
    found->second = State::installing;
    std::map<PeCoord, std::vector<abi::QueuePairEntry>> queues;
    for (const auto& [end, peer] : wiring_.pairs) {
        if (end.at.sip != sip) continue;
        abi::QueuePairEntry entry;
        if (end.direction.size() >= sizeof entry.direction)
            throw std::invalid_argument(fmt::format("{}: the direction '{}' is longer than {} characters", wiring_.name,
                                                    end.direction, sizeof entry.direction - 1));
        std::copy(end.direction.begin(), end.direction.end(), entry.direction);
        entry.peer_sip = static_cast<std::uint16_t>(peer.at.sip.value);
        entry.peer_cube = static_cast<std::uint16_t>(peer.at.cube.value);
        entry.peer_pe = static_cast<std::uint16_t>(peer.at.pe.value);
        entry.buffer = wiring_.buffer;
        entry.rx_base = rings_.at(end).raw();
        entry.peer_rx_base = rings_.at(peer).raw();
        entry.n_slots = wiring_.n_slots;
        entry.slot_bytes = wiring_.slot_bytes;
        queues[end.at].push_back(entry);
    }
    std::vector<abi::Message> requests;
    for (const auto& [at, entries] : queues) requests.push_back(init_of(at, entries));
    const WorkRef work = control_work(WorkKind::mapping, fmt::format("wiring sip{} for {}", sip.value, wiring_.name),
                                      std::move(requests));
    work->done = [self = shared_from_this(), sip](const Work& done) { self->answered(sip, done); };
    devices_.lock()->stream(sip).enqueue(work);
}

abi::Message Installation::init_of(PeCoord at, const std::vector<abi::QueuePairEntry>& queues) const {
    abi::IpcqInit init = wiring_.policies;
    init.header = header_for(at.sip, bit(at.cube.value), bit(at.pe.value));
    init.group = queue_group_;
    init.queues = queues;
    return abi::encode(init);
}

void Installation::answered(SipId sip, const Work& work) {
    // After a refusal, too: some of the PEs may have taken it.
    if (sips_[sip] == State::installing) sips_[sip] = State::installed;
    if (work.error && !error_) error_ = work.error;
    if (--open_ == 0)
        for (const auto& act : std::exchange(waiting_, {})) act();
}

void Installation::when_settled(std::function<void()> act) {
    if (settled()) return act();
    waiting_.push_back(std::move(act));
}

WorkRef Installation::remove(SipId sip) {
    const auto found = sips_.find(sip);
    if (found == sips_.end() || found->second == State::absent || found->second == State::removed) return nullptr;
    abi::IpcqReset reset;
    std::uint16_t cubes = 0, pes = 0;
    for (const auto& [end, peer] : wiring_.pairs)
        if (end.at.sip == sip) cubes |= bit(end.at.cube.value), pes |= bit(end.at.pe.value);
    reset.header = header_for(sip, cubes, pes);
    reset.group = queue_group_;
    const WorkRef work = control_work(WorkKind::mapping, fmt::format("taking {} out of sip{}", wiring_.name, sip.value),
                                      {abi::encode(reset)});
    found->second = State::removed;
    work->done = [self = shared_from_this()](const Work&) {
        if (++self->removed_ == self->sips_.size()) self->free_rings();
    };
    devices_.lock()->stream(sip).enqueue(work);
    return work;
}

}  // namespace ahbm::runtime
