// SPDX-License-Identifier: Apache-2.0
#include "models/pe_dma/pe_dma.h"

#include "sim/check.h"

#include <algorithm>
#include <utility>

namespace ahbm {

PeDma::PeDma(const sc_core::sc_module_name& name, Fabric& shared, PeCoord self, shadow::Recorder& recorder)
    : sc_module(name),
      fabric("to_noc", "from_noc", shared, *this),
      from_cpu("from_cpu", receiver<&PeDma::forward_from_cpu>(this)),
      to_cpu("to_cpu", shared),
      self_(self),
      recorder_(recorder) {
    control.register_nb_transport_fw(this, &PeDma::submit);
    control.register_b_transport(this, &PeDma::refuse_blocking);
    comm.register_nb_transport_fw(this, &PeDma::submit_comm);
}

// --- jobs ---------------------------------------------------------------------------------------------------------

tlm::tlm_sync_enum PeDma::submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
    const sim::Change change(changes_);
    Job& job = Job::of(payload);
    job.issued = fabric.fabric().now();
    if (job.kind == JobKind::fence) {
        fences_.push({&payload, write_.submitted(), job.queues != 0});
        release_fences();
    } else {
        const Access access = job.kind == JobKind::dma_read ? Access::read : Access::write;
        channel(access).submit(payload);
        advance(channel(access), access);
    }
    return tlm::TLM_ACCEPTED;
}

void PeDma::refuse_blocking(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
}

void PeDma::advance(DmaChannel& channel, Access access) {
    while (channel.in_flight < fabric.fabric().config().max_outstanding) {
        DmaTransfer* transfer = channel.issuing(fabric.fabric().now());
        if (transfer == nullptr) return;
        if (!issue(channel, access, *transfer)) settle(channel, *transfer);
    }
}

bool PeDma::issue(DmaChannel& channel, Access access, DmaTransfer& transfer) {
    const Fabric& shared = fabric.fabric();
    const std::uint64_t address = transfer.global_address();

    mmu_transaction_.payload.set_address(address);
    sc_core::sc_time delay = shared.wheel().delay();
    translate->b_transport(mmu_transaction_.payload, delay);
    const sim::Time ready = sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    if (mmu_transaction_.payload.get_response_status() != tlm::TLM_OK_RESPONSE)
        return fail(transfer, mmu_transaction_.extension.fault), false;

    const auto target = shared.directory().locate(mmu_transaction_.extension.physical_address);
    if (!target) return fail(transfer, "virtual address is mapped to a place that does not exist"), false;

    std::uint64_t bytes = std::min(
        {transfer.row_bytes - transfer.offset, mmu_transaction_.extension.bytes, shared.config().max_packet.value});
    if (target->domain.window == abi::WindowKind::hbm) {
        const MemoryMap& map = shared.directory().memory_map();
        bytes = std::min(bytes, map.hbm_slice - map.hbm_slice_offset(target->domain.offset));
    }

    const std::uint64_t local = transfer.tcm_address();
    const auto size = static_cast<std::uint32_t>(bytes);
    sim::Time head = ready;
    sim::Time tail = ready;
    if (access == Access::write) {
        const std::optional<sim::Time> end = access_tcm(Access::read, local, size, ready, {}, staging_);
        if (!end) return fail(transfer, "TCM address out of range"), false;
        check_tcm_read("dma_write", local);
        head = tcm_transaction_.extension.started;
        tail = *end;
    }
    Payload& payload =
        fabric.request(Purpose::kernel, access, target->domain, target->node, size, transfer.job().issued);
    Packet& packet = Packet::of(payload);
    packet.cookie = channel.id_of(transfer);
    packet.parent = transfer.stream;
    packet.local_address = local;
    std::swap(packet.data, staging_);
    ++channel.in_flight;
    ++transfer.in_flight;
    transfer.advance(bytes);
    fabric.send(payload, head, tail);
    // A store is accepted when its last byte has left.
    if (access == Access::write && transfer.all_issued())
        fabric.out.once_sent<&PeDma::answer_accepted>(this, reinterpret_cast<std::uintptr_t>(transfer.payload));
    return true;
}

void PeDma::handle_response(Payload& payload, Packet& packet) {
    if (packet.destination.unit == NodeId::Unit::cpu) return to_cpu.forward(payload, packet, {}, LedgerPart::noc);
    if (packet.destination.unit == NodeId::Unit::ipcq) return handle_comm_response(payload, packet);
    sim::Time end = packet.tail;
    if (packet.access == Access::read && payload.get_response_status() == tlm::TLM_OK_RESPONSE) {
        recorder_.check_written({name(), "dma_read", packet.issued, packet.tail}, packet.data,
                                [&] { return std::pair(memory_of(packet.target), packet.target.offset); });
        if (const auto written =
                access_tcm(Access::write, packet.local_address, packet.bytes, packet.head, packet.tail, packet.data))
            end = *written;
        else
            fail(read_.at(packet.cookie), "TCM address out of range");
    }
    packet.answer_tail = end;
    fabric.fabric().wheel().at<&PeDma::packet_done>(end, sim::Priority::engine, this,
                                                    reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::packet_done(std::uint64_t argument) {
    const sim::Change change(changes_);
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    const Access access = packet.access;
    DmaChannel& used = channel(access);
    DmaTransfer& transfer = used.at(packet.cookie);
    --used.in_flight;
    --transfer.in_flight;
    if (payload.get_response_status() != tlm::TLM_OK_RESPONSE) fail(transfer, packet.error);
    if (recorder_.logging())
        recorder_.record_copy(
            {name(), access == Access::read ? "dma_read" : "dma_write", packet.issued, packet.answer_tail}, packet.data,
            {"physical", PhysAddr::encode(packet.target).raw()}, {name(), packet.local_address});
    fabric.finish(payload, packet.answer_tail);
    settle(used, transfer);
    advance(used, access);
}

void PeDma::fail(DmaTransfer& transfer, const std::string& why) {
    if (transfer.job().error.empty()) transfer.job().error = why;
    transfer.abandon();
}

void PeDma::settle(DmaChannel& channel, DmaTransfer& transfer) {
    if (!transfer.all_issued() || transfer.in_flight > 0) return;
    Job& job = transfer.job();
    job.ended = fabric.fabric().now();
    tlm::tlm_generic_payload& done = *transfer.payload;
    channel.retire(transfer, job.ended);
    // Never from inside the call that brought the job: an unmapped address fails at once.
    fabric.fabric().wheel().at<&PeDma::answer_complete>(job.ended, sim::Priority::engine, this,
                                                        reinterpret_cast<std::uintptr_t>(&done));
    if (&channel == &write_) release_fences();
}

void PeDma::release_fences() {
    while (!fences_.empty() && fences_.front().after <= write_.first_open()) {
        if (fences_.front().sent_too && comm_open_ > 0) return;
        Job& job = Job::of(*fences_.front().payload);
        if (fences_.front().sent_too) job.error = std::exchange(send_error_, {});
        job.started = job.issued;
        job.ended = fabric.fabric().now();
        if (recorder_.logging() && job.issued < job.ended)
            recorder_.record_wait({name(), "fence", job.issued, job.ended},
                                  fences_.front().sent_too ? "all that this engine has sent is acknowledged"
                                                           : "every earlier store of this engine is acknowledged");
        fabric.fabric().wheel().at<&PeDma::answer_complete>(job.ended, sim::Priority::engine, this,
                                                            reinterpret_cast<std::uintptr_t>(fences_.pop().payload));
    }
}

void PeDma::answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase_enum phase) {
    tlm::tlm_phase answer_phase = phase;
    sc_core::sc_time delay = fabric.fabric().wheel().delay();
    control->nb_transport_bw(payload, answer_phase, delay);
}

void PeDma::answer_accepted(std::uint64_t payload) {
    answer(*reinterpret_cast<tlm::tlm_generic_payload*>(payload), tlm::END_REQ);
}

void PeDma::answer_complete(std::uint64_t payload) {
    answer(*reinterpret_cast<tlm::tlm_generic_payload*>(payload), tlm::BEGIN_RESP);
}

// --- what others send here ----------------------------------------------------------------------------------------

void PeDma::forward_from_cpu(Payload& payload) {
    fabric.out.forward(payload, Packet::of(payload), {}, LedgerPart::noc);
}

void PeDma::handle_request(Payload& payload, Packet& packet) {
    if (packet.destination.unit == NodeId::Unit::cpu) return to_cpu.forward(payload, packet, {}, LedgerPart::noc);
    if (packet.target.is(abi::PeResource::tcm)) return serve_tcm(payload, packet);
    if (packet.target.is(abi::PeResource::ipcq) && packet.target.offset >= abi::ipcq_arrival_offset)
        return handle_tile(payload, packet);
    packet.answer_head = packet.answer_tail = packet.tail;
    fabric.fabric().wheel().at<&PeDma::serve_registers>(packet.tail, sim::Priority::visible, this,
                                                        reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::serve_tcm(Payload& payload, Packet& packet) {
    const bool read = packet.access == Access::read;
    const sim::Time start = read ? packet.tail : packet.head;
    if (!read && recorder_.enabled() && packet.data.empty() && !packet.inline_bytes.empty())
        packet.data = recorder_.constant(packet.inline_bytes);
    tcm_transaction_.extension.of_kernel = of_kernels(packet.purpose);
    const std::optional<sim::Time> end =
        access_tcm(packet.access, packet.target.offset, packet.bytes, start, packet.tail, packet.data);
    tcm_transaction_.extension.of_kernel = true;
    payload.set_response_status(end ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (!end) packet.error = "access beyond the end of " + to_string(packet.target);
    packet.answer_head = !end ? packet.tail : read ? tcm_transaction_.extension.started : *end;
    packet.answer_tail = end.value_or(packet.tail);
    fabric.fabric().wheel().at<&PeDma::respond>(packet.answer_head, sim::Priority::engine, this,
                                                reinterpret_cast<std::uintptr_t>(&payload));
}

void PeDma::respond(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    const Packet& packet = Packet::of(payload);
    fabric.respond(payload, packet.answer_head, packet.answer_tail);
}

void PeDma::serve_registers(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    const bool mmu = packet.target.is(abi::PeResource::mmu), queues = packet.target.is(abi::PeResource::ipcq);
    if (mmu || queues) {
        packet.inline_bytes.resize(packet.bytes);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(packet.inline_bytes.data()));
        payload.set_address(packet.target.offset);
        sc_core::sc_time delay = fabric.fabric().wheel().delay();
        mmu ? mmu_registers->b_transport(payload, delay) : ipcq->b_transport(payload, delay);
    }
    if (payload.get_response_status() != tlm::TLM_OK_RESPONSE) packet.error = "refused by " + to_string(packet.target);
    respond(argument);
}

void PeDma::handle_debug(Payload& payload, Packet& packet) {
    if (packet.destination.unit == NodeId::Unit::cpu) return to_cpu.forward(payload, packet, {}, LedgerPart::noc);
    if (packet.probe != nullptr) return PacketClient::handle_debug(payload, packet);
    if (packet.target.is(abi::PeResource::ipcq) && !packet.inline_bytes.empty()) {  // a credit on its sideband
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(packet.inline_bytes.data()));
        payload.set_address(packet.target.offset);
        sc_core::sc_time delay = fabric.fabric().wheel().delay();
        return ipcq->b_transport(payload, delay);
    }
    if (!packet.target.is(abi::PeResource::tcm)) return PacketClient::handle_debug(payload, packet);
    // Content only: a debug access must not take the port's time, so it goes through TCM's own debug transport.
    packet.inline_bytes.resize(packet.bytes);
    if (packet.access == Access::write) packet.inline_bytes = recorder_.materialize(packet.data);
    tcm_transaction_.payload.set_command(packet.access == Access::read ? tlm::TLM_READ_COMMAND
                                                                       : tlm::TLM_WRITE_COMMAND);
    tcm_transaction_.payload.set_address(packet.target.offset);
    tcm_transaction_.payload.set_data_length(packet.bytes);
    tcm_transaction_.payload.set_data_ptr(reinterpret_cast<unsigned char*>(packet.inline_bytes.data()));
    const bool ok = tcm->transport_dbg(tcm_transaction_.payload) == packet.bytes;
    if (ok && packet.access == Access::read) packet.data = recorder_.constant(packet.inline_bytes);
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

std::optional<sim::Time> PeDma::access_tcm(Access access, std::uint64_t address, std::uint32_t bytes, sim::Time start,
                                           sim::Time not_before, shadow::Bundle& bundle) {
    tcm_transaction_.payload.set_command(access == Access::read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    tcm_transaction_.payload.set_address(address);
    tcm_transaction_.payload.set_data_length(bytes);
    if (access == Access::read) bundle.clear();
    const bool keep = access == Access::write && recorder_.logging();  // TCM takes it, the log wants it at the end
    if (keep) staging_ = bundle;
    tcm_transaction_.extension.bundle = !recorder_.enabled() ? nullptr : keep ? &staging_ : &bundle;
    tcm_transaction_.extension.not_before = not_before;
    // Bytes that have arrived before this call (`flit` timing) went in as they came.
    const sim::Time base = sim::from_sc_time(sc_core::sc_time_stamp()), called = std::max(start, base);
    tcm_transaction_.extension.early = called - start;
    sc_core::sc_time delay = sim::to_sc_time(called - base);
    tcm->b_transport(tcm_transaction_.payload, delay);
    if (tcm_transaction_.payload.get_response_status() != tlm::TLM_OK_RESPONSE) return std::nullopt;
    return base + sim::from_sc_time(delay);
}

void PeDma::check_tcm_read(const char* kind, std::uint64_t address) {
    const TcmAccess& read = tcm_transaction_.extension;
    recorder_.check_written({name(), kind, read.started, read.started}, staging_,
                            [&] { return std::pair(std::string(read.memory), address); });
}

EngineState PeDma::state(const DmaChannel& channel) const {
    if (channel.idle()) return EngineState::idle;
    return channel.in_flight > 0 ? EngineState::busy : EngineState::stalled;
}

void PeDma::reset() {
    const sim::Change change(changes_);
    read_.reset();
    write_.reset();
    fences_.clear();
    comm_issuing_.clear();
    comm_in_flight_ = 0;
    comm_open_ = 0;
    send_error_.clear();
}

}  // namespace ahbm
