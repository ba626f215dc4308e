// SPDX-License-Identifier: Apache-2.0
/// A value for a field, by its type.
#pragma once

#include "tests/stress/dice.h"
#include "tests/stress/fields.h"

#include <string>
#include <vector>

namespace ahbm::stress {

/// How far values go: anything the type takes, or what keeps a scenario short (`small`).
enum class Reach { any, small };

/// Quantities from a thousandth to a thousand times the default, integers from their range with its ends, one of the
/// names of an enumeration, one of `words` for a text. A few are what no field should take.
/// Throws std::runtime_error for a type it does not know: then this file must learn it.
std::string draw_value(const Field& field, Dice& dice, Reach reach, const std::vector<std::string>& words);

/// Elements of "[a, [b, c]]": {"a", "[b, c]"}.
std::vector<std::string> elements_of(const std::string& list);

}  // namespace ahbm::stress
