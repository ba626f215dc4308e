// SPDX-License-Identifier: Apache-2.0
/// What one rank does in `stress`: a random mix of everything a host program can do, while a plain array on the host
/// keeps what each tensor must hold. Work is not waited for unless a read or a die says so.
#pragma once

#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/scenario.h"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace ahbm::scenarios {

/// The same numbers on every machine.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::uint32_t below(std::uint64_t bound) { return static_cast<std::uint32_t>(engine_() % bound); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <class Range>
    const auto& pick(const Range& range) {
        return *std::next(std::begin(range), below(std::size(range)));
    }

private:
    std::mt19937_64 engine_;
};

/// What all ranks have found so far.
struct StressTally {
    struct Collective {
        CclCase ccl;
        std::vector<runtime::Array> inputs, got;  ///< by rank
    };
    std::map<std::string, std::uint64_t> actions;  ///< how often, of all ranks
    std::uint64_t elements = 0, mismatches = 0;
    std::string first_mismatch;
    std::vector<Collective> collectives;  ///< in order; with values
};

class StressProgram {
public:
    StressProgram(runtime::Rank& rank, const RunRequest& request, std::uint32_t steps, StressTally& tally);
    void run();

private:
    struct Held {
        runtime::Tensor tensor;
        runtime::Array want;
        runtime::TensorOptions options;
        std::string origin;  ///< which steps made it what it is
    };
    using Action = void (StressProgram::*)();

    // Alone.
    void allocate();
    void free();
    void write();
    void read() { read(some()); }
    void read_part();
    void copy();
    void add();
    void multiply();
    void move();
    void wait();
    // Together: all ranks draw the same.
    void collective();
    void send();
    void regroup();

    runtime::Array random(const Shape& shape, Dtype dtype);
    Held& keep(Held held);
    void read(const Held& held);
    Held& some();
    Held& like(const Held& other);
    Held empty_like(const Held& other, std::string origin);
    void launch(const std::string& kernel, const std::vector<runtime::Tensor>& tensors);
    void expect(const runtime::Array& got, const runtime::Array& want, const Held& held);
    void init_group();
    std::string here() const;

    runtime::Rank& rank_;
    const RunRequest& request_;
    StressTally& tally_;
    const std::uint32_t steps_;
    Dice common_, own_;  ///< rolled alike by all ranks; by this one
    std::uint32_t step_ = 0, arrays_ = 0;
    std::size_t collectives_ = 0;
    std::vector<Held> held_;
    std::vector<runtime::LaunchHandle> launches_;
};

}  // namespace ahbm::scenarios
