// SPDX-License-Identifier: Apache-2.0
/// A rank's view of a process group: collectives that start now and end with CollectiveWork::wait().
///
/// The participants of a collective are the PEs that the group's algorithm takes part with; each one's shard of the
/// tensor on its rank's SIP is its contribution, n elements. P participants, numbered by rank, then cube, then PE:
///   all_reduce      every shard becomes the reduction of all P shards
///   reduce          the same, at the root rank; the others' shards are left as scratch
///   broadcast       every shard becomes the one of the root rank's participant of the same place
///   all_gather      output shard (P n elements): the shards of all participants, in order
///   reduce_scatter  input shard (P n elements); output shard p: the reduction of everyone's p-th part
///   all_to_all      input and output shards (P n elements): part q of p's input becomes part p of q's output
///   send, recv      every shard of the sender's tensor becomes the receiver's shard of the same place
/// all_reduce, reduce and broadcast work in place when they are given one tensor. The others do when input and output
/// are the same tensor, of the larger of both sizes: an all_gather then reads participant p's part p of it, a
/// reduce_scatter leaves p's result there and the other parts as they were. Calls of one group happen in the order each
/// rank makes them in. A call that other ranks have not joined yet holds up what its rank puts behind it on its SIP,
/// not the rank.
#pragma once

#include "sw_runtime/context/context.h"
#include "sw_runtime/process_group/group_state.h"

#include <cstdint>
#include <memory>

namespace ahbm::runtime {

/// A collective under way, as its rank sees it. A handle; copies mean the same call.
class CollectiveWork {
public:
    CollectiveWork() = default;
    bool is_completed() const { return work_ && work_->complete; }
    /// Waits for the rank's own part. Throws LaunchError, CollectiveMismatch, EpochError; may be asked again.
    LaunchResult wait() const;

private:
    friend class ProcessGroup;
    CollectiveWork(std::shared_ptr<GroupState> group, std::uint32_t rank, WorkRef work)
        : group_(std::move(group)), rank_(rank), work_(std::move(work)) {}
    std::shared_ptr<GroupState> group_;
    std::uint32_t rank_ = 0;
    WorkRef work_;
};

class ProcessGroup {
public:
    /// No group: what a rank gets that is not a member.
    ProcessGroup() = default;
    ProcessGroup(std::shared_ptr<GroupState> state, std::uint32_t rank) : state_(std::move(state)), rank_(rank) {}
    /// A handle whose last copy takes the rank's queue pairs out again, without waiting for that.
    static ProcessGroup owned(const std::shared_ptr<GroupState>& state, std::uint32_t rank);
    /// The same now, and waits until they are out. Other ranks may go on using what they have of the group, as long as
    /// nobody calls this one.
    void destroy();
    explicit operator bool() const { return state_ != nullptr; }

    /// Of the ranks, in the numbering of the group.
    std::uint32_t size() const { return state().size(); }
    const std::string& name() const { return state().name(); }

    /// How a tensor must lie for this operation: row r in the hands of the rank's participant r.
    struct Participation {
        std::uint32_t per_rank = 0;  ///< rows; in (cube, PE) order
        DPPolicy policy;
    };
    Participation participation(CollectiveOp op) const;

    // Throw std::invalid_argument for tensors that the algorithm does not take, before anything moves; EpochError,
    // CollectiveMismatch. Ranks are those of the world.
    CollectiveWork all_reduce(const Tensor& tensor, ReduceOp op = ReduceOp::sum) {
        return all_reduce(tensor, tensor, op);
    }
    CollectiveWork all_reduce(const Tensor& output, const Tensor& input, ReduceOp op = ReduceOp::sum);
    CollectiveWork all_gather(const Tensor& output, const Tensor& input);
    CollectiveWork reduce_scatter(const Tensor& output, const Tensor& input, ReduceOp op = ReduceOp::sum);
    CollectiveWork broadcast(const Tensor& tensor, std::uint32_t root) { return broadcast(tensor, tensor, root); }
    CollectiveWork broadcast(const Tensor& output, const Tensor& input, std::uint32_t root);
    CollectiveWork reduce(const Tensor& tensor, std::uint32_t root, ReduceOp op = ReduceOp::sum) {
        return reduce(tensor, tensor, root, op);
    }
    CollectiveWork reduce(const Tensor& output, const Tensor& input, std::uint32_t root, ReduceOp op = ReduceOp::sum);
    CollectiveWork all_to_all(const Tensor& output, const Tensor& input);
    CollectiveWork barrier();
    CollectiveWork send(const Tensor& tensor, std::uint32_t to);
    CollectiveWork recv(const Tensor& tensor, std::uint32_t from);

    /// Wires the PEs of the rank's SIP for what the group's options install and waits until all members have.
    void install() { state().install(rank_); }

private:
    GroupState& state() const;
    CollectiveWork start(CollectiveCall call, const Tensor& output, const Tensor& input);

    std::shared_ptr<GroupState> state_;
    std::uint32_t rank_ = 0;
    std::shared_ptr<void> membership_;  ///< of owned ones
};

}  // namespace ahbm::runtime
