// SPDX-License-Identifier: Apache-2.0
/// ccl_allreduce and one scenario per other collective: all SIPs as one process group, one call after the other,
/// verified on every rank.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/ccl_bound.h"
#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/ccl_parameters.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/reference.h"
#include "experiments/scenarios/verify.h"

#include "sim/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ahbm::scenarios {
namespace {

using runtime::Array;
using runtime::CollectiveOp;
using runtime::LaunchResult;
using runtime::Rank;
using runtime::Tensor;

struct CclParameters {
    GroupParameters group;
    std::uint64_t elems = 1024;
    Dtype dtype = Dtype::f16;
    runtime::ReduceOp op = runtime::ReduceOp::sum;
    std::uint32_t root = 0;
    std::uint32_t repeats = 2;
    std::optional<bool> in_place;

    template <class V>
    void fields(V& v) {
        group.fields(v);
        v("elems", elems, "elements per participant (of reduce_scatter and all_to_all: per part)",
          config::range(1, UINT32_MAX));
        v("dtype", dtype, "element type");
        v("op", op, "how operations that reduce do it: sum, max, min, avg");
        v("root", root, "rank that broadcasts, or that is reduced to", config::range(0, 15));
        v("in_place", in_place, "input and output are one tensor; null: of all_reduce, broadcast and reduce");
        v("repeats", repeats, "calls one after the other; the last one is verified", config::range(1, 10000));
    }
    void validate(config::Check& check) const {
        if (elems == 0) check.fail("elems", "at least 1 is expected");
        if (repeats == 0) check.fail("repeats", "at least 1 is expected");
    }
};

class CclScenario final : public ParameterisedScenario<CclParameters> {
public:
    explicit CclScenario(CollectiveOp op) : op_(op) {}

    void check(const PlatformConfig& config, const RunRequest& request) override {
        check_names(request, {}, {});
        parameters_.group.options(request, op_);  // is there such an algorithm?
        check_used();
        check_sizes(case_of(config, request), config, request.data);
        if (parameters_.root >= config.sips.count)
            throw InputError(
                fmt::format("root {}: there are {} ranks, one per SIP", parameters_.root, config.sips.count));
    }

    bool uses_all_sips() const override { return true; }
    std::optional<runtime::CclConfig> collectives(const RunRequest& request) const override {
        return parameters_.group.settings(request, op_);
    }
    void run(ScenarioRun& run) override {
        Outcome outcome(run.session.system().sip_count(), parameters_.repeats);
        spawn(
            run.context, [&](Rank& rank) { program(rank, run, outcome); }, outcome.ccl.ranks);
        report(run, outcome);
    }

private:
    /// What the operation has no use for is not taken.
    void check_used() const {
        const runtime::CollectiveCall call{op_};
        const auto refuse = [&](const char* option, const char* why) {
            throw InputError(fmt::format("--{}: {} {}", option, to_string(op_), why));
        };
        if (given("op") && !call.reduces()) refuse("op", "does not reduce");
        if (given("root") && !call.has_root()) refuse("root", "has no root");
        if (op_ != CollectiveOp::barrier) return;
        for (const char* each : {"elems", "dtype"})
            if (given(each)) refuse(each, "has no elements");
        if (parameters_.in_place) refuse("in_place", "has no tensor");
    }

    CclCase case_of(const PlatformConfig& config, const RunRequest& request) const {
        std::vector<SipId> sips;
        for (std::uint32_t s = 0; s < config.sips.count; ++s) sips.push_back(SipId{s});
        const runtime::Recipe recipe =
            make_recipe(op_, parameters_.group.options(request, op_), machine_of(config), sips);
        return {op_,
                parameters_.op,
                parameters_.dtype,
                config.sips.count,
                recipe.participants_per_sip(),
                parameters_.root,
                parameters_.elems,
                parameters_.in_place.value_or(in_place(op_))};
    }

    struct Outcome {
        Outcome(std::uint32_t ranks, std::uint32_t repeats)
            : inputs(ranks), results(ranks), times(repeats, std::vector<LaunchResult>(ranks)) {
            ccl.ranks = ranks;
        }
        CclCase ccl;
        runtime::ProcessGroup::Participation participation;
        sim::Time init;
        std::vector<Array> inputs, results;            ///< by rank
        std::vector<std::vector<LaunchResult>> times;  ///< by call and rank
    };

    void program(Rank& rank, ScenarioRun& run, Outcome& outcome) {
        runtime::Context& context = rank.context();
        rank.set_device(rank.rank());
        const sim::Time before = context.now();
        rank.init_process_group("ahbm", parameters_.group.options(run.request, op_));
        outcome.init = std::max(outcome.init, context.now() - before);
        outcome.participation = rank.group().participation(op_);
        CclCase& ccl = outcome.ccl;  // all ranks write the same
        ccl = case_of(run.session.system().config(), run.request);

        const runtime::DPPolicy& policy = outcome.participation.policy;
        Array& values = outcome.inputs[rank.rank()];
        values = contribution(ccl, run.request.seed, rank.rank(), context.has_data());
        const auto [input, output] = make_tensors(context, ccl, rank.rank(), policy, values);
        for (std::size_t i = 0; i < outcome.times.size(); ++i) {
            Tensor target = output;
            if (i != 0 && ccl.in_place) target.copy_(input_image(ccl, rank.rank(), values));
            context.synchronize();
            rank.meet();  // ranks share the host's link: nobody starts while another's input is on its way
            outcome.times[i][rank.rank()] = call_collective(rank, ccl, output, input);
        }
        if (context.has_data() && run.request.verify && op_ != CollectiveOp::barrier && ccl.has_result(rank.rank()))
            outcome.results[rank.rank()] = result_in(ccl, rank.rank(), output.to_host());
        rank.destroy_process_group();
    }

    void report(ScenarioRun& run, const Outcome& outcome) {
        const CclCase& ccl = outcome.ccl;
        const CclTimes times = times_of(outcome.times.back());
        const CclBound bound = bound_of(run.session, ccl, outcome.participation);
        Measured measured{{}, what_of(ccl) + ", by " + how(run.request), {}, {}, {}, {}, {}, {}, {}};
        for (const std::vector<LaunchResult>& call : outcome.times) {
            measured.times.push_back(times_of(call).kernel);
            for (std::uint32_t rank = 0; rank < ccl.ranks; ++rank)
                run.result.launches.push_back({std::string(to_string(op_)), SipId{rank}, call[rank]});
        }
        auto& figures = run.result.figures;
        figures.push_back({"participants", static_cast<double>(ccl.participants()), ""});
        figures.push_back({"init_time", outcome.init.ns(), "ns"});
        figures.push_back({"dispatch_time", times.dispatch.ns(), "ns"});
        figures.push_back({"completion_time", times.completion.ns(), "ns"});
        if (op_ != CollectiveOp::barrier) {
            const double rate = static_cast<double>(bytes_moved(ccl)) / times.kernel.ns(), bus = rate * bus_factor(ccl);
            figures.push_back({"size", static_cast<double>(bytes_moved(ccl)), "B"});
            figures.push_back({"algbw", rate, "GB/s"});
            figures.push_back({"busbw", bus, "GB/s"});
            measured.rate = fmt::format("algbw {:.4g} GB/s, busbw {:.4g} GB/s (x {:.6g}, {} participants)", rate, bus,
                                        bus_factor(ccl), ccl.participants());
        }
        if (bound.time() > sim::Time{}) measured.own = Measured::Bound{bound.time(), bound.words()};
        if (ccl.participants() == 1)
            measured.idle = "a single participant exchanges nothing; --set sips.count=2 adds another";
        const runtime::DeviceMemory has = run.context.machine().memory;
        measured.pes_used = ccl.participants();
        measured.pes = std::uint64_t{has.sips} * has.cubes * has.pes;
        record(run.result, std::move(measured));
        if (op_ == CollectiveOp::barrier) return run.result.verifications.push_back(barrier_held(outcome));
        if (!run.context.has_data())
            return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
        if (!run.request.verify) return run.result.verifications.push_back(not_verified("not asked for"));
        run.result.verifications.push_back(compare_ranks(ccl, outcome.inputs, outcome.results));
    }

    /// The algorithm that ran, and its queues.
    std::string how(const RunRequest& request) const {
        const runtime::CclConfig used = parameters_.group.settings(request, op_);
        runtime::QueuePolicy queues;
        used.defaults.queues.apply_to(queues);
        for (const auto& [name, algorithm] : used.algorithms) algorithm.queues.apply_to(queues);
        return fmt::format("{} with {} of {} B", used.defaults.algorithm, sim::counted(queues.n_slots, "slot"),
                           queues.slot_size.value);
    }

    /// Nobody leaves before the last one has come.
    static Verification barrier_held(const Outcome& outcome) {
        Verification result;
        result.what = "no rank leaves a barrier before the last one has entered it";
        result.noun = "return";
        for (const std::vector<LaunchResult>& call : outcome.times) {
            sim::Time last_in;
            for (const LaunchResult& rank : call) last_in = std::max(last_in, rank.exec_start);
            for (const LaunchResult& rank : call) {
                ++result.elements;
                if (rank.exec_end < last_in) ++result.mismatches;
            }
        }
        result.verdict = result.mismatches == 0 ? Verification::Verdict::passed : Verification::Verdict::failed;
        if (result.mismatches != 0)
            result.report = fmt::format("{} of {} left too early", result.mismatches, result.elements);
        return result;
    }

    CollectiveOp op_;
};

}  // namespace

void register_ccl(ScenarioRegistry& registry) {
    const std::array<std::tuple<const char*, CollectiveOp, const char*>, 7> all{{
        {"ccl_allreduce", CollectiveOp::all_reduce, "every participant gets the reduction of all contributions"},
        {"ccl_all_gather", CollectiveOp::all_gather, "every participant gets everybody's contribution"},
        {"ccl_reduce_scatter", CollectiveOp::reduce_scatter, "every participant gets its part of the reduction"},
        {"ccl_broadcast", CollectiveOp::broadcast, "every rank gets the root's tensor"},
        {"ccl_reduce", CollectiveOp::reduce, "the root gets the reduction of all contributions"},
        {"ccl_all_to_all", CollectiveOp::all_to_all, "every participant gets a part of everybody's tensor"},
        {"ccl_barrier", CollectiveOp::barrier, "no rank goes on before all have come"},
    }};
    for (const auto& [name, op, description] : all)
        registry.add({name, description, [op = op] { return std::make_unique<CclScenario>(op); }});
}

}  // namespace ahbm::scenarios
