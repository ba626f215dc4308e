// SPDX-License-Identifier: Apache-2.0
/// What the ranks of one spawn() share: their devices, the meeting point for calls that all of them make, their process
/// groups, and what went wrong.
#pragma once

#include "sw_runtime/context/context.h"
#include "sw_runtime/process_group/group_state.h"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::runtime {

class World {
public:
    /// Throws std::invalid_argument: no ranks, or more than SIPs.
    World(const Context& context, std::uint32_t ranks);
    ~World();
    World(const World&) = delete;

    std::uint32_t size() const { return size_; }
    Devices& devices() { return *devices_; }
    const FlightRecorder& recorder() const { return *recorder_; }
    /// A copy for one rank.
    Context context_of(std::uint32_t rank) const;

    /// Returns when all ranks have come with the same request; the last of them carries it out before anybody goes on.
    /// Throws CollectiveMismatch (at the last rank) and EpochError.
    void agree(std::uint32_t rank, const std::string& request, const std::function<void()>& carry_out);

    /// Where each rank's tensors are: its device when the process group was made. Collected by agree().
    void place(std::uint32_t rank, SipId sip) { places_[rank] = sip; }
    void init(const ProcessGroupOptions& options);
    /// newest_group() afterwards. Throws ProcessGroupError.
    void make_group(const std::vector<std::uint32_t>& ranks);
    /// Null before init.
    const std::shared_ptr<GroupState>& world_group() const { return world_group_; }
    const std::shared_ptr<GroupState>& newest_group() const { return newest_group_; }
    /// Takes the queue pairs of all groups out of this rank's SIP, behind its launches, and waits.
    void remove_queues(std::uint32_t rank);
    /// When all queue pairs are removed: their memory goes back.
    void forget_groups();

    /// The rank's program has returned. Throws EpochError when somebody waits for it.
    void end(std::uint32_t rank);
    /// The rank's program has thrown: its siblings are unwound.
    void failed(std::uint32_t rank, std::exception_ptr cause);
    /// When all ranks have ended: nothing of them is left in the streams, their groups are gone.
    void clean_up();
    const std::vector<std::pair<std::uint32_t, std::exception_ptr>>& causes() const { return causes_; }

private:
    void clear_streams();
    void for_each_group(const std::function<void(GroupState&)>& visit);

    std::shared_ptr<Devices> devices_;
    Context context_;
    std::uint32_t size_;
    std::shared_ptr<FlightRecorder> recorder_;

    EpochBarrier barrier_;  ///< of agree()
    std::map<std::uint32_t, std::string> requests_;

    ProcessGroupOptions options_;
    std::map<std::uint32_t, SipId> places_;
    std::shared_ptr<GroupState> world_group_;
    std::shared_ptr<GroupState> newest_group_;
    std::vector<std::weak_ptr<GroupState>> groups_;  ///< those that somebody holds
    std::uint64_t groups_made_ = 0;
    std::shared_ptr<QueueGroups> queue_groups_ = std::make_shared<QueueGroups>();
    std::vector<std::pair<std::uint32_t, std::exception_ptr>> causes_;  ///< in order of time
};

}  // namespace ahbm::runtime
