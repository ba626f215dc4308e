// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/pe_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace ahbm::timeline {
namespace {

std::uint64_t tcm_bytes(const Job& job) {
    std::uint64_t bytes = 0;
    for (const tl::Region& region : job.tcm) bytes += region.view.bytes();
    return bytes;
}

}  // namespace

std::uint64_t place_of(PeCoord at) {
    return std::uint64_t{at.sip.value} << 32 | std::uint64_t{at.cube.value} << 16 | at.pe.value;
}

std::uint64_t channel_of(NodeId requester, Access access) {
    return std::uint64_t{requester.sip} << 32 | std::uint64_t{requester.router} << 16 |
           std::uint64_t{requester.port} << 8 | static_cast<std::uint64_t>(access);
}

PeWatch::PeWatch(Pe& pe, PeCoord at, Recording& recording)
    : pe_(pe),
      at_(at),
      recording_(recording),
      name_(to_string(at) + "."),
      kernels_(recording.track(name_ + "kernel", "kernel")),
      dma_read_(recording.track(name_ + "dma.read", "dma", "bytes", "command")),
      dma_write_(recording.track(name_ + "dma.write", "dma", "bytes", "command")),
      fences_(recording.track(name_ + "dma.fence", "dma", "", "command")),
      fetch_(recording.track(name_ + "fetch", "tcm", "bytes", "command")),
      store_(recording.track(name_ + "store", "tcm", "bytes", "command")),
      gemm_(recording.track(name_ + "gemm", "compute", "flop", "command")),
      math_(recording.track(name_ + "math", "compute", "elements", "command")),
      reserves_(recording.track(name_ + "ipcq.reserve", "queue", "tile", "command")),
      sends_(recording.track(name_ + "ipcq.send", "queue", "tile", "bytes")),
      tiles_(recording.track(name_ + "ipcq.ring", "queue", "tile")),
      receives_(recording.track(name_ + "ipcq.recv", "queue", "tile", "bytes")),
      commands_(recording.counter(name_ + "scheduler.commands", "commands")),
      credits_(recording.scope().has(name_ + "ipcq.credits")),
      read_text_(recording.text("read")),
      write_text_(recording.text("write")),
      fence_text_(recording.text("fence")),
      fetch_text_(recording.text("fetch")),
      store_text_(recording.text("store")),
      gemm_text_(recording.text("gemm")),
      math_text_(recording.text("math")),
      wait_text_(recording.text("wait")) {
    pe_.scheduler.observers().add(*this);
    pe_.scheduler.changes().add(*this);
    pe_.cpu.kernels.observers().add(*this);
    pe_.ipcq.observers().add(*this);
}

PeWatch::~PeWatch() {
    pe_.scheduler.observers().remove(*this);
    pe_.scheduler.changes().remove(*this);
    pe_.cpu.kernels.observers().remove(*this);
    pe_.ipcq.observers().remove(*this);
}

// --- engines ------------------------------------------------------------------------------------------------------

void PeWatch::job_done(const Job& job, std::uint64_t command) {
    const auto dma = [&](std::uint32_t track, std::uint32_t text, Access access) {
        const std::uint32_t slice = recording_.slice(track, text, job.started, job.ended, tcm_bytes(job), command);
        recording_.flow_from(FlowKind::access, channel_of(pe_.dma.fabric.node(), access), job.number, slice);
    };
    switch (job.kind) {
        case JobKind::dma_read: return dma(dma_read_, read_text_, Access::read);
        case JobKind::dma_write: return dma(dma_write_, write_text_, Access::write);
        case JobKind::fence: recording_.slice(fences_, fence_text_, job.issued, job.ended, 0, command); break;
        case JobKind::fetch:
            recording_.slice(fetch_, fetch_text_, job.started, job.ended, tcm_bytes(job), command);
            break;
        case JobKind::store:
            recording_.slice(store_, store_text_, job.started, job.ended, tcm_bytes(job), command);
            break;
        case JobKind::gemm: recording_.slice(gemm_, gemm_text_, job.started, job.ended, job.flop(), command); break;
        case JobKind::math: recording_.slice(math_, math_text_, job.started, job.ended, job.elements, command); break;
        case JobKind::ipcq_reserve:
            recording_.slice(reserves_, queue(job.tile.queue).text, job.issued, job.ended, job.tile.sequence, command);
            break;
        case JobKind::ipcq_send: {
            const std::uint32_t slice = recording_.slice(sends_, queue(job.tile.queue).text, job.issued, job.ended,
                                                         job.tile.sequence, job.tcm.front().view.bytes());
            recording_.flow_from(FlowKind::send, pair(job.tile.queue).setup().peer_rx_base, job.tile.sequence, slice);
            break;
        }
        case JobKind::ipcq_recv: received(job); break;
        case JobKind::ipcq_release:
        case JobKind::ipcq_cancel: break;  // take no time to speak of; the ring shows when a tile leaves
    }
}

void PeWatch::changed() {
    const std::uint32_t in_fifo = pe_.scheduler.commands_in_fifo();
    if (in_fifo == in_fifo_) return;
    in_fifo_ = in_fifo;
    recording_.sample(commands_, recording_.now(), in_fifo);
}

// --- kernels ------------------------------------------------------------------------------------------------------

void PeWatch::kernel_started(const std::string& kernel, sim::Time when) {
    if (recording_.stopped()) return;
    running_ = true;
    kernel_ = {recording_.text(kernel), when};
    phases_.clear();
}

void PeWatch::phase_began(const std::string& phase, sim::Time when) {
    if (!recording_.stopped() && running_) phases_.push_back({recording_.text(phase), when});
}

void PeWatch::kernel_ended(sim::Time when) {
    if (!recording_.stopped() && running_) record_kernel(when);
}

void PeWatch::record_kernel(sim::Time end) {
    running_ = false;
    const std::uint32_t slice = recording_.slice(kernels_, kernel_.name, kernel_.begin, end);
    recording_.flow_to(FlowKind::launch, place_of(at_), static_cast<std::uint64_t>(kernel_.begin.ps()), slice);
    for (std::size_t i = 0; i < phases_.size() && slice != Recording::kNone; ++i)
        recording_.nested(phases_[i].name, phases_[i].begin, i + 1 < phases_.size() ? phases_[i + 1].begin : end);
}

// --- queues -------------------------------------------------------------------------------------------------------

void PeWatch::operated(const PeIpcq::Operation& operation) {
    using Kind = PeIpcq::Operation::Kind;
    if (recording_.stopped()) return;
    const QueuePair& used = pair(operation.queue);
    switch (operation.kind) {
        case Kind::reserved:
        case Kind::credited:
            recording_.sample(
                queue(operation.queue).credits, operation.time,
                used.setup().n_slots - static_cast<std::int64_t>(used.my_head() - used.peer_tail_cache()));
            break;
        case Kind::sent: break;  // the job says it
        case Kind::arrived:
            tile_left(operation.queue, operation.sequence, operation.time);  // of a queue pair before this one
            in_ring_.push_back({operation.queue, operation.sequence, operation.time, used.setup().rx_base,
                                queue(operation.queue).text});
            break;
        case Kind::received: matched_.push_back({operation.queue, operation.sequence, operation.time}); break;
        case Kind::given_back: tile_left(operation.queue, operation.sequence, operation.time); break;
    }
}

void PeWatch::tile_left(std::uint32_t index, std::uint64_t sequence, sim::Time now) {
    const auto tile = std::find_if(in_ring_.begin(), in_ring_.end(),
                                   [&](const Tile& each) { return each.queue == index && each.sequence == sequence; });
    if (tile == in_ring_.end()) return;
    record_tile(*tile, now);
    in_ring_.erase(tile);
}

void PeWatch::record_tile(const Tile& tile, sim::Time end) {
    const std::uint32_t slice = recording_.slice(tiles_, tile.text, tile.arrived, end, tile.sequence);
    recording_.flow_to(FlowKind::send, tile.ring, tile.sequence, slice);
    recording_.flow_from(FlowKind::receive, tile.ring, tile.sequence, slice);
}

void PeWatch::received(const Job& job) {
    const auto match = std::find_if(matched_.begin(), matched_.end(), [&](const Match& each) {
        return each.queue == job.tile.queue && each.sequence == job.tile.sequence;
    });
    if (match == matched_.end()) {  // cancelled
        recording_.slice(receives_, wait_text_, job.issued, job.ended);
        return;
    }
    const Queue& from = queue(job.tile.queue);
    if (job.issued < match->at) recording_.slice(receives_, from.waits, job.issued, match->at, job.tile.sequence);
    const std::uint32_t slice =
        recording_.slice(receives_, from.text, match->at, job.ended, job.tile.sequence, job.tile.view.bytes());
    recording_.flow_to(FlowKind::receive, pair(job.tile.queue).setup().rx_base, job.tile.sequence, slice);
    matched_.erase(match);
}

const PeWatch::Queue& PeWatch::queue(std::uint32_t index) {
    if (index >= queues_.size()) queues_.resize(index + 1);
    Queue& known = queues_[index];
    const QueuePair::Setup& setup = pair(index).setup();
    if (known.direction == setup.direction && known.group == setup.policy.group) return known;
    const std::string shown =
        setup.policy.group == 0 ? setup.direction : fmt::format("{} group {}", setup.direction, setup.policy.group);
    known = {setup.direction, setup.policy.group, recording_.text(shown), recording_.text("wait " + shown),
             credits_ ? recording_.selected_counter(name_ + "ipcq.credits " + shown, "credits") : Recording::kNone};
    return known;
}

void PeWatch::cut(sim::Time now) {
    if (running_) record_kernel(now);
    for (const Tile& tile : in_ring_) record_tile(tile, now);
    in_ring_.clear();
    for (const PeIpcq::Waiting& wait : pe_.ipcq.waiting()) {
        const bool one = std::has_single_bit(wait.queues);
        const std::uint32_t text =
            one ? queue(static_cast<std::uint32_t>(std::countr_zero(wait.queues))).waits : wait_text_;
        recording_.slice(wait.receive ? receives_ : reserves_, text, wait.since, now);
    }
}

}  // namespace ahbm::timeline
