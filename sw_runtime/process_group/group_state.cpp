// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/group_state.h"

#include "sw_runtime/launch/kernel_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::runtime {

std::uint16_t QueueGroups::take() {
    if (used_.size() > UINT16_MAX) throw ProcessGroupError(fmt::format("all {} queue groups are in use", used_.size()));
    while (used_.contains(next_)) ++next_;
    used_.insert(next_);
    return next_++;
}

GroupState::GroupState(std::shared_ptr<Devices> devices, std::shared_ptr<FlightRecorder> recorder, std::string name,
                       std::vector<Member> members, const ProcessGroupOptions& options,
                       std::shared_ptr<QueueGroups> queue_groups)
    : devices_(std::move(devices)),
      recorder_(std::move(recorder)),
      members_(std::move(members)),
      options_(options),
      queue_groups_(std::move(queue_groups)),
      meeting_(std::move(name), ranks(), devices_->port(), recorder_) {}

GroupState::~GroupState() {
    for (const auto& [name, wires] : installations_) queue_groups_->give_back(wires->queue_group());
}

std::vector<SipId> GroupState::sips() const {
    std::vector<SipId> all;
    for (const Member& each : members_) all.push_back(each.sip);
    return all;
}

std::vector<std::uint32_t> GroupState::ranks() const {
    std::vector<std::uint32_t> all;
    for (const Member& each : members_) all.push_back(each.rank);
    return all;
}

std::uint32_t GroupState::index_of(std::uint32_t rank) const {
    for (std::uint32_t i = 0; i < members_.size(); ++i)
        if (members_[i].rank == rank) return i;
    throw ProcessGroupError(fmt::format("rank {} is not a member of {}", rank, name()));
}

const GroupState::Member& GroupState::member(std::uint32_t rank) const { return members_[index_of(rank)]; }

Installation& GroupState::installation_of(const Wiring& wiring) {
    const auto known = installations_.find(wiring.name);
    if (known != installations_.end()) return *known->second;
    const std::uint16_t number = queue_groups_->take();
    try {
        return *installations_.emplace(wiring.name, std::make_shared<Installation>(devices_, wiring, number))
                    .first->second;
    } catch (...) {  // no memory for the rings
        queue_groups_->give_back(number);
        throw;
    }
}

const Recipe& GroupState::recipe_for(CollectiveOp op) {
    const auto known = recipes_.find(op);
    if (known != recipes_.end()) return known->second;
    return recipes_.emplace(op, make_recipe(op, options_, devices_->machine(), sips())).first->second;
}

void GroupState::install(std::uint32_t rank) {
    if (!options_.installs) return;
    Installation& wires = installation_of(recipe_for(*options_.installs).wiring);
    wires.install(member(rank).sip);
    devices_->waiting().until([&] { return wires.settled(); });
    if (wires.error()) std::rethrow_exception(wires.error());
}

WorkRef GroupState::start(std::uint32_t rank, const CollectiveCall& call, const std::vector<Tensor>& tensors) {
    devices_->waiting().check();
    check_member(rank);
    CollectiveCall in_group = call;
    if (call.has_root()) in_group.root = index_of(call.root);
    const Recipe& recipe = recipe_for(call.op);
    const KernelCall kernel = recipe.kernel_call(in_group, index_of(rank), tensors);
    return submit(rank, call, kernel, installation_of(recipe.wiring), meeting_);
}

WorkRef GroupState::transfer(std::uint32_t rank, const CollectiveCall& call, std::uint32_t to, const Tensor& tensor) {
    devices_->waiting().check();
    check_member(rank);
    const std::uint32_t from = call.root;
    if (from == to) throw ProcessGroupError(fmt::format("rank {} sends to itself", from));
    index_of(from), index_of(to);
    KernelCall kernel{rank == from ? "send_tensor" : "recv_tensor", member(rank).sip, {tensor}, {}, {}, 0};
    return submit(rank, call, kernel, wires_between(from, to), meeting_of({from, to}));
}

Meeting& GroupState::meeting_of(Pair pair) {
    const auto known = transfers_.find(pair);
    if (known != transfers_.end()) return known->second;
    const auto [from, to] = pair;
    Meeting& made = transfers_
                        .try_emplace(pair, fmt::format("{}, rank {} to rank {}", name(), from, to),
                                     std::vector<std::uint32_t>{from, to}, devices_->port(), recorder_)
                        .first->second;
    for (const std::uint32_t rank : ended_) made.end(rank);
    return made;
}

Installation& GroupState::wires_between(std::uint32_t rank, std::uint32_t other) {
    const auto [low, high] = std::minmax(rank, other);
    const Recipe& recipe = recipe_for(CollectiveOp::all_reduce);
    Wiring wiring = recipe.wiring;
    wiring.name = fmt::format("transfers between rank {} and rank {}", low, high);
    wiring.pairs.clear();
    const SipId low_sip = member(low).sip, high_sip = member(high).sip;
    for (const PeCoord at : recipe.participants(low_sip)) {
        const PeCoord there{high_sip, at.cube, at.pe};
        for (const auto& [ours, theirs] : {std::pair{"E", "W"}, {"W", "E"}}) {
            wiring.pairs[{at, ours}] = {there, theirs};
            wiring.pairs[{there, theirs}] = {at, ours};
        }
    }
    return installation_of(wiring);
}

WorkRef GroupState::submit(std::uint32_t rank, const CollectiveCall& call, const KernelCall& kernel,
                           Installation& wires, Meeting& meeting) {
    KernelCall with_queues = kernel;
    with_queues.queue_group = wires.queue_group();
    const WorkRef work = kernel_work(with_queues, devices_->machine());
    work->held = true;
    work->done = [self = shared_from_this()](const Work&) {};  // it must not go before its calls
    work->what = fmt::format("{} in {} on rank {}", to_string(call), meeting.name(), rank);
    Stream& stream = stream_of(rank);
    wires.install(member(rank).sip);
    stream.enqueue(work);
    meeting.arrive({rank, call, &stream, work}, [&wires](const std::vector<PendingCall>& calls) {
        wires.when_settled([&wires, calls] {
            for (const PendingCall& each : calls) {
                if (wires.error())
                    each.stream->fail(each.work, wires.error());
                else
                    each.stream->release(each.work);
            }
        });
    });
    return work;
}

void GroupState::check_member(std::uint32_t rank) const {
    if (left_.contains(rank)) throw ProcessGroupError(fmt::format("rank {} has destroyed {}", rank, name()));
}

void GroupState::leave(std::uint32_t rank, Leave how) {
    const auto member = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.rank == rank; });
    if (member == members_.end() || !devices_->open()) return;
    left_.insert(rank);
    Stream& stream = devices_->stream(member->sip);
    for (const auto& [name, wires] : installations_)
        if (const WorkRef work = wires->remove(member->sip); work && how == Leave::wait) stream.wait(work);
}

void GroupState::end(std::uint32_t rank) {
    ended_.push_back(rank);
    meeting_.end(rank);
    for (auto& [pair, meeting] : transfers_) meeting.end(rank);
}

}  // namespace ahbm::runtime
