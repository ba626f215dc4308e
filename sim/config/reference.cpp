// SPDX-License-Identifier: Apache-2.0
#include "sim/config/reference.h"

#include "sim/config/dump.h"

namespace ahbm::config {

namespace {

class Page {
public:
    explicit Page(const std::string& title)
        : text_("## " + title + "\n\n| field | type | default | description |\n|---|---|---|---|\n") {}

    void fields(Structure& structure, const std::string& path) {
        for (Field& field : structure.fields()) {
            const std::string default_text = inline_text(field.value);
            row(field.value, member_path(path, field.name), default_text, field.doc);
        }
    }

    std::string take() { return std::move(text_); }

private:
    void row(Value& value, const std::string& path, const std::string& default_text, const std::string& doc) {
        const bool shows_default = !std::holds_alternative<std::unique_ptr<Structure>>(value) && !default_text.empty();
        const std::string shown = shows_default ? "`" + default_text + "`" : extent(value);
        cell("`" + path + "`");
        cell(type(value));  // from here on lists and maps hold examples
        cell(shown);
        cell(doc);
        text_ += " |\n";
        inside(value, path);
    }

    void cell(const std::string& text) {
        text_ += text_.ends_with('\n') ? "| " : " | ";
        for (const char c : one_line(text)) {
            if (c == '|') text_ += '\\';
            text_ += c;
        }
    }

    static std::string type(Value& value) {
        return std::visit([](auto& each) { return type(*each); }, value);
    }
    static std::string type(Scalar& scalar) { return scalar.type(); }
    static std::string type(Structure&) { return "group"; }
    static std::string type(List& list) { return "list of " + element_type(example(list)); }
    static std::string type(Map& map) { return "map of " + element_type(example(map)); }
    static std::string element_type(Value element) {
        return std::holds_alternative<std::unique_ptr<Structure>>(element) ? "groups" : type(element);
    }

    static std::string extent(Value& value) {
        if (auto* list = std::get_if<std::unique_ptr<List>>(&value)) {
            return std::to_string((*list)->size()) + ((*list)->size() == 1 ? " element" : " elements");
        }
        if (auto* map = std::get_if<std::unique_ptr<Map>>(&value)) return joined((*map)->keys());
        return "";
    }

    static Value example(List& list) {
        list.clear();
        return list.append();
    }
    static Value example(Map& map) {
        map.clear();
        return map.element("name");
    }

    void inside(Value& value, const std::string& path) {
        std::visit([&](auto& each) { inside(*each, path); }, value);
    }
    void inside(Scalar&, const std::string&) {}
    void inside(Structure& structure, const std::string& path) { fields(structure, path); }
    void inside(List& list, const std::string& path) {
        Value element = example(list);
        inside(element, path + "[]");
    }
    void inside(Map& map, const std::string& path) {
        Value element = example(map);
        inside(element, path + ".<name>");
    }

    std::string text_;
};

void collect_choices(Structure& structure, const std::string& path,
                     std::map<std::string, std::vector<std::string>>& all) {
    for (Field& field : structure.fields()) {
        const std::string at = member_path(path, field.name);
        if (auto* inner = std::get_if<std::unique_ptr<Structure>>(&field.value)) collect_choices(**inner, at, all);
        if (auto* scalar = std::get_if<std::unique_ptr<Scalar>>(&field.value))
            if (std::vector<std::string> choices = (*scalar)->choices(); !choices.empty()) all[at] = std::move(choices);
    }
}

}  // namespace

std::map<std::string, std::vector<std::string>> choices(Structure& config) {
    std::map<std::string, std::vector<std::string>> all;
    collect_choices(config, {}, all);
    return all;
}

std::string reference(Structure& defaults, const std::string& title) {
    Page page(title);
    page.fields(defaults, {});
    return page.take();
}

}  // namespace ahbm::config
