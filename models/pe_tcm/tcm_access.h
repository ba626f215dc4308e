// SPDX-License-Identifier: Apache-2.0
/// Extension of a b_transport to PE_TCM. The call returns at once; its delay argument is annotated:
/// in: when the access may start (from now), out: when its last byte has passed the port.
#pragma once

#include "shadow/value.h"
#include "sim/units.h"

#include <tlm>

namespace ahbm {

struct TcmAccess : tlm::tlm_extension<TcmAccess> {
    /// read: appended to; write: the bytes (its whole size is the payload's data length). Null with the shadow off.
    shadow::Bundle* bundle = nullptr;
    /// write: do not finish before this time, because the bytes are still arriving.
    sim::Time not_before;
    sim::Time started;  ///< out: when the port was granted

    tlm::tlm_extension_base* clone() const override { return new TcmAccess(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const TcmAccess&>(other); }
};

}  // namespace ahbm
