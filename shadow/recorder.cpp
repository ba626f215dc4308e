// SPDX-License-Identifier: Apache-2.0
#include "shadow/recorder.h"

#include "shadow/op_log.h"
#include "shadow/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::shadow {

namespace {

std::string describe(const Provenance& who, const OpSpec& spec) {
    return fmt::format("{} ({} by {} at {} ps)", to_string(spec.code), who.kind, who.component, who.start.ps());
}

std::string describe(const View& view) {
    return fmt::format("{} {}, {} bytes", to_string(view.shape), to_string(view.dtype), view.bytes());
}

/// Operands as they were bound, for the message of a mismatch.
std::string list(const std::vector<BoundOperand>& operands) {
    std::string text;
    for (const BoundOperand& operand : operands) {
        text += fmt::format("\n  operand {} at {}: {}, holds {}", &operand - operands.data(), to_string(operand.place),
                            describe(operand.view), to_string(operand.bytes));
    }
    return text;
}

Bundle whole(const ValueRef& value) {
    Bundle bundle;
    bundle.append(value, 0, value->size());
    return bundle;
}

}  // namespace

std::string to_string(const UninitialisedRead& read) {
    return fmt::format("{} by {} at {:.3f} ns reads {} unwritten bytes {} {}, the rest of it written by {}", read.kind,
                       read.component, read.time.ns(), read.bytes,
                       read.reads == 1 ? "at" : fmt::format("in {} reads, the first at", read.reads),
                       to_string(Place{read.memory, read.address}), read.producer);
}

struct Recorder::Engine {
    explicit Engine(const RecorderConfig& config)
        : replay(ledger, config.mode == Mode::background, config.max_pending_operations, config.poison) {}

    /// Throws BindingError unless the operands are what the operation needs.
    void check(const Provenance& who, const OpSpec& spec, const std::vector<BoundOperand>& operands, const View& result,
               const Place& where);

    std::shared_ptr<ValueLedger> ledger = std::make_shared<ValueLedger>();
    Replay replay;
    std::unique_ptr<OpLog> log;
    std::uint64_t last_id = 0;
    std::uint64_t recorded = 0;
    std::vector<View> views;  ///< scratch of check()
};

void Recorder::Engine::check(const Provenance& who, const OpSpec& spec, const std::vector<BoundOperand>& operands,
                             const View& result, const Place& where) {
    views.clear();
    for (const BoundOperand& operand : operands) {
        views.push_back(operand.view);
        if (operand.bytes.size() == operand.view.bytes()) continue;
        throw BindingError(fmt::format("{}: operand {} at {} [{:#x}..{:#x}): expected {}; found {} bytes: {}",
                                       describe(who, spec), &operand - operands.data(), to_string(operand.place),
                                       operand.place.address, operand.place.address + operand.view.bytes(),
                                       describe(operand.view), operand.bytes.size(), to_string(operand.bytes)));
    }
    try {
        check_result(spec, views, result);
    } catch (const std::invalid_argument& error) {
        throw BindingError(fmt::format("{}: {}{}\n  result at {}: expected {}", describe(who, spec), error.what(),
                                       list(operands), to_string(where), describe(result)));
    }
}

Recorder::Recorder(const RecorderConfig& config) : config_(config) {
    if (enabled()) engine_ = std::make_unique<Engine>(config);
}
Recorder::~Recorder() = default;

Bundle Recorder::constant(std::vector<std::byte> bytes, const Provenance& who) {
    if (!enabled()) return {};
    Engine& engine = *engine_;
    const std::uint64_t id = ++engine.last_id;
    if (engine.log) engine.log->constant(id, who, bytes.size());
    return whole(new Value(id, who, std::move(bytes), engine.ledger));
}

Bundle Recorder::record(const Provenance& who, const OpSpec& spec, std::vector<BoundOperand> operands,
                        const View& result, Place where) {
    if (!enabled()) return {};
    Engine& engine = *engine_;
    engine.check(who, spec, operands, result, where);
    for (const BoundOperand& operand : operands) {
        if (operand.bytes.first_gap()) report(who, operand.bytes, operand.place);
    }
    const std::uint64_t id = ++engine.last_id;
    ++engine.recorded;
    if (engine.log) engine.log->operation(id, who, spec, operands, result, where);
    const ValueRef promise(new Value(id, who, PendingOperation{spec, std::move(operands), result}, engine.ledger));
    engine.replay.submit(*promise);
    return whole(promise);
}

void Recorder::report(const Provenance& who, const Bundle& bytes, const Place& from) {
    UninitialisedRead read{std::string(who.component),
                           std::string(who.kind),
                           std::string(from.memory),
                           from.address + *bytes.first_gap(),
                           0,
                           1,
                           "nobody",
                           who.start};
    const Value* producer = nullptr;
    for (const Slice& slice : bytes.slices()) {
        if (slice.value)
            producer = slice.value.get();
        else
            read.bytes += slice.length;
    }
    const auto known = std::find_if(uninitialised_reads_.begin(), uninitialised_reads_.end(), [&](const auto& other) {
        return other.component == read.component && other.kind == read.kind && other.memory == read.memory;
    });
    if (known != uninitialised_reads_.end()) {
        ++known->reads;
        known->bytes += read.bytes;
        return;
    }
    if (producer != nullptr)
        read.producer =
            fmt::format("value #{}, {} by {}", producer->id(), producer->origin().kind, producer->origin().component);
    uninitialised_reads_.push_back(std::move(read));
}

void Recorder::record_copy(const Provenance& who, const Bundle& bytes, Place from, Place to) {
    if (!logging_) return;
    engine_->log->copy(++engine_->last_id, who, bytes, from, to);
}

void Recorder::record_visible(const Provenance& who, Place where, const Bundle& bytes) {
    if (logging_) engine_->log->visible(who, where, bytes);
}

void Recorder::record_wait(const Provenance& who, const std::string& ended_by) {
    if (logging_) engine_->log->wait(who, ended_by);
}

std::vector<std::byte> Recorder::materialize(const Bundle& bundle) {
    std::vector<std::byte> bytes(bundle.size());
    if (!enabled()) return bytes;
    engine_->replay.settle(bundle);
    gather(bundle, config_.poison, bytes);
    return bytes;
}

void Recorder::evaluate_pending(std::optional<std::uint64_t> shuffle_seed) {
    if (enabled()) engine_->replay.settle_all(shuffle_seed);
}

const std::vector<UninitialisedRead>& Recorder::uninitialised_reads() const { return uninitialised_reads_; }

void Recorder::open_log(const std::string& path) {
    if (!enabled()) throw std::runtime_error("an op log needs the data shadow: run with data on");
    close_log();
    engine_->log = std::make_unique<OpLog>(path);
    logging_ = true;
}

void Recorder::close_log(const std::string& partial) {
    if (!std::exchange(logging_, false)) return;
    const auto log = std::exchange(engine_->log, nullptr);
    log->close(partial);
}

Recorder::Stats Recorder::stats() const {
    if (!enabled()) return {};
    ValueLedger& ledger = *engine_->ledger;
    ledger.release_buried();
    return {engine_->recorded, ledger.evaluated, ledger.dropped, ledger.live_values, ledger.live_bytes};
}

}  // namespace ahbm::shadow
