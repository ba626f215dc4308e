// SPDX-License-Identifier: Apache-2.0
#include "shadow/replay.h"

#include <random>
#include <utility>

namespace ahbm::shadow {

class Replay::Turn {
public:
    explicit Turn(Replay& replay) : replay_(replay) {
        std::unique_lock lock(replay_.mutex_);
        ++replay_.urgent_;
        replay_.changed_.wait(lock, [&] { return !replay_.evaluating_; });
        --replay_.urgent_;
        replay_.evaluating_ = true;
    }
    ~Turn() {
        {
            const std::lock_guard lock(replay_.mutex_);
            replay_.evaluating_ = false;
        }
        replay_.changed_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    Replay& replay_;
};

Replay::Replay(bool background, std::uint64_t max_pending, std::uint16_t poison)
    : max_pending_(max_pending), poison_(poison) {
    if (background) worker_ = std::thread([this] { work(); });
}

Replay::~Replay() {
    if (!worker_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    worker_.join();
}

void Replay::submit(const ValueRef& promise) {
    ValueRef oldest;
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(promise);
        while (waiting_.size() > max_pending_ && !oldest) {
            oldest = waiting_.front().lock();
            waiting_.pop_front();
            if (oldest && oldest->settled()) oldest.reset();
        }
    }
    if (worker_.joinable()) changed_.notify_all();
    if (!oldest) return;
    const Turn turn(*this);
    evaluate(*oldest);
}

void Replay::settle(const Bundle& bundle) {
    std::optional<Turn> turn;  // taken only when there is something to do
    for (const Slice& slice : bundle.slices()) {
        if (!slice.value || slice.value->settled()) continue;
        if (!turn) turn.emplace(*this);
        evaluate(*slice.value);
    }
}

void Replay::settle_all(std::optional<std::uint64_t> shuffle_seed) {
    const Turn turn(*this);
    std::vector<ValueRef> order;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& promise : std::exchange(waiting_, {})) {
            if (ValueRef value = promise.lock()) order.push_back(std::move(value));
        }
    }
    if (shuffle_seed) {
        std::mt19937_64 random(*shuffle_seed);
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    }
    for (const ValueRef& value : order) evaluate(*value);
}

void Replay::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return stop_ || (urgent_ == 0 && !evaluating_ && !waiting_.empty()); });
        if (stop_) return;
        ValueRef next = waiting_.front().lock();
        waiting_.pop_front();
        if (!next) continue;
        evaluating_ = true;
        lock.unlock();
        evaluate(*next);
        next.reset();  // may be the last reference; not under the lock
        lock.lock();
        evaluating_ = false;
        changed_.notify_all();
    }
}

void Replay::evaluate(Value& root) {
    stack_.assign(1, &root);
    while (!stack_.empty()) {
        Value& value = *stack_.back();
        const PendingOperation* operation = value.pending();
        if (operation == nullptr) {
            stack_.pop_back();
            continue;
        }
        const std::size_t depth = stack_.size();
        for (const BoundOperand& operand : operation->operands) {
            for (const Slice& slice : operand.bytes.slices()) {
                if (slice.value && !slice.value->settled()) stack_.push_back(slice.value.get());
            }
        }
        if (stack_.size() == depth) value.produce(poison_);
    }
}

}  // namespace ahbm::shadow
