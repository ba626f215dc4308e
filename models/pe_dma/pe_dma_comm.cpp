// SPDX-License-Identifier: Apache-2.0
/// PE_DMA's `comm` virtual channel: carries tiles and credits for PE_IPCQ. A tile is written to the peer's arrival
/// aperture; the peer's PE_DMA puts it into its slot and tells its PE_IPCQ when the bytes can be read. Slots in HBM or
/// SRAM cost the receiver a write of its own, and a read when the tile is received.
#include "models/pe_dma/pe_dma.h"

#include "sim/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ahbm {

tlm::tlm_sync_enum PeDma::submit_comm(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
    const CommJob& job = CommJob::of(payload);
    if (job.kind == CommJob::Kind::credit) {
        CommTransfer& transfer = take_comm_transfer(CommTransfer::Kind::credit);
        transfer.peer = job.peer;
        transfer.credit = job.credit;
        const Fabric& shared = fabric.fabric();
        if (!job.sideband) {
            issue_credit(transfer, job.credit_bytes);
        } else {
            // The sideband has the latency of the path and nothing on it to wait for.
            const sim::Time latency =
                fabric.fabric().path(fabric.node(), shared.directory().pe(job.peer)).latency(job.credit_bytes);
            shared.wheel().at<&PeDma::deliver_credit>(shared.now() + latency, sim::Priority::arrival, this,
                                                      reinterpret_cast<std::uintptr_t>(&transfer));
        }
        return tlm::TLM_COMPLETED;
    }
    CommTransfer& transfer =
        take_comm_transfer(job.kind == CommJob::Kind::send ? CommTransfer::Kind::send : CommTransfer::Kind::fetch);
    transfer.job = &payload;
    transfer.peer = job.peer;
    comm_issuing_.push(&transfer);
    advance_comm();
    return tlm::TLM_ACCEPTED;
}

void PeDma::advance_comm() {
    while (!comm_issuing_.empty() && comm_in_flight_ < fabric.fabric().config().max_outstanding) {
        CommTransfer& transfer = *comm_issuing_.front();
        transfer.kind == CommTransfer::Kind::send ? issue_send(transfer) : issue_fetch(transfer);
        if (!transfer.all_issued) continue;
        comm_issuing_.pop();
        settle_comm(transfer);
    }
}

void PeDma::issue_send(CommTransfer& transfer) {
    CommJob& job = CommJob::of(*transfer.job);
    const Fabric& shared = fabric.fabric();
    const auto bytes = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(job.tile.bytes - transfer.offset, shared.config().max_packet.value));
    const std::optional<sim::Time> end =
        access_tcm(Access::read, job.tcm_address + transfer.offset, bytes, shared.now(), {}, staging_);
    SIM_CHECK(end, std::string(name()) + ": a tile lies outside TCM");  // kernels get their TCM from an allocator
    check_tcm_read("ipcq_send", job.tcm_address + transfer.offset);
    const sim::Time started = tcm_transaction_.extension.started;
    if (transfer.offset == 0) job.started = started;
    const Domain aperture = PhysAddr::pe_ipcq(job.peer, abi::ipcq_arrival_offset).domain();
    Payload& payload = comm_request(transfer, Access::write, aperture,
                                    shared.directory().pe(job.peer, NodeId::Unit::ipcq), bytes, job.issued);
    Packet& packet = Packet::of(payload);
    packet.channel = VirtualChannel::comm;
    packet.local_address = job.tcm_address + transfer.offset;
    job.tile.offset = transfer.offset;
    packet.inline_bytes.resize(sizeof job.tile);
    std::memcpy(packet.inline_bytes.data(), &job.tile, sizeof job.tile);
    std::swap(packet.data, staging_);
    transfer.offset += bytes;
    transfer.all_issued = transfer.offset == job.tile.bytes;
    ++comm_in_flight_;
    fabric.send(payload, started, *end);
    // As a store, a send is accepted when its last byte has left.
    if (transfer.all_issued)
        fabric.out.once_sent<&PeDma::comm_accepted>(this, reinterpret_cast<std::uintptr_t>(transfer.job));
}

void PeDma::issue_fetch(CommTransfer& transfer) {
    CommJob& job = CommJob::of(*transfer.job);
    const Fabric& shared = fabric.fabric();
    const auto slot = shared.directory().locate(job.tile.slot_address + transfer.offset);
    SIM_CHECK(slot, std::string(name()) + ": a slot is nowhere");  // PE_IPCQ has checked its ring
    const auto bytes = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(job.tile.bytes - transfer.offset, shared.config().max_packet.value));
    const sim::Time start = std::max(job.issued, shared.now());
    if (transfer.offset == 0) job.started = start;
    Payload& payload = comm_request(transfer, Access::read, slot->domain, slot->node, bytes, job.issued);
    Packet::of(payload).local_address = job.tcm_address + transfer.offset;
    transfer.offset += bytes;
    transfer.all_issued = transfer.offset == job.tile.bytes;
    ++comm_in_flight_;
    fabric.send(payload, start, start);
}

void PeDma::issue_credit(CommTransfer& transfer, std::uint32_t wire_bytes) {
    const Fabric& shared = fabric.fabric();
    const Domain doorbell = PhysAddr::pe_ipcq(transfer.peer, abi::ipcq_credit_offset).domain();
    Payload& payload =
        comm_request(transfer, Access::write, doorbell, shared.directory().pe(transfer.peer, NodeId::Unit::ipcq),
                     sizeof transfer.credit, shared.now());
    Packet& packet = Packet::of(payload);
    packet.channel = VirtualChannel::ctrl;
    packet.wire_bytes = wire_bytes;
    packet.inline_bytes.resize(sizeof transfer.credit);
    std::memcpy(packet.inline_bytes.data(), &transfer.credit, sizeof transfer.credit);
    transfer.all_issued = true;
    fabric.send(payload, shared.now(), shared.now());
}

void PeDma::deliver_credit(std::uint64_t argument) {
    CommTransfer& transfer = *reinterpret_cast<CommTransfer*>(argument);
    const Domain doorbell = PhysAddr::pe_ipcq(transfer.peer, abi::ipcq_credit_offset).domain();
    // A credit for a queue pair that has been removed meanwhile is of no use to anybody.
    fabric.poke(doorbell, fabric.fabric().directory().pe(transfer.peer, NodeId::Unit::ipcq),
                std::as_bytes(std::span(&transfer.credit, 1)));
    release_comm_transfer(transfer);
}

Payload& PeDma::comm_request(CommTransfer& transfer, Access access, const Domain& target, NodeId destination,
                             std::uint32_t bytes, sim::Time issued) {
    const Purpose purpose = transfer.kind == CommTransfer::Kind::credit ? Purpose::credit : Purpose::kernel;
    Payload& payload = fabric.request(purpose, access, target, destination, bytes, issued);
    Packet& packet = Packet::of(payload);
    packet.source.unit = NodeId::Unit::ipcq;  // the answer comes back to this channel
    packet.cookie = reinterpret_cast<std::uintptr_t>(&transfer);
    ++transfer.in_flight;
    return payload;
}

void PeDma::handle_comm_response(Payload& payload, Packet& packet) {
    const CommTransfer& transfer = *reinterpret_cast<CommTransfer*>(packet.cookie);
    packet.answer_tail = packet.tail;
    if (transfer.kind == CommTransfer::Kind::fetch && payload.is_response_ok()) {
        const auto written =
            access_tcm(Access::write, packet.local_address, packet.bytes, packet.head, packet.tail, packet.data);
        if (written)
            packet.answer_tail = *written;
        else
            CommJob::of(*transfer.job).error = "TCM address out of range";
    }
    fabric.fabric().wheel().at<&PeDma::comm_packet_done>(packet.answer_tail, sim::Priority::engine, this,
                                                         reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::comm_packet_done(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    CommTransfer& transfer = *reinterpret_cast<CommTransfer*>(packet.cookie);
    --transfer.in_flight;
    const bool of_job = transfer.job != nullptr, read = transfer.kind == CommTransfer::Kind::fetch;
    if (of_job) --comm_in_flight_;
    if (of_job && !payload.is_response_ok()) {
        CommJob::of(*transfer.job).error = packet.error;
        if (!read && send_error_.empty()) send_error_ = "ipcq_send: " + packet.error;
    }
    if (transfer.incoming != nullptr) {
        if (!payload.is_response_ok()) Packet::of(*transfer.incoming).error = packet.error;
        tile_visible(reinterpret_cast<std::uintptr_t>(std::exchange(transfer.incoming, nullptr)));
    }
    if (of_job && recorder_.logging())
        recorder_.record_copy({name(), read ? "ipcq_fetch" : "ipcq_send", packet.issued, packet.answer_tail},
                              packet.data,
                              read ? shadow::Place{"physical", PhysAddr::encode(packet.target).raw()}
                                   : shadow::Place{name(), packet.local_address},
                              read ? shadow::Place{name(), packet.local_address}
                                   : shadow::Place{"physical", CommJob::of(*transfer.job).tile.slot_address});
    fabric.finish(payload, packet.answer_tail);
    settle_comm(transfer);
    advance_comm();
}

void PeDma::settle_comm(CommTransfer& transfer) {
    if (!transfer.all_issued || transfer.in_flight > 0) return;
    tlm::tlm_generic_payload* const job = transfer.job;
    release_comm_transfer(transfer);
    if (job != nullptr) answer_comm(*job, tlm::BEGIN_RESP);
}

void PeDma::comm_accepted(std::uint64_t payload) {
    answer_comm(*reinterpret_cast<tlm::tlm_generic_payload*>(payload), tlm::END_REQ);
}

void PeDma::answer_comm(tlm::tlm_generic_payload& payload, tlm::tlm_phase_enum phase) {
    tlm::tlm_phase answer_phase = phase;
    sc_core::sc_time delay = fabric.fabric().wheel().delay();
    comm->nb_transport_bw(payload, answer_phase, delay);
}

// --- tiles that arrive --------------------------------------------------------------------------------------------

void PeDma::handle_tile(Payload& payload, Packet& packet) {
    abi::IpcqTile tile;
    const bool has_header = packet.inline_bytes.size() == sizeof tile;
    if (has_header) std::memcpy(&tile, packet.inline_bytes.data(), sizeof tile);
    const auto slot = has_header ? fabric.fabric().directory().locate(tile.slot_address + tile.offset) : std::nullopt;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (!has_header) packet.error = "a write to " + to_string(packet.target) + " carries no tile header";
    if (has_header && !slot) packet.error = std::string(name()) + ": a tile arrives for a slot that is nowhere";
    if (packet.error.empty() && tell_ipcq(TileArrival::Step::admit, packet)) {
        if (slot->domain.is(abi::PeResource::tcm)) return drain_to_tcm(payload, packet, slot->domain.offset);
        return drain_to_memory(payload, packet, *slot);
    }
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    packet.answer_head = packet.answer_tail = packet.tail;
    fabric.fabric().wheel().at<&PeDma::respond>(packet.tail, sim::Priority::engine, this,
                                                reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::drain_to_tcm(Payload& payload, Packet& packet, std::uint64_t offset) {
    const std::optional<sim::Time> end =
        access_tcm(Access::write, offset, packet.bytes, packet.head, packet.tail, packet.data);
    SIM_CHECK(end, std::string(name()) + ": a ring lies outside TCM");  // PE_IPCQ has checked it
    packet.answer_head = packet.answer_tail = *end;
    // First of its instant: data are visible from now on, and before anybody asks the queue.
    fabric.fabric().wheel().at<&PeDma::tile_visible>(*end, sim::Priority::visible, this,
                                                     reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::drain_to_memory(Payload& payload, Packet& packet, const Directory::Located& slot) {
    CommTransfer& transfer = take_comm_transfer(CommTransfer::Kind::drain);
    transfer.incoming = &payload;
    transfer.all_issued = true;
    Payload& write = comm_request(transfer, Access::write, slot.domain, slot.node, packet.bytes, packet.tail);
    Packet& out = Packet::of(write);
    out.channel = VirtualChannel::comm;
    out.parent = packet.transaction;
    out.data = packet.data;
    fabric.send(write, packet.tail, packet.tail);
}

void PeDma::tile_visible(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    const sim::Time now = fabric.fabric().now();
    if (!packet.error.empty() || !tell_ipcq(TileArrival::Step::visible, packet))
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    packet.answer_head = packet.answer_tail = now;
    fabric.respond(payload, now, now);
}

bool PeDma::tell_ipcq(TileArrival::Step step, Packet& packet) {
    TileArrival& arrival = arrival_.extension;
    arrival.step = step;
    std::memcpy(&arrival.tile, packet.inline_bytes.data(), sizeof arrival.tile);
    arrival.bytes = packet.bytes;
    arrival.error.clear();
    sc_core::sc_time delay = fabric.fabric().wheel().delay();
    ipcq->b_transport(arrival_.payload, delay);
    if (arrival_.payload.is_response_ok()) return true;
    packet.error = arrival.error;
    return false;
}

PeDma::CommTransfer& PeDma::take_comm_transfer(CommTransfer::Kind kind) {
    if (idle_comm_transfers_.empty()) idle_comm_transfers_.push_back(&comm_transfers_.emplace_back());
    CommTransfer& transfer = *idle_comm_transfers_.back();
    idle_comm_transfers_.pop_back();
    transfer = {};
    transfer.kind = kind;
    if (kind != CommTransfer::Kind::drain) ++comm_open_;
    return transfer;
}

void PeDma::release_comm_transfer(CommTransfer& transfer) {
    idle_comm_transfers_.push_back(&transfer);
    if (transfer.kind == CommTransfer::Kind::drain) return;
    --comm_open_;
    release_fences();
}

}  // namespace ahbm
