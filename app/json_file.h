// SPDX-License-Identifier: Apache-2.0
/// JSON that a user hands in: files may be anything, so nothing is taken for granted.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ahbm::cli {

/// Whether `document` says that it is of this schema, in the version that is written now.
bool has_schema(const nlohmann::json& document, std::string_view schema);
/// An object of that schema. Throws InputError naming the file: it cannot be read, is something else, or nested deeper
/// than any result.
nlohmann::json read_document(const std::string& file, std::string_view schema);

/// A fingerprint, not a defence: FNV-1a, 64 bits, of a result without its `digest` and `ledger`.
std::string digest_of(nlohmann::json result);

/// Throw json::type_error where there is something else: a fraction, or for `natural` a number below 0.
std::int64_t integer(const nlohmann::json& number);
std::uint64_t natural(const nlohmann::json& number);

}  // namespace ahbm::cli
