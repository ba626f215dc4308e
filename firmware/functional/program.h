// SPDX-License-Identifier: Apache-2.0
/// One program of the functional runner: a fiber that executes each command as it is issued, and gives way when it has
/// to wait for a queue.
#pragma once

#include "firmware/functional/runner.h"

#include <boost/context/fiber.hpp>

#include <exception>
#include <functional>

namespace ahbm::tl {

class FunctionalRunner::FunctionalProgram final : public Backend {
public:
    FunctionalProgram(FunctionalRunner& runner, FunctionalQueues& queues)
        : runner_(runner), queues_(queues), tcm_(runner.config_.tcm_bytes) {}

    void start(const KernelInfo& kernel, const KernelArgs& args);
    /// Whether it would get any further.
    bool ready() const { return !done_ && (!ready_ || ready_()); }
    /// Until it waits or ends. Throws what the kernel threw.
    void resume();
    bool done() const { return done_; }
    /// "sip0.cube0.pe3 waits to ..."
    std::string waits() const { return name() + " " + why_(); }
    std::string name() const { return to_string(queues_.self()); }

    PeCoord self() const override { return queues_.self(); }
    std::uint32_t program_id(unsigned axis) const override;
    std::uint32_t num_programs(unsigned axis) const override;
    std::uint64_t tcm_begin() const override { return 0; }
    std::uint64_t tcm_end() const override { return tcm_.size(); }
    GemmTile gemm_tile() const override { return runner_.config_.gemm_tile; }
    void issue(Command command) override;
    void drain() override {}
    const std::vector<QueueInfo>& queues() const override { return queues_.infos(); }
    ReceiveId receive(Command command) override;
    Received received(ReceiveId id) override;
    std::vector<std::byte> read_back(const Region& region) override { return gather("read_back", region); }
    void print(const std::string& text) override { runner_.printed_.push_back(name() + ": " + text); }
    sim::Time now() const override { return {}; }

private:
    void execute(const Command& command);
    void send(const Command& command);
    /// Gives way until `ready`; `why` tells what for.
    void wait_until(std::function<bool()> ready, std::function<std::string()> why);
    Found locate(std::string_view who, const Region& region);
    std::vector<std::byte> gather(std::string_view who, const Region& region);
    void scatter(std::string_view who, const Region& region, std::span<const std::byte> bytes);

    FunctionalRunner& runner_;
    FunctionalQueues& queues_;
    TrackedBytes tcm_;
    std::map<ReceiveId, Region> targets_;  ///< of receives that copy
    boost::context::fiber fiber_, caller_;
    std::function<bool()> ready_;
    std::function<std::string()> why_;
    std::exception_ptr error_;
    bool done_ = false;
};

}  // namespace ahbm::tl
