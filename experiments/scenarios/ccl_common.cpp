// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/ccl_common.h"

#include "experiments/scenarios/host_memory.h"
#include "experiments/scenarios/reference.h"
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace ahbm::scenarios {

using runtime::CollectiveOp;

runtime::LaunchResult call_collective(runtime::Rank& rank, const CclCase& ccl, const runtime::Tensor& output,
                                      const runtime::Tensor& input) {
    switch (ccl.op) {
        case CollectiveOp::all_reduce: return rank.all_reduce(output, input, ccl.redop);
        case CollectiveOp::all_gather: return rank.all_gather(output, input);
        case CollectiveOp::reduce_scatter: return rank.reduce_scatter(output, input, ccl.redop);
        case CollectiveOp::broadcast: return rank.broadcast(output, input, ccl.root);
        case CollectiveOp::reduce: return rank.reduce(output, input, ccl.root, ccl.redop);
        case CollectiveOp::all_to_all: return rank.all_to_all(output, input);
        case CollectiveOp::barrier: return rank.barrier();
        case CollectiveOp::send_recv: break;
    }
    throw std::logic_error("no collective");
}

bool in_place(CollectiveOp op) {
    return op == CollectiveOp::all_reduce || op == CollectiveOp::broadcast || op == CollectiveOp::reduce;
}

Shape rows_of(const CclCase& ccl, std::uint64_t elements) {
    if (elements > UINT32_MAX)
        throw InputError(fmt::format("elems {}: a participant's tensor would have {} elements, at most {}",
                                     ccl.elements, elements, UINT32_MAX));
    return {ccl.per_rank, static_cast<std::uint32_t>(elements)};
}

runtime::Array contribution(const CclCase& ccl, std::uint64_t seed, std::uint32_t rank, bool has_data) {
    const Shape shape = rows_of(ccl, ccl.input_elements());
    if (!has_data) return {shape, ccl.dtype, {}};
    return random_array(shape, ccl.dtype, seed, fmt::format("rank{}", rank));
}

void check_sizes(const CclCase& ccl, const PlatformConfig& config, bool has_data) {
    rows_of(ccl, std::max(ccl.input_elements(), ccl.output_elements()));
    const std::uint64_t elements =
        ccl.in_place ? std::max(ccl.input_elements(), ccl.output_elements())
                     : ccl.input_elements() + (ccl.op == CollectiveOp::barrier ? 0 : ccl.output_elements());
    const std::uint64_t needed = elements * size_of(ccl.dtype), slice = config.sip.cube.hbm.slice.value;
    if (needed > slice)
        throw InputError(
            fmt::format("elems {}: the tensors of a participant take {} bytes, its PE's slice of HBM has {}",
                        ccl.elements, needed, slice));
    if (!has_data) return;
    // Inputs, results, their images on the devices, and the reference in double.
    require_host_memory(
        fmt::format("elems {}: {} of {} participants", ccl.elements, to_string(ccl.op), ccl.participants()),
        static_cast<double>(ccl.participants()) * static_cast<double>(elements),
        3.0 * static_cast<double>(size_of(ccl.dtype)) + 16);
}

namespace {

/// Calls visit(a, b) for each participant of the rank: its elements begin at byte a of a tensor that holds nothing
/// else, and at byte b of one whose rows have a part for every participant.
void for_own_parts(const CclCase& ccl, std::uint32_t rank, const std::function<void(std::size_t, std::size_t)>& visit) {
    const std::size_t part = ccl.elements * size_of(ccl.dtype), row = part * ccl.participants();
    for (std::uint32_t p = 0; p < ccl.per_rank; ++p)
        visit(p * part, p * row + (std::size_t{rank} * ccl.per_rank + p) * part);
}

}  // namespace

runtime::Array input_image(const CclCase& ccl, std::uint32_t rank, const runtime::Array& values) {
    if (!ccl.in_place || ccl.op != CollectiveOp::all_gather) return values;
    runtime::Array image{rows_of(ccl, ccl.output_elements()), ccl.dtype, {}};
    if (values.bytes.empty()) return image;
    image.bytes.resize(image.shape.elements() * size_of(ccl.dtype), std::byte{0xff});
    for_own_parts(ccl, rank, [&](std::size_t from, std::size_t to) {
        std::copy_n(values.bytes.begin() + static_cast<std::ptrdiff_t>(from), ccl.elements * size_of(ccl.dtype),
                    image.bytes.begin() + static_cast<std::ptrdiff_t>(to));
    });
    return image;
}

runtime::Array result_in(const CclCase& ccl, std::uint32_t rank, const runtime::Array& output) {
    if (!ccl.in_place || ccl.op != CollectiveOp::reduce_scatter) return output;
    runtime::Array result{rows_of(ccl, ccl.output_elements()), ccl.dtype, {}};
    result.bytes.resize(result.shape.elements() * size_of(ccl.dtype));
    for_own_parts(ccl, rank, [&](std::size_t to, std::size_t from) {
        std::copy_n(output.bytes.begin() + static_cast<std::ptrdiff_t>(from), ccl.elements * size_of(ccl.dtype),
                    result.bytes.begin() + static_cast<std::ptrdiff_t>(to));
    });
    return result;
}

CclTensors make_tensors(runtime::Context& context, const CclCase& ccl, std::uint32_t rank,
                        const runtime::DPPolicy& policy, const runtime::Array& values) {
    const runtime::Tensor input = context.from_host(input_image(ccl, rank, values), {policy, {}, "input"});
    if (ccl.in_place) return {input, input};
    return {input, context.empty(rows_of(ccl, ccl.output_elements()), ccl.dtype, {policy, {}, "output"})};
}

CclTimes times_of(const std::vector<runtime::LaunchResult>& by_rank) {
    sim::Time submitted, barrier, start = by_rank.front().exec_start, end, completed;
    for (const runtime::LaunchResult& result : by_rank) {
        submitted = std::max(submitted, result.submitted);
        barrier = std::max(barrier, result.target_start);
        start = std::min(start, result.exec_start);
        end = std::max(end, result.exec_end);
        completed = std::max(completed, result.completed);
    }
    return {barrier - submitted, end - start, completed - end};
}

std::string what_of(const CclCase& ccl) {
    if (ccl.op == CollectiveOp::barrier) return "barrier";
    return fmt::format(
        "{}{} of {} {}, {} B", to_string(ccl.op),
        runtime::CollectiveCall{ccl.op}.reduces() ? fmt::format(" ({})", runtime::to_string(ccl.redop)) : "",
        std::max(ccl.input_elements(), ccl.output_elements()), ahbm::to_string(ccl.dtype), bytes_moved(ccl));
}

std::uint64_t bytes_moved(const CclCase& ccl) {
    return std::max(ccl.input_elements(), ccl.output_elements()) * size_of(ccl.dtype);
}

double bus_factor(const CclCase& ccl) {
    const double n = ccl.participants();
    switch (ccl.op) {
        case CollectiveOp::all_reduce: return 2 * (n - 1) / n;
        case CollectiveOp::all_gather:
        case CollectiveOp::reduce_scatter:
        case CollectiveOp::all_to_all: return (n - 1) / n;
        case CollectiveOp::broadcast:
        case CollectiveOp::reduce:
        case CollectiveOp::barrier:
        case CollectiveOp::send_recv: break;
    }
    return 1;
}

Verification compare_ranks(const CclCase& ccl, const std::vector<runtime::Array>& inputs,
                           const std::vector<runtime::Array>& got) {
    std::vector<std::vector<double>> contributions;
    for (const runtime::Array& of_rank : inputs) {
        const std::vector<double> values = runtime::values_of(of_rank);
        for (std::uint32_t p = 0; p < ccl.per_rank; ++p) {
            const auto count = static_cast<std::ptrdiff_t>(ccl.input_elements());
            const auto row = values.begin() + p * count;
            contributions.emplace_back(row, row + count);
        }
    }
    Verification result;
    result.what = fmt::format("{}, every element of every participant, against {}", to_string(ccl.op),
                              runtime::CollectiveCall{ccl.op}.reduces() ? "a reduction in double and its rounding bound"
                                                                        : "what the others gave, exactly");
    double worst = -1;
    std::uint32_t worst_participant = 0;
    std::size_t worst_index = 0;
    Expected wanted;
    double had = 0;
    for (std::uint32_t p = 0; p < ccl.participants(); ++p) {
        const std::uint32_t rank = p / ccl.per_rank;
        if (!ccl.has_result(rank)) continue;
        const std::vector<double> all = runtime::values_of(got[rank]);
        const std::size_t row = std::size_t{p % ccl.per_rank} * ccl.output_elements();
        const std::vector<Expected> want = expected_result(ccl, contributions, p);
        for (std::size_t i = 0; i < want.size(); ++i) {
            ++result.elements;
            const Kinds kinds = kinds_of(all[row + i], want[i].value);
            count_kind(result, kinds);
            const double difference = std::abs(all[row + i] - want[i].value);
            if (kinds == Kinds::both_nan || kinds == Kinds::same_infinity) continue;
            if (kinds == Kinds::numbers && difference <= want[i].bound) continue;
            ++result.mismatches;
            const double weight = std::isfinite(difference) ? difference : HUGE_VAL;
            if (weight <= worst) continue;
            worst = weight, worst_participant = p, worst_index = i, wanted = want[i], had = all[row + i];
        }
    }
    finish_kinds(result);
    result.verdict = result.mismatches == 0 ? Verification::Verdict::passed : Verification::Verdict::failed;
    if (result.mismatches == 0) return result;
    result.report = fmt::format(
        "MISMATCH {} of {}: {} of {} elements\n  worst: rank {} participant {} element {}: got {:.6g}, want {:.6g} +- "
        "{:.3g}",
        to_string(ccl.op), ahbm::to_string(ccl.dtype), result.mismatches, result.elements,
        worst_participant / ccl.per_rank, worst_participant % ccl.per_rank, worst_index, had, wanted.value,
        wanted.bound);
    result.json = {{"rank", worst_participant / ccl.per_rank},
                   {"participant", worst_participant % ccl.per_rank},
                   {"element", worst_index},
                   {"got", fmt::format("{:.9g}", had)},
                   {"want", fmt::format("{:.9g}", wanted.value)},
                   {"bound", fmt::format("{:.9g}", wanted.bound)}};
    return result;
}

}  // namespace ahbm::scenarios
