// SPDX-License-Identifier: Apache-2.0
/// A configuration text as a tree that remembers where everything stands. Plain data: the YAML library stays in
/// node.cpp. Not supported: YAML tags, several documents in one file, keys that are no plain names.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ahbm::config {

struct Node {
    enum class Kind { nothing, scalar, list, map };

    Kind kind = Kind::nothing;
    std::string text;            ///< scalar
    bool quoted = false;         ///< scalar in quotes: never a number
    std::vector<Node> children;  ///< list or map, in file order
    std::string key;             ///< as a child of a map
    std::string key_where;
    std::string where;     ///< "file:line:column", or the override as typed
    bool partial = false;  ///< made from an override: names one child, the others stay as they are

    /// "a list", "nothing", "\"text\"": what a message says was found.
    std::string found() const;
};

/// Throws ConfigError for bad syntax, duplicate keys and empty text. `name` is the file name in messages.
Node parse_yaml(const std::string& text, const std::string& name);

/// "a.b[2].c=value" as a tree of single children down to the value.
Node parse_override(const std::string& override_text);
/// The paths of all that it sets, as messages write them: "a.b[2].c"; several when the value is a map or a list. Throws
/// what parse_override() does.
std::vector<std::string> paths_of_override(const std::string& override_text);

/// Every single value in a text, by its path.
std::map<std::string, std::string> values_in(const Node& node);

/// The path of a child, as messages write it: "a.b", "a[2]".
std::string member_path(const std::string& path, const std::string& name);
std::string element_path(const std::string& path, std::size_t index);

}  // namespace ahbm::config
