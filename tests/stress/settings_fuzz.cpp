// SPDX-License-Identifier: Apache-2.0
// settings_fuzz PROGRAM [--runs N] [--seed S] ...: short scenarios with random settings of everything that can be set
// (docs/testing.md). The draws depend on the seed alone. Exit code 1: there is a finding.
#include "tests/stress/cross.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

namespace ahbm::stress {
namespace {

struct Options {
    std::uint64_t runs = 2000, from = 0, seed = 1, cross_every = 8;
    unsigned jobs = 2;
    bool verbose = false, minimise = true;
    Program program;
};

struct Result {
    Case drawn;
    Verdict verdict;
};

/// Without the assignments that the finding does not need.
Case minimised(const Options& options, Case what, const std::string& kind) {
    for (std::size_t i = what.assignments.size(); i-- > 0;) {
        Case smaller = what;
        smaller.assignments.erase(smaller.assignments.begin() + static_cast<std::ptrdiff_t>(i));
        if (run(options.program, smaller).verdict.kind() == kind) what = smaller;
    }
    return what;
}

/// The machine's shape and the scenario alone: as these are configured otherwise nothing may hang.
Case as_configured(Case what) {
    std::erase_if(what.assignments, [](const std::vector<std::string>& each) {
        if (each.front() == "--ccl-set") return true;
        const std::string& value = each.back();
        return each.front() == "--set" && !value.starts_with("sips.") && !value.starts_with("sip.cube_mesh.") &&
               !value.starts_with("sip.cube.noc.pe_per_corner");
    });
    return what;
}

/// Of all fields, without the groups they are in.
std::set<std::string> names_of(const Inventory& inventory) {
    std::set<std::string> names;
    const auto add = [&](const std::vector<Field>& fields) {
        for (const Field& field : fields) names.insert(field.path.substr(field.path.rfind('.') + 1));
    };
    add(inventory.platform);
    add(inventory.collectives);
    for (const Inventory::Scenario& scenario : inventory.scenarios) add(scenario.parameters);
    return names;
}

Result examine(const Options& options, const Inventory& inventory, std::uint64_t number) {
    Result result{draw_case(inventory, options.seed, number), {}};
    const Run first = run(options.program, result.drawn);
    result.verdict = first.verdict;
    if (result.verdict.ending == Ending::hang) {
        const Case bare = as_configured(result.drawn);
        if (const Verdict again = run(options.program, bare).verdict; again.ending == Ending::hang)
            result = {bare, {Ending::finding, "hang of what is configured as it ships: " + again.what}};
    } else if (result.verdict.ending == Ending::finding) {
        const bool slow = result.verdict.what.starts_with("time-out");  // so would be each attempt
        if (options.minimise && !slow) result.drawn = minimised(options, result.drawn, result.verdict.kind());
    } else if (!first.result.is_null() && options.cross_every != 0 && number % options.cross_every == 0) {
        const std::string broken =
            broken_property(options.program, result.drawn, first.result, number / options.cross_every);
        if (!broken.empty()) result.verdict = {Ending::finding, "property: " + broken};
    }
    return result;
}

/// Prints results in the order of their numbers, whichever is there first.
class Report {
public:
    Report(const Options& options) : options_(options) {}

    void add(std::uint64_t number, Result result) {
        const std::scoped_lock lock(mutex_);
        waiting_.emplace(number, std::move(result));
        for (auto next = waiting_.find(options_.from + printed_); next != waiting_.end();
             next = waiting_.find(options_.from + printed_)) {
            print(next->first, next->second);
            waiting_.erase(next);
            ++printed_;
        }
    }

    int finish() const {
        const auto count = [&](Ending ending) { return endings_.contains(ending) ? endings_.at(ending) : 0; };
        for (const auto& [kind, times] : kinds_) fmt::print("{:6} x {}\n", times, kind);
        fmt::print("{} runs, seed {}: {} verified, {} measured, {} refused, {} hangs, {} findings\n", printed_,
                   options_.seed, count(Ending::verified), count(Ending::measured), count(Ending::refused),
                   count(Ending::hang), count(Ending::finding));
        for (const std::string& scenario : measured_)
            if (verified_.contains(scenario)) {
                fmt::print("{} was verified in some runs and not in others\n", scenario);
                return 1;
            }
        if (count(Ending::finding) != 0) return 1;
        if (count(Ending::hang) * 50 > printed_ + 49) {
            fmt::print("more than one run in fifty hangs: so many are not caused by their settings\n");
            return 1;
        }
        if (count(Ending::verified) * 4 >= printed_) return 0;
        fmt::print("less than a quarter was verified: the settings that are drawn say little\n");
        return 1;
    }

private:
    void print(std::uint64_t number, const Result& result) {
        static const std::map<Ending, const char*> names{{Ending::verified, "verified"},
                                                         {Ending::measured, "measured"},
                                                         {Ending::refused, "refused"},
                                                         {Ending::hang, "hang"},
                                                         {Ending::finding, "FINDING"}};
        ++endings_[result.verdict.ending];
        if (result.verdict.ending == Ending::verified) verified_.insert(result.drawn.scenario);
        if (result.verdict.ending == Ending::measured) measured_.insert(result.drawn.scenario);
        const bool shown = result.verdict.ending == Ending::finding || result.verdict.ending == Ending::hang;
        if (result.verdict.ending == Ending::finding) ++kinds_[result.verdict.kind()];
        if (!shown && !options_.verbose) return;
        fmt::print("{} {}: {}\n    {}\n", names.at(result.verdict.ending), number, result.verdict.what,
                   result.drawn.command());
        std::fflush(stdout);
    }

    const Options& options_;
    std::mutex mutex_;
    std::map<std::uint64_t, Result> waiting_;
    std::uint64_t printed_ = 0;
    std::map<Ending, std::uint64_t> endings_;
    std::map<std::string, std::uint64_t> kinds_;
    std::set<std::string> verified_, measured_;  ///< scenarios
};

int fuzz(const Options& options, const Inventory& inventory) {
    Report report(options);
    std::mutex mutex;
    std::uint64_t next = options.from;
    std::exception_ptr error;
    const auto work = [&] {
        for (;;) {
            std::uint64_t number = 0;
            {
                const std::scoped_lock lock(mutex);
                if (next == options.from + options.runs || error) return;
                number = next++;
            }
            try {
                report.add(number, examine(options, inventory, number));
            } catch (...) {
                const std::scoped_lock lock(mutex);
                error = std::current_exception();
            }
        }
    };
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < options.jobs; ++i) workers.emplace_back(work);
    workers.clear();
    if (error) std::rethrow_exception(error);
    return report.finish();
}

}  // namespace
}  // namespace ahbm::stress

int main(int argc, char** argv) {
    using namespace ahbm::stress;
    Options options;
    CLI::App app{"Short scenarios with random settings of everything that can be set"};
    app.add_option("program", options.program.path, "the program")->required()->check(CLI::ExistingFile);
    app.add_option("--runs", options.runs, "how many");
    app.add_option("--seed", options.seed, "what the draws depend on");
    app.add_option("--from", options.from, "number of the first run: to repeat one");
    app.add_option("--jobs", options.jobs, "at the same time")->check(CLI::PositiveNumber);
    app.add_option("--cross-every", options.cross_every, "one run in so many is compared with a variant; 0: none");
    app.add_option("--cpu-seconds", options.program.limits.cpu_seconds, "a run may take");
    app.add_option("--memory", options.program.limits.memory,
                   "bytes of address space a run may take; 0: any (sanitizers)");
    app.add_flag("--minimise,!--no-minimise", options.minimise, "drop the settings a finding does not need (default)");
    app.add_flag("--verbose", options.verbose, "print every run");
    CLI11_PARSE(app, argc, argv);
    try {
        options.program.path = std::filesystem::absolute(options.program.path).string();
        const Inventory inventory = inventory_of(options.program.path);
        options.program.names = names_of(inventory);
        return fuzz(options, inventory);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 4;
    }
}
