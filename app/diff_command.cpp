// SPDX-License-Identifier: Apache-2.0
#include "app/diff_command.h"

#include "app/json_file.h"
#include "experiments/table.h"
#include "platform/input_error.h"
#include "sim/config/error.h"
#include "sim/config/node.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <tuple>
#include <utility>

namespace ahbm::cli {
namespace {

using nlohmann::json;

using Type = json::value_t;
void expect(const json& object, std::initializer_list<std::pair<const char*, Type>> members) {
    for (const auto& [name, type] : members)
        if (object.at(name).type() != type) throw json::type_error::create(302, name, &object);
}

/// In a key that ends in `_ps`, whatever is inside: times are natural numbers.
void expect_times(const json& value, bool times) {
    if (!value.is_structured() && times) natural(value);
    if (value.is_structured())
        for (const auto& [key, each] : value.items()) expect_times(each, times || key.ends_with("_ps"));
}

using Values = std::map<std::string, std::string>;
Values values_in(const std::string& yaml) {
    return yaml.empty() ? Values() : config::values_in(config::parse_yaml(yaml, "configuration"));
}

/// Throws json::exception or ConfigError for what no run writes (docs/result_json.md).
void expect_result(const json& result) {
    expect(result, {{"scenario", Type::string},
                    {"parameters", Type::string},
                    {"configuration", Type::string},
                    {"collectives", Type::string},
                    {"data", Type::string},
                    {"digest", Type::string},
                    {"seed", Type::number_unsigned},
                    {"simulated_ps", Type::number_unsigned},
                    {"launches", Type::array},
                    {"findings", Type::array},
                    {"measured", Type::array},
                    {"notes", Type::array},
                    {"verifications", Type::array},
                    {"tables", Type::array},
                    {"figures", Type::object},
                    {"fabric", Type::object},
                    {"kernels", Type::object},
                    {"engines", Type::object}});
    for (const char* key : {"parameters", "configuration", "collectives"}) values_in(result.at(key));
    for (const auto& [key, value] : result.items())
        if (key != "ledger") expect_times(value, key.ends_with("_ps"));
    for (const json& launch : result.at("launches"))
        expect(launch, {{"kernel", Type::string},
                        {"sip", Type::number_unsigned},
                        {"pes", Type::number_unsigned},
                        {"submitted_ps", Type::number_unsigned},
                        {"target_start_ps", Type::number_unsigned},
                        {"exec_start_ps", Type::number_unsigned},
                        {"exec_end_ps", Type::number_unsigned},
                        {"completed_ps", Type::number_unsigned}});
    for (const json& verification : result.at("verifications"))
        expect(verification, {{"verdict", Type::string},
                              {"what", Type::string},
                              {"elements", Type::number_unsigned},
                              {"mismatches", Type::number_unsigned}});
    for (const char* texts : {"findings", "notes"})
        for (const json& text : result.at(texts)) text.get_ref<const std::string&>();
    for (const json& measured : result.at("measured"))
        expect(measured, {{"name", Type::string}, {"what", Type::string}, {"times_ps", Type::array}});
    for (const json& table : result.at("tables")) expect(table, {{"title", Type::string}, {"rows", Type::array}});
    for (const json& figure : result.at("figures"))
        if (!figure.is_number()) throw json::type_error::create(302, "a figure is a number", &figure);
    for (const json& engine : result.at("engines")) expect(engine, {{"busiest_ps", Type::number_unsigned}});
    expect(result.at("fabric"), {{"paths", Type::array}});
    for (const json& path : result.at("fabric").at("paths"))
        expect(path, {{"purpose", Type::string},
                      {"access", Type::string},
                      {"path", Type::string},
                      {"transactions", Type::number_unsigned},
                      {"latency_ps", Type::number_unsigned},
                      {"parts_ps", Type::object}});
}

json load_result(const std::string& name) {
    const std::filesystem::path path = name;
    json result = read_document(std::filesystem::is_directory(path) ? path / "result.json" : path, "ahbm-result");
    try {
        expect_result(result);
        return result;
    } catch (const json::exception&) {
    } catch (const ConfigError&) {
    }
    throw InputError(fmt::format("{}: a result that lacks something, or has it of another type", name));
}

double ns(const json& picoseconds) { return static_cast<double>(integer(picoseconds)) / 1000; }

std::string change(double before, double after) {
    if (before == after) return "=";
    return before == 0 ? "new" : fmt::format("{:+.2f}%", 100 * (after - before) / before);
}

void add_row(Table& table, const std::string& name, double before, double after) {
    table.rows.push_back({name, fmt::format("{:.3f}", before), fmt::format("{:.3f}", after), change(before, after)});
}

/// What two configurations do not agree in: "  algorithms.ring_allreduce.n_slots: 4 -> 8", a line each.
std::string changed_values(const std::string& before, const std::string& after) {
    Values a = values_in(before), b = values_in(after), all = a;
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

/// For a cell of a table.
std::string shown(const std::string& text) {
    std::size_t most = 40;
    if (text.size() <= most) return text.empty() ? "-" : text;
    while ((text[most] & 0xc0) == 0x80) --most;  // not within a character
    return text.substr(0, most) + "...";
}

/// Whatever differs, part by part: how many values, and one of them.
Table parts_that_differ(const json& before, const json& after) {
    Table table{"what differs", {{"part", "values", "one of them", "before", "after"}}};
    json parts = before;
    parts.update(after);
    for (const auto& [part, either] : parts.items()) {
        using Sides = std::pair<std::string, std::string>;
        std::map<std::string, Sides> values;
        Sides whole;
        const auto collect = [&, &part = part](const json& of, auto side) {
            if (!of.contains(part)) return;
            whole.*side = of.at(part).dump();
            const json flat = json{{part, of.at(part)}}.flatten();
            for (const auto& [path, value] : flat.items())
                if (!value.is_null()) values[path.substr(1)].*side = value.dump();  // null: an empty array or object
        };
        collect(before, &Sides::first);
        collect(after, &Sides::second);
        if (whole.first == whole.second) continue;
        std::erase_if(values, [](const auto& each) { return each.second.first == each.second.second; });
        const std::size_t count = values.size();
        if (values.empty()) values[part] = whole;
        const auto& [path, sides] = *values.begin();
        table.rows.push_back({part, std::to_string(count), path, shown(sides.first), shown(sides.second)});
    }
    return table;
}

std::string differences(const json& before, const json& after) {
    const double a = ns(before.at("simulated_ps")), b = ns(after.at("simulated_ps"));
    std::string text = what_was_run(before, after);
    text += fmt::format("simulated {:.3f} -> {:.3f} ns, {}\n", a, b, change(a, b));
    text += first_divergence(before.at("launches"), after.at("launches"));
    for (const Table& table :
         {parts_that_differ(before, after), figure_changes(before.at("figures"), after.at("figures")),
          engine_changes(before.at("engines"), after.at("engines")),
          path_changes(before.at("fabric").at("paths"), after.at("fabric").at("paths"))})
        if (table.rows.size() > 1) text += '\n' + format_table(table);
    return text;
}

}  // namespace

int diff_command(const std::string& before_name, const std::string& after_name) {
    json before = load_result(before_name), after = load_result(after_name);
    for (const auto& [name, result] : {std::pair(&before_name, &before), std::pair(&after_name, &after)}) {
        result->erase("ledger");  // who looked on is no difference
        if (result->at("digest") != digest_of(*result))
            fmt::print("{}: was changed after the run: its digest is not that of its contents\n", *name);
    }
    const bool equal = before.dump() == after.dump();  // 1 and 1.0 are not
    fmt::print("{}",
               equal ? fmt::format("equal: {}\n", before.at("digest").get<std::string>()) : differences(before, after));
    return equal ? 0 : 1;
}

}  // namespace ahbm::cli
