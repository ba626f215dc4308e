// SPDX-License-Identifier: Apache-2.0
/// Control messages as values, and their way to and from the bytes of descriptors.h.
/// decode() never reads out of bounds and never throws: whatever the bytes are, the answer is a value or a Verdict that
/// says what is wrong. It checks what the message alone can tell; whether a target exists is for the receiver to judge.
#pragma once

#include "firmware/abi/descriptors.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ahbm::abi {

/// The bytes of one message.
using Message = std::vector<std::byte>;

/// Whether a message is accepted, and if not, why: a status for programs and a sentence for people.
struct Verdict {
    Status status = Status::ok;
    std::string text;
    explicit operator bool() const { return status == Status::ok; }
};

/// memory_write or memory_read, as header.opcode says.
struct MemoryCopy {
    Header header;
    MemoryTransfer transfer;
};

struct MmuMap {
    static constexpr Opcode opcode = Opcode::mmu_map;
    Header header;
    std::vector<MapEntry> entries;
};

struct MmuUnmap {
    static constexpr Opcode opcode = Opcode::mmu_unmap;
    Header header;
    std::vector<UnmapEntry> entries;
};

/// IpcqBody says what the fields mean.
struct IpcqInit {
    static constexpr Opcode opcode = Opcode::ipcq_init;
    Header header;
    std::uint16_t group = 0;
    CreditPolicy credit = CreditPolicy::on_release;
    CreditPath credit_path = CreditPath::fast;
    Backpressure backpressure = Backpressure::sleep;
    std::uint16_t credit_bytes = 16;
    std::uint32_t poll_interval_ps = 0;
    std::vector<QueuePairEntry> queues;
};

struct IpcqReset {
    static constexpr Opcode opcode = Opcode::ipcq_reset;
    Header header;
    std::uint16_t group = 0;
};

/// One PE's part of a launch: a shard per tensor of the launch.
struct LaunchSection {
    std::uint16_t cube = 0;
    std::uint16_t pe = 0;
    std::vector<ShardDescriptor> shards;
};

struct KernelLaunch {
    static constexpr Opcode opcode = Opcode::kernel_launch;
    Header header;
    std::string kernel;
    std::uint64_t launch_id = 0;
    std::vector<double> scalars;
    std::vector<TensorDescriptor> tensors;
    std::vector<LaunchSection> sections;
    std::uint32_t queue_group = 0;
};

/// What firmware carries out.
using Request = std::variant<MmuMap, MmuUnmap, KernelLaunch, IpcqInit, IpcqReset>;

/// CompletionBody says what the fields mean.
struct Completion {
    static constexpr Opcode opcode = Opcode::completion;
    Header header;
    Status status = Status::ok;
    Reporter reporter;
    std::uint64_t received_ps = no_time;
    std::uint64_t target_start_ps = 0;
    std::uint64_t exec_start_ps = no_time;
    std::uint64_t exec_end_ps = 0;
    std::string text;
    std::vector<PeSpan> spans;
};

/// The name in a QueuePairEntry, up to its zero.
std::string_view direction_of(const QueuePairEntry& entry);

std::string_view to_string(Status status);
std::string_view to_string(Opcode opcode);
/// "sip0", "sip0.cube3" or "sip0.cube3.pe5".
std::string to_string(const Reporter& reporter);

/// Bytes of a launch with these counts.
constexpr std::size_t launch_bytes(std::size_t scalars, std::size_t tensors, std::size_t sections) {
    return sizeof(Header) + sizeof(LaunchBody) + scalars * sizeof(double) + tensors * sizeof(TensorDescriptor) +
           sections * (sizeof(SectionHeader) + tensors * sizeof(ShardDescriptor));
}

/// Fill in magic, version, opcode, size and counts. Throw std::invalid_argument when the value has no encoding: kernel
/// name too long, a section without one shard per tensor, more than max_message_bytes. A completion's text is cut.
Message encode(const MemoryCopy& copy);
Message encode(const MmuMap& map);
Message encode(const MmuUnmap& unmap);
Message encode(const KernelLaunch& launch);
/// Also throws for a direction whose name has no encoding.
Message encode(const IpcqInit& init);
Message encode(const IpcqReset& reset);
Message encode(const Completion& completion);
Message encode(const Request& request);

/// Checks magic, version and size. `header` holds what the bytes say even if they are refused, unless there are fewer
/// than a header's: an error can be answered as long as header.completion_address makes sense.
Verdict decode(std::span<const std::byte> bytes, Header& header);
Verdict decode(std::span<const std::byte> bytes, Request& request);
Verdict decode(std::span<const std::byte> bytes, MemoryCopy& copy);
Verdict decode(std::span<const std::byte> bytes, Completion& completion);

/// Cheap look at the opcode, to tell answers from requests.
bool is_completion(std::span<const std::byte> bytes);

}  // namespace ahbm::abi
