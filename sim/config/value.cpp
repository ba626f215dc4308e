// SPDX-License-Identifier: Apache-2.0
#include "sim/config/value.h"

namespace ahbm::config {

void FieldList::add(std::string_view name, std::string_view doc, Value value) {
    fields_.push_back({std::string(name), std::string(doc), std::move(value)});
}

}  // namespace ahbm::config
