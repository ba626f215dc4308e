// SPDX-License-Identifier: Apache-2.0
/// PE_IPCQ towards the outside: tiles and credits that arrive, and the registers that queue pairs are installed
/// through.
#include "models/pe_ipcq/pe_ipcq.h"

#include "firmware/abi/messages.h"
#include "interconnect/protocol/phys_addr.h"
#include "sim/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <variant>

namespace ahbm {

void PeIpcq::serve(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const sim::Change change(changes_);
    try {
        if (TileArrival* arrival = payload.get_extension<TileArrival>())
            serve_tile(payload, *arrival);
        else
            serve_registers(payload);
    } catch (const QueueError& error) {
        SIM_CHECK(false, std::string(name()) + ": " + error.what());
    }
}

void PeIpcq::serve_tile(tlm::tlm_generic_payload& payload, TileArrival& arrival) {
    // By address, never by sender: in a ring of two both directions have the same peer.
    const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const auto& installed) {
        return installed && installed->queue.holds(arrival.tile.slot_address);
    });
    arrival.error = found == queues_.end() ? fmt::format("{}: a tile arrives for {:#x}, which is in no ring", name(),
                                                         arrival.tile.slot_address)
                    : arrival.step == TileArrival::Step::admit ? (*found)->queue.refuse(arrival.tile)
                                                               : std::string();
    if (!arrival.error.empty()) {
        ++refused_tiles_;
        log_.error(now(), name(), arrival.error);
        return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    QueuePair& queue = (*found)->queue;
    if (arrival.step == TileArrival::Step::admit) return queue.begin_arrival(arrival.tile);
    const std::uint64_t before = queue.peer_head_cache();
    if (!queue.arrived(arrival.tile, arrival.bytes, now())) return;
    // Several tiles may have become receivable, if a later one overtook this one on the way.
    for (std::uint64_t sequence = before; sequence < queue.peer_head_cache(); ++sequence)
        note(Operation::Kind::arrived, static_cast<std::uint32_t>(found - queues_.begin()), sequence);
    for (std::size_t i = 0; i < receiving_.size();) {
        if (match(*receiving_[i]))
            receiving_.erase(receiving_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
}

void PeIpcq::serve_registers(tlm::tlm_generic_payload& payload) {
    const std::uint64_t offset = payload.get_address();
    const std::size_t length = payload.get_data_length();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.is_write() && offset == abi::ipcq_credit_offset && length >= sizeof(abi::IpcqCredit)) {
        abi::IpcqCredit credit;
        std::memcpy(&credit, payload.get_data_ptr(), sizeof credit);
        if (!take_credit(credit)) payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else if (payload.is_write() && offset == abi::ipcq_command_offset) {
        abi::IpcqCommand command;
        abi::IpcqError error = abi::IpcqError::bad_command;
        if (length == sizeof command) {
            std::memcpy(&command, payload.get_data_ptr(), sizeof command);
            error = execute(command);
        }
        if (error == abi::IpcqError::none) return;
        if (refusal_.error == abi::IpcqError::none) {
            refusal_.error = error;
            std::copy(std::begin(command.queue.direction), std::end(command.queue.direction), refusal_.direction);
        }
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else if (payload.is_read() && offset == abi::ipcq_refusal_offset && length == sizeof refusal_) {
        std::memcpy(payload.get_data_ptr(), &refusal_, sizeof refusal_);
        refusal_ = {};
    } else {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
}

bool PeIpcq::take_credit(const abi::IpcqCredit& credit) {
    const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const auto& installed) {
        return installed && installed->queue.setup().peer_rx_base == credit.rx_base;
    });
    if (found == queues_.end()) return false;
    Installed& installed = **found;
    installed.queue.take_credit(credit.consumed);
    const auto index = static_cast<std::uint32_t>(found - queues_.begin());
    note(Operation::Kind::credited, index, credit.consumed);
    while (!installed.reserving.empty() && installed.queue.has_credit()) {
        tlm::tlm_generic_payload& payload = *installed.reserving.front();
        installed.reserving.erase(installed.reserving.begin());
        Job& job = Job::of(payload);
        job.tile.sequence = installed.queue.reserve();
        if (recorder_.logging())
            recorder_.record_wait({name(), "send", job.issued, now()},
                                  fmt::format("a credit: {} has given back {} tiles of {}, tile {} has a slot",
                                              to_string(installed.queue.setup().peer), credit.consumed,
                                              installed.queue.setup().direction, job.tile.sequence));
        note(Operation::Kind::reserved, index, job.tile.sequence);
        answer_later(payload, now() + config_.overhead);
    }
    return true;
}

abi::IpcqError PeIpcq::execute(const abi::IpcqCommand& command) {
    switch (command.operation) {
        case abi::IpcqOperation::install: return install(command);
        case abi::IpcqOperation::remove_group: return remove_group(command.policy.group);
    }
    return abi::IpcqError::bad_command;
}

abi::IpcqError PeIpcq::install(const abi::IpcqCommand& command) {
    const abi::QueuePairEntry& entry = command.queue;
    QueuePair::Setup setup{command.policy,
                           std::string(abi::direction_of(entry)),
                           {SipId{entry.peer_sip}, CubeId{entry.peer_cube}, PeId{entry.peer_pe}},
                           entry.buffer,
                           entry.rx_base,
                           entry.peer_rx_base,
                           entry.n_slots,
                           entry.slot_bytes};
    if (setup.n_slots == 0 || setup.slot_bytes == 0 || setup.direction.empty()) return abi::IpcqError::bad_command;
    const MemoryMap& map = surroundings_.map;
    if (entry.peer_sip >= map.sips || entry.peer_cube >= map.cubes || entry.peer_pe >= map.pes)
        return abi::IpcqError::peer;
    const QueuePair queue(setup);
    if (!ring_fits(queue)) return abi::IpcqError::ring;
    for (const auto& other : queues_) {
        if (!other) continue;
        const QueuePair::Setup& there = other->queue.setup();
        if (there.policy.group == setup.policy.group && there.direction == setup.direction)
            return abi::IpcqError::duplicate;
        if (other->queue.holds(setup.rx_base) || queue.holds(there.rx_base)) return abi::IpcqError::overlap;
    }
    auto free = std::find(queues_.begin(), queues_.end(), nullptr);
    if (free == queues_.end()) {
        if (queues_.size() == config_.queue_pairs) return abi::IpcqError::table_full;
        free = queues_.insert(free, nullptr);
    }
    *free = std::make_unique<Installed>(Installed{queue, {}, {}});
    return abi::IpcqError::none;
}

bool PeIpcq::ring_fits(const QueuePair& queue) const {
    const QueuePair::Setup& setup = queue.setup();
    const auto first = try_decode(setup.rx_base, surroundings_.map),
               last = try_decode(setup.rx_base + queue.ring_bytes() - 1, surroundings_.map);
    const Domain *low = std::get_if<Domain>(&first), *high = std::get_if<Domain>(&last);
    if (low == nullptr || high == nullptr) return false;
    const bool one_memory = low->window == high->window && low->resource == high->resource &&
                            low->sip == surroundings_.self.sip && low->cube == surroundings_.self.cube &&
                            high->cube == low->cube && high->pe == low->pe;
    switch (setup.buffer) {
        case abi::BufferKind::tcm:
            return one_memory && low->is(abi::PeResource::tcm) && low->pe == surroundings_.self.pe;
        case abi::BufferKind::sram: return one_memory && low->window == abi::WindowKind::cube_sram;
        case abi::BufferKind::hbm:
            return one_memory && low->window == abi::WindowKind::hbm &&
                   surroundings_.map.hbm_owner(low->offset) == surroundings_.map.hbm_owner(high->offset);
    }
    return false;
}

abi::IpcqError PeIpcq::remove_group(std::uint16_t group) {
    const auto in_group = [&](std::size_t index) {
        return queues_[index] && queues_[index]->queue.setup().policy.group == group;
    };
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        const bool received_from =
            std::any_of(receiving_.begin(), receiving_.end(),
                        [&](tlm::tlm_generic_payload* payload) { return (Job::of(*payload).queues >> i & 1) != 0; });
        if (in_group(i) && (received_from || !queues_[i]->reserving.empty())) return abi::IpcqError::busy;
    }
    for (std::size_t i = 0; i < queues_.size(); ++i)
        if (in_group(i)) queues_[i].reset();
    disturbed_ = false;
    return abi::IpcqError::none;
}

void PeIpcq::answer_query(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    QueueQuery& query = *payload.get_extension<QueueQuery>();
    query.queues->clear();
    for (std::uint32_t i = 0; i < queues_.size(); ++i) {
        if (!queues_[i]) continue;
        const QueuePair::Setup& setup = queues_[i]->queue.setup();
        const bool in_tcm = setup.buffer == abi::BufferKind::tcm,
                   polls = setup.policy.backpressure == abi::Backpressure::poll;
        if (in_tcm) query.tcm_end = std::min(query.tcm_end, decode(setup.rx_base).offset);
        if (setup.policy.group != query.group) continue;
        query.queues->push_back({setup.direction, i, setup.n_slots, setup.slot_bytes, in_tcm,
                                 polls ? sim::Time::ps(setup.policy.poll_interval_ps) : sim::Time{},
                                 queues_[i]->queue.credit_on_recv()});
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace ahbm
