// SPDX-License-Identifier: Apache-2.0
/// What a report shows beyond the result: links over time, lanes of PEs, phases and launches. Looks on while a run
/// goes, with bounded memory and no effect on it.
#pragma once

#include "observe/report/link_activity.h"
#include "observe/report/pe_activity.h"

namespace ahbm::report {

class Activity {
public:
    /// Before the simulation starts.
    explicit Activity(System& system) : system_(system) {}

    /// The run has ended.
    void finish();
    const LinkActivity& links() const { return links_; }
    const PeActivity& pes() const { return pes_; }

    /// `ahbm-activity`, docs/report.md. `command`: what the user typed.
    nlohmann::json json(const std::vector<LaunchRecord>& launches, const std::string& command) const;

private:
    System& system_;
    LinkActivity links_{system_};
    PeActivity pes_{system_, [this](bool run) { links_.kernels_run(run); }};
};

}  // namespace ahbm::report
