// SPDX-License-Identifier: Apache-2.0
/// Text form of every single-valued field type. Codec<T> has
///   decode(node, path) -> T   throws ConfigError,
///   encode(value)             YAML on one line, which decode reads back to the same value,
///   type()                    the name in reference pages,
///   choices()                 of a type with few values: all of them.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/config/error.h"
#include "sim/config/node.h"
#include "sim/config/quantity.h"
#include "sim/config/text.h"

namespace ahbm::config {

template <class T>
struct Codec;

/// "expected <what>, got <what the node is>"
[[noreturn]] void expected(const std::string& what, const Node& node, const std::string& path);

/// The values a field may have, both ends included. It stands in the field list: `v("w", w, "...", range(1, 16))`.
template <class T>
struct Range {
    T least{}, most{};
};
template <class A, class B>
constexpr auto range(A least, B most) {
    using T = std::common_type_t<A, B>;
    return Range<T>{static_cast<T>(least), static_cast<T>(most)};
}

/// What has an order, so that a field of it has a range.
template <class T>
concept Ordered = (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, double> || Quantity<T>;

std::int64_t decode_integer(const Node& node, const std::string& path, std::int64_t min, std::int64_t max);
std::uint64_t decode_unsigned(const Node& node, const std::string& path, std::uint64_t min, std::uint64_t max);
double decode_number(const Node& node, const std::string& path, double min, double max);

/// A scalar that is plain where it can be, in double quotes where YAML would read something else.
std::string encode_text(const std::string& text);

template <>
struct Codec<bool> {
    static bool decode(const Node& node, const std::string& path);
    static std::string encode(bool value) { return value ? "true" : "false"; }
    static std::string type() { return "boolean"; }
    static std::vector<std::string> choices() { return {"true", "false"}; }
};

template <std::integral T>
struct Codec<T> {
    static constexpr Range<T> all{std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    static T decode(const Node& node, const std::string& path, Range<T> range = all) {
        if constexpr (std::is_signed_v<T>)
            return static_cast<T>(decode_integer(node, path, range.least, range.most));
        else
            return static_cast<T>(decode_unsigned(node, path, range.least, range.most));
    }
    static std::string encode(T value) { return std::to_string(value); }
    static std::string type() { return std::is_signed_v<T> ? "integer" : "unsigned integer"; }
};

template <>
struct Codec<double> {
    static constexpr Range<double> all{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
    static double decode(const Node& node, const std::string& path, Range<double> range = all) {
        return decode_number(node, path, range.least, range.most);
    }
    static std::string encode(double value);
    static std::string type() { return "number"; }
};

template <>
struct Codec<std::string> {
    static std::string decode(const Node& node, const std::string& path);
    static std::string encode(const std::string& value) { return encode_text(value); }
    static std::string type() { return "text"; }
};

/// What a field may say whose list does not: no sum or product of some values leaves 64 bits. 1000 s, 128 TiB, 1 PB/s,
/// 1 THz, 1 EFLOP/s, 1 km, 1 ms/mm.
template <Quantity Q>
constexpr Range<Q> sensible = {};
template <>
inline constexpr Range<Time> sensible<Time> = {Time{}, Time::ps(1'000'000'000'000'000)};
template <>
inline constexpr Range<Bytes> sensible<Bytes> = {Bytes{0}, Bytes{std::uint64_t{128} << 40}};
template <>
inline constexpr Range<Bandwidth> sensible<Bandwidth> = {Bandwidth{1}, Bandwidth{1'000'000'000}};
template <>
inline constexpr Range<Frequency> sensible<Frequency> = {Frequency{1}, Frequency{1'000'000'000}};
template <>
inline constexpr Range<FlopRate> sensible<FlopRate> = {FlopRate{1}, FlopRate{1'000'000'000'000}};
template <>
inline constexpr Range<Millimetres> sensible<Millimetres> = {Millimetres{0}, Millimetres{1e6}};
template <>
inline constexpr Range<WireDelay> sensible<WireDelay> = {WireDelay{0}, WireDelay{1e9}};

template <Quantity Q>
struct Codec<Q> {
    static constexpr Range<Q> all = sensible<Q>;
    static Q decode(const Node& node, const std::string& path, Range<Q> range = all) {
        if (node.kind != Node::Kind::scalar) expected(quantity_example<Q>(), node, path);
        const Parsed<Q> parsed = parse_quantity<Q>(node.text);
        if (!parsed) throw ConfigError(node.where, path, parsed.error);
        if (parsed.value > range.most)
            throw ConfigError(node.where, path,
                              in_quotes(node.text) + " is too large: at most " + format_quantity(range.most));
        if (parsed.value < range.least)
            throw ConfigError(node.where, path,
                              in_quotes(node.text) + " is too small: at least " + format_quantity(range.least));
        return parsed.value;
    }
    static std::string encode(Q value) { return format_quantity(value); }
    static std::string type() { return quantity_name<Q>(); }
};

template <>
struct Codec<Position> {
    static Position decode(const Node& node, const std::string& path);
    static std::string encode(Position value);
    static std::string type() { return "position"; }
};

/// Customisation point of an enum, found next to it: std::span<const std::pair<std::string_view, E>> enum_names(E).
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) {
    { enum_names(value) } -> std::convertible_to<std::span<const std::pair<std::string_view, E>>>;
};

/// Throws std::logic_error for an enumerator without a name.
template <NamedEnum E>
std::string_view name_of(E value) {
    for (const auto& [name, each] : enum_names(value))
        if (each == value) return name;
    throw std::logic_error("an enumerator without a name in enum_names()");
}

template <NamedEnum E>
struct Codec<E> {
    static std::span<const std::pair<std::string_view, E>> names() { return enum_names(E{}); }
    static E decode(const Node& node, const std::string& path) {
        if (node.kind == Node::Kind::scalar) {
            for (const auto& [name, value] : names()) {
                if (name == node.text) return value;
            }
        }
        expected("one of " + type(), node, path);
    }
    static std::string encode(E value) { return encode_text(std::string(name_of(value))); }
    static std::string type() { return joined(choices()); }
    static std::vector<std::string> choices() {
        std::vector<std::string> all;
        for (const auto& [name, value] : names()) all.emplace_back(name);
        return all;
    }
};

/// `null` or `~`: no value.
template <class T>
struct Codec<std::optional<T>> {
    template <class... Limits>
    static std::optional<T> decode(const Node& node, const std::string& path, Limits... limits) {
        if (node.kind == Node::Kind::nothing) return std::nullopt;
        return Codec<T>::decode(node, path, limits...);
    }
    static std::string encode(const std::optional<T>& value) { return value ? Codec<T>::encode(*value) : "null"; }
    static std::string type() { return "optional " + Codec<T>::type(); }
    static std::vector<std::string> choices() requires requires { Codec<T>::choices(); }
    {
        std::vector<std::string> all = Codec<T>::choices();
        all.emplace_back("null");
        return all;
    }
};

}  // namespace ahbm::config
