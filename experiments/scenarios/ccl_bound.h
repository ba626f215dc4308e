// SPDX-License-Identifier: Apache-2.0
/// What a collective cannot be faster than, whatever the algorithm.
#pragma once

#include "experiments/scenarios/ccl_reference.h"
#include "platform/session.h"
#include "sw_runtime/process_group/process_group.h"

#include <string>

namespace ahbm::scenarios {

/// alpha + bytes / beta: the head latency of the longest way that data must take between two ranks' first participants
/// (of one rank: between the first participant and any other), and the bytes that one SIP (of one rank: one
/// participant) must at least send, or receive if that takes longer, over the narrowest link that all its ways have in
/// common.
struct CclBound {
    sim::Time alpha;
    std::uint64_t bytes = 0;  ///< 0: nothing moves, or no link is common to all ways
    sim::Bandwidth beta;
    bool received = false;  ///< the bytes; otherwise sent
    bool by_rank = false;   ///< of a SIP; otherwise of a participant

    sim::Time time() const { return bytes == 0 ? alpha : alpha + beta.time_for(bytes); }
    /// "47.240 ns + 2048 B / 64 GB/s, whatever the algorithm: longest way ...".
    std::string words() const;
};
/// With one participant there is no way that it would have to use: all zero.
CclBound bound_of(Session& session, const CclCase& ccl, const runtime::ProcessGroup::Participation& participation);

}  // namespace ahbm::scenarios
