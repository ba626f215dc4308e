// SPDX-License-Identifier: Apache-2.0
/// Physical units for code that needs no simulation kernel.
/// Time is exact: integer picoseconds, the resolution of sc_time in this platform. Where a value crosses into SystemC
/// it becomes an sc_time (sim/kernel_time.h); plain code cannot use sc_time because that type needs a live kernel.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace ahbm::sim {

/// A point in simulated time or a span of it, in picoseconds.
class Time {
public:
    constexpr Time() = default;
    static constexpr Time ps(std::int64_t value) { return Time(value); }
    static constexpr Time ns(double value) {
        return Time(static_cast<std::int64_t>(value * 1e3 + (value < 0 ? -0.5 : 0.5)));
    }
    static constexpr Time max() { return Time(INT64_MAX); }

    constexpr std::int64_t ps() const { return ps_; }
    constexpr double ns() const { return static_cast<double>(ps_) / 1e3; }
    constexpr double us() const { return static_cast<double>(ps_) / 1e6; }

    constexpr auto operator<=>(const Time&) const = default;
    constexpr Time& operator+=(Time other) {
        ps_ += other.ps_;
        return *this;
    }
    constexpr Time& operator-=(Time other) {
        ps_ -= other.ps_;
        return *this;
    }
    friend constexpr Time operator+(Time a, Time b) { return Time(a.ps_ + b.ps_); }
    friend constexpr Time operator-(Time a, Time b) { return Time(a.ps_ - b.ps_); }
    friend constexpr Time operator*(Time a, std::int64_t n) { return Time(a.ps_ * n); }
    friend constexpr Time operator*(std::int64_t n, Time a) { return Time(a.ps_ * n); }

private:
    explicit constexpr Time(std::int64_t ps) : ps_(ps) {}
    std::int64_t ps_ = 0;
};

/// A number of bytes, as a configuration value ("16 MiB").
struct Bytes {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const Bytes&) const = default;
    constexpr operator std::uint64_t() const { return value; }
};

/// ceil(amount * scale / rate), without a wrap on the way.
constexpr Time time_of(std::uint64_t amount, std::uint64_t scale, std::uint64_t rate) {
    if (amount <= UINT64_MAX / 2 / scale)
        return Time::ps(static_cast<std::int64_t>((amount * scale + rate - 1) / rate));
    __extension__ using Wide = unsigned __int128;
    const Wide ps = (Wide{amount} * scale + rate - 1) / rate;
    return ps > static_cast<Wide>(INT64_MAX) ? Time::max() : Time::ps(static_cast<std::int64_t>(ps));
}

/// Bytes per second, in steps of 10^6 (1 MB/s). GB means 10^9 bytes.
struct Bandwidth {
    std::uint64_t megabytes_per_second = 0;
    static constexpr Bandwidth gigabytes(std::uint64_t value) { return {value * 1000}; }
    constexpr auto operator<=>(const Bandwidth&) const = default;
    constexpr double bytes_per_ns() const { return static_cast<double>(megabytes_per_second) / 1e3; }
    /// Time to move `bytes`, rounded up to a picosecond.
    constexpr Time time_for(std::uint64_t bytes) const { return time_of(bytes, 1'000'000, megabytes_per_second); }
};

/// Clock frequency in kHz steps.
struct Frequency {
    std::uint64_t kilohertz = 0;
    constexpr auto operator<=>(const Frequency&) const = default;
    /// Time of `cycles` clock cycles, rounded up to a picosecond.
    constexpr Time time_for(std::uint64_t cycles) const { return time_of(cycles, 1'000'000'000, kilohertz); }
};

/// Floating-point operations per second, in steps of 10^6 (1 MFLOP/s).
struct FlopRate {
    std::uint64_t megaflops = 0;
    constexpr auto operator<=>(const FlopRate&) const = default;
    constexpr Time time_for(std::uint64_t flop) const { return time_of(flop, 1'000'000, megaflops); }
};

/// A length on the die or package.
struct Millimetres {
    double value = 0;
    constexpr auto operator<=>(const Millimetres&) const = default;
};

/// A position on a die: x grows east, y grows south, origin at the north-west corner.
struct Position {
    Millimetres x;
    Millimetres y;
    constexpr bool operator==(const Position&) const = default;
};

/// Wire distance between two positions: Manhattan.
inline Millimetres distance(Position a, Position b) {
    return {std::abs(a.x.value - b.x.value) + std::abs(a.y.value - b.y.value)};
}

/// Signal delay per length of wire.
struct WireDelay {
    double ps_per_mm = 0;
    constexpr auto operator<=>(const WireDelay&) const = default;
    Time over(Millimetres length) const { return Time::ps(std::llround(ps_per_mm * length.value)); }
};

inline namespace literals {
constexpr Time operator""_ps(unsigned long long v) { return Time::ps(static_cast<std::int64_t>(v)); }
constexpr Time operator""_ns(unsigned long long v) { return Time::ps(static_cast<std::int64_t>(v) * 1000); }
constexpr Time operator""_ns(long double v) { return Time::ns(static_cast<double>(v)); }
constexpr Time operator""_us(unsigned long long v) { return Time::ps(static_cast<std::int64_t>(v) * 1'000'000); }
constexpr Bytes operator""_B(unsigned long long v) { return {v}; }
constexpr Bytes operator""_KiB(unsigned long long v) { return {v << 10}; }
constexpr Bytes operator""_MiB(unsigned long long v) { return {v << 20}; }
constexpr Bytes operator""_GiB(unsigned long long v) { return {v << 30}; }
constexpr Bandwidth operator""_GBps(unsigned long long v) { return Bandwidth::gigabytes(v); }
constexpr Frequency operator""_GHz(unsigned long long v) { return {v * 1'000'000}; }
constexpr FlopRate operator""_TFLOPs(unsigned long long v) { return {v * 1'000'000}; }
constexpr Millimetres operator""_mm(long double v) { return {static_cast<double>(v)}; }
}  // namespace literals

}  // namespace ahbm::sim
