// SPDX-License-Identifier: Apache-2.0
/// Host programs of several ranks, one thread of simulation each, one SIP each.
///
///     spawn(context, [](Rank& rank) {
///         rank.set_device(rank.rank());
///         rank.init_process_group("ahbm");
///         Tensor x = rank.context().full({1, 1024}, rank.rank() + 1, Dtype::f16, one_shard);
///         rank.all_reduce(x);
///     }, 4);
#pragma once

#include "sw_runtime/process_group/process_group.h"
#include "sw_runtime/ranks/world.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahbm::runtime {

/// What a rank's program sees. Lives as long as the program.
class Rank {
public:
    Rank(World& world, std::uint32_t rank) : world_(world), rank_(rank), context_(world.context_of(rank)) {}
    Rank(const Rank&) = delete;

    std::uint32_t rank() const { return rank_; }
    std::uint32_t world_size() const { return world_.size(); }
    /// The rank's own: its current device is nobody else's business.
    Context& context() { return context_; }
    /// The SIP that tensors are made on and kernels run on from now on. Unset: SIP 0, with a warning unless the rank is
    /// alone.
    void set_device(std::uint32_t sip) { context_.set_device(SipId{sip}); }

    // Every rank of the world calls these, in the same order; they take simulated time. Throw ProcessGroupError.
    /// Wires the PEs of all ranks for the options' algorithm. `backend` is "ahbm".
    void init_process_group(const std::string& backend, const ProcessGroupOptions& options = {});
    /// Removes all groups' queue pairs and gives their memory back.
    void destroy_process_group();
    /// A group of some ranks with queue pairs of its own; not valid (false) at ranks that are not in it. They are taken
    /// out again with the last copy of the handle, or with destroy_process_group(group), which waits for that.
    ProcessGroup new_group(const std::vector<std::uint32_t>& ranks);
    void destroy_process_group(ProcessGroup& group) { group.destroy(); }

    /// The group of all ranks. Throws ProcessGroupError before init.
    ProcessGroup group();
    bool is_initialized() const { return world_.world_group() != nullptr; }

    /// Returns when the programs of all ranks have come here. No device takes part, and no simulated time passes beyond
    /// that of the last one: barrier() is the collective.
    void meet();

    // Collectives of the group of all ranks: return when the rank's own part is complete. ProcessGroup has the same
    // ones without waiting, and says what the tensors hold.
    LaunchResult all_reduce(const Tensor& tensor, ReduceOp op = ReduceOp::sum) {
        return group().all_reduce(tensor, op).wait();
    }
    LaunchResult all_reduce(const Tensor& output, const Tensor& input, ReduceOp op = ReduceOp::sum) {
        return group().all_reduce(output, input, op).wait();
    }
    LaunchResult all_gather(const Tensor& output, const Tensor& input) {
        return group().all_gather(output, input).wait();
    }
    LaunchResult reduce_scatter(const Tensor& output, const Tensor& input, ReduceOp op = ReduceOp::sum) {
        return group().reduce_scatter(output, input, op).wait();
    }
    LaunchResult broadcast(const Tensor& tensor, std::uint32_t root) { return group().broadcast(tensor, root).wait(); }
    LaunchResult broadcast(const Tensor& output, const Tensor& input, std::uint32_t root) {
        return group().broadcast(output, input, root).wait();
    }
    LaunchResult reduce(const Tensor& tensor, std::uint32_t root, ReduceOp op = ReduceOp::sum) {
        return group().reduce(tensor, root, op).wait();
    }
    LaunchResult reduce(const Tensor& output, const Tensor& input, std::uint32_t root, ReduceOp op = ReduceOp::sum) {
        return group().reduce(output, input, root, op).wait();
    }
    LaunchResult all_to_all(const Tensor& output, const Tensor& input) {
        return group().all_to_all(output, input).wait();
    }
    LaunchResult barrier() { return group().barrier().wait(); }
    LaunchResult send(const Tensor& tensor, std::uint32_t to) { return group().send(tensor, to).wait(); }
    LaunchResult recv(const Tensor& tensor, std::uint32_t from) { return group().recv(tensor, from).wait(); }

    /// The last calls of every rank.
    const FlightRecorder& flight_recorder() const { return world_.recorder(); }

private:
    World& world_;
    std::uint32_t rank_;
    Context context_;
};

/// Some ranks failed. what() has a sentence per rank, in order of simulated time; ranks that were unwound because of
/// them are not there.
class SpawnError : public std::runtime_error {
public:
    /// By rank, in the same order: the first one leads.
    using Causes = std::vector<std::pair<std::uint32_t, std::exception_ptr>>;
    explicit SpawnError(Causes causes);
    const Causes& causes() const { return causes_; }

private:
    Causes causes_;
};

/// Runs `program` once per rank, side by side, started in order, and returns when all have ended. To be called on a
/// thread of simulation. When a rank throws, the others are unwound at their next wait, work that has not started is
/// dropped, and all process groups are removed: the devices are usable afterwards. Throws SpawnError;
/// std::invalid_argument for no ranks or more ranks than SIPs.
void spawn(Context& context, const std::function<void(Rank&)>& program, std::uint32_t nprocs);

}  // namespace ahbm::runtime
