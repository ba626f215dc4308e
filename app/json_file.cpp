// SPDX-License-Identifier: Apache-2.0
#include "app/json_file.h"

#include "platform/input_error.h"

#include <fmt/format.h>

#include <fstream>

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
    constexpr int deepest = 64;  // what is looked at and written recursively must end
    const auto check_depth = [&](int depth, json::parse_event_t, json&) {
        if (depth > deepest) throw InputError(fmt::format("{}: nested too deeply", file));
        return true;
    };
    json document = json::parse(stream, check_depth, false);
    if (!has_schema(document, schema))
        throw InputError(fmt::format("{}: the schema '{}', version {}, is expected", file, schema, version_of(schema)));
    return document;
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
