// SPDX-License-Identifier: Apache-2.0
#include "platform/scenarios/ccl_bench.h"

#include "platform/scenarios/reference.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm::scenarios {
namespace {

using runtime::Array;
using runtime::CollectiveOp;
using runtime::Rank;
using runtime::Tensor;

/// Elements per participant so that the larger buffer has `size` bytes; at least one.
std::uint32_t elements_for(CollectiveOp op, std::uint64_t size, Dtype dtype, std::uint32_t participants) {
    const bool parts =
        op == CollectiveOp::all_gather || op == CollectiveOp::reduce_scatter || op == CollectiveOp::all_to_all;
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, size / size_of(dtype) / (parts ? participants : 1)));
}

}  // namespace

std::vector<CclBenchRow> bench_ccl(Session& session, const CclBenchOptions& options,
                                   const std::function<void(const CclBenchRow&)>& done) {
    std::vector<CclBenchRow> rows(options.sizes.size());
    const std::uint32_t ranks = session.system().sip_count();
    std::vector<Array> inputs(ranks), results(ranks);
    std::vector<runtime::LaunchResult> launches(ranks);
    std::uint32_t finished = 0;
    session.run([&] {
        runtime::Context context(session.port());
        const bool check = options.check && context.has_data() && options.op != CollectiveOp::barrier;
        spawn(
            context,
            [&](Rank& rank) {
                rank.set_device(rank.rank());
                rank.init_process_group("ahbm", options.group);
                const runtime::ProcessGroup::Participation participation = rank.group().participation(options.op);
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    CclCase& ccl = rows[i].ccl;  // all ranks write the same
                    ccl = {options.op,
                           options.redop,
                           options.dtype,
                           ranks,
                           participation.per_rank,
                           options.root,
                           elements_for(options.op, options.sizes[i], options.dtype, ranks * participation.per_rank)};
                    Array& values = inputs[rank.rank()];
                    values = random_array({ccl.per_rank, ccl.input_elements()}, ccl.dtype, options.seed,
                                          fmt::format("rank{}", rank.rank()));
                    const Tensor input = rank.context().from_host(values, {participation.policy, {}, "input"});
                    const Tensor output = in_place(options.op)
                                              ? input
                                              : rank.context().empty({ccl.per_rank, ccl.output_elements()}, ccl.dtype,
                                                                     {participation.policy, {}, "output"});
                    rank.context().synchronize();
                    rank.barrier();  // the others' inputs are in place as well
                    launches[rank.rank()] = call_collective(rank, ccl, output, input);
                    if (check) results[rank.rank()] = output.to_host();
                    if (++finished % ranks != 0) continue;
                    CclBenchRow& row = rows[i];  // the last rank to come
                    row.bytes = bytes_moved(ccl);
                    row.times = times_of(launches);
                    row.bound = bound_of(session, ccl, participation);
                    if (check) row.verification = compare_ranks(ccl, inputs, results);
                    done(row);
                }
                rank.destroy_process_group();
            },
            ranks);
    });
    return rows;
}

}  // namespace ahbm::scenarios
