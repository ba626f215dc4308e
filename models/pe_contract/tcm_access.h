// SPDX-License-Identifier: Apache-2.0
/// Extension of a b_transport to PE_TCM. The call returns at once; its delay argument is annotated, counted from
/// sc_time_stamp() as everywhere in TLM (a block on the wheel adds WheelPump::delay()):
/// in: when the access may start, out: when its last byte has passed the port.
/// A port serves in the order of the calls, so a call long before its access may start holds up others.
/// Address and data length of the payload say what is accessed; no data pointer is needed.
#pragma once

#include "shadow/value.h"
#include "sim/units.h"

#include <tlm>

#include <string_view>

namespace ahbm {

struct TcmAccess : tlm::tlm_extension<TcmAccess> {
    /// read: the bytes visible at the call are appended to it; write: the bytes (its whole size is the payload's data
    /// length), taken from it at the call and visible from the access's end. Null with the shadow off.
    shadow::Bundle* bundle = nullptr;
    /// write: do not finish before this time, because the bytes are still arriving.
    sim::Time not_before;
    bool of_kernel = true;  ///< or of somebody else who reaches the memory over the fabric
    /// By how much the access may start before the time that the delay annotates: a TLM delay reaches no past.
    sim::Time early;
    /// Rows of `row_bytes` that start `row_pitch` bytes apart, as one access of the payload's data length.
    /// 0: the bytes are contiguous.
    std::uint64_t row_bytes = 0;
    std::uint64_t row_pitch = 0;

    sim::Time started;        ///< out: when the port was granted
    std::string_view memory;  ///< out: the memory's name, for the log and for messages

    tlm::tlm_extension_base* clone() const override { return new TcmAccess(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const TcmAccess&>(other); }
};

}  // namespace ahbm
