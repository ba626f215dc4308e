// SPDX-License-Identifier: Apache-2.0
/// Runs a kernel for a grid of programs without SystemC: every command at once, program after program (cube-major).
/// Arithmetic is the platform's own (`evaluate`), so results are bit-identical to a simulated launch.
/// Not modelled: time, other SIPs, address translation, TCM contents across launches. Memory is what was placed or
/// reserved; a program's TCM starts unwritten, and a TCM range that was freed and given out again counts as written.
#pragma once

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

/// Bytes that know which of them have been written.
class TrackedBytes {
public:
    explicit TrackedBytes(std::uint64_t size) : bytes_(size), written_(size) {}
    std::uint64_t size() const { return bytes_.size(); }
    void write(std::uint64_t offset, std::span<const std::byte> bytes);
    /// Appends; returns the offset of the first byte nobody has written, if any.
    std::optional<std::uint64_t> read(std::uint64_t offset, std::uint64_t length, std::vector<std::byte>& into) const;
    /// Forgets everything.
    void clear();

private:
    std::vector<std::byte> bytes_;
    std::vector<std::uint8_t> written_;
    std::uint64_t used_ = 0;  ///< no byte from here on was written
};

struct FunctionalRunnerConfig {
    std::uint32_t num_cubes = 1;
    std::uint32_t num_pes_per_cube = 1;
    std::uint64_t tcm_bytes = std::uint64_t{1} << 20;  ///< what kernels may allocate from
    Backend::GemmTile gemm_tile{};
};

class FunctionalRunner {
public:
    explicit FunctionalRunner(const FunctionalRunnerConfig& config) : config_(config) {}

    /// Makes [address, address + view.bytes()) valid and gives it contents, or none yet. Throws std::invalid_argument
    /// when it overlaps an earlier one or when the bytes are not as many as the view has.
    void place(std::uint64_t address, const View& view, std::span<const std::byte> bytes);
    void reserve(std::uint64_t address, const View& view);

    /// `args` holds one entry per program, cube-major. Throws KernelError: kernel, PE, operand, reason.
    void run(const KernelInfo& kernel, std::span<const KernelArgs> args);

    /// Throws std::out_of_range outside placed tensors and std::runtime_error when a byte was never written.
    std::vector<std::byte> read(std::uint64_t address, std::uint64_t length) const;

    /// Lines of debug_print, "sip0.cube0.pe3: ...".
    const std::vector<std::string>& printed() const { return printed_; }

private:
    class ProgramBackend;
    struct Found {
        TrackedBytes* bytes;
        std::uint64_t offset;
    };
    /// The tensor that holds the whole range, or nothing.
    std::optional<Found> find(std::uint64_t address, std::uint64_t length) const;

    FunctionalRunnerConfig config_;
    std::map<std::uint64_t, std::unique_ptr<TrackedBytes>> memory_;  ///< by first address
    std::vector<std::string> printed_;
};

}  // namespace ahbm::tl
