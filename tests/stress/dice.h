// SPDX-License-Identifier: Apache-2.0
/// Random draws that are the same everywhere: the standard's engine, but none of its distributions.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace ahbm::stress {

class Dice {
public:
    Dice(std::uint64_t seed, std::uint64_t stream) : engine_(seed * 1'000'003 + stream) {}

    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
    bool percent(unsigned share) { return below(100) < share; }
    double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    /// As likely in each decade.
    double log_between(double low, double high) { return low * std::pow(high / low, unit()); }
    template <class T>
    const T& of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace ahbm::stress
