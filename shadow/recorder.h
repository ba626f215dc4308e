// SPDX-License-Identifier: Apache-2.0
/// The one place where the timing simulation meets the data shadow: blocks record what they move and compute, and get
/// back promises of values. Nothing recorded here can change simulated time.
/// To be called from the simulation's thread; evaluation may run on another.
#pragma once

#include "shadow/memory.h"
#include "shadow/value.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::shadow {

enum class Mode : std::uint8_t {
    off,         ///< record nothing, cost nothing
    lazy,        ///< evaluate what a host read or item() needs, when it needs it
    background,  ///< evaluate on a second thread while the simulation goes on
};

struct RecorderConfig {
    Mode mode = Mode::lazy;
    std::uint64_t max_pending_operations = 4096;  ///< evaluate the oldest when more wait, which bounds memory
    std::uint16_t poison = 0x7E00;                ///< pattern that unwritten bytes read as (an f16 NaN)
};

/// Operands or a result that do not fit their operation: names operation, place, range, expected and found versions.
class BindingError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reading unwritten bytes, by an operation or a transfer. What one component reads in one way from one memory is one
/// finding: the first of them, with the bytes of all.
struct UninitialisedRead {
    std::string component;  ///< the consumer
    std::string kind;
    std::string memory;
    std::uint64_t address = 0;  ///< of the first unwritten byte
    std::uint64_t bytes = 0;    ///< how many of the bytes read nobody has written
    std::uint64_t reads = 1;
    std::string producer;  ///< of the rest of the first: "value #7, dma_read by sip0.cube3.pe5.dma", or "nobody"
    sim::Time time;        ///< of the first
};
/// "gemm by pe5.gemm at 1.200 ns reads 64 unwritten bytes at pe5.tcm+0x1200, the rest of it written by nobody"
std::string to_string(const UninitialisedRead& read);

class Recorder {
public:
    explicit Recorder(const RecorderConfig& config);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    bool enabled() const { return config_.mode != Mode::off; }
    /// Whether record_copy, record_visible and record_wait do anything: ask before putting their arguments together.
    bool logging() const { return logging_; }

    /// A value with known bytes (host write, constant).
    Bundle constant(std::vector<std::byte> bytes, const Provenance& who = {"host", "constant", {}, {}});
    /// Records an operation; the result is a promise, or empty when recording is off.
    /// An operand with unwritten bytes is reported in uninitialised_reads() and reads as poison. Throws BindingError.
    Bundle record(const Provenance& who, const OpSpec& spec, std::vector<BoundOperand> operands, const View& result,
                  Place where);
    /// Bytes that a transfer or the host has read: unwritten ones are reported in uninitialised_reads(). `place`, asked
    /// in that case only, says what was read: memory and address.
    template <class NamePlace>
    void check_written(const Provenance& who, const Bundle& bytes, NamePlace place) {
        if (!enabled() || !bytes.first_gap()) return;
        const std::pair<std::string, std::uint64_t> from = place();
        report(who, bytes, {from.first, from.second});
    }
    /// Records a transfer (log only; the bundle itself is what moves).
    void record_copy(const Provenance& who, const Bundle& bytes, Place from, Place to);
    /// Records that readers of `where` see `bytes` from `who.end` on (log only).
    void record_visible(const Provenance& who, Place where, const Bundle& bytes);
    /// Records that `who` waited from start to end, and what ended it (log only).
    void record_wait(const Provenance& who, const std::string& ended_by);
    /// The bytes now: evaluates what they depend on. Unwritten bytes read as poison. Throws what the evaluation threw.
    std::vector<std::byte> materialize(const Bundle& bundle);
    /// Evaluates all that waits and is still reachable: oldest first, or in an order drawn from a seed, which cannot
    /// change any value.
    void evaluate_pending(std::optional<std::uint64_t> shuffle_seed = std::nullopt);

    const std::vector<UninitialisedRead>& uninitialised_reads() const;

    /// Writes one JSON line per record (shadow/op_log.h) to `path` from now on; throws OutputError when it cannot
    /// be written, std::runtime_error when recording is off.
    void open_log(const std::string& path);
    /// Completes the log; `partial`: the run did not come to its end, and why. Throws OutputError when it could not be
    /// written. Without it there is no log.
    void close_log(const std::string& partial = {});

    struct Stats {
        std::uint64_t recorded = 0;  ///< operations
        std::uint64_t evaluated = 0;
        std::uint64_t dropped = 0;  ///< promises that nobody needed
        std::uint64_t live_values = 0;
        std::uint64_t live_bytes = 0;  ///< of values that are evaluated
    };
    Stats stats() const;

private:
    RecorderConfig config_;
    bool logging_ = false;
    std::vector<UninitialisedRead> uninitialised_reads_;
    void report(const Provenance& who, const Bundle& bytes, const Place& from);
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace ahbm::shadow
