// SPDX-License-Identifier: Apache-2.0
/// Commands a kernel hands to its PE: what PE_CPU writes into PE_SCHEDULER's command FIFO.
/// A command names bytes by region only; dependencies between commands follow from overlapping regions.
#pragma once

#include "numerics/operation.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::tl {

/// Address spaces a kernel sees.
enum class Space : std::uint8_t {
    global,  ///< virtual address; PE_MMU turns it into HBM, SRAM or another PE's TCM
    tcm,     ///< byte offset in this PE's own TCM
};
std::string_view to_string(Space space);

/// A typed operand in memory. With `row_pitch` 0 the view's bytes are contiguous (dense or blocked layout); otherwise
/// the view is dense rows (all leading dimensions folded) that start `row_pitch` bytes apart.
struct Region {
    Space space = Space::tcm;
    std::uint64_t address = 0;
    View view;
    std::uint64_t row_pitch = 0;

    std::uint64_t rows() const { return view.shape.rank == 0 ? 1 : view.shape.elements() / cols(); }
    std::uint64_t cols() const { return view.shape.rank == 0 ? 1 : view.shape[view.shape.rank - 1u]; }
    std::uint64_t row_bytes() const { return cols() * size_of(view.dtype); }
    bool contiguous() const { return row_pitch == 0 || row_pitch == row_bytes() || rows() == 1; }
    /// Bytes from the first to one past the last byte touched.
    std::uint64_t span() const { return contiguous() ? view.bytes() : (rows() - 1) * row_pitch + row_bytes(); }

    /// No bytes at all: meets no other region.
    static Region nowhere() { return {Space::tcm, 0, {{0}, Dtype::i8, {}}, 0}; }
};

/// "(32, 64) f16"
std::string describe(const View& view);
/// "(32, 64) f16 at tcm 0x1200"
std::string describe(const Region& region);

enum class CommandKind : std::uint8_t {
    dma_read,   ///< inputs[0] global -> output tcm
    dma_write,  ///< inputs[0] tcm -> output global; posted
    gemm,       ///< op = matmul on tcm operands, one or more tiles, result in tcm
    math,       ///< any other op on tcm operands, result in tcm
    composite,  ///< op = matmul with epilogues, tiled and pipelined; each operand `ref` (global) or `load` (tcm)
    fence,  ///< completes when every earlier store of this PE is acknowledged; with `queues`, every tile and credit too
    ipcq_send,    ///< inputs[0] tcm -> the peer of one queue; taken when the queue has a credit for it
    ipcq_recv,    ///< the next tile of one of `queues`; output: where it is copied to, or nothing: it stays in its slot
    ipcq_cancel,  ///< whatever waits in PE_IPCQ fails: the kernel has failed
    ipcq_release,  ///< output: the slot of a tile that nobody will read again; its credit goes back to the sender
};
std::string_view to_string(CommandKind kind);

struct Command {
    CommandKind kind = CommandKind::fence;
    OpSpec op;
    std::vector<Region> inputs;  ///< matmul: A, B, then epilogue operands in order
    Region output;
    std::uint64_t queues = 0;    ///< ipcq, fence: bit q: queue q of the PE; more than one: recv from any of them
    std::uint64_t sequence = 0;  ///< ipcq_release: which tile of the queue
};
constexpr bool is_ipcq(CommandKind kind) { return kind >= CommandKind::ipcq_send; }

}  // namespace ahbm::tl
