// SPDX-License-Identifier: Apache-2.0
#include "sim/config/node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "sim/config/error.h"
#include "sim/config/override.h"
#include "sim/config/text.h"

namespace ahbm::config {

namespace {

constexpr char separator = '\x1f';  // nobody types it

/// Where documents begin.
class DocumentStarts final : public YAML::EventHandler {
public:
    std::vector<YAML::Mark> marks;

private:
    void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

/// Two at most.
std::vector<YAML::Mark> first_documents(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStarts documents;
    for (int i = 0; i < 2; ++i) parser.HandleNextDocument(documents);
    return documents.marks;
}

/// Builds the tree of one text. With `fixed_where` every node stands there (an override has no lines).
class Converter {
public:
    Converter(std::string name, bool fixed_where) : name_(std::move(name)), fixed_where_(fixed_where) {}

    /// `path` names the root in messages.
    Node parse(const std::string& text, const std::string& path) const {
        try {
            // Not YAML::LoadAll: there are texts that make it find documents for ever.
            const std::vector<YAML::Mark> documents = first_documents(text);
            if (documents.empty()) return nothing();
            if (documents.size() > 1)
                throw ConfigError(where(documents[1]), path, "a second document; only one per file is read");
            return convert(YAML::Load(text), path, 0);
        } catch (const YAML::Exception& error) {
            throw ConfigError(where(error.mark), path, "bad YAML: " + one_line(error.msg));
        }
    }

private:
    Node nothing() const {
        Node node;
        node.where = name_;
        return node;
    }

    std::string where(const YAML::Mark& mark) const {
        if (fixed_where_ || mark.is_null()) return name_;
        return name_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
    }

    Node convert(const YAML::Node& yaml, const std::string& path, int depth) const {
        constexpr int deepest = 64;           // an alias inside its own anchor never ends
        constexpr std::size_t most = 20'000;  // aliases of aliases of aliases grow exponentially
        Node node;
        node.where = where(yaml.Mark());
        if (depth > deepest) throw ConfigError(node.where, {}, "nested too deeply");
        if (++nodes_ > most) throw ConfigError(node.where, {}, "more than 20000 values");
        const std::string& tag = yaml.Tag();
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw ConfigError(node.where, path, "tags are not supported, got " + one_line(tag));
        }
        if (yaml.IsScalar()) {
            node.kind = Node::Kind::scalar;
            node.text = yaml.Scalar();
            node.quoted = tag == "!";
        } else if (yaml.IsSequence()) {
            node.kind = Node::Kind::list;
            for (const auto& child : yaml) {
                node.children.push_back(convert(child, element_path(path, node.children.size()), depth + 1));
            }
        } else if (yaml.IsMap()) {
            node.kind = Node::Kind::map;
            for (const auto& pair : yaml) node.children.push_back(entry(pair.first, pair.second, node, path, depth));
        }
        return node;
    }

    Node entry(const YAML::Node& key, const YAML::Node& value, const Node& map, const std::string& path,
               int depth) const {
        const std::string key_where = where(key.Mark());
        if (!key.IsScalar()) throw ConfigError(key_where, path, "a key must be a name");
        const std::string child_path = member_path(path, key.Scalar());
        const auto same = [&](const Node& other) { return other.key == key.Scalar(); };
        const auto first = std::find_if(map.children.begin(), map.children.end(), same);
        if (first != map.children.end()) {
            throw ConfigError(key_where, child_path, "duplicate key, first given at " + first->key_where);
        }
        Node child = convert(value, child_path, depth + 1);
        child.key = key.Scalar();
        child.key_where = key_where;
        if (child.kind == Node::Kind::nothing) child.where = key_where;  // else it would stand at whatever comes next
        return child;
    }

    std::string name_;
    bool fixed_where_;
    mutable std::size_t nodes_ = 0;
};

/// "a.b[2].c" and "a.b.2.c" -> a, b, 2, c. Empty if malformed.
std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> names(1);
    bool in_brackets = false, after_brackets = false;
    for (const char c : path) {
        if (in_brackets) {
            if (c == ']') {
                in_brackets = false;
                after_brackets = true;
            } else if (c >= '0' && c <= '9') {
                names.back() += c;
            } else {
                return {};
            }
        } else if (c == '.' || c == '[') {
            if (names.back().empty()) return {};
            names.emplace_back();
            in_brackets = c == '[';
            after_brackets = false;
        } else if (c == ']' || after_brackets) {
            return {};
        } else {
            names.back() += c;
        }
    }
    if (in_brackets || std::any_of(names.begin(), names.end(), [](auto& name) { return name.empty(); })) return {};
    return names;
}

}  // namespace

std::string Node::found() const {
    switch (kind) {
        case Kind::nothing: return "nothing";
        case Kind::scalar: return config::in_quotes(text);
        case Kind::list: return "a list";
        case Kind::map: return "a map";
    }
    return {};
}

Node parse_yaml(const std::string& text, const std::string& name) {
    Node node = Converter(name, false).parse(text, {});
    if (node.kind == Node::Kind::nothing) throw ConfigError(name, {}, "the file is empty");
    return node;
}

std::string override_from(const std::string& where, const std::string& override_text) {
    return separator + where + separator + override_text;
}

Node parse_override(const std::string& given) {
    const std::size_t end = given.starts_with(separator) ? given.find(separator, 1) : std::string::npos;
    const std::string override_text = end == std::string::npos ? given : given.substr(end + 1);
    const std::string where =
        end == std::string::npos ? "--set " + one_line(given) : one_line(given.substr(1, end - 1));
    const std::size_t equals = override_text.find('=');
    if (equals == std::string::npos) throw ConfigError(where, {}, "expected path=value");
    const std::string path = override_text.substr(0, equals);
    const std::string value = override_text.substr(equals + 1);
    const std::vector<std::string> names = split_path(path);
    if (names.empty()) throw ConfigError(where, {}, "expected a path such as sip.cube_mesh.w or list[2].field");

    Node node;
    if (value.empty()) {  // "name=" is the empty text, not YAML's null
        node.kind = Node::Kind::scalar;
        node.where = where;
    } else {
        node = Converter(where, true).parse(value, path);
    }
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        node.key = *name;
        node.key_where = where;
        Node parent;
        parent.kind = Node::Kind::map;
        parent.where = where;
        parent.partial = true;
        parent.children.push_back(std::move(node));
        node = std::move(parent);
    }
    return node;
}

namespace {
/// Calls visit(path, leaf) for what has no children.
template <class Visit>
void for_leaves(const Node& node, const std::string& path, const Visit& visit) {
    if (node.children.empty()) return visit(path, node);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const Node& child = node.children[i];
        const bool index = node.partial && std::isdigit(static_cast<unsigned char>(child.key.front())) != 0;
        for_leaves(child,
                   node.kind == Node::Kind::list ? element_path(path, i)
                   : index                       ? element_path(path, std::stoul(child.key))
                                                 : member_path(path, child.key),
                   visit);
    }
}
}  // namespace

std::vector<std::string> paths_of_override(const std::string& override_text) {
    std::vector<std::string> paths;
    for_leaves(parse_override(override_text), {}, [&](const std::string& path, const Node&) { paths.push_back(path); });
    return paths;
}

std::map<std::string, std::string> values_in(const Node& node) {
    std::map<std::string, std::string> values;
    for_leaves(node, {}, [&](const std::string& path, const Node& leaf) {
        if (leaf.kind == Node::Kind::scalar) values[path] = leaf.text;
    });
    return values;
}

std::string member_path(const std::string& path, const std::string& name) {
    return path.empty() ? one_line(name) : path + "." + one_line(name);
}

std::string element_path(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

}  // namespace ahbm::config
