// SPDX-License-Identifier: Apache-2.0
/// What the latency ledger says about a run, as plain data: the summary's tables and result.json are views of it.
#pragma once

#include "interconnect/protocol/ledger.h"
#include "sim/distribution.h"

#include <string>
#include <vector>

namespace ahbm {

struct LedgerReport {
    /// Transactions of one class. The parts sum to latency.sum exactly.
    struct Transactions {
        std::string purpose;       ///< "kernel", "mailbox"
        std::string access, path;  ///< "read", "same_cube"
        std::string phase;         ///< empty: of all phases
        std::uint64_t bytes = 0;
        sim::Distribution::Summary latency;
        Ledger parts;
        /// The one with the longest latency, the first of several.
        struct Slowest {
            std::string from, to;
            sim::Time issued;
            Ledger parts;
        } slowest;
    };
    std::vector<Transactions> by_path;
    std::vector<Transactions> by_phase;  ///< of kernels' phases, in the order in which they were first met

    /// Jobs of one kind that PE_SCHEDULER gave to its engines, while their kernels were in one phase.
    struct Jobs {
        std::string phase, kind;
        sim::Distribution::Summary waited;  ///< for the channel, port, unit, credit or tile
        sim::Distribution::Summary worked;
    };
    std::vector<Jobs> jobs;

    struct Delay {
        std::string by;
        sim::Time time;
    };
    /// A link that heads waited for, or an HBM controller whose pseudo-channels accesses waited for.
    struct Contender {
        std::string resource;
        std::uint64_t packets = 0;  ///< that waited
        sim::Time queueing;
        std::vector<Delay> delayed_by;  ///< the longest first; at most three
    };
    std::vector<Contender> contenders;         ///< the most waited for first; at most ten
    std::vector<Contender> kernel_contenders;  ///< likewise, of packets of kernels

    struct Pair {
        std::string delayed, by;
        std::uint64_t encounters = 0;  ///< a packet waited while a packet of the other was served
        sim::Time time;
    };
    std::vector<Pair> pairs;                     ///< of requesters, the longest first; at most twenty
    std::vector<std::string> classes;            ///< of the matrix: "read own_slice", "mailbox"
    std::vector<std::vector<sim::Time>> delays;  ///< [delayed][by]; all of them sum to the time waited
};

}  // namespace ahbm
