// SPDX-License-Identifier: Apache-2.0
/// Text form of the physical units: "16 ns", "16 MiB", "128 GB/s", "1 GHz", "8 TFLOP/s", "7.5 mm", "0.01 ns/mm".
/// A value is never rounded: text that the type cannot hold exactly is refused, and format -> parse gives the same
/// value. Not modelled: negative quantities, exponents ("1e3 ns"), arithmetic in text.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "sim/units.h"

namespace ahbm::config {

using sim::Bandwidth;
using sim::Bytes;
using sim::FlopRate;
using sim::Frequency;
using sim::Millimetres;
using sim::Position;
using sim::Time;
using sim::WireDelay;

template <class T>
concept Quantity =
    std::same_as<T, Time> || std::same_as<T, Bytes> || std::same_as<T, Bandwidth> || std::same_as<T, Frequency> ||
    std::same_as<T, FlopRate> || std::same_as<T, Millimetres> || std::same_as<T, WireDelay>;

/// A value, or the sentence that says why there is none.
template <class T>
struct Parsed {
    T value{};
    std::string error;
    explicit operator bool() const { return error.empty(); }
};

/// Rates (Bandwidth, Frequency, FlopRate) must be greater than zero: time is computed by dividing by them.
template <Quantity Q>
Parsed<Q> parse_quantity(std::string_view text);

/// The largest unit in which the value is a whole number ("16 KiB", "500 ps"); lengths and wire delays as decimals.
template <Quantity Q>
std::string format_quantity(Q value);

/// "time", "size", ... for reference pages.
template <Quantity Q>
std::string quantity_name();

/// `a time such as "45 ns"`, for messages.
template <Quantity Q>
std::string quantity_example();

}  // namespace ahbm::config
