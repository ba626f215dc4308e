// SPDX-License-Identifier: Apache-2.0
#include "shadow/value.h"

#include <fmt/format.h>

#include <cassert>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ahbm::shadow {

std::string to_string(const Place& place) { return fmt::format("{}+{:#x}", place.memory, place.address); }

void ValueLedger::bury(std::vector<BoundOperand> operands) {
    const std::lock_guard lock(mutex_);
    buried_.push_back(std::move(operands));
}

void ValueLedger::release_buried() {
    if (releasing_) return;  // the loop below, further up this stack, will come to it
    releasing_ = true;
    std::vector<std::vector<BoundOperand>> batch;
    do {
        batch.clear();  // may discard further promises, which bury theirs
        const std::lock_guard lock(mutex_);
        batch.swap(buried_);
    } while (!batch.empty());
    releasing_ = false;
}

Value::Value(std::uint64_t id, const Provenance& origin, std::vector<std::byte> bytes,
             std::shared_ptr<ValueLedger> ledger)
    : id_(id),
      size_(bytes.size()),
      origin_(origin),
      bytes_(std::move(bytes)),
      settled_(true),
      ledger_(std::move(ledger)) {
    ++ledger_->live_values;
    ledger_->live_bytes += bytes_.size();
}

Value::Value(std::uint64_t id, const Provenance& origin, PendingOperation operation,
             std::shared_ptr<ValueLedger> ledger)
    : id_(id),
      size_(operation.result.bytes()),
      origin_(origin),
      operation_(std::move(operation)),
      settled_(false),
      ledger_(std::move(ledger)) {
    ++ledger_->live_values;
}

Value::~Value() { ledger_->live_bytes -= bytes_.size(); }

void Value::discard(Value* value) {
    const std::shared_ptr<ValueLedger> ledger = value->ledger_;
    --ledger->live_values;
    if (value->ticket != 0 && ledger->keeper != nullptr && !ledger->keeper->forget(*value)) return;
    if (value->operation_) {
        ++ledger->dropped;
        ledger->bury(std::move(value->operation_->operands));
    }
    delete value;
    ledger->release_buried();
}

std::span<const std::byte> Value::bytes() const {
    assert(settled());
    if (error_) std::rethrow_exception(error_);
    return bytes_;
}

void Value::produce(std::uint16_t poison) {
    std::vector<std::vector<std::byte>> assembled;  // operands that are not one piece of one value
    std::vector<Operand> operands;
    operands.reserve(operation_->operands.size());
    try {
        for (const BoundOperand& bound : operation_->operands) {
            const auto& slices = bound.bytes.slices();
            if (slices.size() == 1 && slices[0].value && slices[0].count == 1) {
                operands.push_back({bound.view, slices[0].value->bytes().subspan(slices[0].offset, slices[0].length)});
                continue;
            }
            gather(bound.bytes, poison, assembled.emplace_back(bound.bytes.size()));
            operands.push_back({bound.view, assembled.back()});
        }
        try {
            bytes_.resize(size_);
            evaluate(operation_->spec, operands, operation_->result, bytes_);
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("value #{} ({} by {} at {} ps) cannot be computed: {}", id_,
                                                 origin_.kind, origin_.component, origin_.start.ps(), error.what()));
        }
        ++ledger_->evaluated;
        ledger_->live_bytes += bytes_.size();
    } catch (...) {
        bytes_.clear();
        error_ = std::current_exception();
    }
    ledger_->bury(std::move(operation_->operands));
    operation_.reset();
    settled_.store(true, std::memory_order_release);
}

void gather(const Bundle& bundle, std::uint16_t poison, std::span<std::byte> into) {
    bundle.for_each(0, bundle.size(),
                    [&](const ValueRef& value, std::uint64_t from, std::uint64_t at, std::uint64_t n) {
                        if (value) {
                            std::memcpy(into.data() + at, value->bytes().data() + from, n);
                            return;
                        }
                        for (std::uint64_t i = at; i < at + n; ++i)
                            into[i] = static_cast<std::byte>(i % 2 == 0 ? poison & 0xFF : poison >> 8);
                    });
}

}  // namespace ahbm::shadow
