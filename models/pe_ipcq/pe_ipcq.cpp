// SPDX-License-Identifier: Apache-2.0
/// PE_IPCQ towards the PE's kernels: slots for sends, tiles for receives, slots given back.
#include "models/pe_ipcq/pe_ipcq.h"

#include "interconnect/protocol/phys_addr.h"
#include "sim/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace ahbm {

PeIpcq::PeIpcq(const sc_core::sc_module_name& name, const PeIpcqConfig& config, const Surroundings& surroundings,
               sim::WheelPump& wheel, shadow::Recorder& recorder, sim::Log& log)
    : sc_module(name), config_(config), surroundings_(surroundings), wheel_(wheel), recorder_(recorder), log_(log) {
    control.register_nb_transport_fw(this, &PeIpcq::submit);
    cpu.register_b_transport(this, &PeIpcq::answer_query);
    arrivals.register_b_transport(this, &PeIpcq::serve);
    dma.register_nb_transport_bw(this, &PeIpcq::dma_answered);
}

tlm::tlm_sync_enum PeIpcq::submit(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
    const sim::Change change(changes_);
    Job& job = Job::of(payload);
    job.issued = job.started = now();
    try {
        switch (job.kind) {
            case JobKind::ipcq_reserve: reserve(payload); break;
            case JobKind::ipcq_send: send(payload); break;
            case JobKind::ipcq_recv: receive(payload); break;
            case JobKind::ipcq_release:
                release(job);
                answer_later(payload, now() + config_.overhead);
                break;
            default: cancel(); answer_later(payload, now() + config_.overhead);
        }
    } catch (const QueueError& error) {
        SIM_CHECK(false, std::string(this->name()) + ": " + error.what());
    }
    return tlm::TLM_ACCEPTED;
}

// --- sends --------------------------------------------------------------------------------------------------------

void PeIpcq::reserve(tlm::tlm_generic_payload& payload) {
    Job& job = Job::of(payload);
    Installed& to = *queues_[job.tile.queue = static_cast<std::uint32_t>(std::countr_zero(job.queues))];
    if (!to.error.empty()) {
        job.error = to.error;
    } else if (!to.reserving.empty() || !to.queue.has_credit()) {
        return to.reserving.push_back(&payload);
    } else {
        job.tile.sequence = to.queue.reserve();
        note(Operation::Kind::reserved, job.tile.queue, job.tile.sequence);
    }
    answer_later(payload, now() + config_.overhead);
}

void PeIpcq::send(tlm::tlm_generic_payload& payload) {
    Job& job = Job::of(payload);
    const QueuePair& to = queues_[job.tile.queue]->queue;
    const tl::Region& from = job.tcm.front();
    PendingCommJob& comm = take_comm_job(CommJob::Kind::send, job.tile.queue);
    comm.job = &payload;
    comm.tile = tile_of(from.view);
    comm.tile.slot_address = to.peer_slot(job.tile.sequence);
    comm.tile.sequence = job.tile.sequence;
    comm.tcm_address = from.address;
    comm.issued = now();
    queues_[job.tile.queue]->queue.bytes_sent += comm.tile.bytes;
    note(Operation::Kind::sent, job.tile.queue, job.tile.sequence);
    hand_over(comm);
}

// --- receives -----------------------------------------------------------------------------------------------------

void PeIpcq::receive(tlm::tlm_generic_payload& payload) {
    if (!match(payload)) receiving_.push_back(&payload);
}

bool PeIpcq::match(tlm::tlm_generic_payload& payload) {
    Job& job = Job::of(payload);
    // A receive from any looks first behind the queue that the last one was served from.
    const std::uint64_t turned = std::rotr(job.queues, static_cast<int>(next_any_ % 64));
    for (std::uint64_t left = turned; left != 0; left &= left - 1) {
        const auto queue = static_cast<std::uint32_t>((static_cast<unsigned>(std::countr_zero(left)) + next_any_) % 64);
        Installed& from = *queues_[queue];
        if (!from.error.empty()) {
            job.error = from.error;
            answer_later(payload, now() + config_.overhead);
            return true;
        }
        if (!from.queue.has_tile()) continue;  // nor has any receive that came before and waits for this queue
        if (std::popcount(job.queues) > 1) next_any_ = queue + 1;
        read_slot(payload, queue, from.queue.receive());
        return true;
    }
    return false;
}

void PeIpcq::read_slot(tlm::tlm_generic_payload& payload, std::uint32_t index, const QueuePair::Tile& tile) {
    Job& job = Job::of(payload);
    QueuePair& queue = queues_[index]->queue;
    note(Operation::Kind::received, index, tile.sequence);
    if (recorder_.logging() && job.issued < now())
        recorder_.record_wait({name(), "recv", job.issued, now()},
                              fmt::format("tile {} from {} is all there, sent by {}", tile.sequence,
                                          queue.setup().direction, to_string(queue.setup().peer)));
    const auto bytes = static_cast<std::uint32_t>(tile.view.bytes());
    const bool copy = !job.tcm.empty(), in_tcm = queue.setup().buffer == abi::BufferKind::tcm;
    const std::uint64_t slot = queue.slot_address(tile.sequence);
    job.tile = {index, tile.sequence, copy ? job.tcm.front().address : decode(slot).offset, tile.view};
    job.tile_is_loose = !copy && queue.credit_on_recv();
    job.started = now() + config_.overhead + config_.setup(queue.setup().buffer);
    if (copy && bytes > job.tcm.front().view.bytes())
        job.error = fmt::format("the tile has {} B, there is room for {} B", bytes, job.tcm.front().view.bytes());
    else if (!copy && !in_tcm)
        job.error = "a tile outside TCM cannot be used in its slot";
    if (job.tile_is_loose) queue.hold_loose(tile.sequence);
    if (job.tile_is_loose || !job.error.empty()) give_back(index, tile.sequence);
    if (!job.error.empty()) return answer_later(payload, job.started);

    if (!in_tcm) {
        PendingCommJob& fetch = take_comm_job(CommJob::Kind::fetch, index);
        fetch.job = &payload;
        fetch.tile = tile_of(tile.view);
        fetch.tile.slot_address = slot;
        fetch.tcm_address = job.tile.address;
        fetch.issued = job.started;
        hand_over(fetch);
        return;
    }
    std::optional<sim::Time> end = access_tcm(tlm::TLM_READ_COMMAND, decode(slot).offset, bytes, job.started, {});
    SIM_CHECK(end, std::string(name()) + ": a ring lies outside TCM");
    if (copy)
        end = access_tcm(tlm::TLM_WRITE_COMMAND, job.tile.address, bytes, tcm_transaction_.extension.started, *end);
    if (!end) job.error = "the target lies outside TCM";
    wheel_.at<&PeIpcq::slot_read>(end.value_or(job.started), sim::Priority::engine, this,
                                  reinterpret_cast<std::uintptr_t>(&payload));
}

void PeIpcq::slot_read(std::uint64_t argument) {
    const sim::Change change(changes_);
    const Job& job = Job::of(*reinterpret_cast<tlm::tlm_generic_payload*>(argument));
    // Not before: a sender that is told earlier may refill the slot while it is being read.
    if (const bool copied = !job.tcm.empty(); copied) give_back(job.tile.queue, job.tile.sequence);
    answer(argument);
}

std::optional<sim::Time> PeIpcq::access_tcm(tlm::tlm_command command, std::uint64_t address, std::uint32_t bytes,
                                            sim::Time start, sim::Time not_before) {
    tcm_transaction_.payload.set_command(command);
    tcm_transaction_.payload.set_address(address);
    tcm_transaction_.payload.set_data_length(bytes);
    if (command == tlm::TLM_READ_COMMAND) staging_.clear();
    tcm_transaction_.extension.bundle = recorder_.enabled() ? &staging_ : nullptr;
    tcm_transaction_.extension.not_before = not_before;
    const sc_core::sc_time base = sc_core::sc_time_stamp();
    sc_core::sc_time delay = sim::to_sc_time(start) - base;
    tcm->b_transport(tcm_transaction_.payload, delay);
    if (!tcm_transaction_.payload.is_response_ok()) return std::nullopt;
    return sim::from_sc_time(base + delay);
}

// --- slots given back ---------------------------------------------------------------------------------------------

void PeIpcq::release(Job& job) {
    QueuePair& queue = queues_[job.tile.queue]->queue;
    if (!queue.credit_on_recv()) return give_back(job.tile.queue, job.tile.sequence);
    const std::optional<sim::Time> overwritten = queue.drop_loose(job.tile.sequence);
    if (!overwritten || job.last_read < *overwritten) return;
    races_.push_back({queue.setup().direction, job.tile.sequence, *overwritten, job.last_read});
    log_.warning(
        now(), name(),
        fmt::format(
            "race: tile {} from {} was read in its slot at {:.3f} ns, after a newer tile came there at {:.3f} ns",
            job.tile.sequence, queue.setup().direction, job.last_read.ns(), overwritten->ns()));
}

void PeIpcq::give_back(std::uint32_t index, std::uint64_t sequence) {
    QueuePair& queue = queues_[index]->queue;
    const std::optional<std::uint64_t> consumed = queue.release(sequence);
    note(Operation::Kind::given_back, index, sequence);
    if (!consumed) return;
    PendingCommJob& credit = take_comm_job(CommJob::Kind::credit, index);
    credit.peer = queue.setup().peer;
    credit.credit = {*consumed, queue.setup().rx_base};
    credit.credit_bytes = queue.setup().policy.credit_bytes;
    credit.sideband = queue.setup().policy.credit_path == abi::CreditPath::fast;
    credit.issued = now();
    SIM_CHECK(hand_over(credit) == tlm::TLM_COMPLETED, std::string(name()) + ": PE_DMA did not take a credit");
    idle_comm_jobs_.push_back(&credit);
}

void PeIpcq::cancel() {
    disturbed_ = true;
    const auto refuse = [&](tlm::tlm_generic_payload* payload) {
        Job::of(*payload).error = "cancelled, the kernel has failed";
        answer_later(*payload, now() + config_.overhead);
    };
    for (tlm::tlm_generic_payload* payload : std::exchange(receiving_, {})) refuse(payload);
    for (const auto& installed : queues_)
        if (installed)
            for (tlm::tlm_generic_payload* payload : std::exchange(installed->reserving, {})) refuse(payload);
}

void PeIpcq::fail(Installed& installed, const std::string& why) {
    installed.error = fmt::format("queue {}: {}", installed.queue.setup().direction, why);
    log_.error(now(), name(), installed.error);
    for (tlm::tlm_generic_payload* payload : std::exchange(installed.reserving, {})) {
        Job::of(*payload).error = installed.error;
        answer_later(*payload, now() + config_.overhead);
    }
}

// --- answers ------------------------------------------------------------------------------------------------------

void PeIpcq::answer_later(tlm::tlm_generic_payload& payload, sim::Time when) {
    wheel_.at<&PeIpcq::answer>(when, sim::Priority::engine, this, reinterpret_cast<std::uintptr_t>(&payload));
}

void PeIpcq::answer(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<tlm::tlm_generic_payload*>(argument);
    Job::of(payload).ended = now();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = wheel_.delay();
    control->nb_transport_bw(payload, phase, delay);
}

PeIpcq::PendingCommJob& PeIpcq::take_comm_job(CommJob::Kind kind, std::uint32_t queue) {
    if (idle_comm_jobs_.empty()) idle_comm_jobs_.push_back(&comm_jobs_.emplace_back());
    PendingCommJob& job = *idle_comm_jobs_.back();
    idle_comm_jobs_.pop_back();
    job.kind = kind;
    job.queue = queue;
    job.peer = queues_[queue]->queue.setup().peer;
    job.error.clear();
    job.job = nullptr;
    return job;
}

tlm::tlm_sync_enum PeIpcq::hand_over(PendingCommJob& job) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = wheel_.delay();
    return dma->nb_transport_fw(job.payload, phase, delay);
}

tlm::tlm_sync_enum PeIpcq::dma_answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
    auto& comm = static_cast<PendingCommJob&>(CommJob::of(payload));
    if (tlm::tlm_generic_payload* const job = std::exchange(comm.job, nullptr)) {
        Job::of(*job).started = comm.started;
        Job::of(*job).error = comm.error;
        const auto argument = reinterpret_cast<std::uintptr_t>(job);
        comm.kind == CommJob::Kind::fetch ? slot_read(argument) : answer(argument);
    }
    if (phase == tlm::END_REQ) return tlm::TLM_ACCEPTED;
    if (!comm.error.empty() && comm.kind == CommJob::Kind::send && queues_[comm.queue])
        fail(*queues_[comm.queue], comm.error);
    idle_comm_jobs_.push_back(&comm);
    return tlm::TLM_COMPLETED;
}

std::vector<PeIpcq::Operation> PeIpcq::recent() const {
    std::vector<Operation> all;
    for (std::uint64_t i = operations_ > recent_.size() ? operations_ - recent_.size() : 0; i < operations_; ++i)
        all.push_back(recent_[i % recent_.size()]);
    return all;
}

std::vector<PeIpcq::Waiting> PeIpcq::waiting() const {
    std::vector<Waiting> all;
    for (tlm::tlm_generic_payload* payload : receiving_)
        all.push_back({true, Job::of(*payload).queues, Job::of(*payload).issued});
    for (const auto& installed : queues_)
        if (installed)
            for (tlm::tlm_generic_payload* payload : installed->reserving)
                all.push_back({false, Job::of(*payload).queues, Job::of(*payload).issued});
    return all;
}

void PeIpcq::reset() {
    const sim::Change change(changes_);
    queues_.clear();
    receiving_.clear();
    next_any_ = 0;
    refusal_ = {};
    races_.clear();
    refused_tiles_ = 0;
    operations_ = 0;
    disturbed_ = false;
}

}  // namespace ahbm
