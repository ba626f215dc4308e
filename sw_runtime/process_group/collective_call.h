// SPDX-License-Identifier: Apache-2.0
/// What a rank asks of its process group, as far as all ranks must ask the same.
#pragma once

#include "numerics/dtype.h"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace ahbm::runtime {

enum class CollectiveOp : std::uint8_t {
    all_reduce,
    all_gather,
    reduce_scatter,
    broadcast,
    reduce,
    all_to_all,
    barrier,
    send_recv,
};
/// The values are those of the kernels' scalar argument.
enum class ReduceOp : std::uint8_t { sum, max, min, avg };

std::string_view to_string(CollectiveOp op);
std::string_view to_string(ReduceOp op);

struct CollectiveCall {
    CollectiveOp op = CollectiveOp::barrier;
    Dtype dtype = Dtype::f32;
    std::uint64_t count = 0;  ///< elements of the tensor (of all_gather: of the input)
    ReduceOp redop = ReduceOp::sum;
    std::uint32_t root = 0;  ///< rank that broadcasts, reduces, or sends

    bool reduces() const {
        return op == CollectiveOp::all_reduce || op == CollectiveOp::reduce_scatter || op == CollectiveOp::reduce;
    }
    bool has_root() const {
        return op == CollectiveOp::broadcast || op == CollectiveOp::reduce || op == CollectiveOp::send_recv;
    }
    bool operator==(const CollectiveCall&) const = default;
};
/// "all_reduce(sum) of 64 f16", "broadcast of 64 f16 from rank 1", "barrier".
std::string to_string(const CollectiveCall& call);

/// The programs of the ranks do not do what a process group needs.
class ProcessGroupError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Ranks of one group met with different calls. what() has a line per rank.
class CollectiveMismatch : public ProcessGroupError {
public:
    using ProcessGroupError::ProcessGroupError;
};

/// Throws CollectiveMismatch unless all calls are the same; `where` is "group 0, call 3".
void check_agreement(std::string_view where, std::span<const std::pair<std::uint32_t, CollectiveCall>> by_rank);

}  // namespace ahbm::runtime
