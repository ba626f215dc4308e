// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "sim/config/applier.h"

namespace ahbm::config {

namespace {

/// `where` and `path`: who asked for the file, if it is a base.
std::string read_text(const std::filesystem::path& file, const std::string& where, const std::string& path) {
    const auto fail = [&](const std::string& reason) {
        if (where.empty()) throw ConfigError(file.string(), {}, "cannot read: " + reason);
        throw ConfigError(where, path, "cannot read " + in_quotes(file.string()) + ": " + reason);
    };
    std::error_code status;
    if (std::filesystem::is_directory(file, status)) fail("Is a directory");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) fail(std::generic_category().message(errno));
    if (!std::filesystem::is_regular_file(file, status)) fail("Not a regular file");  // a device may never end
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// One file after the other, the deepest base first, with the `base` keys taken out.
class Layers {
public:
    std::vector<Node> from_text(const std::string& text, const std::filesystem::path& file) {
        add(text, file);
        return std::move(nodes_);
    }
    const std::vector<std::filesystem::path>& files() const { return files_; }

private:
    void add(const std::string& text, const std::filesystem::path& file) {
        files_.push_back(file);
        Node node = parse_yaml(text, file.string());
        const auto base =
            std::find_if(node.children.begin(), node.children.end(), [](auto& n) { return n.key == "base"; });
        if (node.kind == Node::Kind::map && base != node.children.end()) {
            open_.push_back(file);
            add_base(*base, file.parent_path() / Codec<std::string>::decode(*base, "base"));
            open_.pop_back();
            node.children.erase(base);
        }
        nodes_.push_back(std::move(node));
    }

    void add_base(const Node& base, const std::filesystem::path& file) {
        const auto same = [&](const auto& open) { return identity(open) == identity(file); };
        const auto first = std::find_if(open_.begin(), open_.end(), same);
        if (first != open_.end()) {
            std::string cycle;
            for (auto each = first; each != open_.end(); ++each) cycle += each->string() + " -> ";
            throw ConfigError(base.where, "base", "a file cannot derive from itself: " + cycle + file.string());
        }
        add(read_text(file, base.where, "base"), file);
    }

    static std::filesystem::path identity(const std::filesystem::path& file) {
        std::error_code status;
        const auto canonical = std::filesystem::weakly_canonical(file, status);
        return status ? file.lexically_normal() : canonical;
    }

    std::vector<std::filesystem::path> files_, open_;
    std::vector<Node> nodes_;
};

void validate_inside(Value& value, const Locations& locations, const std::string& path);

void validate_inside(Structure& structure, const Locations& locations, const std::string& path) {
    for (Field& field : structure.fields()) validate_inside(field.value, locations, member_path(path, field.name));
    Check check(locations, path);
    structure.validate(check);
}

void validate_inside(List& list, const Locations& locations, const std::string& path) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        Value element = list.element(i);
        validate_inside(element, locations, element_path(path, i));
    }
}

void validate_inside(Map& map, const Locations& locations, const std::string& path) {
    for (const std::string& key : map.keys()) {
        Value element = map.element(key);
        validate_inside(element, locations, member_path(path, key));
    }
}

void validate_inside(Scalar&, const Locations&, const std::string&) {}

void validate_inside(Value& value, const Locations& locations, const std::string& path) {
    std::visit([&](auto& each) { validate_inside(*each, locations, path); }, value);
}

}  // namespace

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
    Layers layers;
    layers.from_text(read_text(path, {}, {}), path);
    return layers.files();
}

void load_file(Structure& target, const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    load_text(target, read_text(path, {}, {}), path.string(), overrides);
}

void load_text(Structure& target, const std::string& text, const std::string& name,
               const std::vector<std::string>& overrides) {
    for (const Field& field : target.fields()) {
        if (field.name == "base") throw std::logic_error("the field name 'base' is taken: it names the base file");
    }
    Applier applier;
    for (const Node& node : Layers().from_text(text, name)) applier.apply(target, node, {});
    for (const std::string& each : overrides) applier.apply(target, parse_override(each), {});
    validate_inside(target, applier.locations(), {});
}

void apply(Structure& target, const Node& node) {
    Applier applier;
    applier.apply(target, node, {});
    validate_inside(target, applier.locations(), {});
}

void validate(Structure& target) { validate_inside(target, {}, {}); }

void Check::fail(const std::string& field, const std::string& message) const {
    const std::string path = path_.empty() ? field : field.empty() ? path_ : path_ + "." + field;
    std::string enclosing = path;
    auto location = locations_.find(enclosing);
    while (location == locations_.end() && !enclosing.empty()) {
        const std::size_t end = enclosing.find_last_of(".[");
        enclosing.resize(end == std::string::npos ? 0 : end);
        location = locations_.find(enclosing);
    }
    throw ConfigError(location == locations_.end() ? std::string{} : location->second, path, message);
}

}  // namespace ahbm::config
