// SPDX-License-Identifier: Apache-2.0
/// What the queues of a system look like, for people: a dump of every queue pair, and why nothing goes on when PEs wait
/// for each other.
#pragma once

#include "platform/system.h"

#include <string>
#include <vector>

namespace ahbm {

/// Every queue pair that has been used or is waited for: peer, ring, counters, who waits since when. One line each.
std::string pointer_dump(System& system);

/// Who waits for whom, over PEs, slots and credits.
struct WaitForGraph {
    struct Wait {
        PeCoord who;
        PeCoord whom;
        std::string why;  ///< "a tile from W that sip0.cube0.pe1 has not sent"
        sim::Time since;
    };
    std::vector<Wait> waits;  ///< sorted by who
    std::vector<std::size_t>
        cycle;  ///< indices of the shortest cycle, in order; empty: the chains end at someone who does not wait

    std::string words() const;     ///< the cycle, or where the chains end; then the last operations of those named
    std::string graphviz() const;  ///< all waits, the cycle in red

    std::vector<std::string> last_operations;  ///< of those in the cycle or at the end of a chain
    std::vector<std::string> ends;             ///< what those do who are waited for and do not wait
};
WaitForGraph wait_for_graph(System& system);

/// What no correct run has, one sentence each: reads of unwritten bytes (known with data on only) in the order in which
/// they came, races, refused tiles.
std::vector<std::string> findings_of(System& system);

/// Arrivals and credits are conserved: what was sent has arrived, what was given back has been credited. Throws the
/// kernel's fatal report naming the queue pair.
void check_queues(System& system);

}  // namespace ahbm
