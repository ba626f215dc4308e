// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_bench.h"

#include "experiments/plausible_figures.h"
#include "experiments/scenarios/reference.h"
#include "experiments/scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::scenarios {
namespace {

using runtime::Array;
using runtime::CollectiveOp;
using runtime::Rank;
using runtime::Tensor;

/// Elements per participant so that the larger buffer has `size` bytes; at least one.
std::uint64_t elements_for(CollectiveOp op, std::uint64_t size, Dtype dtype, std::uint32_t participants) {
    const bool parts =
        op == CollectiveOp::all_gather || op == CollectiveOp::reduce_scatter || op == CollectiveOp::all_to_all;
    return std::max<std::uint64_t>(1, size / size_of(dtype) / (parts ? participants : 1));
}

}  // namespace

std::vector<CclBenchRow> bench_ccl(Session& session, const CclBenchOptions& options,
                                   const std::function<void(const CclBenchRow&)>& done) {
    std::vector<CclBenchRow> rows(options.sizes.size());
    const std::uint32_t ranks = session.system().sip_count();
    std::vector<Array> inputs(ranks), results(ranks);
    std::vector<runtime::LaunchResult> launches(ranks);
    std::uint32_t finished = 0, finished_rows = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].asked = options.sizes[i];
    session.run([&] {
        runtime::Context context(session.port());
        const bool check = options.check && context.has_data() && options.op != CollectiveOp::barrier;
        spawn(
            context,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                rank.init_process_group("ahbm", options.group);
                const runtime::ProcessGroup::Participation participation = rank.group().participation(options.op);
                for (CclBenchRow& row : rows) {
                    for (const bool in_place : {true, false}) {
                        const CclCase ccl{
                            options.op,
                            options.redop,
                            options.dtype,
                            ranks,
                            participation.per_rank,
                            options.root,
                            elements_for(options.op, row.asked, options.dtype, ranks * participation.per_rank),
                            in_place};
                        check_sizes(ccl, session.system().config(), context.has_data());
                        Array& values = inputs[rank.rank()];
                        values = contribution(ccl, options.seed, rank.rank(), context.has_data());
                        const auto [input, output] =
                            make_tensors(rank.context(), ccl, rank.rank(), participation.policy, values);
                        rank.context().synchronize();
                        rank.meet();  // the others' inputs are in place as well
                        launches[rank.rank()] = call_collective(rank, ccl, output, input);
                        if (check && ccl.has_result(rank.rank()))
                            results[rank.rank()] = result_in(ccl, rank.rank(), output.to_host());
                        if (++finished % ranks != 0) continue;
                        row.ccl = ccl;  // the last rank to come
                        row.bound = bound_of(session, ccl, participation);
                        CclBenchRow::Call& call = in_place ? row.in_place : row.out_of_place;
                        call.times = times_of(launches);
                        ScenarioResult result;
                        result.measured.push_back({{},
                                                   what_of(ccl),
                                                   {call.times.kernel},
                                                   {},
                                                   Measured::Bound{row.bound.time(), row.bound.words()},
                                                   {},
                                                   {},
                                                   {},
                                                   {}});
                        if (check) call.verification = compare_ranks(ccl, inputs, results);
                        if (call.verification.verdict != Verification::Verdict::failed) check_figures(result);
                    }
                    rank.meet();  // whoever is ahead must not touch what the last one still looks at
                    if (++finished_rows % ranks != 0) continue;
                    row.bytes = bytes_moved(row.ccl);
                    done(row);
                }
                rank.destroy_process_group();
            },
            ranks);
    });
    return rows;
}

}  // namespace ahbm::scenarios
