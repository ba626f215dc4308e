// SPDX-License-Identifier: Apache-2.0
/// Runs a kernel for a grid of programs without SystemC and without time. Programs are fibers: each runs until it waits
/// for a queue, then the next one does, round and round in the order SIP, cube, PE. Arithmetic is the platform's own
/// (`evaluate`), so results are bit-identical to a simulated launch.
/// Not modelled: time, address translation (addresses of all SIPs are one space), TCM contents across launches, process
/// groups other than one. Memory is what was placed or reserved; a program's TCM starts unwritten, and a TCM range that
/// was freed and given out again counts as written.
#pragma once

#include "firmware/functional/queues.h"
#include "firmware/functional/tracked_bytes.h"
#include "firmware/tl/kernel.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ahbm::tl {

struct FunctionalRunnerConfig {
    std::uint32_t num_sips = 1;
    std::uint32_t num_cubes = 1;  ///< per SIP
    std::uint32_t num_pes_per_cube = 1;
    std::uint64_t tcm_bytes = std::uint64_t{1} << 20;  ///< what kernels may allocate from
    Backend::GemmTile gemm_tile{};
};

class FunctionalRunner {
public:
    explicit FunctionalRunner(const FunctionalRunnerConfig& config);

    /// Makes [address, address + view.bytes()) valid and gives it contents, or none yet. Throws std::invalid_argument
    /// when it overlaps an earlier one or when the bytes are not as many as the view has.
    void place(std::uint64_t address, const View& view, std::span<const std::byte> bytes);
    void reserve(std::uint64_t address, const View& view);

    /// A queue pair with a ring at each end. Throws std::invalid_argument: a PE outside the grid, a direction taken.
    void connect(const QueueEnd& a, const QueueEnd& b, const QueueShape& shape = {});

    /// `args` holds one entry per program, by SIP, cube, PE. Throws KernelError: kernel, PE, operand, reason; when all
    /// programs that have not ended wait for queues: a deadlock, with who waits for whom. Queues keep what is in them;
    /// after an error they are of no use.
    void run(const KernelInfo& kernel, std::span<const KernelArgs> args);

    /// Throws std::out_of_range outside placed tensors and std::runtime_error when a byte was never written.
    std::vector<std::byte> read(std::uint64_t address, std::uint64_t length) const;

    /// Tiles that were sent and not received so far, a line per queue.
    std::vector<std::string> unreceived() const;
    /// Lines of debug_print, "sip0.cube0.pe3: ...".
    const std::vector<std::string>& printed() const { return printed_; }

private:
    class FunctionalProgram;
    struct Found {
        TrackedBytes* bytes;
        std::uint64_t offset;
    };
    /// The tensor that holds the whole range, or nothing.
    std::optional<Found> find(std::uint64_t address, std::uint64_t length) const;
    std::size_t index_of(PeCoord at) const;

    FunctionalRunnerConfig config_;
    std::map<std::uint64_t, std::unique_ptr<TrackedBytes>> memory_;  ///< by first address
    std::vector<std::unique_ptr<FunctionalQueues>> queues_;          ///< by program
    std::vector<std::string> printed_;
};

}  // namespace ahbm::tl
