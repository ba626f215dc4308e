// SPDX-License-Identifier: Apache-2.0
/// Values of the data shadow: immutable bytes, or the promise of them.
#pragma once

#include "numerics/operation.h"
#include "shadow/bundle.h"
#include "sim/units.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::shadow {

/// Where an operand or result lies, for the log and for messages only.
struct Place {
    std::string_view memory;    ///< e.g. "sip0.cube3.pe5.tcm"; must outlive the recorder
    std::uint64_t address = 0;  ///< offset inside that memory
};
/// "sip0.cube3.pe5.tcm+0x1200"
std::string to_string(const Place& place);

/// Who did it and when, for the log.
struct Provenance {
    std::string_view component;  ///< hierarchical name; must outlive the recorder
    std::string_view kind;       ///< dma_read, dma_write, gemm, math, composite, host_write, ...
    sim::Time start;
    sim::Time end;
};

struct BoundOperand {
    View view;
    Bundle bytes;  ///< bound to the values visible at the operation's start
    Place place;
};

/// What a promise still has to compute.
struct PendingOperation {
    OpSpec spec;
    std::vector<BoundOperand> operands;
    View result;
};

/// Takes note of promises without owning them.
class PromiseKeeper {
public:
    virtual ~PromiseKeeper() = default;
    /// Nobody can reach the promise any more. False: it is being evaluated, and whoever does that deletes it.
    virtual bool forget(Value& promise) = 0;
};

/// Shared by all values of one recorder: counts what is alive, and takes chains of promises apart one by one, however
/// long, instead of by recursion.
class ValueLedger {
public:
    std::uint64_t live_values = 0, dropped = 0;
    std::atomic<std::uint64_t> live_bytes{0}, evaluated{0};
    PromiseKeeper* keeper = nullptr;

    /// Takes the operands that a promise has no more need of, on any thread.
    void bury(std::vector<BoundOperand> operands);
    /// Lets go of them, on the simulation's thread.
    void release_buried();

private:
    std::mutex mutex_;
    std::vector<std::vector<BoundOperand>> buried_;
    bool releasing_ = false;
};

class Value {
public:
    Value(std::uint64_t id, const Provenance& origin, std::vector<std::byte> bytes,
          std::shared_ptr<ValueLedger> ledger);
    Value(std::uint64_t id, const Provenance& origin, PendingOperation operation, std::shared_ptr<ValueLedger> ledger);
    ~Value();
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;

    std::uint64_t id() const { return id_; }  ///< order of recording, from 1
    std::uint64_t size() const { return size_; }
    const Provenance& origin() const { return origin_; }

    /// True once the bytes are there, or are known never to be.
    bool settled() const { return settled_.load(std::memory_order_acquire); }
    /// Of a settled value; throws what the evaluation threw.
    std::span<const std::byte> bytes() const;

    /// What is left to do; null when settled. For the one replay that owns the evaluation of this value.
    const PendingOperation* pending() const { return operation_ ? &*operation_ : nullptr; }
    /// Computes the bytes from settled operands and buries these. Called once, by the replay.
    void produce(std::uint16_t poison);

    std::uint64_t ticket = 0;  ///< the keeper's own; 0: not kept

private:
    friend void intrusive_ptr_add_ref(Value* value) { ++value->references_; }
    friend void intrusive_ptr_release(Value* value) {
        if (--value->references_ == 0) discard(value);
    }
    static void discard(Value* value);

    std::uint64_t references_ = 0;
    std::uint64_t id_;
    std::uint64_t size_;
    Provenance origin_;
    std::vector<std::byte> bytes_;
    std::exception_ptr error_;
    std::optional<PendingOperation> operation_;
    std::atomic<bool> settled_;
    std::shared_ptr<ValueLedger> ledger_;
};

/// Copies the bytes of a bundle of settled values; unwritten ones become the 16-bit pattern `poison`.
void gather(const Bundle& bundle, std::uint16_t poison, std::span<std::byte> into);

}  // namespace ahbm::shadow
