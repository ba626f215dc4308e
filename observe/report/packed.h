// SPDX-License-Identifier: Apache-2.0
/// Arrays of numbers as text that a browser turns into a typed array at once: base64 of their little-endian bytes.
#pragma once

#include <bit>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm::report {

/// Base64 without padding.
std::string base64(std::string_view bytes);

template <class Number>
std::string packed(const std::vector<Number>& numbers) {
    static_assert(std::endian::native == std::endian::little);
    return base64({reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)});
}

}  // namespace ahbm::report
