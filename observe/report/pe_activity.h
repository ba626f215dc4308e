// SPDX-License-Identifier: Apache-2.0
/// What every PE did: a lane per engine; per phase of a kernel where its time went; per launch how much was computed
/// and moved. Memory is bounded by the number of PEs, kernels' phases and launches.
#pragma once

#include "observe/report/lane.h"
#include "platform/system.h"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ahbm {
struct LaunchRecord;
}

namespace ahbm::report {

inline constexpr std::size_t kLanes = 9;
/// `waiting`: a receive has no tile yet, or a send no credit; it may have been asked for long before it is needed.
inline constexpr std::array<const char*, kLanes> kLaneNames{"kernel", "DMA read", "DMA write", "FETCH",  "STORE",
                                                            "GEMM",   "MATH",     "IPCQ send", "waiting"};

/// What PEs do in a launch: floating-point operations of GEMM, lane passes of MATH, then bytes read, written and sent
/// through queues (tiles and credits) by path class.
inline constexpr std::size_t kCounts = 2 + 3 * kPathClasses;
using Counts = std::array<std::uint64_t, kCounts>;
std::string count_name(std::size_t index);

class PeActivity final : private FabricObserver {
public:
    /// `kernels_run`: told when the first kernel starts and the last one ends.
    PeActivity(System& system, std::function<void(bool)> kernels_run);
    ~PeActivity() override;
    PeActivity(const PeActivity&) = delete;

    void finish();

    /// All PEs of one launch, told by SIP, kernel and the instant of the start.
    struct Work {
        SipId sip;
        std::string kernel;
        sim::Time start;
        unsigned pes = 0;
        Counts sum{}, most{};  ///< of all PEs; of the PE that did most, for each on its own
    };
    const std::deque<Work>& works() const { return works_; }
    struct Phase {
        std::string kernel, name;  ///< no name: before the kernel says what it does
        std::uint64_t times = 0;   ///< it was entered, on all PEs
        sim::Time total, longest;
        std::array<sim::Time, kLanes> busy{};
    };
    const std::vector<Phase>& phases() const { return phases_; }
    std::size_t pes() const { return std::size_t{has_.sips} * has_.cubes * has_.pes; }
    /// `pe`: counted through all cubes and SIPs.
    const Lane& lane(std::size_t pe, std::size_t engine) const;

    /// `lanes`, `phases`, `work` of docs/report.md; one entry of `work` per launch of the result.
    nlohmann::json lanes_json(sim::Time end) const;
    nlohmann::json phases_json() const;
    nlohmann::json work_json(const std::vector<LaunchRecord>& launches) const;

private:
    class Track;
    void served(const Packet&, sim::Time, sim::Time) override {}
    void completed(const Packet& packet, PathClass path, sim::Time end) override;
    void kernel_runs(bool starts);
    /// A lane has more or fewer slices than before; when all have too many, each may have half.
    void count_slices(std::size_t before, std::size_t after);
    std::uint16_t label(const std::string& kernel, const std::string& phase);
    Work& work(SipId sip, const std::string& kernel, sim::Time start);

    System& system_;
    const runtime::DeviceMemory has_;
    std::function<void(bool)> kernels_run_;
    std::deque<Track> tracks_;
    std::vector<std::int32_t> pe_behind_;  ///< by router of a cube and local port; -1: no PE
    unsigned ports_ = 0;                   ///< local ports of a router, at most
    unsigned running_ = 0;
    std::size_t slices_ = 0, slices_per_lane_ = 4096;  ///< of all lanes; a lane may have
    std::vector<Phase> phases_;                        ///< a label is an index into it; the first is Lane::kSeveral
    std::map<std::pair<std::string, std::string>, std::uint16_t> labels_;
    std::deque<Work> works_;
};

}  // namespace ahbm::report
