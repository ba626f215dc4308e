// SPDX-License-Identifier: Apache-2.0
/// Turns promises into bytes: on demand, on a second thread, or in any order a test asks for. The promises form a pure
/// dataflow graph, so the order cannot change a result.
/// Non-goals: deciding what is recorded (shadow/recorder.h); evaluating one operation in parallel.
#pragma once

#include "shadow/value.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ahbm::shadow {

class Replay final : private PromiseKeeper {
public:
    /// `max_pending`: promises that may wait; the oldest is evaluated when there are more, by whoever submits.
    Replay(std::shared_ptr<ValueLedger> ledger, bool background, std::uint64_t max_pending, std::uint16_t poison);
    /// Finishes the operation under way; what waits stays a promise.
    ~Replay() override;
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    /// Takes note of a promise, without owning it: what nobody can reach is never evaluated.
    void submit(Value& promise);
    /// Evaluates what the bundle depends on. Failures surface when the bytes are asked for.
    void settle(const Bundle& bundle);
    /// Evaluates everything that waits: oldest first, or shuffled by a seed.
    void settle_all(std::optional<std::uint64_t> shuffle_seed);

private:
    /// The right to evaluate; one thread has it at a time. Callers on the simulation's thread go before the worker.
    class Turn;

    bool forget(Value& value) override;
    /// The oldest that waits, or null.
    Value* next();
    void work();
    /// Evaluates a value behind all it depends on; iterative, since chains can be millions long.
    void evaluate(Value& root);

    const std::shared_ptr<ValueLedger> ledger_;
    const std::uint64_t max_pending_;
    const std::uint16_t poison_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Value*> waiting_;      ///< in the order of recording; null where one was forgotten, never in front
    std::uint64_t first_ticket_ = 1;  ///< of the one in front
    Value* at_work_ = nullptr;        ///< what the worker evaluates
    unsigned urgent_ = 0;             ///< callers that wait for their turn
    bool evaluating_ = false;         ///< somebody has the turn
    bool stop_ = false;
    std::vector<Value*> stack_;  ///< of evaluate(); belongs to whoever has the turn
    std::thread worker_;         ///< last: starts when all else is there
};

}  // namespace ahbm::shadow
