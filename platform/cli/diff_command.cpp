// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/diff_command.h"

#include "platform/cli/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

namespace ahbm::cli {
namespace {

using nlohmann::json;

json load_result(const std::string& name) {
    std::filesystem::path path = name;
    if (std::filesystem::is_directory(path)) path /= "result.json";
    return read_document(path.string(), "ahbm-result");
}

double ns(const json& picoseconds) { return static_cast<double>(picoseconds.get<std::int64_t>()) / 1000; }

std::string change(double before, double after) {
    if (before == after) return "=";
    return before == 0 ? "new" : fmt::format("{:+.2f}%", 100 * (after - before) / before);
}

void add_row(Table& table, const std::string& name, double before, double after) {
    table.rows.push_back({name, fmt::format("{:.3f}", before), fmt::format("{:.3f}", after), change(before, after)});
}

/// Lines of two texts that are not in both, "-" and "+", in order of the first.
std::string changed_lines(const std::string& before, const std::string& after) {
    std::istringstream a(before), b(after);
    std::string text, left, right;
    while (true) {
        const bool has_left = static_cast<bool>(std::getline(a, left)),
                   has_right = static_cast<bool>(std::getline(b, right));
        if (!has_left && !has_right) return text;
        if (has_left && has_right && left == right) continue;
        if (has_left) text += "  - " + left + "\n";
        if (has_right) text += "  + " + right + "\n";
    }
}

void print_what_was_run(const json& before, const json& after) {
    for (const char* key : {"scenario", "data", "seed"})
        if (before[key] != after[key]) fmt::print("{}: {} -> {}\n", key, before[key].dump(), after[key].dump());
    for (const char* key : {"parameters", "configuration"})
        if (before[key] != after[key])
            fmt::print("{} differ\n{}", key,
                       changed_lines(before[key].get<std::string>(), after[key].get<std::string>()));
}

/// The first launch and the first of its times that differ.
void print_first_divergence(const json& before, const json& after) {
    const std::size_t count = std::min(before.size(), after.size());
    for (std::size_t i = 0; i < count; ++i) {
        for (const char* key : {"kernel", "sip", "pes"})
            if (before[i][key] != after[i][key])
                return fmt::print("first divergence: launch {}: {} {} -> {}\n", i, key, before[i][key].dump(),
                                  after[i][key].dump());
        for (const char* key : {"submitted_ps", "target_start_ps", "exec_start_ps", "exec_end_ps", "completed_ps"})
            if (before[i][key] != after[i][key])
                return fmt::print("first divergence: launch {} ({} on sip{}): {} {:.3f} -> {:.3f} ns\n", i,
                                  before[i]["kernel"].get<std::string>(), before[i]["sip"].dump(),
                                  std::string(key, std::strlen(key) - 3), ns(before[i][key]), ns(after[i][key]));
    }
    if (before.size() != after.size())
        fmt::print("first divergence: launch {}: there are {} -> {} launches\n", count, before.size(), after.size());
}

/// Mean latency of each path class and of its parts, the ones that changed most first.
Table path_changes(const json& before, const json& after) {
    struct Means {
        double latency = 0;
        std::map<std::string, double> parts;
    };
    const auto means = [](const json& paths) {
        std::map<std::string, Means> all;
        for (const json& path : paths) {
            const double transactions = path["transactions"].get<double>();
            Means& of = all[fmt::format("{} {}", path["access"].get<std::string>(), path["path"].get<std::string>())];
            of.latency = ns(path["latency_ps"]) / transactions;
            for (const auto& [part, time] : path["parts_ps"].items()) of.parts[part] = ns(time) / transactions;
        }
        return all;
    };
    std::map<std::string, Means> a = means(before), b = means(after);
    for (const auto& [name, of] : b) a[name];
    std::vector<std::tuple<double, std::string>> order;
    for (const auto& [name, of] : a)
        if (of.latency != b[name].latency) order.emplace_back(-std::abs(b[name].latency - of.latency), name);
    std::sort(order.begin(), order.end());
    Table table{"mean latency by path class", {{"path", "before ns", "after ns", "change"}}};
    for (const auto& [weight, name] : order) {
        add_row(table, name, a[name].latency, b[name].latency);
        for (const auto& [part, time] : b[name].parts)
            if (time != a[name].parts[part]) add_row(table, "  " + part, a[name].parts[part], time);
    }
    return table;
}

Table figure_changes(const json& before, const json& after) {
    Table table{"figures", {{"figure", "before", "after", "change"}}};
    for (const auto& [name, figure] : after.items()) {
        if (!before.contains(name) || before[name] == figure) continue;
        const std::string left = before[name]["value"], right = figure["value"];
        table.rows.push_back({fmt::format("{} {}", name, figure["unit"].get<std::string>()), left, right,
                              change(std::stod(left), std::stod(right))});
    }
    return table;
}

Table engine_changes(const json& before, const json& after) {
    Table table{"engines, busiest PE", {{"engine", "before ns", "after ns", "change"}}};
    for (const auto& [name, engine] : after.items())
        if (engine.is_object() && before.contains(name) && before[name]["busiest_ps"] != engine["busiest_ps"])
            add_row(table, name, ns(before[name]["busiest_ps"]), ns(engine["busiest_ps"]));
    return table;
}

}  // namespace

int diff_command(const std::string& before_name, const std::string& after_name) {
    const json before = load_result(before_name), after = load_result(after_name);
    if (before["digest"] == after["digest"]) {
        fmt::print("equal: {}\n", before["digest"].get<std::string>());
        return 0;
    }
    print_what_was_run(before, after);
    fmt::print("simulated {:.3f} -> {:.3f} ns, {}\n", ns(before["simulated_ps"]), ns(after["simulated_ps"]),
               change(ns(before["simulated_ps"]), ns(after["simulated_ps"])));
    print_first_divergence(before["launches"], after["launches"]);
    if (before["verifications"] != after["verifications"]) fmt::print("verifications differ\n");
    if (before["findings"] != after["findings"]) fmt::print("findings differ\n");
    for (const Table& table :
         {figure_changes(before["figures"], after["figures"]), engine_changes(before["engines"], after["engines"]),
          path_changes(before["fabric"]["paths"], after["fabric"]["paths"])})
        if (table.rows.size() > 1) fmt::print("\n{}", format_table(table));
    return 1;
}

}  // namespace ahbm::cli
