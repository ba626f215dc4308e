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

/// One queue pair of this PE as its kernels see it.
struct QueueInfo {
    std::string direction;    ///< "E", "parent", "intra_N" ...
    std::uint32_t index = 0;  ///< Command::queues names it by this bit
    std::uint32_t n_slots = 0;
    std::uint64_t slot_bytes = 0;
    bool in_tcm = true;       ///< a tile can be used where it lies; otherwise recv copies it into TCM
    sim::Time poll_interval;  ///< a waiting PE_CPU looks again so often; 0: it is woken
    bool credit_on_recv =
        false;  ///< the slot may be refilled as soon as it is received: recv copies unless told not to
};

/// A tile as it arrived.
struct Received {
    std::uint32_t queue = 0;
    std::uint64_t sequence = 0;  ///< counts the tiles of the queue from 0
    std::uint64_t address = 0;   ///< in TCM: of the slot, or of the command's output
    View view;                   ///< as sent
};
/// A receive under way.
using ReceiveId = std::uint64_t;

/// Arguments of a launch, as decoded from the launch descriptor.
struct KernelArgs {
    std::vector<TensorArg> tensors;
    std::vector<double> scalars;
    std::uint32_t queue_group = 0;  ///< the process group whose queues the kernel uses

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

    /// Hands a command over; returns when the PE has taken it: a send, when its queue has a slot free at the peer.
    /// Throws KernelError when an earlier one failed.
    virtual void issue(Command command) = 0;
    /// Waits until every command issued so far is complete.
    virtual void drain() = 0;

    /// The queues of the launch's process group, in the order they were installed.
    virtual const std::vector<QueueInfo>& queues() const = 0;
    /// Hands an ipcq_recv command over; any number may be under way.
    virtual ReceiveId receive(Command command) = 0;
    /// Waits until the tile is there, and copied if the command says so.
    virtual Received received(ReceiveId id) = 0;
    /// Bytes of a TCM region after every earlier command that writes it: control flow on data.
    virtual std::vector<std::byte> read_back(const Region& region) = 0;

    virtual void print(const std::string& text) = 0;
    /// The kernel says what it does from now on; for whoever looks on, takes no time.
    virtual void phase(const std::string&) {}
    virtual sim::Time now() const = 0;
};

}  // namespace ahbm::tl
