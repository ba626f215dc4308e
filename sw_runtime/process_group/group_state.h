// SPDX-License-Identifier: Apache-2.0
/// What the members of one process group share: who they are, which queue pairs are installed for which operation, and
/// where their calls meet.
#pragma once

#include "sw_runtime/process_group/installation.h"
#include "sw_runtime/process_group/meeting.h"
#include "sw_runtime/process_group/recipe.h"
#include "sw_runtime/tensor/tensor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::runtime {

/// The numbers of queue groups in use. A number comes back only after all others: what is late for its last owner never
/// meets the next.
class QueueGroups {
public:
    /// Throws ProcessGroupError when all are in use.
    std::uint16_t take();
    void give_back(std::uint16_t number) { used_.erase(number); }

private:
    std::set<std::uint16_t> used_;
    std::uint16_t next_ = 0;
};

class GroupState : public std::enable_shared_from_this<GroupState> {
public:
    struct Member {
        std::uint32_t rank = 0;  ///< of the world
        SipId sip;
    };
    /// `queue_groups` are those of the world.
    GroupState(std::shared_ptr<Devices> devices, std::shared_ptr<FlightRecorder> recorder, std::string name,
               std::vector<Member> members, const ProcessGroupOptions& options,
               std::shared_ptr<QueueGroups> queue_groups);

    ~GroupState();
    GroupState(const GroupState&) = delete;

    const std::string& name() const { return meeting_.name(); }
    std::uint32_t size() const { return static_cast<std::uint32_t>(members_.size()); }
    Stream& stream_of(std::uint32_t rank) { return devices_->stream(member(rank).sip); }

    /// Wires the member's SIP for what the options install and waits until all members have. Throws DeviceError.
    void install(std::uint32_t rank);
    /// Puts the member's part of a collective into its stream. Throws what ProcessGroup's functions throw.
    WorkRef start(std::uint32_t rank, const CollectiveCall& call, const std::vector<Tensor>& tensors);
    /// One end of a transfer from rank call.root to rank `to`.
    WorkRef transfer(std::uint32_t rank, const CollectiveCall& call, std::uint32_t to, const Tensor& tensor);

    /// Made with the first call that needs it. Throws std::invalid_argument when no algorithm can do it.
    const Recipe& recipe_for(CollectiveOp op);
    /// The member leaves: its queue pairs are taken out of its SIP, behind its launches. With `wait` returns when they
    /// are. Calls of a member that has left throw ProcessGroupError.
    enum class Leave : std::uint8_t { wait, go_on };
    void leave(std::uint32_t rank, Leave how);
    /// The member's program has ended. Throws EpochError when somebody waits for it.
    void end(std::uint32_t rank);

private:
    using Pair = std::pair<std::uint32_t, std::uint32_t>;
    const Member& member(std::uint32_t rank) const;
    void check_member(std::uint32_t rank) const;
    /// The member's place in the group.
    std::uint32_t index_of(std::uint32_t rank) const;
    std::vector<SipId> sips() const;
    std::vector<std::uint32_t> ranks() const;
    Installation& installation_of(const Wiring& wiring);
    Meeting& meeting_of(Pair pair);
    Installation& wires_between(std::uint32_t rank, std::uint32_t other);
    WorkRef submit(std::uint32_t rank, const CollectiveCall& call, const KernelCall& kernel, Installation& wires,
                   Meeting& meeting);

    std::shared_ptr<Devices> devices_;
    std::shared_ptr<FlightRecorder> recorder_;
    std::vector<Member> members_;
    ProcessGroupOptions options_;
    std::shared_ptr<QueueGroups> queue_groups_;
    std::set<std::uint32_t> left_;
    Meeting meeting_;
    std::map<Pair, Meeting> transfers_;  ///< by sender and receiver
    std::vector<std::uint32_t> ended_;
    std::map<CollectiveOp, Recipe> recipes_;
    std::map<std::string, std::shared_ptr<Installation>> installations_;  ///< by wiring
};

}  // namespace ahbm::runtime
