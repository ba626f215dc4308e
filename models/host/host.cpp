// SPDX-License-Identifier: Apache-2.0
#include "models/host/host.h"

#include "firmware/abi/launch_signals.h"
#include "firmware/abi/mailboxes.h"
#include "sim/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ahbm {
namespace {

enum Cookie : std::uint64_t { kMessage, kCopy, kUser };

}  // namespace

Host::Host(const sc_core::sc_module_name& name, Fabric& shared, const HostConfig& config, shadow::Recorder& recorder)
    : sc_module(name),
      fabric("to_switch", "from_switch", shared, *this),
      config_(config),
      recorder_(recorder),
      completion_queue_("completion_queue", fabric, MailboxConfig{config.completion_depth}),
      sender_(fabric) {
    initiator.register_b_transport(this, &Host::user_transport);
    initiator.register_nb_transport_fw(this, &Host::user_nb_transport);
    initiator.register_transport_dbg(this, &Host::user_debug);
    SC_METHOD(take_completions);
    sensitive << completion_queue_.arrived();
    dont_initialize();
}

void Host::submit(abi::Message request, std::uint64_t cookie) {
    abi::MemoryCopy copy;
    abi::Header header;
    ++open_;
    observers_.tell(&HostObserver::submitted, request, cookie, fabric.fabric().now());
    if (abi::decode(request, header);
        header.opcode == abi::Opcode::memory_write || header.opcode == abi::Opcode::memory_read) {
        const abi::Verdict verdict = abi::decode(request, copy);
        if (verdict) return start_copy(copy, cookie);
        abi::Completion refused;
        refused.status = verdict.status;
        refused.text = verdict.text;
        return complete(cookie, std::move(refused));
    }
    SIM_CHECK(request.size() >= sizeof header, "a request without header");
    header.completion_address = abi::encode_host_aperture({header.sip, 0}, 0);
    header.cookie = cookie;
    std::memcpy(request.data(), &header, sizeof header);
    send_message(request, SipId{header.sip});
}

void Host::send_message(const abi::Message& message, SipId sip) {
    const Domain mailbox = decode(abi::io_cpu_mailbox(sip));
    sender_.send(mailbox, Directory::io_cpu(sip), message, kMessage);
}

void Host::abort_launches(SipId sip) {
    const std::array<std::byte, 8> anything{};
    sender_.send(decode(abi::launch_barrier(sip)), Directory::io_cpu(sip), anything, kMessage);
}

abi::Completion Host::wait_for(std::uint64_t cookie) {
    auto found = completed_.find(cookie);
    for (; found == completed_.end(); found = completed_.find(cookie)) sc_core::wait(completion_arrived_);
    abi::Completion completion = std::move(found->second);
    completed_.erase(found);
    return completion;
}

void Host::take_completions() {
    while (!completion_queue_.empty()) {
        abi::Completion completion;
        const abi::Verdict verdict = abi::decode(completion_queue_.take(), completion);
        SIM_CHECK(verdict.status == abi::Status::ok, "malformed completion: " + verdict.text);
        complete(completion.header.cookie, std::move(completion));
    }
}

void Host::complete(std::uint64_t cookie, abi::Completion completion) {
    --open_;
    observers_.tell(&HostObserver::completed, completion, cookie, fabric.fabric().now());
    if (!handler_ || !handler_(cookie, completion)) completed_.emplace(cookie, std::move(completion));
    fabric.fabric().wheel().notify(completion_arrived_);
}

// --- DMA engine ---------------------------------------------------------------------------------------------------

void Host::start_copy(const abi::MemoryCopy& copy, std::uint64_t cookie) {
    const Access access = copy.header.opcode == abi::Opcode::memory_read ? Access::read : Access::write;
    Engine& used = engine(access);
    const std::uint64_t number = used.next_number++;
    used.copies.emplace(number, Copy{copy, cookie, 0, 0, fabric.fabric().now(), {}});
    advance(used, access);
    if (const auto empty = used.copies.find(number); empty != used.copies.end()) settle(used, number);
}

void Host::advance(Engine& engine, Access access) {
    for (auto copy = engine.copies.begin(); copy != engine.copies.end();) {
        const std::uint64_t number = copy->first;
        while (!copy->second.all_issued()) {
            if (engine.in_flight >= config_.max_outstanding) return;
            if (!issue(engine, access, number)) break;
        }
        ++copy;
        settle(engine, number);
    }
}

bool Host::issue(Engine& engine, Access access, std::uint64_t number) {
    Fabric& shared = fabric.fabric();
    Copy& copy = engine.copies.at(number);
    const abi::MemoryTransfer& transfer = copy.descriptor.transfer;
    const MemoryMap& map = shared.directory().memory_map();
    const auto target = shared.directory().locate(transfer.device_address + copy.issued);
    if (!target) {
        copy.error = fmt::format("nothing answers at {:#x}", transfer.device_address + copy.issued);
        copy.issued = transfer.bytes;
        return false;
    }
    // Packets end at multiples of their largest size, so that all but the first are aligned, and at slices.
    const std::uint64_t max_packet = shared.config().max_packet;
    std::uint64_t bytes = std::min(transfer.bytes - copy.issued, max_packet - target->domain.offset % max_packet);
    if (target->domain.window == abi::WindowKind::hbm)
        bytes = std::min(bytes, map.hbm_slice - map.hbm_slice_offset(target->domain.offset));

    const sim::Time now = shared.now();
    Payload& payload = fabric.request(control_purpose(target->domain, false), access, target->domain, target->node,
                                      static_cast<std::uint32_t>(bytes), copy.submitted);
    Packet& packet = Packet::of(payload);
    packet.cookie = kCopy;
    packet.parent = number;
    packet.local_address = transfer.host_address + copy.issued;
    if (access == Access::write && recorder_.enabled()) {
        memory_.read(packet.local_address, bytes, packet.data);
        recorder_.check_written({name(), "host to device", now, now}, packet.data,
                                [&] { return std::pair(std::string("host"), packet.local_address); });
    }
    copy.issued += bytes;
    ++copy.in_flight;
    ++engine.in_flight;
    fabric.send(payload, now, now);
    return true;
}

void Host::settle(Engine& engine, std::uint64_t number) {
    const auto found = engine.copies.find(number);
    if (found == engine.copies.end() || !found->second.all_issued() || found->second.in_flight > 0) return;
    Copy& copy = found->second;
    abi::Completion completion;
    completion.header = copy.descriptor.header;
    completion.status = copy.error.empty() ? abi::Status::ok : abi::Status::bad_target;
    completion.text = std::move(copy.error);
    const std::uint64_t cookie = copy.cookie;
    engine.copies.erase(found);
    complete(cookie, std::move(completion));
}

// --- answers to this host's requests ------------------------------------------------------------------------------

void Host::handle_response(Payload& payload, Packet& packet) {
    fabric.fabric().wheel().at<&Host::finish>(packet.tail, sim::Priority::visible, this,
                                              reinterpret_cast<std::uintptr_t>(&payload));
}

void Host::finish(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    const bool ok = payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    const Access access = packet.access;
    const std::uint64_t cookie = packet.cookie;
    const std::uint64_t number = packet.parent;
    if (ok && access == Access::read)
        recorder_.check_written({name(), "device to host", packet.issued, packet.tail}, packet.data,
                                [&] { return std::pair(memory_of(packet.target), packet.target.offset); });
    if (cookie == kMessage) {
        SIM_CHECK(ok, "the IO_CPU's mailbox refused a message: " + packet.error);
        sender_.acknowledged();
    } else if (cookie == kUser) {
        UserAccess& user = *user_accesses_.at(packet.transaction);
        user.status = payload.get_response_status();
        std::swap(user.data, packet.data);
        user.done = true;
        fabric.fabric().wheel().notify(user_done_);
    } else {
        Copy& copy = engine(access).copies.at(number);
        if (!ok && copy.error.empty()) copy.error = packet.error;
        if (ok && access == Access::read && recorder_.enabled())
            memory_.write(packet.local_address, packet.data, 0, packet.bytes, fabric.fabric().now());
        --copy.in_flight;
        --engine(access).in_flight;
    }
    fabric.finish(payload, packet.tail);
    if (cookie == kCopy) {
        settle(engine(access), number);
        advance(engine(access), access);
    }
}

// --- what devices send here ---------------------------------------------------------------------------------------

void Host::handle_request(Payload& payload, Packet& packet) {
    if (packet.message_bytes > 0) return completion_queue_.accept(payload, packet);
    packet.answer_head = packet.answer_tail = packet.tail;
    fabric.fabric().wheel().at<&Host::access_memory>(packet.tail, sim::Priority::visible, this,
                                                     reinterpret_cast<std::uintptr_t>(&payload));
}

void Host::access_memory(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (recorder_.enabled()) {
        if (packet.access == Access::read)
            memory_.read(packet.target.offset, packet.bytes, packet.data);
        else
            memory_.write(packet.target.offset, packet.data, 0, packet.bytes, packet.tail);
    }
    fabric.respond(payload, packet.answer_head, packet.answer_tail);
}

// --- users' own initiators ----------------------------------------------------------------------------------------

void Host::user_transport(tlm::tlm_generic_payload& user, sc_core::sc_time& delay) {
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    Fabric& shared = fabric.fabric();
    const unsigned length = user.get_data_length();
    const auto target = shared.directory().locate(user.get_address());
    if (!target) return user.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (length == 0 || length > shared.config().max_packet)
        return user.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    if (user.get_byte_enable_ptr() != nullptr) return user.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    if (user.is_read() && !recorder_.enabled()) return user.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);

    const sim::Time now = shared.now();
    Payload& payload =
        fabric.request(control_purpose(target->domain, false), user.is_read() ? Access::read : Access::write,
                       target->domain, target->node, length, now);
    Packet& packet = Packet::of(payload);
    packet.cookie = kUser;
    auto* bytes = reinterpret_cast<std::byte*>(user.get_data_ptr());
    if (user.is_write()) packet.data = recorder_.constant({bytes, bytes + length});
    UserAccess access;
    const std::uint64_t transaction = packet.transaction;
    user_accesses_[transaction] = &access;
    fabric.send(payload, now, now);
    while (!access.done) sc_core::wait(user_done_);
    user_accesses_.erase(transaction);
    if (user.is_read() && access.status == tlm::TLM_OK_RESPONSE)
        std::memcpy(bytes, recorder_.materialize(access.data).data(), length);
    user.set_response_status(access.status);
}

tlm::tlm_sync_enum Host::user_nb_transport(tlm::tlm_generic_payload& user, tlm::tlm_phase&, sc_core::sc_time&) {
    user.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
}

unsigned Host::user_debug(tlm::tlm_generic_payload& user) {
    const unsigned length = user.get_data_length();
    const auto target = fabric.fabric().directory().locate(user.get_address());
    if (!target || !recorder_.enabled()) return 0;
    auto* bytes = reinterpret_cast<std::byte*>(user.get_data_ptr());
    shadow::Bundle data;
    if (user.is_write()) data = recorder_.constant({bytes, bytes + length});
    if (!fabric.debug(user.is_read() ? Access::read : Access::write, target->domain, target->node, length, data))
        return 0;
    if (user.is_read()) std::memcpy(bytes, recorder_.materialize(data).data(), length);
    return length;
}

}  // namespace ahbm
