// SPDX-License-Identifier: Apache-2.0
#include "sim/config/applier.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ahbm::config {

void Applier::apply(Structure& target, const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::map) expected("a map of fields", node, path);
    note(node, path);
    std::vector<Field> fields = target.fields();
    for (const Node& child : node.children) {
        const auto field = std::find_if(fields.begin(), fields.end(), [&](auto& f) { return f.name == child.key; });
        if (field == fields.end()) {
            std::vector<std::string> names;
            for (const Field& each : fields) names.push_back(each.name);
            throw ConfigError(child.key_where, member_path(path, child.key), "unknown field" + hint(child.key, names));
        }
        apply(field->value, child, member_path(path, child.key));
    }
}

void Applier::apply(List& target, const Node& node, const std::string& path) {
    if (node.partial) {
        const Node& child = node.children[0];
        std::size_t index = 0;
        const char* end = child.key.data() + child.key.size();
        const auto [stop, status] = std::from_chars(child.key.data(), end, index);
        if (status != std::errc{} || stop != end || index >= target.size()) {
            throw ConfigError(node.where, path,
                              "no element '" + one_line(child.key) + "'; the list has " +
                                  std::to_string(target.size()) + ", counted from 0");
        }
        Value element = target.element(index);
        return apply(element, child, element_path(path, index));
    }
    if (node.kind != Node::Kind::list) expected("a list", node, path);
    note(node, path);
    forget_inside(path);
    target.clear();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        Value element = target.append();
        apply(element, node.children[i], element_path(path, i));
    }
}

void Applier::apply(Map& target, const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::map) expected("a map", node, path);
    if (node.partial) {
        const std::string& key = node.children[0].key;
        const std::vector<std::string> keys = target.keys();
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            throw ConfigError(node.where, member_path(path, key), "unknown key" + hint(key, keys));
        }
    } else {
        note(node, path);
        forget_inside(path);
        target.clear();
    }
    for (const Node& child : node.children) {
        Value element = target.element(child.key);
        apply(element, child, member_path(path, child.key));
    }
}

void Applier::apply(Scalar& target, const Node& node, const std::string& path) {
    target.read(node, path);
    note(node, path);
}

void Applier::apply(Value& target, const Node& node, const std::string& path) {
    std::visit([&](auto& each) { apply(*each, node, path); }, target);
}

void Applier::note(const Node& node, const std::string& path) {
    if (!node.partial) locations_[path] = node.where;
}

/// A replaced list or map: positions of its earlier elements mean nothing any more.
void Applier::forget_inside(const std::string& path) {
    auto each = locations_.upper_bound(path);
    while (each != locations_.end() && each->first.starts_with(path)) {
        const char next = each->first[path.size()];
        each = next == '.' || next == '[' ? locations_.erase(each) : std::next(each);
    }
}

}  // namespace ahbm::config
