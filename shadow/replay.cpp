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

Replay::Replay(std::shared_ptr<ValueLedger> ledger, bool background, std::uint64_t max_pending, std::uint16_t poison)
    : ledger_(std::move(ledger)), max_pending_(max_pending), poison_(poison) {
    ledger_->keeper = this;
    if (background) worker_ = std::thread([this] { work(); });
}

Replay::~Replay() {
    if (worker_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        worker_.join();
    }
    ledger_->keeper = nullptr;
    ledger_->release_buried();
}

void Replay::submit(Value& promise) {
    ValueRef oldest;
    {
        const std::lock_guard lock(mutex_);
        promise.ticket = first_ticket_ + waiting_.size();
        waiting_.push_back(&promise);
        while (waiting_.size() > max_pending_ && !oldest) {
            oldest = next();
            if (oldest->settled()) oldest.reset();
        }
    }
    if (worker_.joinable()) changed_.notify_all();
    if (oldest) {
        const Turn turn(*this);
        evaluate(*oldest);
    }
    ledger_->release_buried();
}

Value* Replay::next() {
    if (waiting_.empty()) return nullptr;
    Value* const first = waiting_.front();
    do {
        waiting_.pop_front();
        ++first_ticket_;
    } while (!waiting_.empty() && waiting_.front() == nullptr);
    return first;
}

bool Replay::forget(Value& value) {
    const std::lock_guard lock(mutex_);
    if (&value == at_work_) {
        at_work_ = nullptr;
        return false;
    }
    if (value.ticket < first_ticket_) return true;  // no longer waiting
    if (value.ticket == first_ticket_)
        next();
    else
        waiting_[value.ticket - first_ticket_] = nullptr;
    return true;
}

void Replay::settle(const Bundle& bundle) {
    std::optional<Turn> turn;  // taken only when there is something to do
    for (const Slice& slice : bundle.slices()) {
        if (!slice.value || slice.value->settled()) continue;
        if (!turn) turn.emplace(*this);
        evaluate(*slice.value);
    }
    turn.reset();
    ledger_->release_buried();
}

void Replay::settle_all(std::optional<std::uint64_t> shuffle_seed) {
    std::vector<ValueRef> order;
    std::optional<Turn> turn(std::in_place, *this);
    {
        const std::lock_guard lock(mutex_);
        while (Value* value = next()) order.emplace_back(value);
    }
    if (shuffle_seed) {
        std::mt19937_64 random(*shuffle_seed);
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    }
    for (const ValueRef& value : order) evaluate(*value);
    turn.reset();
    ledger_->release_buried();
}

void Replay::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return stop_ || (urgent_ == 0 && !evaluating_ && !waiting_.empty()); });
        if (stop_) return;
        Value* const value = at_work_ = next();
        evaluating_ = true;
        lock.unlock();
        evaluate(*value);
        lock.lock();
        if (at_work_ == nullptr) delete value;  // its last reference went in the meantime
        at_work_ = nullptr;
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
