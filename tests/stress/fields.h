// SPDX-License-Identifier: Apache-2.0
/// What can be set, as the program itself says it: the Markdown tables of `ahbm config-reference` and of
/// `ahbm run NAME --help-parameters`. Nothing is listed here by hand, so that a new field is drawn from the day it is
/// there.
#pragma once

#include <string>
#include <vector>

namespace ahbm::stress {

struct Field {
    std::string group;  ///< first word in back quotes of the table's heading: `defaults`, `algorithms.<name>`; or empty
    std::string path;   ///< "sip.cube.hbm.channels"
    std::string type;   ///< as Codec<T>::type() says it
    std::string standard;  ///< the default value
    std::string doc;
};

/// Throws std::runtime_error when there is no table in the text.
std::vector<Field> fields_of(const std::string& markdown);

/// "1..64" or "1 to 64" anywhere in the text; nothing found: false.
bool range_in(const std::string& text, unsigned long long& low, unsigned long long& high);

}  // namespace ahbm::stress
