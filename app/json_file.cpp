// SPDX-License-Identifier: Apache-2.0
#include "app/json_file.h"

#include "platform/input_error.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <vector>

namespace ahbm::cli {

using nlohmann::json;

namespace {
/// Of a result, 3: figures are numbers, settings of collectives are there.
int version_of(std::string_view schema) { return schema == "ahbm-result" ? 3 : 1; }
}  // namespace

bool has_schema(const json& document, std::string_view schema) {
    if (!document.is_object()) return false;
    const auto name = document.find("schema"), version = document.find("version");
    return name != document.end() && *name == schema && version != document.end() && *version == version_of(schema);
}

json read_document(const std::string& file, std::string_view schema) {
    std::ifstream stream(file);
    if (!stream) throw InputError(fmt::format("{}: no such file", file));
    constexpr int deepest = 64;                            // what is looked at and written recursively must end
    std::vector<std::set<std::string>> keys(deepest + 2);  // of the objects around, by depth
    const auto looked_at = [&](int depth, json::parse_event_t event, json& value) {
        if (depth > deepest) throw InputError(fmt::format("{}: nested too deeply", file));
        const auto level = static_cast<std::size_t>(depth);
        if (event == json::parse_event_t::object_start) keys[level + 1].clear();
        if (event == json::parse_event_t::key && !keys[level].insert(value.get<std::string>()).second)
            throw InputError(fmt::format("{}: the key {} is there twice", file, value.dump()));
        return true;
    };
    json document;
    try {
        document = json::parse(stream, looked_at);
    } catch (const json::exception& error) {
        const std::string why = error.what();
        throw InputError(fmt::format("{}: no JSON: {}", file, config::one_line(why.substr(why.find("] ") + 2))));
    }
    if (has_schema(document, schema)) return document;
    const auto said = [&](const char* key) {
        return document.is_object() && document.contains(key) ? document[key].dump() : "none";
    };
    throw InputError(fmt::format("{}: the schema '{}', version {}, is expected, not {}, version {}", file, schema,
                                 version_of(schema), said("schema"), said("version")));
}

std::int64_t integer(const json& number) {
    if (!number.is_number_integer()) throw json::type_error::create(302, "type must be an integer", &number);
    return number.get<std::int64_t>();
}

std::uint64_t natural(const json& number) {
    if (!number.is_number_unsigned()) throw json::type_error::create(302, "type must be a natural number", &number);
    return number.get<std::uint64_t>();
}

std::string digest_of(nlohmann::json document) {
    document.erase("digest");
    document.erase("ledger");
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : document.dump()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("fnv1a64:{:016x}", hash);
}

}  // namespace ahbm::cli
