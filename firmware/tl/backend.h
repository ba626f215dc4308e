// SPDX-License-Identifier: Apache-2.0
/// What the kernel language needs from whoever runs a kernel: the PE of the platform, or the functional runner.
#pragma once

#include "firmware/tl/command.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::tl {

/// A kernel's mistake (shape mismatch, TCM exhausted, out-of-bounds access, uninitialised read, unmapped address).
/// Stops the launch: the PE answers with an error completion that carries what().
class KernelError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One tensor argument as this PE sees it: the whole tensor, and the part of it that is this PE's shard.
struct TensorArg {
    std::uint64_t base = 0;  ///< virtual address of this PE's shard (contiguous, dense or blocked as `layout` says)
    Dtype dtype = Dtype::f16;
    Layout layout;                ///< of the shard
    Shape shape;                  ///< of the shard (2-D; a vector is (1, n))
    Shape global_shape;           ///< of the whole tensor
    std::uint32_t first_row = 0;  ///< origin of the shard in the whole tensor
    std::uint32_t first_col = 0;
    std::uint64_t tensor_base = 0;   ///< virtual address of the whole tensor's first byte
    std::uint64_t tensor_bytes = 0;  ///< length of the whole tensor's virtual range
};

/// Arguments of a launch, as decoded from the launch descriptor.
struct KernelArgs {
    std::vector<TensorArg> tensors;
    std::vector<double> scalars;

    /// Throws KernelError naming the argument when the launch gave fewer tensors.
    const TensorArg& tensor(std::size_t index, std::string_view name) const;
    double scalar(std::size_t index, double otherwise) const {
        return index < scalars.size() ? scalars[index] : otherwise;
    }
};

class Backend {
public:
    virtual ~Backend() = default;

    virtual PeCoord self() const = 0;
    /// axis 0: PE in cube, 1: cube in SIP.
    virtual std::uint32_t program_id(unsigned axis) const = 0;
    virtual std::uint32_t num_programs(unsigned axis) const = 0;

    /// Byte range of TCM a kernel may allocate from.
    virtual std::uint64_t tcm_begin() const = 0;
    virtual std::uint64_t tcm_end() const = 0;

    /// Tile extents of the matrix engine (M, K, N).
    struct GemmTile {
        std::uint32_t m = 32, k = 64, n = 32;
    };
    virtual GemmTile gemm_tile() const = 0;

    /// Hands a command over; returns when the PE has taken it. Throws KernelError when an earlier one failed.
    virtual void issue(Command command) = 0;
    /// Waits until every command issued so far is complete.
    virtual void drain() = 0;
    /// Bytes of a TCM region after every earlier command that writes it: control flow on data.
    virtual std::vector<std::byte> read_back(const Region& region) = 0;

    virtual void print(const std::string& text) = 0;
    virtual sim::Time now() const = 0;
};

}  // namespace ahbm::tl
