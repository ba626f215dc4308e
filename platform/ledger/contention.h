// SPDX-License-Identifier: Apache-2.0
/// Who delayed whom: whenever a head waits for a link, the time is charged to those whose packets the link serves
/// meanwhile. What is charged sums to the time waited, exactly.
#pragma once

#include "platform/ledger/actors.h"
#include "platform/ledger/ledger_report.h"

#include <deque>
#include <map>

namespace ahbm {

class Contention {
public:
    Contention(System& system, const Actors& actors);
    ~Contention();
    Contention(const Contention&) = delete;

    /// Fills in contenders, pairs, classes and delays.
    void report(LedgerReport& report) const;

private:
    struct Owner {
        Actors::Id requester = 0;
        std::uint8_t kind = 0;  ///< access and path class: index into the matrix
    };
    struct Charge {
        sim::Time time;
        std::uint64_t encounters = 0;
    };
    class PortWatch;
    Owner owner(const Packet& packet) const;
    void charge(PortWatch& port, const Owner& delayed, const Owner& by, sim::Time time);

    System& system_;
    const Actors& actors_;
    std::deque<PortWatch> ports_;
    std::map<std::pair<Actors::Id, Actors::Id>, Charge> pairs_;  ///< delayed, by
    static constexpr std::size_t kKinds = 2 * kPathClasses;
    std::array<std::array<sim::Time, kKinds>, kKinds> kinds_{};
};

}  // namespace ahbm
