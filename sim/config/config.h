// SPDX-License-Identifier: Apache-2.0
/// Configuration structs from YAML text and back, driven by one field list per struct:
///
///     struct HbmConfig {
///         unsigned channels = 8;
///         Bandwidth channel_bandwidth = 32_GBps;
///         template <class V> void fields(V& v) {
///             v("channels", channels, "pseudo-channels per PE slice");
///             v("channel_bandwidth", channel_bandwidth, "JESD238 pseudo-channel");
///         }
///         void validate(config::Check& check) const {   // optional
///             if (!std::has_single_bit(channels)) check.fail("channels", "a power of two expected");
///         }
///     };
///
/// Field types: bool, integers, double, std::string, the unit types of sim/units.h, Position, enums with enum_names(),
/// structs with fields(), std::vector and std::map<std::string, ...> of these, std::optional of single values.
/// A struct of this kind is copyable and default-constructible. All errors are ConfigError.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/config/dump.h"
#include "sim/config/load.h"
#include "sim/config/reference.h"

namespace ahbm::config {

/// Defaults, then the file's `base: other.yaml` (relative to the file), then the file, then "a.b[2].c=value" overrides.
template <HasFields T>
T load_file(const std::filesystem::path& path, const std::vector<std::string>& overrides = {}) {
    T config{};
    StructureOf<T> target(config);
    load_file(target, path, overrides);
    return config;
}

/// `name` stands for the file in messages, and a base is relative to it.
template <HasFields T>
T load_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides = {}) {
    T config{};
    StructureOf<T> target(config);
    load_text(target, text, name, overrides);
    return config;
}

/// Writes the fields the node names into `config` and validates the whole.
template <HasFields T>
void apply(T& config, const Node& node) {
    StructureOf<T> target(config);
    apply(target, node);
}

/// The validate() hooks of a struct built in code.
template <HasFields T>
void validate(const T& config) {
    T copy = config;
    StructureOf<T> target(copy);
    validate(target);
}

/// The complete configuration as YAML, in order of declaration: load_text<T>(dump(x)) == x.
template <HasFields T>
std::string dump(const T& config) {
    T copy = config;
    StructureOf<T> source(copy);
    return dump(source);
}

/// Markdown table: dotted path, type, default, description. Elements of lists are `name[].field`.
template <HasFields T>
std::string reference(const std::string& title) {
    T defaults{};
    StructureOf<T> source(defaults);
    return reference(source, title);
}

/// All values of each field that has few, by its path.
template <HasFields T>
std::map<std::string, std::vector<std::string>> choices() {
    T defaults{};
    StructureOf<T> source(defaults);
    return choices(source);
}

}  // namespace ahbm::config
