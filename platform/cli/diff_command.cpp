// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/diff_command.h"

#include "platform/cli/json_file.h"
#include "platform/input_error.h"
#include "platform/table.h"
#include "sim/config/error.h"
#include "sim/config/node.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <tuple>

namespace ahbm::cli {
namespace {

using nlohmann::json;

json load_result(const std::string& name) {
    const std::filesystem::path path = name;
    return read_document(std::filesystem::is_directory(path) ? path / "result.json" : path, "ahbm-result");
}

double ns(const json& picoseconds) { return static_cast<double>(integer(picoseconds)) / 1000; }

std::string change(double before, double after) {
    if (before == after) return "=";
    return before == 0 ? "new" : fmt::format("{:+.2f}%", 100 * (after - before) / before);
}

void add_row(Table& table, const std::string& name, double before, double after) {
    table.rows.push_back({name, fmt::format("{:.3f}", before), fmt::format("{:.3f}", after), change(before, after)});
}

using Values = std::map<std::string, std::string>;

/// What two configurations do not agree in: "  algorithms.ring_allreduce.n_slots: 4 -> 8", a line each.
std::string changed_values(const std::string& before, const std::string& after) {
    const auto values_of = [](const std::string& yaml) {
        return yaml.empty() ? Values() : config::values_in(config::parse_yaml(yaml, "configuration"));
    };
    Values a = values_of(before), b = values_of(after), all = a;
    all.insert(b.begin(), b.end());
    const auto value = [](const Values& in, const std::string& path) {
        const auto found = in.find(path);
        return found == in.end() ? "nothing" : config::one_line(found->second);
    };
    std::string text;
    for (const auto& [path, any] : all)
        if (const std::string left = value(a, path), right = value(b, path); left != right)
            text += fmt::format("  {}: {} -> {}\n", path, left, right);
    return text;
}

std::string what_was_run(const json& before, const json& after) {
    std::string text;
    for (const char* key : {"scenario", "data", "seed"})
        if (before.at(key) != after.at(key))
            text += fmt::format("{}: {} -> {}\n", key, before.at(key).dump(), after.at(key).dump());
    for (const char* key : {"parameters", "configuration", "collectives"})
        if (before.at(key) != after.at(key))
            text += fmt::format("{} differ\n{}", key,
                                changed_values(before.at(key).get<std::string>(), after.at(key).get<std::string>()));
    return text;
}

/// The first launch and the first of its times that differ.
std::string first_divergence(const json& before, const json& after) {
    const std::size_t count = std::min(before.size(), after.size());
    for (std::size_t i = 0; i < count; ++i) {
        const json &a = before.at(i), &b = after.at(i);
        for (const char* key : {"kernel", "sip", "pes"})
            if (a.at(key) != b.at(key))
                return fmt::format("first divergence: launch {}: {} {} -> {}\n", i, key, a.at(key).dump(),
                                   b.at(key).dump());
        for (const char* key : {"submitted_ps", "target_start_ps", "exec_start_ps", "exec_end_ps", "completed_ps"})
            if (a.at(key) != b.at(key))
                return fmt::format("first divergence: launch {} ({} on sip{}): {} {:.3f} -> {:.3f} ns\n", i,
                                   a.at("kernel").get<std::string>(), a.at("sip").dump(),
                                   std::string(key, std::strlen(key) - 3), ns(a.at(key)), ns(b.at(key)));
    }
    if (before.size() == after.size()) return {};
    return fmt::format("first divergence: launch {}: there are {} -> {} launches\n", count, before.size(),
                       after.size());
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
            const auto transactions = static_cast<double>(std::max<std::uint64_t>(natural(path.at("transactions")), 1));
            Means& of = all[fmt::format("{} {} {}", path.at("purpose").get<std::string>(),
                                        path.at("access").get<std::string>(), path.at("path").get<std::string>())];
            of.latency = ns(path.at("latency_ps")) / transactions;
            for (const auto& [part, time] : path.at("parts_ps").items()) of.parts[part] = ns(time) / transactions;
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
        if (!before.contains(name) || before.at(name) == figure) continue;
        const double left = before.at(name).get<double>(), right = figure.get<double>();
        table.rows.push_back({name, fmt::format("{:.6g}", left), fmt::format("{:.6g}", right), change(left, right)});
    }
    return table;
}

Table engine_changes(const json& before, const json& after) {
    Table table{"engines, busiest PE", {{"engine", "before ns", "after ns", "change"}}};
    for (const auto& [name, engine] : after.items())
        if (engine.is_object() && before.contains(name) && before.at(name).at("busiest_ps") != engine.at("busiest_ps"))
            add_row(table, name, ns(before.at(name).at("busiest_ps")), ns(engine.at("busiest_ps")));
    return table;
}

std::string differences(const json& before, const json& after) {
    const double a = ns(before.at("simulated_ps")), b = ns(after.at("simulated_ps"));
    std::string text = what_was_run(before, after);
    text += fmt::format("simulated {:.3f} -> {:.3f} ns, {}\n", a, b, change(a, b));
    text += first_divergence(before.at("launches"), after.at("launches"));
    for (const char* key : {"verifications", "findings"})
        if (before.at(key) != after.at(key)) text += fmt::format("{} differ\n", key);
    for (const Table& table : {figure_changes(before.at("figures"), after.at("figures")),
                               engine_changes(before.at("engines"), after.at("engines")),
                               path_changes(before.at("fabric").at("paths"), after.at("fabric").at("paths"))})
        if (table.rows.size() > 1) text += '\n' + format_table(table);
    return text;
}

}  // namespace

int diff_command(const std::string& before_name, const std::string& after_name) {
    const json before = load_result(before_name), after = load_result(after_name);
    try {
        const std::string digest = before.at("digest"), other = after.at("digest");
        fmt::print("{}", digest == other ? fmt::format("equal: {}\n", digest) : differences(before, after));
        return digest == other ? 0 : 1;
    } catch (const json::exception&) {
    } catch (const ConfigError&) {
    }
    throw InputError(
        fmt::format("{} or {}: a result that lacks something, or has it of another type", before_name, after_name));
}

}  // namespace ahbm::cli
