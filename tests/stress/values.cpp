// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <stdexcept>

namespace ahbm::stress {
namespace {

/// One smallest step of each quantity, what its units are in it, and a value for where the default shows none.
struct Scale {
    std::string smallest;
    std::map<std::string, double> units;
    double example;
};
const std::map<std::string, Scale> kScales{
    {"time", {"ps", {{"ps", 1}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}, 100e3}},
    {"size",
     {"B", {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}, 4096}},
    {"bandwidth", {"MB/s", {{"MB/s", 1}, {"GB/s", 1e3}, {"TB/s", 1e6}}, 64e3}},
    {"frequency", {"kHz", {{"kHz", 1}, {"MHz", 1e3}, {"GHz", 1e6}}, 1e6}},
    {"compute rate", {"MFLOP/s", {{"MFLOP/s", 1}, {"GFLOP/s", 1e3}, {"TFLOP/s", 1e6}, {"PFLOP/s", 1e9}}, 8e6}},
    {"length", {"mm", {{"mm", 1}}, 1}},
    {"wire delay", {"ns/mm", {{"ns/mm", 1}, {"ps/mm", 1e-3}}, 0.01}}};

const std::vector<std::string> kNonsense{"-1", "nonsense", "''", "[1, 2]", "1e30", "0x10", "nan", "3.5.7", "~"};

/// "1 B to 64 KiB" anywhere in the text.
bool quantities_in(const std::string& text, const Scale& scale, double& low, double& high) {
    static const std::regex range(R"(([0-9.]+) ([^ ,]+) to ([0-9.]+) ([^ ,]+))");
    std::smatch match;
    if (!std::regex_search(text, match, range)) return false;
    low = std::stod(match[1]) * scale.units.at(match[2]);
    high = std::stod(match[3]) * scale.units.at(match[4]);
    return true;
}

std::string quantity(const std::string& standard, const std::string& type, Dice& dice, const std::string& text = {},
                     Reach reach = Reach::any) {
    const Scale& scale = kScales.at(type);
    double value = scale.example;
    if (standard.find_first_of("123456789") != std::string::npos)
        value = std::stod(standard) * scale.units.at(standard.substr(standard.find(' ') + 1));
    const double usual = value;
    if (dice.percent(5))
        value = 0;
    else if (dice.percent(70))  // a power of two of it
        value *= std::ldexp(1.0, static_cast<int>(dice.between(0, 20)) - 10);
    else
        value *= dice.log_between(1e-3, 1e3);
    double low = 0, high = 0;
    if (quantities_in(text, scale, low, high) && dice.percent(95)) value = std::clamp(value, low, high);
    // A tensor in tiles of a few bytes takes as many times longer.
    if (reach == Reach::small && type == "size" && value > 0) value = std::max(value, usual / 16);
    const bool whole = type != "length" && type != "wire delay";
    return fmt::format("{:.{}f} {}", value, whole ? 0 : 5, scale.smallest);
}

std::string integer(const Field& field, Dice& dice, Reach reach) {
    unsigned long long low = 0, high = 0;
    // A run is as long as its parameters are large.
    const bool ranged = reach == Reach::any && (range_in(field.type, low, high) || range_in(field.doc, low, high));
    const auto standard = std::stoull(field.standard.empty() || field.standard == "null" ? "4" : field.standard);
    if (reach == Reach::small && !dice.percent(4)) {
        if (standard == 0 && dice.percent(70)) return "0";
        const auto most = std::clamp(standard * 2, 4ull, 300ull);
        return std::to_string(static_cast<std::uint64_t>(dice.log_between(1, static_cast<double>(most) + 0.999)));
    }
    if (dice.percent(8)) {  // where arithmetic wraps
        static const std::vector<unsigned long long> edges{
            0,          1,          65535, 65536, (1ull << 31) - 1, 1ull << 31, (1ull << 32) - 16, (1ull << 32) - 1,
            1ull << 32, 1ull << 63, ~0ull};
        return std::to_string(dice.of(edges));
    }
    if (ranged && dice.percent(30)) return std::to_string(dice.percent(50) ? low : high);
    if (ranged && dice.percent(80)) return std::to_string(dice.between(low, std::min(high, low + 1'000'000)));
    if (dice.percent(50)) return std::to_string(dice.between(0, 9));
    const double base = static_cast<double>(std::max(standard, 1ull));
    return std::to_string(static_cast<unsigned long long>(base * dice.log_between(0.1, 10)));
}

std::string number(const Field& field, Dice& dice) {
    const double standard = field.standard == "null" ? 0 : std::stod(field.standard);
    return fmt::format("{:.4g}", dice.percent(10) ? 0.0 : (standard == 0 ? 0.5 : standard) * dice.log_between(0.1, 10));
}

/// One more, one less, another one: of the default's elements.
std::string list(const Field& field, Dice& dice, Reach reach, const std::vector<std::string>& words) {
    std::vector<std::string> elements = elements_of(field.standard);
    const std::string type = field.type.substr(std::string_view("list of ").size());
    if (elements.empty()) return "[]";
    if (dice.percent(30)) elements.resize(dice.between(1, elements.size()));
    if (dice.percent(50)) {
        std::string& element = elements[dice.below(elements.size())];
        element = draw_value({field.group, field.path, type, element, field.doc}, dice, reach, words);
    }
    if (dice.percent(5)) elements.clear();
    return fmt::format("[{}]", fmt::join(elements, ", "));
}

}  // namespace

std::vector<std::string> elements_of(const std::string& list) {
    std::vector<std::string> elements;
    std::string element;
    int depth = 0;
    for (const char c : list) {
        if (c == ']' && --depth == 0) break;
        if (c == ',' && depth == 1) {
            elements.push_back(element);
            element.clear();
        } else if (depth > 0 && !(c == ' ' && element.empty())) {
            element += c;
        }
        if (c == '[') ++depth;
    }
    if (!element.empty()) elements.push_back(element);
    return elements;
}

std::string draw_value(const Field& field, Dice& dice, Reach reach, const std::vector<std::string>& words) {
    if (dice.percent(1)) return dice.of(kNonsense);
    Field plain = field;
    if (field.type.starts_with("optional ")) {
        if (dice.percent(10)) return "null";
        plain.type = field.type.substr(std::string_view("optional ").size());
    }
    const std::string& type = plain.type;
    if (type.starts_with("list of ")) return list(plain, dice, reach, words);
    if (type.starts_with("unsigned integer") || type.starts_with("integer")) return integer(plain, dice, reach);
    if (type.starts_with("number")) return number(plain, dice);
    if (type == "boolean") return dice.percent(50) ? "true" : "false";
    if (type == "text") return dice.percent(70) || words.empty() ? plain.standard : dice.of(words);
    if (type == "position") {
        const std::vector<std::string> both = elements_of(plain.standard);
        return fmt::format("[{}, {}]", quantity(both.at(0), "length", dice), quantity(both.at(1), "length", dice));
    }
    const std::string kind = type.substr(0, type.find(", "));  // a range may follow
    if (kScales.contains(kind)) return quantity(plain.standard, kind, dice, type, reach);
    if (type.find(", ") != std::string::npos) return dice.of(elements_of("[" + type + "]"));
    throw std::runtime_error(fmt::format("{}: values of type '{}' cannot be drawn", field.path, type));
}

}  // namespace ahbm::stress
