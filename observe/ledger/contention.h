// SPDX-License-Identifier: Apache-2.0
/// Who delayed whom. Whenever a head waits for a link, the time is charged to those whose packets the link serves
/// meanwhile; whenever the last burst of an HBM access waits for its pseudo-channel, to those whose bursts it serves.
/// What is charged sums to the time waited, exactly; in `flit` timing "back-pressure" stands for credits, and virtual
/// channels held by others, that a head waited for while the wire was idle. Waits inside a PE are in the ledger's jobs.
#pragma once

#include "observe/ledger/actors.h"
#include "observe/ledger/ledger_report.h"
#include "platform/diagnostics/traffic_class.h"

#include <deque>
#include <map>
#include <string_view>

namespace ahbm {

class Contention final : private FabricObserver {
public:
    Contention(System& system, const Actors& actors);
    ~Contention() override;
    Contention(const Contention&) = delete;

    /// Fills in contenders, pairs, classes and delays.
    void report(LedgerReport& report) const;

private:
    struct Owner {
        Actors::Id requester = 0;
        std::uint8_t kind = 0;  ///< index into the matrix
        bool of_kernels = false;
    };
    struct Charge {
        sim::Time time;
        std::uint64_t encounters = 0;
    };
    /// A resource that was waited for.
    struct Contended {
        struct Waits {
            std::uint64_t packets = 0;
            sim::Time queueing;
            std::map<Actors::Id, sim::Time> by;
        };
        Waits all, kernels;
        void waited(const Owner& delayed, sim::Time time) {
            ++all.packets, all.queueing += time;
            if (delayed.of_kernels) ++kernels.packets, kernels.queueing += time;
        }
    };
    /// What a resource has promised to serve: it serves in the order of the promises.
    struct Share {
        sim::Time from, until;
        Owner owner;
    };
    class PortWatch;
    class HbmWatch;
    void arrived(const Packet& packet) override { arriving_ = owner(packet); }
    void served(const Packet&, sim::Time, sim::Time) override {}
    void completed(const Packet&, PathClass, sim::Time) override {}
    Owner owner(const Packet& packet) const;
    void forget_served(std::vector<Share>& shares) const;
    /// Charges [from, until), in which `delayed` waited, to those served meanwhile. Returns the time charged.
    sim::Time charge(Contended& resource, const Owner& delayed, const std::vector<Share>& served, sim::Time from,
                     sim::Time until);
    void blame(Contended& resource, const Owner& delayed, const Owner& by, sim::Time time);
    /// Stands behind all actors and all classes.
    Owner back_pressure() const { return {static_cast<Actors::Id>(actors_.count()), kKinds - 1}; }
    std::vector<LedgerReport::Contender> contenders(Contended::Waits Contended::*waits) const;
    std::string name_of(Actors::Id id) const;

    System& system_;
    const Actors& actors_;
    Owner arriving_;  ///< of the request that a target takes up
    std::deque<PortWatch> ports_;
    std::deque<HbmWatch> hbms_;
    std::map<std::pair<Actors::Id, Actors::Id>, Charge> pairs_;  ///< delayed, by
    static constexpr std::string_view kBackPressure = "back-pressure";
    /// Reads and writes of kernels by path class, the other purposes each on its own, back-pressure.
    static constexpr std::size_t kKernelKinds = 2 * kPathClasses, kKinds = kKernelKinds + kPurposes;
    std::array<std::array<sim::Time, kKinds>, kKinds> kinds_{};
};

}  // namespace ahbm
