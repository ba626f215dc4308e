// SPDX-License-Identifier: Apache-2.0
#include "app/validate_command.h"

#include "app/child.h"
#include "app/output_paths.h"
#include "app/progress_line.h"
#include "app/result.h"
#include "experiments/configs.h"
#include "experiments/registries.h"
#include "experiments/validation/validation.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace ahbm::cli {
namespace {

using nlohmann::json;
using validation::Case;
using validation::Setup;

/// The cases of one setup in one timing, in a process of its own.
std::unique_ptr<Child> measure(const Setup& setup, const std::string& timing, const ValidateOptions& options,
                               const Registries& registries) {
    return std::make_unique<Child>(setup.group + ", " + timing, [&] {
        std::vector<std::string> overrides = options.overrides;
        overrides.insert(overrides.end(), setup.overrides.begin(), setup.overrides.end());
        overrides.push_back("fabric.timing=" + timing);
        SystemOptions system;
        system.shadow.mode = shadow::Mode::off;
        system.traffic_injectors = setup.injectors;
        Session session(
            config::load_file<PlatformConfig>(find_config("topology", options.topology).string(), overrides),
            registries.kernels, system);
        json list = json::array();
        for (const Case& each : validation::cases_of(setup, session))
            list.push_back({{"group", setup.group},
                            {"case", each.name},
                            {"formula", each.formula},
                            {"unit", each.unit},
                            {"closed_form", each.form},
                            {"timing",
                             {{"figure", each.figure},
                              {"error_percent", each.error()},
                              {"bound_percent", {each.bound.low, each.bound.high}},
                              {"exceeds", each.exceeds()},
                              {"reason", each.exceeds() ? each.reason : ""}}}});
        return list;
    });
}

/// The cases of one setup, each with what all timings say of it.
json measure_in_all_timings(const Setup& setup, const ValidateOptions& options, const Registries& registries) {
    std::vector<std::unique_ptr<Child>> children;
    for (const std::string& timing : timing_names()) children.push_back(measure(setup, timing, options, registries));
    json cases;
    for (std::size_t t = 0; t < children.size(); ++t) {
        const json list = children[t]->result();
        if (t == 0) cases = list;
        for (std::size_t i = 0; i < list.size(); ++i) {
            cases[i].erase("timing");
            cases[i]["timings"][timing_names()[t]] = list[i]["timing"];
        }
    }
    return cases;
}

/// What timings say, those that say the same together; who says nothing is left out: "hop, fast: this; flit: that".
std::string told(const json& timings, const std::function<std::string(const json&)>& say) {
    std::vector<std::pair<std::string, std::string>> texts;  // what, by whom
    for (const std::string& timing : timing_names()) {
        const std::string text = say(timings[timing]);
        const auto same = std::find_if(texts.begin(), texts.end(), [&](const auto& t) { return t.first == text; });
        if (same == texts.end())
            texts.emplace_back(text, timing);
        else
            same->second += ", " + timing;
    }
    if (texts.size() == 1) return texts.front().first;
    std::string all;
    for (const auto& [text, who] : texts)
        if (!text.empty()) all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", who, text);
    return all;
}

std::string reasons(const json& entry) {
    return told(entry["timings"], [](const json& of) -> std::string {
        if (!of["exceeds"].get<bool>()) return "";
        return of["reason"] == "" ? "EXCEEDS ITS BOUND" : of["reason"].get<std::string>();
    });
}

std::string bounds(const json& entry) {
    return told(entry["timings"], [](const json& of) {
        const double low = of["bound_percent"][0], high = of["bound_percent"][1];
        return low == -high ? fmt::format("{:g}", high) : fmt::format("{:+g} to {:+g}", low, high);
    });
}

bool unexplained(const json& entry) {
    return std::any_of(entry["timings"].begin(), entry["timings"].end(),
                       [](const json& of) { return of["exceeds"].get<bool>() && of["reason"] == ""; });
}

std::string figure(double value) { return fmt::format("{:.{}f}", value, value < 1000 ? 3 : 1); }

Table table_of(const std::string& group, const json& cases, bool with_words) {
    Table table{group, {{"case", "unit", "closed form"}}};
    std::vector<std::string>& heading = table.rows.front();
    for (const std::string& timing : timing_names()) heading.insert(heading.end(), {timing, "%"});
    heading.emplace_back("bound %");
    if (with_words) heading.insert(heading.end(), {"the closed form", "why it is off further"});
    for (const json& entry : cases) {
        if (entry["group"] != group) continue;
        std::vector<std::string> row{entry["case"], entry["unit"], figure(entry["closed_form"])};
        for (const std::string& timing : timing_names()) {
            row.push_back(figure(entry["timings"][timing]["figure"]));
            row.push_back(signed_percent(entry["timings"][timing]["error_percent"]));
        }
        row.push_back(bounds(entry));
        if (with_words) row.insert(row.end(), {entry["formula"], reasons(entry)});
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// Formulas and reasons, below the table; once if the next case has the same.
std::string notes_of(const std::string& group, const json& cases) {
    std::string notes, formula, reason;
    for (const json& entry : cases) {
        if (entry["group"] != group) continue;
        const auto note = [&](std::string& last, const std::string& text) {
            if (text != last && !text.empty())
                notes += fmt::format("  {}: {}\n", entry["case"].get<std::string>(), text);
            last = text;
        };
        note(formula, "closed form: " + entry["formula"].get<std::string>());
        note(reason, reasons(entry));
    }
    return notes;
}

}  // namespace

std::vector<std::string> validation_groups() {
    std::vector<std::string> groups;
    for (const Setup& setup : validation::setups())
        if (groups.empty() || groups.back() != setup.group) groups.push_back(setup.group);
    return groups;
}

std::vector<std::string> timing_names() {
    std::vector<std::string> names;
    for (const auto& [name, timing] : enum_names(Timing{})) names.emplace_back(name);
    return names;
}

void refuse_markdown_beside(const OutputPaths& outputs, const ValidateOptions& options) {
    if (options.markdown && outputs.have_standard_output())
        throw InputError("--markdown: is of no use when standard output has a file to show");
}

int validate_command(const ValidateOptions& options, const Registries& registries) {
    // What is wrong with the user's topology is said here, once.
    config::load_file<PlatformConfig>(find_config("topology", options.topology).string(), options.overrides);
    OutputPaths outputs;
    outputs.reads_configuration("--topology", find_config("topology", options.topology).string());
    outputs.add("--json", options.json);
    refuse_markdown_beside(outputs, options);
    const auto wanted = [&](const std::string& group) {
        return options.only.empty() || std::find(options.only.begin(), options.only.end(), group) != options.only.end();
    };
    json cases = json::array();
    {
        ProgressLine progress;
        for (const Setup& setup : validation::setups()) {
            if (!wanted(setup.group)) continue;
            progress.show(fmt::format("{} cases done, measuring {}", cases.size(), setup.group));
            for (json& entry : measure_in_all_timings(setup, options, registries)) cases.push_back(std::move(entry));
        }
    }
    std::string text;
    for (const std::string& group : validation_groups()) {
        if (!wanted(group)) continue;
        const Table table = table_of(group, cases, options.markdown);
        text += (options.markdown ? format_markdown(table) : format_table(table) + notes_of(group, cases)) + '\n';
    }
    const auto open = std::count_if(cases.begin(), cases.end(), unexplained);
    text += fmt::format("{} cases in {} timings: {}\n", cases.size(), timing_names().size(),
                        open == 0 ? "all within their bounds or explained"
                                  : fmt::format("{} off by more than their bound without a reason", open));
    if (!outputs.have_standard_output()) fmt::print("{}", text);
    if (!options.json.empty())
        sim::write_file(options.json,
                        json{{"schema", "ahbm-validation"}, {"version", 1}, {"cases", cases}}.dump(2) + "\n");
    return open == 0 ? ok : out_of_bound;
}

}  // namespace ahbm::cli
