// SPDX-License-Identifier: Apache-2.0
/// stress: every rank does a random mix of what host programs do, and everything it reads back is compared with plain
/// arrays on the host.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/stress_program.h"
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

namespace ahbm::scenarios {
namespace {

struct StressParameters {
    std::uint32_t steps = 40;
    template <class V>
    void fields(V& v) {
        v("steps", steps, "what each rank does, one after the other; --seed decides what", config::range(1, 1000000));
    }
    void validate(config::Check& check) const {
        if (steps == 0) check.fail("steps", "at least 1 is expected");
    }
};

class StressScenario final : public ParameterisedScenario<StressParameters> {
public:
    bool is_random() const override { return true; }
    void check(const PlatformConfig&, const RunRequest& request) override { check_names(request, {}, {}); }
    bool uses_all_sips() const override { return true; }
    std::optional<runtime::CclConfig> collectives(const RunRequest& request) const override { return request.ccl; }
    void run(ScenarioRun& run) override {
        StressTally tally;
        spawn(
            run.context, [&](runtime::Rank& rank) { StressProgram(rank, run.request, parameters_.steps, tally).run(); },
            run.session.system().sip_count());
        Table table{"what the ranks did", {{"action", "times"}}};
        for (const auto& [action, times] : tally.actions) table.rows.push_back({action, std::to_string(times)});
        run.result.tables.push_back(std::move(table));
        run.result.figures.push_back({"program_time", run.context.now().ns(), "ns"});
        if (!run.context.has_data())
            return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
        if (!run.request.verify) return run.result.verifications.push_back(not_verified("not asked for"));
        run.result.verifications.push_back(reads(tally));
        for (const StressTally::Collective& call : tally.collectives)
            run.result.verifications.push_back(compare_ranks(call.ccl, call.inputs, call.got));
        run.result.verifications.push_back(nothing_unwritten(run));
    }

private:
    static Verification verdict(std::string what, std::uint64_t elements, std::uint64_t mismatches,
                                std::string report) {
        Verification result;
        result.what = std::move(what);
        result.elements = elements;
        result.mismatches = mismatches;
        result.verdict = mismatches == 0 ? Verification::Verdict::passed : Verification::Verdict::failed;
        if (mismatches != 0) result.report = "MISMATCH " + std::move(report);
        return result;
    }
    static Verification reads(const StressTally& tally) {
        return verdict("every element read back, against plain arrays on the host, bit by bit", tally.elements,
                       tally.mismatches, tally.first_mismatch);
    }
    static Verification nothing_unwritten(ScenarioRun& run) {
        const auto& reads = run.session.system().recorder().uninitialised_reads();
        return verdict("nobody reads bytes that nobody has written", 0, reads.empty() ? 0 : 1,
                       reads.empty() ? "" : to_string(reads.front()));
    }
};

}  // namespace

void register_stress(ScenarioRegistry& registry) {
    registry.add({"stress", "a random mix of allocations, transfers, launches and collectives, against plain arrays",
                  [] { return std::make_unique<StressScenario>(); }});
}

}  // namespace ahbm::scenarios
