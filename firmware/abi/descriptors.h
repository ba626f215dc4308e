// SPDX-License-Identifier: Apache-2.0
/// Byte layout of every control message: what the host, native firmware, firmware on an instruction-set simulator and
/// RTL agree on. Little-endian, no implicit padding; reserved bytes are written as zero and ignored by readers.
/// A message is a Header, the body of its opcode, then that body's variable tail; it is delivered to a mailbox whole.
/// Encoding and bounds-checked decoding live in messages.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ahbm::abi {

inline constexpr std::uint32_t magic = 0x4d42'4841;  ///< the bytes "AHBM"
inline constexpr std::uint16_t version = 3;
/// One mailbox transfer. The largest launch (16 cubes x 16 PEs, 32 tensors, 16 scalars) fits; encode.cpp asserts it.
inline constexpr std::uint32_t max_message_bytes = 256 << 10;
inline constexpr std::size_t kernel_name_bytes = 64;       ///< including the terminating zero
inline constexpr std::size_t completion_text_bytes = 256;  ///< including the terminating zero
inline constexpr std::uint16_t nobody = 0xffff;            ///< Reporter: not a cube's (or not a PE's) own answer
inline constexpr std::uint64_t no_time = ~std::uint64_t{0};
inline constexpr std::uint64_t end_of_time = std::uint64_t{1} << 62;  ///< ps; sums of times before it fit 63 bits

enum class Opcode : std::uint16_t {
    memory_write = 0x01,  ///< host memory -> device memory, by the host's DMA engine
    memory_read = 0x02,   ///< device memory -> host memory, by the host's DMA engine
    mmu_map = 0x10,
    mmu_unmap = 0x11,
    kernel_launch = 0x20,
    ipcq_init = 0x30,   ///< installs the queue pairs of one PE for one process group
    ipcq_reset = 0x31,  ///< removes the queue pairs of a process group
    completion = 0x80,
};

/// How a request ended. Ordered by severity: when answers are merged, the larger one stays.
enum class Status : std::uint16_t {
    ok = 0,
    cancelled = 1,       ///< another PE's part of the launch failed, or the host gave it up
    kernel_error = 2,    ///< the kernel stopped itself
    mmu_fault = 3,       ///< unmapped virtual address, or PE_MMU refused an entry
    ipcq_refused = 4,    ///< PE_IPCQ refused a queue pair
    unknown_kernel = 5,  ///< no kernel of that name on the PE
    bad_payload = 6,     ///< a field of the body makes no sense
    bad_target = 7,      ///< names a SIP, cube or PE that is not there or not addressed
    bad_opcode = 8,
    bad_size = 9,
    bad_version = 10,
    bad_magic = 11,
};

enum class ElementType : std::uint8_t { f16 = 0, bf16 = 1, f32 = 2, i32 = 3, i8 = 4 };

struct Header {
    std::uint32_t magic = abi::magic;
    std::uint16_t version = abi::version;
    Opcode opcode{};
    std::uint32_t size = 0;  ///< of the whole message
    std::uint16_t sip = 0;
    std::uint16_t cube_mask = 0;  ///< bit c: cube c takes part
    std::uint16_t pe_mask = 0;    ///< bit p: PE p of those cubes may take part
    std::uint16_t reserved[3] = {};
    std::uint64_t request_id = 0;
    std::uint64_t correlation_id = 0;      ///< joins requests that belong together (a collective, a rank's stream)
    std::uint64_t completion_address = 0;  ///< where the Completion is written to
    std::uint64_t cookie = 0;              ///< handed back in the Completion
};

/// Body of memory_write and memory_read.
struct MemoryTransfer {
    std::uint64_t host_address = 0;    ///< byte offset in host memory
    std::uint64_t device_address = 0;  ///< 51-bit physical address
    std::uint64_t bytes = 0;
};

/// Body of mmu_map and mmu_unmap; `count` MapEntry or UnmapEntry follow. An entry goes to the PEs of its masks, which
/// lie within the header's: a replicated tensor has one virtual but many physical addresses.
struct MmuBody {
    std::uint32_t count = 0;
    std::uint32_t reserved = 0;
};
struct MapEntry {
    std::uint64_t virtual_address = 0;
    std::uint64_t physical_address = 0;
    std::uint64_t bytes = 0;
    std::uint16_t cube_mask = 0;
    std::uint16_t pe_mask = 0;
    std::uint32_t reserved = 0;
};
struct UnmapEntry {
    std::uint64_t virtual_address = 0;
    std::uint64_t bytes = 0;
    std::uint16_t cube_mask = 0;
    std::uint16_t pe_mask = 0;
    std::uint32_t reserved = 0;
};

enum class BufferKind : std::uint8_t { tcm = 0, hbm = 1, sram = 2 };  ///< where a queue pair's ring lies
enum class CreditPolicy : std::uint8_t {
    on_release = 0,  ///< a slot is free again when the last handle on its tile is gone
    on_recv = 1,     ///< ... as soon as its tile is received
};
enum class CreditPath : std::uint8_t {
    fast = 0,    ///< a sideband with the latency of the path and no queueing
    fabric = 1,  ///< the fabric's control channel
};
enum class Backpressure : std::uint8_t {
    sleep = 0,  ///< a waiting PE_CPU is woken
    poll = 1,   ///< a waiting PE_CPU looks again every poll interval
};

/// Body of ipcq_init; `count` QueuePairEntry follow. The masks name one PE.
struct IpcqBody {
    std::uint16_t group = 0;  ///< the process group; its directions are its own
    CreditPolicy credit = CreditPolicy::on_release;
    CreditPath credit_path = CreditPath::fast;
    Backpressure backpressure = Backpressure::sleep;
    std::uint8_t reserved = 0;
    std::uint16_t credit_bytes = 16;     ///< on the wire
    std::uint32_t poll_interval_ps = 0;  ///< poll only
    std::uint32_t count = 0;
};
/// One queue pair: a ring here that the peer writes, a ring at the peer that this PE writes.
struct QueuePairEntry {
    char direction[16] = {};  ///< including the terminating zero
    std::uint16_t peer_sip = 0;
    std::uint16_t peer_cube = 0;
    std::uint16_t peer_pe = 0;
    BufferKind buffer = BufferKind::tcm;
    std::uint8_t reserved = 0;
    std::uint64_t rx_base = 0;       ///< physical address of the ring of this PE
    std::uint64_t peer_rx_base = 0;  ///< of the peer
    std::uint32_t n_slots = 0;       ///< of each ring
    std::uint32_t slot_bytes = 0;
};
/// Body of ipcq_reset.
struct IpcqResetBody {
    std::uint16_t group = 0;
    std::uint16_t reserved[3] = {};
};

/// Body of kernel_launch. Follow: scalar_count doubles, tensor_count TensorDescriptor, then section_count times
/// { SectionHeader, tensor_count ShardDescriptor }. Exactly the PEs that have a section run the kernel.
struct LaunchBody {
    char kernel[kernel_name_bytes] = {};
    std::uint64_t launch_id = 0;  ///< stamped by IO_CPU, which counts from 1: the name of its barrier
    std::uint32_t scalar_count = 0;
    std::uint32_t tensor_count = 0;
    std::uint32_t section_count = 0;
    std::uint32_t queue_group = 0;  ///< the process group whose queues the kernel uses
};
struct TensorDescriptor {
    ElementType type = ElementType::f16;
    std::uint8_t rank = 0;  ///< 0..4 dimensions in use
    std::uint16_t reserved = 0;
    std::uint32_t block_rows = 0;  ///< layout of each shard; 0: dense
    std::uint32_t block_cols = 0;
    std::uint32_t reserved2 = 0;
    std::uint32_t dims[4] = {};  ///< of the whole tensor, outermost first
    std::uint64_t base = 0;      ///< virtual address of the whole tensor
    std::uint64_t bytes = 0;     ///< length of its virtual range
};
struct SectionHeader {
    std::uint16_t cube = 0;
    std::uint16_t pe = 0;
    std::uint32_t reserved = 0;
};
struct ShardDescriptor {
    std::uint64_t base = 0;  ///< virtual address of this PE's shard
    std::uint32_t rows = 0;  ///< 0 x 0: the PE holds nothing of this tensor
    std::uint32_t cols = 0;
    std::uint32_t first_row = 0;  ///< origin in the whole tensor
    std::uint32_t first_col = 0;
};

/// Who an answer, or the worst part of a merged answer, comes from. An IO_CPU: cube and pe are `nobody`; an M_CPU: pe.
struct Reporter {
    std::uint16_t sip = 0;
    std::uint16_t cube = nobody;
    std::uint16_t pe = nobody;
};
/// Body of completion; `span_count` PeSpan sorted by (cube, pe) follow.
struct CompletionBody {
    Status status = Status::ok;
    Reporter reporter;
    std::uint64_t received_ps = no_time;    ///< IO_CPU took the request up; earliest of the merged
    std::uint64_t target_start_ps = 0;      ///< the launch barrier; latest of the merged
    std::uint64_t exec_start_ps = no_time;  ///< earliest start of a kernel; no_time: none ran
    std::uint64_t exec_end_ps = 0;          ///< latest end of a kernel
    std::uint32_t span_count = 0;
    std::uint32_t reserved = 0;
    char text[completion_text_bytes] = {};  ///< why the status is not ok, a sentence for people
};
/// What one PE did for a launch.
struct PeSpan {
    std::uint16_t cube = 0;
    std::uint16_t pe = 0;
    Status status = Status::ok;
    std::uint16_t reserved = 0;
    std::uint64_t exec_start_ps = no_time;  ///< no_time: the kernel did not run
    std::uint64_t exec_end_ps = 0;          ///< all it did is visible
    std::uint64_t fence_ps = 0;             ///< of that time, waiting at the end until it was
};

static_assert(sizeof(Header) == 56 && alignof(Header) == 8);
static_assert(offsetof(Header, version) == 4 && offsetof(Header, opcode) == 6 && offsetof(Header, size) == 8 &&
              offsetof(Header, sip) == 12 && offsetof(Header, cube_mask) == 14 && offsetof(Header, pe_mask) == 16 &&
              offsetof(Header, request_id) == 24 && offsetof(Header, correlation_id) == 32 &&
              offsetof(Header, completion_address) == 40 && offsetof(Header, cookie) == 48);
static_assert(sizeof(MemoryTransfer) == 24 && offsetof(MemoryTransfer, device_address) == 8 &&
              offsetof(MemoryTransfer, bytes) == 16);
static_assert(sizeof(MmuBody) == 8 && sizeof(MapEntry) == 32 && sizeof(UnmapEntry) == 24);
static_assert(offsetof(MapEntry, physical_address) == 8 && offsetof(MapEntry, bytes) == 16 &&
              offsetof(MapEntry, cube_mask) == 24 && offsetof(MapEntry, pe_mask) == 26);
static_assert(offsetof(UnmapEntry, bytes) == 8 && offsetof(UnmapEntry, cube_mask) == 16 &&
              offsetof(UnmapEntry, pe_mask) == 18);
static_assert(sizeof(IpcqBody) == 16 && offsetof(IpcqBody, credit) == 2 && offsetof(IpcqBody, credit_bytes) == 6 &&
              offsetof(IpcqBody, poll_interval_ps) == 8 && offsetof(IpcqBody, count) == 12);
static_assert(sizeof(QueuePairEntry) == 48 && offsetof(QueuePairEntry, peer_sip) == 16 &&
              offsetof(QueuePairEntry, buffer) == 22 && offsetof(QueuePairEntry, rx_base) == 24 &&
              offsetof(QueuePairEntry, peer_rx_base) == 32 && offsetof(QueuePairEntry, n_slots) == 40);
static_assert(sizeof(IpcqResetBody) == 8);
static_assert(sizeof(LaunchBody) == 88 && offsetof(LaunchBody, launch_id) == 64 &&
              offsetof(LaunchBody, scalar_count) == 72 && offsetof(LaunchBody, tensor_count) == 76 &&
              offsetof(LaunchBody, section_count) == 80 && offsetof(LaunchBody, queue_group) == 84);
static_assert(sizeof(TensorDescriptor) == 48 && offsetof(TensorDescriptor, block_rows) == 4 &&
              offsetof(TensorDescriptor, dims) == 16 && offsetof(TensorDescriptor, base) == 32 &&
              offsetof(TensorDescriptor, bytes) == 40);
static_assert(sizeof(SectionHeader) == 8 && offsetof(SectionHeader, pe) == 2);
static_assert(sizeof(ShardDescriptor) == 24 && offsetof(ShardDescriptor, rows) == 8 &&
              offsetof(ShardDescriptor, first_row) == 16);
static_assert(sizeof(CompletionBody) == 304 && offsetof(CompletionBody, reporter) == 2 &&
              offsetof(CompletionBody, received_ps) == 8 && offsetof(CompletionBody, target_start_ps) == 16 &&
              offsetof(CompletionBody, exec_start_ps) == 24 && offsetof(CompletionBody, exec_end_ps) == 32 &&
              offsetof(CompletionBody, span_count) == 40 && offsetof(CompletionBody, text) == 48);
static_assert(sizeof(PeSpan) == 32 && offsetof(PeSpan, status) == 4 && offsetof(PeSpan, exec_start_ps) == 8);

}  // namespace ahbm::abi
