// SPDX-License-Identifier: Apache-2.0
/// The one place where the timing simulation meets the data shadow: blocks record what they move and compute, and get
/// back promises of values. Nothing recorded here can change simulated time.
#pragma once

#include "shadow/memory.h"
#include "shadow/value.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ahbm::shadow {

enum class Mode : std::uint8_t {
    off,         ///< record nothing, cost nothing
    lazy,        ///< evaluate what a host read or item() needs, when it needs it
    background,  ///< evaluate on a second thread while the simulation goes on
};

struct RecorderConfig {
    Mode mode = Mode::lazy;
    std::uint64_t max_pending_operations = 4096;  ///< lazy: evaluate the oldest when more wait, which bounds memory
    std::uint16_t poison = 0x7E00;                ///< pattern that unwritten bytes read as (an f16 NaN)
};

/// Where an operand or result lies, for the log and for messages only.
struct Place {
    std::string_view memory;    ///< e.g. "sip0.cube3.pe5.tcm"; must outlive the recorder
    std::uint64_t address = 0;  ///< offset inside that memory
};

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

/// Reading unwritten bytes, by an operation.
struct UninitialisedRead {
    std::string component;
    std::string kind;
    std::string place;     ///< "sip0.cube3.pe5.tcm+0x1200"
    sim::Time time;
};

class Recorder {
public:
    explicit Recorder(const RecorderConfig& config);
    ~Recorder();
    Recorder(const Recorder&) = delete;

    bool enabled() const { return config_.mode != Mode::off; }

    /// A value with known bytes (host write, constant).
    Bundle constant(std::vector<std::byte> bytes);
    /// Records an operation; the result is a promise, or empty when recording is off.
    /// An operand with unwritten bytes is reported in uninitialised_reads() and reads as poison.
    Bundle record(const Provenance& who, const OpSpec& spec, std::vector<BoundOperand> operands, const View& result, Place where);
    /// Records a transfer (log only; the bundle itself is what moves).
    void record_copy(const Provenance& who, const Bundle& bytes, Place from, Place to);
    /// The bytes now: evaluates what they depend on. Unwritten bytes read as poison.
    std::vector<std::byte> materialize(const Bundle& bundle);

    const std::vector<UninitialisedRead>& uninitialised_reads() const;

    /// Writes one JSON line per record to `path` from now on; throws std::runtime_error when it cannot be opened.
    void open_log(const std::string& path);

    struct Stats {
        std::uint64_t recorded = 0, evaluated = 0, dropped = 0, live_values = 0, live_bytes = 0;
    };
    Stats stats() const;

private:
    RecorderConfig config_;
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace ahbm::shadow
