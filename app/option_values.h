// SPDX-License-Identifier: Apache-2.0
/// What options of the command line take, said once: it is checked when they are parsed, shown in the help, and offered
/// by the shell's completion.
#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

namespace ahbm::cli {

/// "" is no file: an option that is given does something.
inline CLI::Validator named_file() {
    return CLI::Validator([](const std::string& text) { return text.empty() ? "a file name is expected" : ""; }, "");
}

inline CLI::Validator some_value() {
    return CLI::Validator([](const std::string& text) { return text.empty() ? "a value is expected" : ""; }, "");
}

/// Digits only, and not above: to CLI11 "-1" is the largest number.
inline CLI::Validator natural_up_to(std::uint64_t most, std::uint64_t least = 0) {
    return CLI::Validator(
        [least, most](const std::string& text) {
            std::uint64_t value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool whole = error == std::errc{} && end == text.data() + text.size();
            return whole && value >= least && value <= most
                       ? std::string()
                       : fmt::format("{}: {} to {} is expected", text, least, most);
        },
        fmt::format("{}..{}", least, most));
}

inline CLI::Validator one_of(const std::vector<std::string>& names) {
    return CLI::Validator(
        [names](const std::string& text) {
            if (std::find(names.begin(), names.end(), text) != names.end()) return std::string();
            return fmt::format("{}: expected one of {}", text, fmt::join(names, ", "));
        },
        fmt::format("{{{}}}", fmt::join(names, ",")));
}

/// The names that one_of() of this option takes; none: it takes something else.
inline std::vector<std::string> names_taken(CLI::Option& option) {
    std::vector<std::string> names;
    std::string text;
    try {
        text = option.get_validator()->get_description();
    } catch (const CLI::OptionNotFound&) {  // it has none
    }
    if (!text.starts_with('{')) return names;
    for (std::size_t at = 1, end; (end = text.find_first_of(",}", at)) != std::string::npos; at = end + 1)
        names.push_back(text.substr(at, end - at));
    return names;
}

/// Of an enumeration with enum_names().
template <class E>
std::vector<std::string> names_of() {
    std::vector<std::string> names;
    for (const auto& [name, value] : enum_names(E{})) names.emplace_back(name);
    return names;
}

}  // namespace ahbm::cli
