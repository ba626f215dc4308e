// SPDX-License-Identifier: Apache-2.0
#include "sim/config/codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ahbm::config {

namespace {

bool is_plain_scalar(const Node& node) { return node.kind == Node::Kind::scalar && !node.quoted; }

/// The whole text as a decimal or 0x number in [min, max].
template <class T>
bool read_integer(std::string_view text, T min, T max, T& value) {
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    if (hex && text.starts_with('-')) return false;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    return status == std::errc{} && end == text.data() + text.size() && value >= min && value <= max;
}

/// Words YAML readers take for something else than text.
bool is_reserved(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    constexpr std::array<std::string_view, 9> words = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

void expected(const std::string& what, const Node& node, const std::string& path) {
    if (node.partial)
        throw ConfigError(node.where, path, "a single value; it has no part '" + node.children[0].key + "'");
    throw ConfigError(node.where, path, "expected " + what + ", got " + node.found());
}

std::int64_t decode_integer(const Node& node, const std::string& path, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    if (is_plain_scalar(node) && read_integer(node.text, min, max, value)) return value;
    expected("an integer from " + std::to_string(min) + " to " + std::to_string(max), node, path);
}

std::uint64_t decode_unsigned(const Node& node, const std::string& path, std::uint64_t min, std::uint64_t max) {
    std::uint64_t value = 0;
    if (is_plain_scalar(node) && read_integer(node.text, min, max, value)) return value;
    expected("an integer from " + std::to_string(min) + " to " + std::to_string(max), node, path);
}

std::string encode_text(const std::string& text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
    };
    const auto is_plain = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
    };
    const bool plain = !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_plain);
    return plain && !is_reserved(text) ? text : in_quotes(text);
}

bool Codec<bool>::decode(const Node& node, const std::string& path) {
    if (is_plain_scalar(node) && (node.text == "true" || node.text == "false")) return node.text == "true";
    expected("true or false", node, path);
}

double decode_number(const Node& node, const std::string& path, double min, double max) {
    double value = 0;
    if (is_plain_scalar(node)) {
        const char* end = node.text.data() + node.text.size();
        const auto [stop, status] = std::from_chars(node.text.data(), end, value);
        if (status == std::errc::result_out_of_range) {
            throw ConfigError(node.where, path, in_quotes(node.text) + " is out of range");
        }
        if (status == std::errc{} && stop == end && std::isfinite(value) && value >= min && value <= max) return value;
    }
    if (min == std::numeric_limits<double>::lowest()) expected("a number", node, path);
    expected("a number from " + Codec<double>::encode(min) + " to " + Codec<double>::encode(max), node, path);
}

std::string Codec<double>::encode(double value) {
    std::array<char, 32> digits;
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string Codec<std::string>::decode(const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::scalar) expected("text", node, path);
    return node.text;
}

Position Codec<Position>::decode(const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::list || node.children.size() != 2)
        expected("a position such as [7.5 mm, 2 mm]", node, path);
    return {Codec<Millimetres>::decode(node.children[0], element_path(path, 0)),
            Codec<Millimetres>::decode(node.children[1], element_path(path, 1))};
}

std::string Codec<Position>::encode(Position value) {
    return std::string("[").append(format_quantity(value.x)).append(", ").append(format_quantity(value.y)).append("]");
}

}  // namespace ahbm::config
