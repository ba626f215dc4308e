// SPDX-License-Identifier: Apache-2.0
#include "app/child.h"
#include "app/output_paths.h"
#include "app/progress_line.h"
#include "app/result.h"
#include "app/run_command.h"
#include "app/validate_command.h"
#include "experiments/configs.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace ahbm::cli {
namespace {

using nlohmann::json;

/// Models most: what the others are measured by.
const std::string kReference = "flit";
/// % by which `hop` may be off in makespan without an explanation.
constexpr double kBound = 5;

/// Scenarios for which it is, and why.
const std::map<std::string, std::string> kExplained{
    {"noc_traffic",
     "its loads go beyond saturation: with finite buffers less gets through, and round-robin at every merge leaves "
     "some routers a small share where hop serves in order of arrival; every measured packet is waited for"},
};

struct TimedRun {
    double makespan_ns = 0, kernels_ns = 0, mean_latency_ns = 0, cpu_seconds = 0;
};
using Runs = std::map<std::string, TimedRun>;  // by timing
using Aspect = double TimedRun::*;

struct Comparison {
    std::string scenario;
    Runs runs;
    /// %; nothing of nothing is no error.
    double error(const std::string& timing, Aspect aspect) const {
        const double of = runs.at(kReference).*aspect;
        return of == 0 ? 0 : 100 * (runs.at(timing).*aspect - of) / of;
    }
    bool exceeds() const { return !(std::abs(error("hop", &TimedRun::makespan_ns)) <= kBound); }
    std::string reason() const {
        const auto found = kExplained.find(scenario);
        return !exceeds() ? "" : found == kExplained.end() ? "EXCEEDS ITS BOUND" : found->second;
    }
    bool unexplained() const { return exceeds() && !kExplained.contains(scenario); }
};

/// A scenario as it ships, in a process of its own.
TimedRun run_in(const std::string& scenario, const std::string& timing, const ValidateOptions& options,
                Registries& registries) {
    Child child(scenario + ", " + timing, [&] {
        RunOptions run;
        run.scenario = options.defaults ? scenario : find_config("scenarios", scenario).string();
        run.timing = timing;
        json document;
        if (const int code = run_scenario(run, registries, &document); code != ok)
            throw ModelError(fmt::format("exit code {}", code));
        return document;
    });
    TimedRun run;
    const json result = child.result(&run.cpu_seconds);
    run.makespan_ns = result["simulated_ps"].get<double>() / 1e3;
    run.kernels_ns = result["kernels"]["any_ps"].get<double>() / 1e3;
    double latency = 0, transactions = 0;
    for (const json& path : result["fabric"]["paths"]) {
        latency += path["latency_ps"].get<double>() / 1e3;
        transactions += path["transactions"].get<double>();
    }
    run.mean_latency_ns = latency / transactions;
    return run;
}

std::vector<Comparison> compare(const ValidateOptions& options, Registries& registries) {
    std::vector<std::string> scenarios = config_names("scenarios");
    if (options.defaults) {
        scenarios.clear();
        for (const ScenarioInfo* info : registries.scenarios.all()) scenarios.push_back(info->name);
    }
    std::vector<Comparison> all;
    ProgressLine progress;
    for (const std::string& scenario : scenarios) {
        all.push_back({scenario, {}});
        // One after the other: they must not disturb each other's CPU seconds.
        for (const std::string& timing : timing_names()) {
            progress.show(fmt::format("{} of {}: {} in {}", all.size(), scenarios.size(), scenario, timing));
            all.back().runs[timing] = run_in(scenario, timing, options, registries);
        }
    }
    return all;
}

Table error_table(const std::vector<Comparison>& all) {
    const std::vector<std::pair<std::string, Aspect>> aspects{{"makespan", &TimedRun::makespan_ns},
                                                              {"kernels", &TimedRun::kernels_ns},
                                                              {"mean latency", &TimedRun::mean_latency_ns}};
    Table table{"errors against " + kReference, {{"scenario"}}};
    std::vector<std::string>& heading = table.rows.front();
    for (const auto& [name, aspect] : aspects) {
        heading.push_back(name + " ns");
        for (const std::string& timing : timing_names())
            if (timing != kReference) heading.push_back(timing + " %");
    }
    heading.emplace_back(fmt::format("why hop's makespan is off by more than {:g} %", kBound));
    for (const Comparison& each : all) {
        std::vector<std::string> row{each.scenario};
        for (const auto& [name, aspect] : aspects) {
            row.push_back(fmt::format("{:.2f}", each.runs.at(kReference).*aspect));
            for (const std::string& timing : timing_names())
                if (timing != kReference) row.push_back(signed_percent(each.error(timing, aspect)));
        }
        row.push_back(each.reason());
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table cost_table(const std::vector<Comparison>& all) {
    Table table{"cost: CPU s of a run, elaboration and recording included", {{"scenario"}}};
    for (const std::string& timing : timing_names()) table.rows.front().push_back(timing);
    for (const Comparison& each : all) {
        table.rows.push_back({each.scenario});
        for (const std::string& timing : timing_names())
            table.rows.back().push_back(fmt::format("{:.2f}", each.runs.at(timing).cpu_seconds));
    }
    return table;
}

/// Without CPU seconds: equal platforms write equal bytes.
json document_of(const std::vector<Comparison>& all) {
    json scenarios;
    for (const Comparison& each : all) {
        json& entry = scenarios[each.scenario];
        for (const auto& [timing, run] : each.runs)
            entry["timings"][timing] = {{"makespan_ns", run.makespan_ns},
                                        {"kernels_ns", run.kernels_ns},
                                        {"mean_latency_ns", run.mean_latency_ns}};
        entry["exceeds"] = each.exceeds();
        entry["reason"] = each.reason();
    }
    return {{"schema", "ahbm-timings"},
            {"version", 1},
            {"reference", kReference},
            {"bound_percent", kBound},
            {"scenarios", scenarios}};
}

}  // namespace

int compare_timings(const ValidateOptions& options, Registries& registries) {
    OutputPaths outputs;
    outputs.add("--json", options.json);
    refuse_markdown_beside(outputs, options);
    const std::vector<Comparison> all = compare(options, registries);
    std::string text;
    for (const Table& table : {error_table(all), cost_table(all)})
        text += (options.markdown ? format_markdown(table) : format_table(table)) + '\n';
    if (!options.json.empty()) sim::write_file(options.json, document_of(all).dump(2) + "\n");
    const auto open = std::count_if(all.begin(), all.end(), [](const Comparison& each) { return each.unexplained(); });
    text += fmt::format("{} scenarios: hop's makespan is {}\n", all.size(),
                        open == 0 ? fmt::format("within {:g} % of {}'s, or explained", kBound, kReference)
                                  : fmt::format("off by more than {:g} % without a reason for {}", kBound, open));
    if (!outputs.have_standard_output()) fmt::print("{}", text);
    return open == 0 ? ok : out_of_bound;
}

}  // namespace ahbm::cli
