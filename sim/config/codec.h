// SPDX-License-Identifier: Apache-2.0
/// Text form of every single-valued field type. Codec<T> has
///   decode(node, path) -> T   throws ConfigError,
///   encode(value)             YAML on one line, which decode reads back to the same value,
///   type()                    the name in reference pages.
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

std::int64_t decode_integer(const Node& node, const std::string& path, std::int64_t min, std::int64_t max);
std::uint64_t decode_unsigned(const Node& node, const std::string& path, std::uint64_t max);

/// A scalar that is plain where it can be, in double quotes where YAML would read something else.
std::string encode_text(const std::string& text);

template <>
struct Codec<bool> {
    static bool decode(const Node& node, const std::string& path);
    static std::string encode(bool value) { return value ? "true" : "false"; }
    static std::string type() { return "boolean"; }
};

template <std::integral T>
struct Codec<T> {
    static T decode(const Node& node, const std::string& path) {
        using Limits = std::numeric_limits<T>;
        if constexpr (std::is_signed_v<T>)
            return static_cast<T>(decode_integer(node, path, Limits::min(), Limits::max()));
        else
            return static_cast<T>(decode_unsigned(node, path, Limits::max()));
    }
    static std::string encode(T value) { return std::to_string(value); }
    static std::string type() { return std::is_signed_v<T> ? "integer" : "unsigned integer"; }
};

template <>
struct Codec<double> {
    static double decode(const Node& node, const std::string& path);
    static std::string encode(double value);
    static std::string type() { return "number"; }
};

template <>
struct Codec<std::string> {
    static std::string decode(const Node& node, const std::string& path);
    static std::string encode(const std::string& value) { return encode_text(value); }
    static std::string type() { return "text"; }
};

/// What a configuration may say at most, so that sums and products of some values stay in range: 1000 s, 1 km, 1 ms/mm.
template <Quantity Q>
constexpr std::optional<Q> most = {};
template <>
inline constexpr std::optional<Time> most<Time> = Time::ps(1'000'000'000'000'000);
template <>
inline constexpr std::optional<Millimetres> most<Millimetres> = Millimetres{1e6};
template <>
inline constexpr std::optional<WireDelay> most<WireDelay> = WireDelay{1e9};

template <Quantity Q>
struct Codec<Q> {
    static Q decode(const Node& node, const std::string& path) {
        if (node.kind != Node::Kind::scalar) expected(quantity_example<Q>(), node, path);
        const Parsed<Q> parsed = parse_quantity<Q>(node.text);
        if (!parsed) throw ConfigError(node.where, path, parsed.error);
        if (most<Q> && parsed.value > *most<Q>)
            throw ConfigError(node.where, path,
                              in_quotes(node.text) + " is too large: at most " + format_quantity(*most<Q>));
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
    static std::string type() {
        std::vector<std::string> all;
        for (const auto& [name, value] : names()) all.emplace_back(name);
        return joined(all);
    }
};

/// `null` or `~`: no value.
template <class T>
struct Codec<std::optional<T>> {
    static std::optional<T> decode(const Node& node, const std::string& path) {
        if (node.kind == Node::Kind::nothing) return std::nullopt;
        return Codec<T>::decode(node, path);
    }
    static std::string encode(const std::optional<T>& value) { return value ? Codec<T>::encode(*value) : "null"; }
    static std::string type() { return "optional " + Codec<T>::type(); }
};

}  // namespace ahbm::config
