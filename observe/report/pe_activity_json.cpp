// SPDX-License-Identifier: Apache-2.0
#include "observe/report/packed.h"
#include "observe/report/pe_activity.h"
#include "platform/launch_record.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace ahbm::report {
namespace {

nlohmann::json counts_json(const Counts& counts) {
    nlohmann::json json = nlohmann::json::object();
    for (std::size_t i = 0; i < kCounts; ++i)
        if (counts[i] != 0) json[count_name(i)] = counts[i];
    return json;
}

}  // namespace

nlohmann::json PeActivity::lanes_json(sim::Time end) const {
    std::int64_t unit = 1;  // ps; times must fit 32 bits
    while (end.ps() / unit >= UINT32_MAX) unit *= 2;
    std::vector<std::uint32_t> pe, slices, from, until, jobs;
    std::vector<std::uint8_t> engine;
    std::vector<std::uint16_t> share, label;
    std::vector<double> busy;
    sim::Time resolution;
    for (std::uint32_t index = 0; index < pes(); ++index) {
        for (std::size_t e = 0; e < kLanes; ++e) {
            const Lane& each = lane(index, e);
            if (each.slices().empty()) continue;
            pe.push_back(index);
            engine.push_back(static_cast<std::uint8_t>(e));
            slices.push_back(static_cast<std::uint32_t>(each.slices().size()));
            busy.push_back(static_cast<double>(each.busy().ps()));
            resolution = std::max(resolution, each.resolution());
            for (const Lane::Slice& slice : each.slices()) {
                from.push_back(static_cast<std::uint32_t>(slice.from.ps() / unit));
                until.push_back(static_cast<std::uint32_t>(slice.until.ps() / unit));
                jobs.push_back(slice.jobs);
                label.push_back(slice.label);
                const double whole = static_cast<double>((slice.until - slice.from).ps());
                share.push_back(
                    static_cast<std::uint16_t>(std::ceil(65535 * static_cast<double>(slice.busy.ps()) / whole)));
            }
        }
    }
    nlohmann::json labels = nlohmann::json::array();
    for (const Phase& phase : phases_) labels.push_back({phase.kernel, phase.name});
    return {{"engines", kLaneNames},    {"labels", labels},
            {"unit_ps", unit},          {"resolution_ps", resolution.ps()},
            {"pe", packed(pe)},         {"engine", packed(engine)},
            {"slices", packed(slices)}, {"busy_ps", packed(busy)},
            {"from", packed(from)},     {"until", packed(until)},
            {"jobs", packed(jobs)},     {"label", packed(label)},
            {"share", packed(share)}};
}

nlohmann::json PeActivity::phases_json() const {
    nlohmann::json json = nlohmann::json::array();
    for (std::size_t i = 1; i < phases_.size(); ++i) {
        const Phase& phase = phases_[i];
        if (phase.times == 0) continue;
        nlohmann::json busy;
        for (std::size_t e = 1; e < kLanes; ++e) busy[kLaneNames[e]] = phase.busy[e].ps();
        json.push_back({{"kernel", phase.kernel},
                        {"phase", phase.name},
                        {"times", phase.times},
                        {"total_ps", phase.total.ps()},
                        {"longest_ps", phase.longest.ps()},
                        {"busy_ps", busy}});
    }
    return json;
}

nlohmann::json PeActivity::work_json(const std::vector<LaunchRecord>& launches) const {
    nlohmann::json json = nlohmann::json::array();
    for (const LaunchRecord& launch : launches) {
        Counts sum{}, most{};
        for (const Work& each : works_) {
            if (each.sip != launch.sip || each.start < launch.times.exec_start || each.start > launch.times.exec_end)
                continue;
            for (std::size_t i = 0; i < kCounts; ++i) {
                sum[i] += each.sum[i];
                most[i] = std::max(most[i], each.most[i]);
            }
        }
        json.push_back({{"sum", counts_json(sum)}, {"most", counts_json(most)}});
    }
    return json;
}

}  // namespace ahbm::report
