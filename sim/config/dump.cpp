// SPDX-License-Identifier: Apache-2.0
#include "sim/config/dump.h"

namespace ahbm::config {

namespace {

// Empty text stands for "needs several lines".
std::string one_line_form(Scalar& scalar) { return scalar.text(); }
std::string one_line_form(Structure& structure) { return structure.fields().empty() ? "{}" : ""; }
std::string one_line_form(Map& map) { return map.keys().empty() ? "{}" : ""; }
std::string one_line_form(List& list) {
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) {
        Value element = list.element(i);
        const std::string text = inline_text(element);
        if (text.empty()) return {};
        out += (i == 0 ? "" : ", ") + text;
    }
    return "[" + out + "]";
}

void write_block(Value& value, std::size_t indent, std::string& out);

void write_entry(const std::string& key, Value& value, std::size_t indent, std::string& out) {
    out.append(indent, ' ').append(encode_text(key)).append(":");
    if (const std::string text = inline_text(value); !text.empty()) {
        out.append(" ").append(text).append("\n");
    } else {
        out.append("\n");
        write_block(value, indent + 2, out);
    }
}

void write_block(Structure& structure, std::size_t indent, std::string& out) {
    for (Field& field : structure.fields()) write_entry(field.name, field.value, indent, out);
}

void write_block(Map& map, std::size_t indent, std::string& out) {
    for (const std::string& key : map.keys()) {
        Value element = map.element(key);
        write_entry(key, element, indent, out);
    }
}

void write_block(List& list, std::size_t indent, std::string& out) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        Value element = list.element(i);
        const std::size_t start = out.size();
        if (const std::string text = inline_text(element); !text.empty()) {
            out.append(indent + 2, ' ').append(text).append("\n");
        } else {
            write_block(element, indent + 2, out);
        }
        out[start + indent] = '-';  // into the indentation of the element's first line
    }
}

void write_block(Scalar& scalar, std::size_t indent, std::string& out) {
    out.append(indent, ' ').append(scalar.text()).append("\n");
}

void write_block(Value& value, std::size_t indent, std::string& out) {
    std::visit([&](auto& each) { write_block(*each, indent, out); }, value);
}

}  // namespace

std::string inline_text(Value& value) {
    return std::visit([](auto& each) { return one_line_form(*each); }, value);
}

std::string dump(Structure& source) {
    if (source.fields().empty()) return "{}\n";
    std::string out;
    write_block(source, 0, out);
    return out;
}

}  // namespace ahbm::config
