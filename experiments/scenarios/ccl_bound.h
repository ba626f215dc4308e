// SPDX-License-Identifier: Apache-2.0
/// What a collective cannot be faster than, whatever the algorithm.
#pragma once

#include "experiments/scenarios/ccl_reference.h"
#include "platform/session.h"
#include "sw_runtime/process_group/process_group.h"

#include <algorithm>
#include <string>

namespace ahbm::scenarios {

/// The longer of two: `farthest`, the head latency of the longest way that data must take between two participants, and
/// alpha + bytes / beta, where one SIP (of one rank: one participant) must at least send, or receive, so many bytes
/// over the narrowest link that all its ways have in common, and the last of them still has the shortest way to go.
/// (The longest way may be taken first, so the sum of both is no bound.)
struct CclBound {
    sim::Time farthest, alpha;
    std::uint64_t bytes = 0;  ///< 0: nothing moves, or no link is common to all ways
    sim::Bandwidth beta;
    bool received = false;  ///< the bytes; otherwise sent
    bool by_rank = false;   ///< of a SIP; otherwise of a participant

    sim::Time time() const { return std::max(farthest, bytes == 0 ? sim::Time{} : alpha + beta.time_for(bytes)); }
    /// "47.240 ns + 2048 B / 64 GB/s, whatever the algorithm: ..." or "the longest way ...".
    std::string words() const;
};
/// With one participant there is no way that it would have to use: all zero.
CclBound bound_of(Session& session, const CclCase& ccl, const runtime::ProcessGroup::Participation& participation);

}  // namespace ahbm::scenarios
