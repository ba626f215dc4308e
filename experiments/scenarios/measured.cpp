// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/scenario.h"

#include <utility>

namespace ahbm {

void record(ScenarioResult& result, Measured measured) {
    const sim::Time time = measured.times.back();
    const auto add = [&](const char* name, double value, const char* unit) {
        result.figures.push_back({measured.name + name, value, unit});
    };
    const auto add_bound = [&](const std::optional<Measured::Bound>& bound, const char* name, const char* share) {
        if (!bound) return;
        add(name, bound->time.ns(), "ns");
        if (time > sim::Time{}) add(share, 100 * bound->time.ns() / time.ns(), "%");
    };
    add("kernel_time", time.ns(), "ns");
    add_bound(measured.own, "bound_time", "of_bound");
    add_bound(measured.machine, "machine_bound_time", "of_machine");
    if (measured.pes > 0) {
        add("pes_used", static_cast<double>(measured.pes_used), "");
        add("pes", static_cast<double>(measured.pes), "");
    }
    result.measured.push_back(std::move(measured));
}

}  // namespace ahbm
