// SPDX-License-Identifier: Apache-2.0
#include "app/json_file.h"
#include "app/result.h"
#include "app/why.h"

#include <fmt/format.h>

#include <cctype>

namespace ahbm::cli {
namespace {

using nlohmann::json;

constexpr const char* kVerdicts[] = {"not_run", "passed", "failed"};

json launches_json(const std::vector<LaunchRecord>& launches) {
    json list = json::array();
    for (const LaunchRecord& launch : launches) {
        const runtime::LaunchResult& t = launch.times;
        list.push_back({{"kernel", launch.kernel},
                        {"sip", launch.sip.value},
                        {"pes", t.spans.size()},
                        {"submitted_ps", t.submitted.ps()},
                        {"target_start_ps", t.target_start.ps()},
                        {"exec_start_ps", t.exec_start.ps()},
                        {"exec_end_ps", t.exec_end.ps()},
                        {"completed_ps", t.completed.ps()},
                        {"total_ps", t.total().ps()},
                        {"dispatch_ps", t.dispatch().ps()},
                        {"execution_ps", t.execution().ps()},
                        {"closing_fence_ps", t.closing_fence().ps()},
                        {"network_ps", t.network().ps()}});
    }
    return list;
}

json links_json(const std::vector<LinkUse>& links) {
    json list = json::array();
    for (const LinkUse& link : links)
        list.push_back({{"port", link.port},
                        {"bytes", link.stats.bytes},
                        {"packets", link.stats.packets},
                        {"busy_ps", link.stats.busy.ps()},
                        {"queueing_ps", link.stats.queueing.ps()}});
    return list;
}

json resources_json(const std::vector<KernelUse::Resource>& resources) {
    json list = json::array();
    for (const KernelUse::Resource& each : resources)
        list.push_back({{"resource", name_within_system(each.name)},
                        {"packets", each.packets},
                        {"busy_ps", each.busy.ps()},
                        {"waited_ps", each.waited.ps()}});
    return list;
}

json measured_json(const std::vector<Measured>& all) {
    json list = json::array();
    for (const Measured& each : all) {
        json entry{{"name", each.name}, {"what", each.what}, {"rate", each.rate}, {"times_ps", json::array()}};
        for (const sim::Time time : each.times) entry["times_ps"].push_back(time.ps());
        const auto bound = [&](const char* name, const std::optional<Measured::Bound>& of) {
            if (of) entry[name] = {{"time_ps", of->time.ps()}, {"words", of->words}};
        };
        bound("bound", each.own);
        bound("machine_bound", each.machine);
        if (each.pes > 0) entry["pes"] = each.pes, entry["pes_used"] = each.pes_used;
        if (!each.idle.empty()) entry["idle"] = each.idle;
        list.push_back(std::move(entry));
    }
    return list;
}

/// Its name with its unit: "algbw_gb_per_s", "of_bound_percent", "size_bytes", "pes".
std::string key_of(const Figure& figure) {
    std::string key = figure.name;
    if (!figure.unit.empty()) key += '_';
    for (const char c : figure.unit == "B" ? "bytes" : figure.unit) {
        if (c == '/')
            key += "_per_";
        else if (c == '%')
            key += "percent";
        else
            key += c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return key;
}

}  // namespace

json to_json(const Ledger& ledger) {
    json parts;
    for (std::size_t i = 0; i < kLedgerParts; ++i)
        parts[std::string(kLedgerPartNames[i])] = ledger[static_cast<LedgerPart>(i)].ps();
    return parts;
}

json to_json(const RunResult& result) {
    json document{{"schema", "ahbm-result"},
                  {"version", 3},
                  {"scenario", result.scenario},
                  {"parameters", result.parameters},
                  {"configuration", result.configuration},
                  {"collectives", result.collectives},
                  {"data", result.data},
                  {"seed", result.seed},
                  {"simulated_ps", result.simulated.ps()},
                  {"launches", launches_json(result.outcome.launches)},
                  {"findings", result.findings},
                  {"figures", json::object()}};
    for (const Figure& figure : result.outcome.figures) document["figures"][key_of(figure)] = figure.value;
    document["measured"] = measured_json(result.outcome.measured);
    document["notes"] = result.outcome.notes;
    if (const std::string sentence = why(result.measurements, result.outcome.measured); !sentence.empty())
        document["why"] = sentence;
    document["verifications"] = json::array();
    for (const Verification& each : result.outcome.verifications) {
        json entry{{"verdict", kVerdicts[static_cast<std::size_t>(each.verdict)]},
                   {"what", each.what},
                   {"elements", each.elements},
                   {"mismatches", each.mismatches}};
        if (each.nan + each.infinite != 0) entry["as_expected"] = {{"nan", each.nan}, {"infinite", each.infinite}};
        if (!each.json.is_null()) entry["mismatch"] = each.json;
        document["verifications"].push_back(std::move(entry));
    }
    document["tables"] = json::array();
    for (const Table& table : result.outcome.tables)
        document["tables"].push_back({{"title", table.title}, {"rows", table.rows}});
    const Measurements& m = result.measurements;
    document["fabric"] = {{"transactions", m.transactions},
                          {"hops", m.hops},
                          {"paths", json::array()},
                          {"busiest_links", links_json(m.busiest_links)},
                          {"top_contenders", links_json(m.top_contenders)}};
    if (m.flit_hops > 0) document["fabric"]["flit_hops"] = m.flit_hops;
    for (const PathUse& path : m.paths)
        document["fabric"]["paths"].push_back(
            {{"purpose", kPurposeNames[static_cast<std::size_t>(path.traffic.purpose)]},
             {"access", name_of(path.traffic.access)},
             {"path", kPathClassNames[static_cast<std::size_t>(path.traffic.path)]},
             {"transactions", path.totals.transactions},
             {"bytes", path.totals.bytes},
             {"latency_ps", path.totals.latency.ps()},
             {"max_latency_ps", path.totals.max_latency.ps()},
             {"parts_ps", to_json(path.totals.ledger)}});
    document["kernels"] = {{"pes", m.pes},
                           {"busy_pes", m.busy_pes},
                           {"run", m.kernels.kernels},
                           {"any_ps", m.kernels.any.ps()},
                           {"mean_ps", m.kernels.mean.ps()},
                           {"longest_ps", m.kernels.longest.ps()},
                           {"mean_waiting_ps", m.kernels.mean_waited.ps()},
                           {"longest_waiting_ps", m.kernels.longest_waited.ps()},
                           {"busiest", resources_json(m.kernel_busiest)},
                           {"contenders", resources_json(m.kernel_contenders)}};
    document["engines"] = json::object();
    for (const EngineUse& engine : m.engines)
        document["engines"][engine.engine] = {{"mean_ps", engine.mean.ps()},
                                              {"busiest_ps", engine.busiest.ps()},
                                              {"busiest_of_ps", engine.busiest_ran.ps()},
                                              {"sum_ps", engine.sum.ps()}};
    document["digest"] = digest_of(document);  // of what was simulated, whoever looked on
    if (result.ledger) document["ledger"] = to_json(*result.ledger);
    return document;
}

}  // namespace ahbm::cli
