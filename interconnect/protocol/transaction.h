// SPDX-License-Identifier: Apache-2.0
/// A generic payload with one extension, both owned by the block that uses them: a payload's destructor would delete
/// its extensions.
#pragma once

#include <tlm>

namespace ahbm {

template <class Extension>
struct Transaction {
    tlm::tlm_generic_payload payload;
    Extension extension;

    Transaction() { payload.set_extension(&extension); }
    ~Transaction() { payload.clear_extension(&extension); }
    Transaction(const Transaction&) = delete;
};

}  // namespace ahbm
