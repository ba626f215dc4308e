// SPDX-License-Identifier: Apache-2.0
/// The latency ledger for people and for programs.
#include "app/result.h"

#include <fmt/format.h>

namespace ahbm::cli {
namespace {

using nlohmann::json;
using Transactions = LedgerReport::Transactions;

json summary_json(const sim::Distribution::Summary& s) {
    return {{"count", s.count},     {"sum_ps", s.sum.ps()}, {"mean_ps", s.mean.ps()},
            {"p50_ps", s.p50.ps()}, {"p99_ps", s.p99.ps()}, {"max_ps", s.max.ps()}};
}

json transactions_json(const std::vector<Transactions>& rows) {
    json list = json::array();
    for (const Transactions& row : rows) {
        list.push_back({{"purpose", row.purpose},
                        {"access", row.access},
                        {"path", row.path},
                        {"bytes", row.bytes},
                        {"latency", summary_json(row.latency)},
                        {"parts_ps", to_json(row.parts)},
                        {"slowest",
                         {{"from", row.slowest.from},
                          {"to", row.slowest.to},
                          {"issued_ps", row.slowest.issued.ps()},
                          {"parts_ps", to_json(row.slowest.parts)}}}});
        if (!row.phase.empty()) list.back()["phase"] = row.phase;
    }
    return list;
}

json contenders_json(const std::vector<LedgerReport::Contender>& contenders) {
    json list = json::array();
    for (const LedgerReport::Contender& contender : contenders) {
        json by = json::array();
        for (const LedgerReport::Delay& delay : contender.delayed_by)
            by.push_back({{"who", delay.by}, {"time_ps", delay.time.ps()}});
        list.push_back({{"resource", contender.resource},
                        {"packets", contender.packets},
                        {"queueing_ps", contender.queueing.ps()},
                        {"delayed_by", by}});
    }
    return list;
}

json blame_json(const LedgerReport& ledger) {
    json matrix = json::array(), pairs = json::array();
    for (const auto& row : ledger.delays) {
        json& cells = matrix.emplace_back(json::array());
        for (const sim::Time time : row) cells.push_back(time.ps());
    }
    for (const LedgerReport::Pair& pair : ledger.pairs)
        pairs.push_back(
            {{"delayed", pair.delayed}, {"by", pair.by}, {"encounters", pair.encounters}, {"time_ps", pair.time.ps()}});
    return {{"classes", ledger.classes}, {"delayed_by_ps", matrix}, {"pairs", pairs}};
}

std::string ns(sim::Time time) { return fmt::format("{:.1f}", time.ns()); }
std::string mean_ns(sim::Time sum, std::uint64_t count) {
    return fmt::format("{:.1f}", sum.ns() / static_cast<double>(count));
}

std::string class_of(const Transactions& row) {
    const std::string path = row.access + " " + row.path;
    return row.purpose == "kernel" ? path : row.purpose + " " + path;
}
bool of_kernels(const Transactions& row) { return row.purpose == "kernel" || row.purpose == "credit"; }

Table transactions_table(const std::string& title, const std::vector<Transactions>& rows, bool with_phase) {
    Table table{title, {{"path"}}};
    if (with_phase) table.rows[0].insert(table.rows[0].begin(), "phase");
    for (const char* column : {"count", "mean", "p50", "p99", "max"}) table.rows[0].emplace_back(column);
    for (const std::string_view part : kLedgerPartNames) table.rows[0].emplace_back(part);
    for (const Transactions& row : rows) {
        std::vector<std::string> cells;
        if (with_phase) cells.push_back(row.phase);
        cells.push_back(class_of(row));
        const sim::Distribution::Summary& s = row.latency;
        cells.insert(cells.end(), {std::to_string(s.count), mean_ns(s.sum, s.count), ns(s.p50), ns(s.p99), ns(s.max)});
        for (std::size_t part = 0; part < kLedgerParts; ++part)
            cells.push_back(mean_ns(row.parts[static_cast<LedgerPart>(part)], s.count));
        table.rows.push_back(std::move(cells));
    }
    return table;
}

Table slowest_table(const std::vector<Transactions>& rows) {
    Table table{"slowest transaction of each path, ns", {{"path", "issued at", "latency"}}};
    for (const std::string_view part : kLedgerPartNames) table.rows[0].emplace_back(part);
    table.rows[0].emplace_back("from -> to");
    for (const Transactions& row : rows) {
        std::vector<std::string> cells{class_of(row), ns(row.slowest.issued), ns(row.latency.max)};
        for (std::size_t part = 0; part < kLedgerParts; ++part)
            cells.push_back(ns(row.slowest.parts[static_cast<LedgerPart>(part)]));
        cells.push_back(row.slowest.from + " -> " + row.slowest.to);
        table.rows.push_back(std::move(cells));
    }
    return table;
}

Table jobs_table(const LedgerReport& ledger) {
    Table table{"jobs of PE_SCHEDULER by phase of the kernel, ns",
                {{"phase", "job", "count", "waited mean", "p50", "p99", "max", "worked mean", "p99", "max"}}};
    for (const LedgerReport::Jobs& row : ledger.jobs)
        table.rows.push_back({row.phase, row.kind, std::to_string(row.waited.count),
                              mean_ns(row.waited.sum, row.waited.count), ns(row.waited.p50), ns(row.waited.p99),
                              ns(row.waited.max), mean_ns(row.worked.sum, row.worked.count), ns(row.worked.p99),
                              ns(row.worked.max)});
    return table;
}

Table contenders_table(const LedgerReport& ledger) {
    Table table{"links and HBM channels that kernels' packets waited for, ns in sum",
                {{"resource", "packets", "waited", "because of"}}};
    for (const LedgerReport::Contender& contender : ledger.kernel_contenders) {
        std::string by;
        for (const LedgerReport::Delay& delay : contender.delayed_by)
            by += fmt::format("{}{} {:.1f}", by.empty() ? "" : ", ", delay.by, delay.time.ns());
        table.rows.push_back({contender.resource, std::to_string(contender.packets), ns(contender.queueing), by});
    }
    return table;
}

Table matrix_table(const LedgerReport& ledger) {
    Table table{"who delayed whom, ns in sum: row, delayed; column, by", {{""}}};
    for (const std::string& name : ledger.classes) table.rows[0].push_back(name);
    for (std::size_t row = 0; row < ledger.delays.size(); ++row) {
        std::vector<std::string>& cells = table.rows.emplace_back(std::vector{ledger.classes[row]});
        for (const sim::Time time : ledger.delays[row]) cells.push_back(ns(time));
    }
    return table;
}

Table pairs_table(const LedgerReport& ledger) {
    Table table{"the pairs that delayed each other longest, ns in sum", {{"delayed", "by", "encounters", "time"}}};
    for (const LedgerReport::Pair& pair : ledger.pairs)
        table.rows.push_back({pair.delayed, pair.by, std::to_string(pair.encounters), ns(pair.time)});
    return table;
}

}  // namespace

json to_json(const LedgerReport& ledger) {
    json jobs = json::array();
    for (const LedgerReport::Jobs& row : ledger.jobs)
        jobs.push_back({{"phase", row.phase},
                        {"job", row.kind},
                        {"waited", summary_json(row.waited)},
                        {"worked", summary_json(row.worked)}});
    return {{"by_path", transactions_json(ledger.by_path)},
            {"by_phase", transactions_json(ledger.by_phase)},
            {"jobs", jobs},
            {"contenders", contenders_json(ledger.contenders)},
            {"kernel_contenders", contenders_json(ledger.kernel_contenders)},
            {"blame", blame_json(ledger)}};
}

std::string ledger_text(const LedgerReport& ledger) {
    std::string text;
    const auto add = [&](const Table& table) {
        if (table.rows.size() > 1) text += '\n' + format_table(table);
    };
    std::vector<Transactions> kernels, others;
    for (const Transactions& row : ledger.by_path) (of_kernels(row) ? kernels : others).push_back(row);
    add(transactions_table("latency of kernels' transactions by path, ns; parts are means and sum to the mean", kernels,
                           false));
    add(transactions_table("latency of all others: set-up, host and control", others, false));
    add(transactions_table("latency by phase of the requester's kernel, ns", ledger.by_phase, true));
    add(slowest_table(kernels));
    add(jobs_table(ledger));
    add(contenders_table(ledger));
    add(matrix_table(ledger));
    add(pairs_table(ledger));
    return text;
}

}  // namespace ahbm::cli
