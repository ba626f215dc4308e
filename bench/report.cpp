// SPDX-License-Identifier: Apache-2.0
// Prints the results that bench/run collected as one Markdown table: bench_report DIRECTORY.
#include <sysc/kernel/sc_externs.h>  // sc_main

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using nlohmann::json;

/// The benchmarks of one executable's run by name; of repeated ones the median.
class Results {
public:
    explicit Results(const std::filesystem::path& file) {
        std::ifstream in(file);
        const json parsed = json::parse(in);
        for (const json& entry : parsed.at("benchmarks")) {
            const bool aggregate = entry.value("run_type", "") == "aggregate";
            if (aggregate && entry.value("aggregate_name", "") != "median") continue;
            std::string name = entry.at("run_name");
            entries_[name.substr(0, name.find("/iterations:"))] = entry;
        }
    }
    double operator()(const std::string& name, const std::string& counter) const {
        const auto entry = entries_.find(name);
        if (entry == entries_.end()) throw std::runtime_error("no result of " + name);
        return entry->second.at(counter).get<double>();
    }
    double floor() const { return (*this)("kernel_event/64", "per_event"); }

private:
    std::map<std::string, json> entries_;
};

class Table {
public:
    Table() {
        fmt::print(
            "| measurement | figure | kernel event, same run | ratio | required | met |\n|---|---|---|---|---|---|\n");
    }
    /// A figure without a kernel event to compare with.
    void row(const std::string& what, const std::string& figure, const std::string& required = "",
             std::optional<bool> met = {}) {
        fmt::print("| {} | {} | | | {} | {} |\n", what, figure, required, verdict(met));
    }
    /// Seconds per something, beside the kernel's seconds per event.
    void timed(const std::string& what, double seconds, double floor, const std::string& required = "",
               std::optional<bool> met = {}) {
        fmt::print("| {} | {:.1f} ns | {:.1f} ns | {:.2f} | {} | {} |\n", what, seconds * 1e9, floor * 1e9,
                   seconds / floor, required, verdict(met));
    }

private:
    static std::string verdict(std::optional<bool> met) { return !met ? "" : *met ? "yes" : "**no**"; }
};

void report_micro(Table& table, const Results& micro) {
    const double floor = micro.floor();
    for (const char* name : {"kernel_event/64", "kernel_event/1024", "kernel_thread_wake", "socket_hop",
                             "wheel_event/64", "wheel_event/1024", "wheel_event/16384"})
        table.timed(name, micro(name, "per_event"), floor);
}

void report_elaboration(Table& table, const Results& platform, const std::string& topology, double seconds,
                        double bytes) {
    const double took = platform("elaboration", "seconds");
    const double resident = platform("elaboration", "resident_bytes");
    const double blocks = platform("elaboration", "blocks");
    table.row(fmt::format("elaborate {}, {:.0f} blocks", topology, blocks), fmt::format("{:.3f} s", took),
              fmt::format("< {} s", seconds), took < seconds);
    table.row("elaborate " + topology + ", memory", fmt::format("{:.0f} MiB", resident / (1 << 20)),
              bytes > 0 ? fmt::format("< {:.0f} MiB", bytes / (1 << 20)) : "",
              bytes > 0 ? std::optional(resident < bytes) : std::nullopt);
    table.row("elaborate " + topology + ", per block",
              fmt::format("{:.1f} us, {:.1f} KiB", took / blocks * 1e6, resident / blocks / 1024));
}

void report_hops(Table& table, const Results& platform, const std::string& where, double required) {
    const double rate = platform("traffic/off", "hops_per_second");
    table.timed("fabric hop, " + where, platform("traffic/off", "per_event"), platform.floor());
    table.row("fabric hops per second, " + where, fmt::format("{:.2f} M/s", rate / 1e6),
              fmt::format(">= {:.0f} M/s", required / 1e6), rate >= required);
}

void report_traffic(Table& table, const Results& platform, const std::string& where) {
    report_hops(table, platform, where, 5e6);
    const double hops = platform("traffic/off", "hops_per_message");
    table.row(fmt::format("events per message of {:.2f} hops, commands included, {}", hops, where),
              fmt::format("{:.2f}", platform("traffic/off", "events_per_message")), "H + 1");
    const double message = platform("three_hop_message_alone", "per_message");
    table.timed(fmt::format("message of {:.2f} hops, commands included, one PE at work, {}",
                            platform("three_hop_message_alone", "hops_per_message"), where),
                message, platform.floor(), "<= 500 ns", message <= 500e-9);
    table.timed(fmt::format("message of {:.2f} hops, commands included, all PEs at work, {}",
                            platform("three_hop_message", "hops_per_message"), where),
                platform("three_hop_message", "per_message"), platform.floor());
    const double allocations = platform("heap/off", "allocations_per_transaction");
    table.row("allocations per transaction, values off, " + where, fmt::format("{:.4f}", allocations), "0",
              allocations < 0.001);
    table.timed("GEMM tile, " + where, platform("gemm/off", "per_event"), platform.floor());
    table.row("GEMM tiles per second, " + where, fmt::format("{:.0f}", platform("gemm/off", "tiles_per_second")));
}

void report_flits(Table& table, const Results& platform) {
    const double rate = platform("traffic/off", "flit_hops_per_second");
    table.timed("flit hop, default", 1 / rate, platform.floor());
    table.row("flit hops per second, default", fmt::format("{:.2f} M/s", rate / 1e6), ">= 3 M/s", rate >= 3e6);
}

void report_fast(Table& table, const Results& platform) {
    const double rate = platform("cross_cube", "transactions_per_second");
    const std::string what = fmt::format("posted write to the next cube in fast timing, {:.2f} hops",
                                         platform("cross_cube", "hops_per_transaction"));
    table.timed(what, platform("cross_cube", "per_transaction"), platform.floor());
    table.row(what + ", per second", fmt::format("{:.2f} M/s", rate / 1e6), ">= 2 M/s", rate >= 2e6);
}

void report_recording(Table& table, const Results& recording) {
    for (const std::string mode : {"lazy", "background"}) {
        for (const std::string workload : {"traffic", "gemm"}) {
            const double cost = recording("recording/" + workload, mode);
            table.row("recording, " + mode + ", " + workload, fmt::format("{:+.1f} %", cost * 100), "< 30 %",
                      cost < 0.3);
        }
    }
    const double heap = recording("heap/lazy", "heap_bytes_per_transaction");
    table.row("heap per transaction of 4096 B, values lazy", fmt::format("{:.0f} B", heap), "<= 4096 B (one copy)",
              heap <= 4096);
}

/// Medians over those of runs that nobody looked on at.
void report_observers(Table& table, const std::filesystem::path& file) {
    std::map<std::string, std::vector<double>> seconds;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const std::size_t tab = line.find('\t');
        seconds[line.substr(0, tab)].push_back(std::stod(line.substr(tab + 1)));
    }
    const auto median = [&](const std::string& name) {
        std::vector<double>& all = seconds.at(name);
        std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
        return all[all.size() / 2];
    };
    const double none = median("none");
    table.row("all-reduce, whole run, nobody looks on", fmt::format("{:.3f} s", none));
    for (const auto& [name, unused] : seconds) {
        if (name == "none") continue;
        const double cost = median(name) / none - 1;
        table.row("all-reduce, observers: " + name, fmt::format("{:+.1f} %", cost * 100), "< 30 %", cost < 0.3);
    }
}

void report_ring(Table& table, const Results& ring, const std::filesystem::path& file) {
    std::ifstream in(file);
    const json simpy = json::parse(in);
    const double theirs = simpy.at("seconds_per_hop");
    const double ours = ring("ring", "per_event");
    table.row("ring, simulated time of a repetition, platform / SimPy",
              fmt::format("{:.2f} / {:.2f} ns", ring("ring", "simulated_ns"), simpy.at("simulated_ns").get<double>()),
              "equal", std::abs(ring("ring", "simulated_ns") - simpy.at("simulated_ns").get<double>()) < 0.001);
    table.row("ring, per hop, platform / SimPy", fmt::format("{:.3f} / {:.1f} us", ours * 1e6, theirs * 1e6));
    table.row("ring, SimPy / platform", fmt::format("{:.0f}x", theirs / ours), ">= 60x", theirs / ours >= 60);
}

}  // namespace

// libsystemc, which every executable here links, brings main and calls this.
int sc_main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: bench_report DIRECTORY\n", 2;
    const std::filesystem::path directory = argv[1];
    Table table;
    report_micro(table, Results(directory / "micro.json"));
    const Results standard(directory / "default.json");
    report_elaboration(table, standard, "default", 0.5, 0);
    report_traffic(table, standard, "default");
    report_flits(table, Results(directory / "flit.json"));
    report_fast(table, Results(directory / "fast.json"));
    const Results full(directory / "full16.json");
    report_elaboration(table, full, "full16", 4, 1 << 30);
    report_hops(table, full, "full16", 3e6);
    report_recording(table, Results(directory / "recording.json"));
    report_observers(table, directory / "observers.tsv");
    report_ring(table, Results(directory / "ring.json"), directory / "simpy.json");
    return 0;
}
