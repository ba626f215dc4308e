// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/ranks/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace ahbm::runtime {
namespace {

std::vector<std::uint32_t> ranks_up_to(std::uint32_t count) {
    std::vector<std::uint32_t> ranks(count);
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

void check_same(const std::map<std::uint32_t, std::string>& requests) {
    std::string text;
    bool same = true;
    for (const auto& [rank, request] : requests) {
        same &= request == requests.begin()->second;
        text += fmt::format("\n  rank {}: {}", rank, request);
    }
    if (!same) throw CollectiveMismatch("the ranks do not call the same" + text);
}

}  // namespace

World::World(const Context& context, std::uint32_t ranks)
    : devices_(context.devices_),
      context_(context),
      size_(ranks),
      recorder_(std::make_shared<FlightRecorder>(ranks)),
      barrier_("all ranks", ranks_up_to(ranks)) {
    const std::uint32_t sips = devices_->machine().memory.sips;
    if (ranks == 0 || ranks > sips)
        throw std::invalid_argument(
            fmt::format("spawn of {} ranks: the machine has {} SIPs, and each rank needs one", ranks, sips));
    devices_->port().set_explainer([recorder = recorder_] { return recorder->unfinished(); });
}

World::~World() { devices_->port().set_explainer(nullptr); }

Context World::context_of(std::uint32_t rank) const {
    Context context = context_;
    if (size_ == 1) return context;
    context.device_ = SipId{};
    context.unset_warning_ = fmt::format("rank {} of {} works on sip0: it has not called set_device", rank, size_);
    return context;
}

void World::agree(std::uint32_t rank, const std::string& request, const std::function<void()>& carry_out) {
    devices_->waiting().check();
    const EpochBarrier::Joined joined = barrier_.join(rank);
    requests_[rank] = request;
    if (!joined.complete) return devices_->waiting().until([&] { return barrier_.open_epoch() > joined.epoch; });
    devices_->waiting().changed();
    check_same(std::exchange(requests_, {}));
    carry_out();
}

void World::init(const ProcessGroupOptions& options) {
    std::map<SipId, std::uint32_t> users;
    for (const auto& [rank, sip] : places_)
        if (const auto [user, first] = users.emplace(sip, rank); !first)
            throw ProcessGroupError(
                fmt::format("rank {} and rank {} are both on sip{}: each rank calls set_device "
                            "with a SIP of its own before init_process_group",
                            user->second, rank, sip.value));
    options_ = options;
    groups_made_ = 0;
    make_group(ranks_up_to(size_));
    world_group_ = newest_group_;
}

void World::make_group(const std::vector<std::uint32_t>& ranks) {
    if (ranks.empty()) throw ProcessGroupError("new_group: no ranks");
    std::vector<GroupState::Member> members;
    for (const std::uint32_t rank : ranks) {
        if (rank >= size_) throw ProcessGroupError(fmt::format("new_group: there is no rank {} among {}", rank, size_));
        for (const GroupState::Member& other : members)
            if (other.rank == rank) throw ProcessGroupError(fmt::format("new_group: rank {} is named twice", rank));
        members.push_back({rank, places_.at(rank)});
    }
    std::erase_if(groups_, [](const std::weak_ptr<GroupState>& group) { return group.expired(); });
    newest_group_ = std::make_shared<GroupState>(devices_, recorder_, fmt::format("group {}", groups_made_++),
                                                 std::move(members), options_, queue_groups_);
    groups_.push_back(newest_group_);
}

void World::for_each_group(const std::function<void(GroupState&)>& visit) {
    for (const std::weak_ptr<GroupState>& each : groups_)
        if (const std::shared_ptr<GroupState> group = each.lock()) visit(*group);
}

void World::remove_queues(std::uint32_t rank) {
    for_each_group([&](GroupState& group) { group.leave(rank, GroupState::Leave::wait); });
}

void World::forget_groups() {
    groups_.clear();
    world_group_.reset();
    newest_group_.reset();
}

void World::end(std::uint32_t rank) {
    barrier_.end(rank);
    for_each_group([&](GroupState& group) { group.end(rank); });
}

void World::failed(std::uint32_t rank, std::exception_ptr cause) {
    causes_.emplace_back(rank, std::move(cause));
    devices_->waiting().unwind();
}

void World::clean_up() {
    devices_->waiting().resume();
    if (!causes_.empty()) clear_streams();
    for (std::uint32_t rank = 0; rank < size_; ++rank) remove_queues(rank);
    forget_groups();
}

void World::clear_streams() {
    std::vector<Stream*> streams;
    for (std::uint32_t sip = 0; sip < devices_->machine().memory.sips; ++sip)
        streams.push_back(&devices_->stream(SipId{sip}));
    for (Stream* stream : streams) stream->drop("a rank has failed");
    // What runs may depend on the rank that failed and would never end.
    for (std::uint32_t sip = 0; sip < streams.size(); ++sip)
        if (streams[sip]->launch_under_way()) devices_->port().abort_launches(SipId{sip});
    for (Stream* stream : streams) stream->drain();
}

}  // namespace ahbm::runtime
