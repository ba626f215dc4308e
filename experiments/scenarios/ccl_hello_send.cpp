// SPDX-License-Identifier: Apache-2.0
/// ccl_hello_send: every rank sends its tensor to the next one, the last to the first. Even ranks send first and odd
/// ones receive first: if all sent first, nobody would receive once the rings are full.
#include "experiments/scenarios/builtin.h"
#include "experiments/scenarios/ccl_bound.h"
#include "experiments/scenarios/ccl_common.h"
#include "experiments/scenarios/ccl_parameters.h"
#include "experiments/scenarios/gemm_common.h"
#include "experiments/scenarios/reference.h"
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace ahbm::scenarios {
namespace {

using runtime::Rank;
using runtime::Tensor;

struct HelloParameters {
    GroupParameters group;
    std::uint32_t elems = 4096;
    Dtype dtype = Dtype::f16;
    template <class V>
    void fields(V& v) {
        group.fields(v);
        v("elems", elems, "elements per participating PE", config::range(1, UINT32_MAX));
        v("dtype", dtype, "element type");
    }
    void validate(config::Check& check) const {
        if (elems == 0) check.fail("elems", "at least 1 is expected");
    }
};

class HelloSend final : public ParameterisedScenario<HelloParameters> {
public:
    void check(const PlatformConfig& config, const RunRequest& request) override {
        check_names(request, {}, {});
        parameters_.group.options(request, runtime::CollectiveOp::all_reduce);
        if (config.sips.count < 2) throw InputError("ccl_hello_send: at least 2 SIPs are expected: --set sips.count=2");
    }

    bool uses_all_sips() const override { return true; }
    std::optional<runtime::CclConfig> collectives(const RunRequest& request) const override {
        // No all-reduce runs: its algorithm says who takes part, and queues are as the defaults and the command line
        // say.
        runtime::CclConfig settings = parameters_.group.settings(request, runtime::CollectiveOp::all_reduce);
        for (auto& [name, algorithm] : settings.algorithms) {
            runtime::AlgorithmConfig who;
            std::tie(who.op, who.kernel, who.topology, who.mapper, who.validator, who.cubes, who.pes) =
                std::tie(algorithm.op, algorithm.kernel, algorithm.topology, algorithm.mapper, algorithm.validator,
                         algorithm.cubes, algorithm.pes);
            algorithm = who;
        }
        return settings;
    }
    void run(ScenarioRun& run) override {
        const std::uint32_t ranks = run.session.system().sip_count();
        std::vector<runtime::Array> sent(ranks), got(ranks);
        std::vector<runtime::LaunchResult> received(ranks), sent_off(ranks);
        CclCase ccl;
        runtime::ProcessGroup::Participation participation;
        spawn(
            run.context,
            [&](Rank& rank) {
                const std::uint32_t self = rank.rank(), next = (self + 1) % ranks,
                                    previous = (self + ranks - 1) % ranks;
                rank.set_device(self);
                runtime::ProcessGroupOptions options =
                    parameters_.group.options(run.request, runtime::CollectiveOp::all_reduce);
                options.installs.reset();  // of the all-reduce, only who takes part matters
                rank.init_process_group("ahbm", options);
                participation = rank.group().participation(runtime::CollectiveOp::all_reduce);
                ccl = {runtime::CollectiveOp::send_recv, {}, parameters_.dtype, ranks,
                       participation.per_rank,           0,  parameters_.elems};
                const Shape shape = rows_of(ccl, parameters_.elems);
                sent[self] = contribution(ccl, run.request.seed, self, run.context.has_data());
                const Tensor mine = rank.context().from_host(sent[self], {participation.policy, {}, "mine"});
                const Tensor theirs =
                    rank.context().empty(shape, parameters_.dtype, {participation.policy, {}, "theirs"});
                rank.context().synchronize();
                rank.meet();
                if (self % 2 == 0) sent_off[self] = rank.send(mine, next);
                received[self] = rank.recv(theirs, previous);
                if (self % 2 == 1) sent_off[self] = rank.send(mine, next);
                if (rank.context().has_data()) got[self] = theirs.to_host();
                rank.destroy_process_group();
            },
            ranks);

        // A tile may lie in its queue before its receiver asks: what takes time is from the sender's start on.
        sim::Time longest;
        for (std::uint32_t rank = 0; rank < ranks; ++rank) {
            run.result.launches.push_back({"send_tensor", SipId{rank}, sent_off[rank]});
            run.result.launches.push_back({"recv_tensor", SipId{rank}, received[rank]});
            longest = std::max(longest, received[rank].exec_end - sent_off[(rank + ranks - 1) % ranks].exec_start);
        }
        const CclBound bound = bound_of(run.session, ccl, participation);
        const std::uint64_t bytes = ccl.per_rank * bytes_moved(ccl);
        const double rate = static_cast<double>(bytes) / longest.ns();
        run.result.figures.push_back({"size", static_cast<double>(bytes), "B"});
        run.result.figures.push_back({"algbw", rate, "GB/s"});
        const runtime::DeviceMemory has = run.context.machine().memory;
        record(run.result, {"",
                            fmt::format("a tensor from every rank to the next, those of even ranks first, time of the "
                                        "longest transfer: {} x {} {}, {} B each",
                                        ccl.per_rank, ccl.elements, ahbm::to_string(ccl.dtype), bytes),
                            {longest},
                            fmt::format("{:.4g} GB/s from a sender's start to its receiver's end", rate),
                            Measured::Bound{bound.time(), bound.words()},
                            {},
                            ccl.participants(),
                            std::uint64_t{has.sips} * has.cubes * has.pes,
                            {}});
        if (!run.context.has_data())
            return run.result.verifications.push_back(not_verified("values are not simulated (data off)"));
        if (!run.request.verify) return run.result.verifications.push_back(not_verified("not asked for"));
        Verification verification;
        verification.what = "what each rank received is what the one before it sent, bit by bit";
        for (std::uint32_t rank = 0; rank < ranks; ++rank) {
            const runtime::Array& want = sent[(rank + ranks - 1) % ranks];
            const std::size_t size = size_of(want.dtype);
            for (std::size_t i = 0; i < want.bytes.size(); i += size) {
                ++verification.elements;
                if (!std::equal(&want.bytes[i], &want.bytes[i] + size, &got[rank].bytes[i])) ++verification.mismatches;
            }
        }
        const bool passed = verification.mismatches == 0;
        verification.verdict = passed ? Verification::Verdict::passed : Verification::Verdict::failed;
        if (!passed)
            verification.report =
                fmt::format("MISMATCH {} of {} elements", verification.mismatches, verification.elements);
        run.result.verifications.push_back(std::move(verification));
    }
};

}  // namespace

void register_ccl_hello_send(ScenarioRegistry& registry) {
    registry.add({"ccl_hello_send", "every rank sends its tensor to the next one",
                  [] { return std::make_unique<HelloSend>(); }});
}

}  // namespace ahbm::scenarios
