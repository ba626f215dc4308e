// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/native_hal.h"

#include "sim/kernel_time.h"

#include <algorithm>
#include <cstring>

namespace ahbm {
namespace {
constexpr std::uint64_t kReadCookie = 1;
}

NativeHal::NativeHal(Fabric& shared, const firmware::CpuIdentity& identity, const CpuConfig& config,
                     const MailboxConfig& mailbox_config)
    : fabric("to_noc", "from_noc", shared, *this),
      mailbox("mailbox", fabric, mailbox_config),
      completions("completions", fabric, mailbox_config),
      identity_(identity),
      config_(config),
      sender_(fabric),
      wires_(fabric),
      barrier_(identity.sip, fabric),
      alarm_(shared.wheel()) {}

void NativeHal::shut_down() {
    barrier_.reset();
    aborted_.clear();
    launch_ = 0;
    shutting_down_ = true;
    wake_.notify();
}

void NativeHal::pause(sc_core::sc_event& event) {
    sc_core::wait(event | wake_);
    if (shutting_down_) {
        shutting_down_ = false;
        throw firmware::Shutdown{};
    }
}

abi::Message NativeHal::wait_for_mail(firmware::Inbox inbox) {
    waiting_for_mail_ = true;
    while (completions.empty() && (inbox == firmware::Inbox::completions || mailbox.empty())) {
        sc_core::wait(completions.arrived() | mailbox.arrived() | wake_);
        if (shutting_down_) {
            shutting_down_ = false;
            throw firmware::Shutdown{};
        }
    }
    waiting_for_mail_ = false;
    return completions.empty() ? mailbox.take() : completions.take();
}

void NativeHal::write(std::uint64_t address, std::span<const std::byte> bytes) {
    while (sender_.outstanding() >= config_.posted_writes) pause(acknowledged_);
    const auto target = fabric.fabric().directory().locate(address);
    if (!target) {
        write_failed_ = true;  // as a bus would answer: reported by the next fence
        return;
    }
    sender_.send(target->domain, target->node, bytes, 0);
}

bool NativeHal::read(std::uint64_t address, std::span<std::byte> bytes) {
    const auto target = fabric.fabric().directory().locate(address);
    if (!target) return false;
    const Purpose purpose = control_purpose(target->domain, fabric.node().kind == NodeId::Kind::cube);
    Payload& payload = fabric.request(purpose, Access::read, target->domain, target->node,
                                      static_cast<std::uint32_t>(bytes.size()), now());
    Packet::of(payload).cookie = kReadCookie;
    read_into_ = bytes;
    read_done_ = read_ok_ = false;
    fabric.send(payload, now(), now());
    while (!read_done_) pause(acknowledged_);
    return read_ok_;
}

bool NativeHal::fence() {
    while (sender_.outstanding() > 0) pause(acknowledged_);
    return !std::exchange(write_failed_, false);
}

void NativeHal::wait_until(sim::Time time) { alarm_.wait_until(time); }

// --- the launch barrier -------------------------------------------------------------------------------------------

void NativeHal::open_launch(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks) {
    barrier_.open(launch_id, pe_masks);
}

void NativeHal::close_launch(std::uint64_t launch_id) { barrier_.close(launch_id); }

void NativeHal::abort_launch(std::uint64_t launch_id) {
    wires_.send(abi::launch_barrier(identity_.sip), {abi::LaunchSignal::Kind::abort, launch_id});
}

std::optional<sim::Time> NativeHal::wait_for_start(std::uint64_t launch_id) {
    launch_ = launch_id;
    start_.reset();
    aborted_.erase(aborted_.begin(), aborted_.lower_bound(launch_id));
    wires_.send(abi::launch_barrier(identity_.sip), {abi::LaunchSignal::Kind::ready, launch_id});
    while (!start_ && !aborted_.contains(launch_id)) pause(acknowledged_);
    return aborted_.contains(launch_id) ? std::nullopt : start_;
}

firmware::KernelOutcome NativeHal::run_kernel(const std::string& name, const tl::KernelArgs& args) {
    firmware::KernelOutcome outcome = runner_->run(name, args);
    ++launch_;  // what is said of that one comes too late
    return outcome;
}

void NativeHal::take_signal(const abi::LaunchSignal& signal) {
    if (!identity_.pe) return barrier_.take(signal);
    if (signal.launch_id < launch_) return;
    if (signal.kind == abi::LaunchSignal::Kind::start) {
        start_ = sim::Time::ps(static_cast<std::int64_t>(signal.start_ps));
    } else {
        aborted_.insert(signal.launch_id);
        if (signal.launch_id == launch_) runner_->cancel();
    }
    fabric.fabric().wheel().notify(acknowledged_);
}

// --- what comes from the fabric -----------------------------------------------------------------------------------

void NativeHal::handle_request(Payload& payload, Packet& packet) {
    const Domain& target = packet.target;
    if (target.is(abi::IocpuResource::completion)) return completions.accept(payload, packet);
    if (target.is(abi::IocpuResource::csr) && packet.access == Access::write) {
        fabric.fabric().wheel().at<&NativeHal::abort_all>(packet.tail, sim::Priority::arrival, this,
                                                          reinterpret_cast<std::uintptr_t>(&payload));
        return;
    }
    if (target.is(abi::IocpuResource::mailbox) || target.is(abi::McpuResource::mailbox) ||
        target.is(abi::PeResource::cpu))
        return mailbox.accept(payload, packet);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    packet.error = "nothing answers at " + to_string(target);
    fabric.respond(payload, packet.tail, packet.tail);
}

void NativeHal::abort_all(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    barrier_.abort_all();
    fabric.respond(payload, Packet::of(payload).tail, Packet::of(payload).tail);
}

void NativeHal::handle_debug(Payload& payload, Packet& packet) {
    const bool line = packet.target.is(abi::IocpuResource::csr) || packet.target.is(abi::PeResource::cpu);
    abi::LaunchSignal signal;
    if (packet.probe != nullptr || !line || packet.inline_bytes.size() != sizeof signal)
        return PacketClient::handle_debug(payload, packet);
    std::memcpy(&signal, packet.inline_bytes.data(), sizeof signal);
    take_signal(signal);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void NativeHal::handle_response(Payload& payload, Packet& packet) {
    fabric.fabric().wheel().at<&NativeHal::finish>(packet.tail, sim::Priority::arrival, this,
                                                   reinterpret_cast<std::uintptr_t>(&payload));
}

void NativeHal::finish(std::uint64_t argument) {
    auto& payload = *reinterpret_cast<Payload*>(argument);
    Packet& packet = Packet::of(payload);
    const bool ok = payload.get_response_status() == tlm::TLM_OK_RESPONSE;
    if (packet.cookie == kReadCookie) {
        read_ok_ = ok && packet.inline_bytes.size() == read_into_.size();
        if (read_ok_) std::memcpy(read_into_.data(), packet.inline_bytes.data(), read_into_.size());
        read_done_ = true;
    } else {
        if (!ok) write_failed_ = true;
        sender_.acknowledged();
    }
    fabric.finish(payload, packet.tail);
    fabric.fabric().wheel().notify(acknowledged_);
}

}  // namespace ahbm
