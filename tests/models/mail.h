// SPDX-License-Identifier: Apache-2.0
/// Mail and signals between an end of a bench and the CPU on it.
#pragma once

#include "firmware/abi/launch_signals.h"
#include "firmware/abi/mailboxes.h"
#include "firmware/abi/messages.h"
#include "interconnect/protocol/phys_addr.h"
#include "tests/support/block_bench.h"

#include <cstring>
#include <optional>

namespace ahbm::test {

/// Writes a message to a mailbox, as one packet.
inline std::uint64_t send_mail(BenchEnd& from, std::uint64_t mailbox, NodeId to, const abi::Message& message) {
    const auto bytes = static_cast<std::uint32_t>(message.size());
    return from.send(Access::write, decode(mailbox), bytes, to, Purpose::mailbox, [&](Packet& packet) {
        packet.channel = VirtualChannel::ctrl;
        packet.message_bytes = bytes;
        packet.inline_bytes = message;
    });
}
inline bool send_signal(BenchEnd& from, std::uint64_t address, NodeId to, const abi::LaunchSignal& signal) {
    return from.fabric.poke(decode(address), to, std::as_bytes(std::span(&signal, 1)));
}

/// What an end was sent, decoded; none: it is something else.
inline std::optional<abi::Completion> completion_in(const BenchEnd::Request& request) {
    abi::Completion completion;
    if (!abi::is_completion(request.inline_bytes) || !abi::decode(request.inline_bytes, completion)) return {};
    return completion;
}
inline abi::Header header_in(const BenchEnd::Request& request) {
    abi::Header header;
    EXPECT_TRUE(abi::decode(request.inline_bytes, header));
    return header;
}
inline abi::LaunchSignal signal_in(const std::pair<sim::Time, std::vector<std::byte>>& poke) {
    abi::LaunchSignal signal;
    EXPECT_EQ(poke.second.size(), sizeof signal);
    std::memcpy(&signal, poke.second.data(), std::min(poke.second.size(), sizeof signal));
    return signal;
}

/// The answer of a CPU that was sent `request`.
inline abi::Message completion_of(const abi::Header& request, abi::Reporter reporter,
                                  abi::Status status = abi::Status::ok, std::string text = {}) {
    abi::Completion completion;
    completion.header = request;
    completion.reporter = reporter;
    completion.status = status;
    completion.text = std::move(text);
    return abi::encode(completion);
}

/// A request of 64 B, a quarter of a nanosecond on the bench's links.
inline abi::Message reset_queues(std::uint16_t cubes, std::uint16_t pes, std::uint64_t answer_to,
                                 std::uint64_t cookie = 0) {
    abi::IpcqReset reset;
    reset.header.cube_mask = cubes;
    reset.header.pe_mask = pes;
    reset.header.completion_address = answer_to;
    reset.header.cookie = cookie;
    return abi::encode(reset);
}
/// A launch of a kernel without arguments on these PEs.
inline abi::Message launch(const std::string& kernel, std::vector<std::pair<std::uint16_t, std::uint16_t>> places,
                           std::uint64_t answer_to, std::uint64_t launch_id = 0) {
    abi::KernelLaunch launch;
    launch.kernel = kernel;
    launch.launch_id = launch_id;
    launch.header.completion_address = answer_to;
    for (const auto& [cube, pe] : places) {
        launch.header.cube_mask = static_cast<std::uint16_t>(launch.header.cube_mask | 1u << cube);
        launch.header.pe_mask = static_cast<std::uint16_t>(launch.header.pe_mask | 1u << pe);
        launch.sections.push_back({cube, pe, {}});
    }
    return abi::encode(launch);
}

}  // namespace ahbm::test
