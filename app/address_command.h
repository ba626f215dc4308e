// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ahbm::cli {

struct AddressOptions {
    std::string text;    ///< 0x... or sip0.cube3.pe5.tcm+0x100 or sip0.cube3.hbm5+0x100
    bool table = false;  ///< the whole address map
};
/// `ahbm addr`: a physical address, decoded. Throws InputError or PhysAddrError.
int address_command(const AddressOptions& options, const std::string& topology,
                    const std::vector<std::string>& overrides);

}  // namespace ahbm::cli
