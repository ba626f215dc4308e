// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/result.h"

#include <fmt/format.h>

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

/// FNV-1a, 64 bits: a fingerprint, not a defence.
std::string digest(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("fnv1a64:{:016x}", hash);
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
                  {"version", 1},
                  {"scenario", result.scenario},
                  {"parameters", result.parameters},
                  {"configuration", result.configuration},
                  {"data", result.data},
                  {"seed", result.seed},
                  {"simulated_ps", result.simulated.ps()},
                  {"launches", launches_json(result.outcome.launches)},
                  {"findings", result.findings},
                  {"figures", json::object()}};
    for (const Figure& figure : result.outcome.figures)
        document["figures"][figure.name] = {{"value", fmt::format("{:.6g}", figure.value)}, {"unit", figure.unit}};
    document["notes"] = result.outcome.notes;
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
        document["fabric"]["paths"].push_back({{"access", path.access},
                                               {"path", path.path},
                                               {"transactions", path.totals.transactions},
                                               {"bytes", path.totals.bytes},
                                               {"latency_ps", path.totals.latency.ps()},
                                               {"max_latency_ps", path.totals.max_latency.ps()},
                                               {"parts_ps", to_json(path.totals.ledger)}});
    document["engines"] = {{"busy_pes", m.busy_pes}};
    for (const EngineUse& engine : m.engines)
        document["engines"][engine.engine] = {{"mean_ps", engine.mean.ps()}, {"busiest_ps", engine.busiest.ps()}};
    document["digest"] = digest(document.dump());  // of what was simulated, whoever looked on
    if (result.ledger) document["ledger"] = to_json(*result.ledger);
    return document;
}

}  // namespace ahbm::cli
