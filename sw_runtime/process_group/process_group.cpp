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

ProcessGroup ProcessGroup::owned(const std::shared_ptr<GroupState>& state, std::uint32_t rank) {
    ProcessGroup group(state, rank);
    group.membership_ =
        std::shared_ptr<void>(nullptr, [state, rank](void*) { state->leave(rank, GroupState::Leave::go_on); });
    return group;
}

void ProcessGroup::destroy() {
    state().leave(rank_, GroupState::Leave::wait);
    *this = {};
}

ProcessGroup::Participation ProcessGroup::participation(CollectiveOp op) const {
    const Recipe& recipe = state().recipe_for(op);
    return {recipe.participants_per_sip(), recipe.row_per_participant()};
}

CollectiveWork ProcessGroup::start(CollectiveCall call, const Tensor& output, const Tensor& input) {
    call.dtype = input.dtype();
    call.count = input.shape().elements();
    const bool in_place = input.sip() == output.sip() && input.virtual_range().base == output.virtual_range().base;
    if (in_place && call.op == CollectiveOp::all_gather)
        call.count /= std::uint64_t{size()} * state().recipe_for(call.op).participants_per_sip();
    return {state_, rank_, state().start(rank_, call, in_place ? std::vector{input} : std::vector{input, output})};
}

CollectiveWork ProcessGroup::all_reduce(const Tensor& output, const Tensor& input, ReduceOp op) {
    return start({.op = CollectiveOp::all_reduce, .redop = op}, output, input);
}

CollectiveWork ProcessGroup::all_gather(const Tensor& output, const Tensor& input) {
    return start({.op = CollectiveOp::all_gather}, output, input);
}

CollectiveWork ProcessGroup::reduce_scatter(const Tensor& output, const Tensor& input, ReduceOp op) {
    return start({.op = CollectiveOp::reduce_scatter, .redop = op}, output, input);
}

CollectiveWork ProcessGroup::broadcast(const Tensor& output, const Tensor& input, std::uint32_t root) {
    return start({.op = CollectiveOp::broadcast, .root = root}, output, input);
}

CollectiveWork ProcessGroup::reduce(const Tensor& output, const Tensor& input, std::uint32_t root, ReduceOp op) {
    return start({.op = CollectiveOp::reduce, .redop = op, .root = root}, output, input);
}

CollectiveWork ProcessGroup::all_to_all(const Tensor& output, const Tensor& input) {
    return start({.op = CollectiveOp::all_to_all}, output, input);
}

CollectiveWork ProcessGroup::barrier() { return {state_, rank_, state().start(rank_, {}, {})}; }

CollectiveWork ProcessGroup::send(const Tensor& tensor, std::uint32_t to) {
    const CollectiveCall call{CollectiveOp::send_recv, tensor.dtype(), tensor.shape().elements(), {}, rank_};
    return {state_, rank_, state().transfer(rank_, call, to, tensor)};
}

CollectiveWork ProcessGroup::recv(const Tensor& tensor, std::uint32_t from) {
    const CollectiveCall call{CollectiveOp::send_recv, tensor.dtype(), tensor.shape().elements(), {}, from};
    return {state_, rank_, state().transfer(rank_, call, rank_, tensor)};
}

}  // namespace ahbm::runtime
