// SPDX-License-Identifier: Apache-2.0
#include "sim/config/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "sim/config/text.h"

namespace ahbm::config {

namespace {

__extension__ using Wide = unsigned __int128;

struct Unit {
    std::string_view symbol;
    std::uint64_t steps;  // in steps of the type
};

/// A quantity kept as a whole number of steps. `units` run from small to large; the first one is one step.
struct StepScale {
    std::string_view name;
    std::string_view example;
    std::string_view zero;  // empty: zero is refused
    std::span<const Unit> units;
    std::uint64_t max;
};

/// A quantity kept as a double, in the first of its units.
struct RealUnit {
    std::string_view symbol;
    std::string_view exponent;  // factor to the first unit, written as a power of ten
};
struct RealScale {
    std::string_view name;
    std::string_view example;
    std::span<const RealUnit> units;
};

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr Unit time_units[] = {
    {"ps", 1}, {"ns", 1'000}, {"us", 1'000'000}, {"ms", 1'000'000'000}, {"s", 1'000'000'000'000}};
constexpr Unit byte_units[] = {{"B", 1},
                               {"kB", 1'000},
                               {"KiB", 1ull << 10},
                               {"MB", 1'000'000},
                               {"MiB", 1ull << 20},
                               {"GB", 1'000'000'000},
                               {"GiB", 1ull << 30},
                               {"TB", 1'000'000'000'000},
                               {"TiB", 1ull << 40}};
constexpr Unit bandwidth_units[] = {{"MB/s", 1}, {"GB/s", 1'000}, {"TB/s", 1'000'000}};
constexpr Unit frequency_units[] = {{"kHz", 1}, {"MHz", 1'000}, {"GHz", 1'000'000}};
constexpr Unit flop_units[] = {{"MFLOP/s", 1}, {"GFLOP/s", 1'000}, {"TFLOP/s", 1'000'000}, {"PFLOP/s", 1'000'000'000}};
constexpr RealUnit length_units[] = {{"mm", "e0"}};
constexpr RealUnit delay_units[] = {{"ps/mm", "e0"}, {"ns/mm", "e3"}};

template <Quantity Q>
constexpr int scale = 0;
template <>
constexpr StepScale scale<Time>{"time", "a time such as \"45 ns\"", "0 ns", time_units, INT64_MAX};
template <>
constexpr StepScale scale<Bytes>{"size", "a size such as \"16 MiB\"", "0 B", byte_units, unlimited};
template <>
constexpr StepScale scale<Bandwidth>{"bandwidth", "a bandwidth such as \"128 GB/s\"", "", bandwidth_units, unlimited};
template <>
constexpr StepScale scale<Frequency>{"frequency", "a frequency such as \"1 GHz\"", "", frequency_units, unlimited};
template <>
constexpr StepScale scale<FlopRate>{"compute rate", "a compute rate such as \"8 TFLOP/s\"", "", flop_units, unlimited};
template <>
constexpr RealScale scale<Millimetres>{"length", "a length such as \"7.5 mm\"", length_units};
template <>
constexpr RealScale scale<WireDelay>{"wire delay", "a wire delay such as \"0.01 ns/mm\"", delay_units};

std::uint64_t steps(Time value) { return static_cast<std::uint64_t>(value.ps()); }
std::uint64_t steps(Bytes value) { return value.value; }
std::uint64_t steps(Bandwidth value) { return value.megabytes_per_second; }
std::uint64_t steps(Frequency value) { return value.kilohertz; }
std::uint64_t steps(FlopRate value) { return value.megaflops; }
double real(Millimetres value) { return value.value; }
double real(WireDelay value) { return value.ps_per_mm; }

/// The pieces of "-12.50 GB/s": sign, "12", "50", "GB/s".
struct Pieces {
    bool negative = false;
    std::string_view whole, fraction, number, unit;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// No number at the start: `whole` is empty.
Pieces split(std::string_view text) {
    Pieces pieces;
    pieces.negative = text.starts_with('-');
    if (pieces.negative) text.remove_prefix(1);
    const auto digits = [&](std::size_t from) {
        std::size_t end = from;
        while (end < text.size() && is_digit(text[end])) ++end;
        return end;
    };
    std::size_t end = digits(0);
    pieces.whole = text.substr(0, end);
    if (end > 0 && end < text.size() && text[end] == '.') {
        const std::size_t fraction_end = digits(end + 1);
        if (fraction_end > end + 1) {
            pieces.fraction = text.substr(end + 1, fraction_end - end - 1);
            end = fraction_end;
        }
    }
    pieces.number = text.substr(0, end);
    const std::size_t unit = text.find_first_not_of(' ', end);
    if (unit != std::string_view::npos) pieces.unit = text.substr(unit, text.find_last_not_of(' ') - unit + 1);
    return pieces;
}

/// Checks common to all quantities; finds the unit. Returns the error, empty if none.
template <class Scale, class UnitOf>
std::string find_unit(const Scale& of, std::string_view text, const Pieces& pieces, const UnitOf*& unit) {
    const std::string got = ", got " + in_quotes(text);
    if (pieces.whole.empty()) return "expected " + std::string(of.example) + got;
    if (pieces.unit.empty()) return "missing unit: expected " + std::string(of.example) + got;
    const auto found = std::find_if(of.units.begin(), of.units.end(), [&](auto& u) { return u.symbol == pieces.unit; });
    if (found == of.units.end()) {
        std::string known;
        for (const auto& each : of.units) known += (known.empty() ? "" : ", ") + std::string(each.symbol);
        return "unknown unit of " + std::string(of.name) + ": expected " + known + got;
    }
    unit = &*found;
    if (pieces.negative) return "must not be negative" + got;
    return {};
}

/// Exact decimal arithmetic: a double would hide that 0.3 ps is no whole number of steps.
std::string to_steps(const StepScale& of, std::string_view text, std::uint64_t& result) {
    const Pieces pieces = split(text);
    const Unit* unit = nullptr;
    if (std::string error = find_unit(of, text, pieces, unit); !error.empty()) return error;

    const std::string too_large = in_quotes(text) + " is too large: at most " + std::to_string(of.max) + " " +
                                  std::string(of.units.front().symbol);
    Wide total = 0;
    for (const char digit : pieces.whole) {
        total = total * 10 + static_cast<unsigned>(digit - '0');
        if (total > of.max) return too_large;
    }
    total *= unit->steps;

    std::string_view fraction = pieces.fraction;
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    constexpr std::size_t most_decimals = 25;  // 10^25 * 2^40 still fits 128 bits
    const std::string too_fine = in_quotes(text) + " is not a whole number of " + std::string(of.units.front().symbol);
    if (fraction.size() > most_decimals) return too_fine;
    Wide part = 0, power = 1;
    for (const char digit : fraction) {
        part = part * 10 + static_cast<unsigned>(digit - '0');
        power *= 10;
    }
    part *= unit->steps;
    if (part % power != 0) return too_fine;
    total += part / power;

    if (total > of.max) return too_large;
    if (total == 0 && of.zero.empty()) return "must be greater than zero, got " + in_quotes(text);
    result = static_cast<std::uint64_t>(total);
    return {};
}

std::string format_steps(const StepScale& of, std::uint64_t value) {
    if (value == 0) return of.zero.empty() ? std::string("0 ").append(of.units.front().symbol) : std::string(of.zero);
    const auto unit = std::find_if(of.units.rbegin(), of.units.rend(), [&](auto& u) { return value % u.steps == 0; });
    return std::to_string(value / unit->steps) + " " + std::string(unit->symbol);
}

std::string to_real(const RealScale& of, std::string_view text, double& result) {
    const Pieces pieces = split(text);
    const RealUnit* unit = nullptr;
    if (std::string error = find_unit(of, text, pieces, unit); !error.empty()) return error;
    // The unit's factor goes into the decimal exponent, so the one rounding is that of decimal to double.
    const std::string number = std::string(pieces.number) + std::string(unit->exponent);
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), result);
    if (status != std::errc{}) return in_quotes(text) + " is out of range";
    return {};
}

std::string format_real(const RealScale& of, double value) {
    const auto in_unit = [&](double number, const RealUnit& unit) {
        std::array<char, 512> digits;  // the longest double in fixed notation has fewer than 400 characters
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed).ptr;
        return std::string(digits.data(), end) + " " + std::string(unit.symbol);
    };
    for (auto unit = of.units.rbegin(); unit != of.units.rend() - 1; ++unit) {
        double factor = 1, back = 0;
        const std::string power = std::string("1").append(unit->exponent);
        std::from_chars(power.data(), power.data() + power.size(), factor);
        const std::string text = in_unit(value / factor, *unit);
        if (to_real(of, text, back).empty() && back == value) return text;
    }
    return in_unit(value, of.units.front());
}

template <Quantity Q>
Q from_steps(std::uint64_t value) {
    if constexpr (std::same_as<Q, Time>)
        return Time::ps(static_cast<std::int64_t>(value));
    else
        return Q{value};
}

}  // namespace

template <Quantity Q>
Parsed<Q> parse_quantity(std::string_view text) {
    if constexpr (std::same_as<decltype(scale<Q>), const StepScale>) {
        std::uint64_t value = 0;
        std::string error = to_steps(scale<Q>, text, value);
        return {from_steps<Q>(value), std::move(error)};
    } else {
        double value = 0;
        std::string error = to_real(scale<Q>, text, value);
        return {Q{value}, std::move(error)};
    }
}

template <Quantity Q>
std::string format_quantity(Q value) {
    if constexpr (std::same_as<Q, Time>) {
        if (value < Time{}) return std::string("-").append(format_steps(scale<Q>, 0 - steps(value)));
    }
    if constexpr (std::same_as<decltype(scale<Q>), const StepScale>)
        return format_steps(scale<Q>, steps(value));
    else
        return format_real(scale<Q>, real(value));
}

template <Quantity Q>
std::string quantity_name() {
    return std::string(scale<Q>.name);
}

template <Quantity Q>
std::string quantity_example() {
    return std::string(scale<Q>.example);
}

#define AHBM_QUANTITY(Q)                                 \
    template Parsed<Q> parse_quantity(std::string_view); \
    template std::string format_quantity(Q);             \
    template std::string quantity_name<Q>();             \
    template std::string quantity_example<Q>();
AHBM_QUANTITY(Time)
AHBM_QUANTITY(Bytes)
AHBM_QUANTITY(Bandwidth)
AHBM_QUANTITY(Frequency)
AHBM_QUANTITY(FlopRate)
AHBM_QUANTITY(Millimetres)
AHBM_QUANTITY(WireDelay)
#undef AHBM_QUANTITY

}  // namespace ahbm::config
