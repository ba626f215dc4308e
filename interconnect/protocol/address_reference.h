// SPDX-License-Identifier: Apache-2.0
/// The address map as a page for people, generated from firmware/abi/address_map.h.
#pragma once

#include <string>

namespace ahbm {

/// Tables of the fields, dies, windows and resources.
std::string address_reference_markdown();

}  // namespace ahbm
