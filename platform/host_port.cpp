// SPDX-License-Identifier: Apache-2.0
#include "platform/host_port.h"

#include <utility>

namespace ahbm {

HostPort::HostPort(System& system) : system_(system), machine_(system.machine()) {
    system_.host().set_completion_handler(
        [this](std::uint64_t cookie, const abi::Completion& completion) { return completed(cookie, completion); });
}

void HostPort::write_host(std::uint64_t address, std::vector<std::byte> bytes) {
    shadow::Recorder& recorder = system_.recorder();
    if (!recorder.enabled()) return;
    const std::uint64_t length = bytes.size();
    const shadow::Bundle bundle = recorder.constant(std::move(bytes), {"host", "host_write", now(), now()});
    system_.host().memory().write(address, bundle, 0, length, now());
}

std::vector<std::byte> HostPort::read_host(std::uint64_t address, std::uint64_t bytes) {
    shadow::Bundle bundle;
    system_.host().memory().read(address, bytes, bundle);
    return system_.recorder().materialize(bundle);
}

void HostPort::submit(abi::Message request, Done done) {
    const std::uint64_t cookie = next_cookie_++;
    open_.emplace(cookie, std::move(done));
    submitting_ = true;
    system_.host().submit(std::move(request), cookie);
    submitting_ = false;
}

void HostPort::abort_launches(SipId sip) { system_.host().abort_launches(sip); }

bool HostPort::completed(std::uint64_t cookie, const abi::Completion& completion) {
    auto request = open_.extract(cookie);
    if (request.empty()) return false;
    if (submitting_) {
        refused_.emplace_back(std::move(request.mapped()), completion);
        wake();  // who submits may not be the one who waits
    } else {
        request.mapped()(completion);
    }
    return true;
}

void HostPort::wait() {
    if (refused_.empty()) return sc_core::wait(system_.host().completion_arrived() | woken_);
    for (auto& [done, completion] : std::exchange(refused_, {})) done(completion);
    wake();
}

void HostPort::spawn(std::vector<std::function<void()>> functions) {
    constexpr int stack_bytes = 1 << 20;  // host programs format and parse
    std::size_t running = functions.size();
    sc_core::sc_event all_ended;
    sc_core::sc_spawn_options options;
    options.set_stack_size(stack_bytes);
    for (std::function<void()>& function : functions) {
        const auto thread = [&running, &all_ended, body = std::move(function)] {
            body();
            if (--running == 0) all_ended.notify(sc_core::SC_ZERO_TIME);
        };
        sc_core::sc_spawn(thread, sc_core::sc_gen_unique_name("rank"), &options);
    }
    while (running != 0) sc_core::wait(all_ended);
}

void HostPort::forget(PhysAddr address, std::uint64_t bytes) {
    const Domain place = address.domain();
    if (place.window != abi::WindowKind::hbm) return;
    const MemoryMap& map = system_.fabric().directory().memory_map();
    const PeCoord owner{place.sip, place.cube, map.hbm_owner(place.offset)};
    system_.hbm(owner).memory.forget(map.hbm_slice_offset(place.offset), bytes);
}

}  // namespace ahbm
