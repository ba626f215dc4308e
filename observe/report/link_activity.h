// SPDX-License-Identifier: Apache-2.0
/// How busy every link and every HBM controller was, bin by bin of a time axis. Memory is bounded: kBins numbers for
/// each resource that was used.
#pragma once

#include "observe/report/busy_track.h"
#include "platform/system.h"

#include <nlohmann/json_fwd.hpp>

#include <deque>

namespace ahbm::report {

class LinkActivity {
public:
    static constexpr std::size_t kBins = 64;

    explicit LinkActivity(System& system);
    ~LinkActivity();
    LinkActivity(const LinkActivity&) = delete;

    /// From now on a kernel runs somewhere, or nowhere.
    void kernels_run(bool run) { axis_.set_kernels(system_.wheel().now(), run); }
    void finish();

    const TimeAxis& axis() const { return axis_; }
    /// By name, without the system's own; null: never used.
    const BusyTrack* find(const std::string& name) const;
    /// `axis` and `links` of docs/report.md.
    nlohmann::json axis_json() const;
    nlohmann::json links_json() const;

private:
    class Port;
    class Hbm;
    void merged(const TimeAxis::Merge& map);

    System& system_;
    TimeAxis axis_;
    std::deque<Port> ports_;
    std::deque<Hbm> hbms_;
};

}  // namespace ahbm::report
