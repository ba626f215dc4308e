// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/process_group.h"

namespace ahbm::runtime {

LaunchResult CollectiveWork::wait() const {
    if (!work_) throw ProcessGroupError("waiting for a collective that was never started");
    group_->stream_of(rank_).wait(work_);
    return result_of(*work_);
}

GroupState& ProcessGroup::state() const {
    if (!state_) throw ProcessGroupError("this rank is not a member of the group");
    return *state_;
}

ProcessGroup::Participation ProcessGroup::participation(CollectiveOp op) const {
    const Recipe& recipe = state().recipe_for(op);
    return {recipe.participants_per_sip(), recipe.row_per_participant()};
}

CollectiveWork ProcessGroup::start(const CollectiveCall& call, const std::vector<Tensor>& tensors) {
    return {state_, rank_, state().start(rank_, call, tensors)};
}

CollectiveWork ProcessGroup::all_reduce(const Tensor& tensor, ReduceOp op) {
    return start({CollectiveOp::all_reduce, tensor.dtype(), tensor.shape().elements(), op}, {tensor});
}

CollectiveWork ProcessGroup::all_gather(const Tensor& output, const Tensor& input) {
    return start({CollectiveOp::all_gather, input.dtype(), input.shape().elements()}, {input, output});
}

CollectiveWork ProcessGroup::reduce_scatter(const Tensor& output, const Tensor& input, ReduceOp op) {
    return start({CollectiveOp::reduce_scatter, input.dtype(), input.shape().elements(), op}, {input, output});
}

CollectiveWork ProcessGroup::broadcast(const Tensor& tensor, std::uint32_t root) {
    return start({CollectiveOp::broadcast, tensor.dtype(), tensor.shape().elements(), {}, root}, {tensor});
}

CollectiveWork ProcessGroup::reduce(const Tensor& tensor, std::uint32_t root, ReduceOp op) {
    return start({CollectiveOp::reduce, tensor.dtype(), tensor.shape().elements(), op, root}, {tensor});
}

CollectiveWork ProcessGroup::all_to_all(const Tensor& output, const Tensor& input) {
    return start({CollectiveOp::all_to_all, input.dtype(), input.shape().elements()}, {input, output});
}

CollectiveWork ProcessGroup::barrier() { return start({}, {}); }

CollectiveWork ProcessGroup::send(const Tensor& tensor, std::uint32_t to) {
    const CollectiveCall call{CollectiveOp::send_recv, tensor.dtype(), tensor.shape().elements(), {}, rank_};
    return {state_, rank_, state().transfer(rank_, call, to, tensor)};
}

CollectiveWork ProcessGroup::recv(const Tensor& tensor, std::uint32_t from) {
    const CollectiveCall call{CollectiveOp::send_recv, tensor.dtype(), tensor.shape().elements(), {}, from};
    return {state_, rank_, state().transfer(rank_, call, rank_, tensor)};
}

}  // namespace ahbm::runtime
