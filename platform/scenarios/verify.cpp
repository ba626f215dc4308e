// SPDX-License-Identifier: Apache-2.0
#include "platform/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace ahbm::scenarios {
namespace {

struct Count {
    std::uint64_t over = 0;
    std::uint64_t of = 0;
    double worst = 0;
};

std::string place(PeCoord at) { return fmt::format("sip{}.cube{}.pe{}", at.sip.value, at.cube.value, at.pe.value); }

const runtime::PlacedShard* owner(const runtime::Tensor& tensor, std::uint64_t row, std::uint64_t col) {
    for (const runtime::PlacedShard& shard : tensor.shards()) {
        const runtime::ShardSpec& s = shard.spec;
        if (row - s.first_row < s.rows && row >= s.first_row && col >= s.first_col && col - s.first_col < s.cols) return &shard;
    }
    return nullptr;
}

constexpr std::size_t breakdown_limit = 16;

/// "A 3/64 max 1.5 | B ..." of the first ones with mismatches.
template <class Key, class Name>
std::string breakdown(const std::map<Key, Count>& counts, Name name) {
    std::string text;
    std::size_t shown = 0, bad = 0;
    for (const auto& [key, count] : counts) {
        if (count.over == 0) continue;
        if (++bad > breakdown_limit) continue;
        text += fmt::format("{}{} {}/{} max {:.4g}", shown++ == 0 ? "" : " | ", name(key), count.over, count.of, count.worst);
    }
    if (bad > breakdown_limit) text += fmt::format(" | and {} more", bad - breakdown_limit);
    return fmt::format("{}/{}  {}", bad, counts.size(), text);
}

}  // namespace

Verification compare(const runtime::Tensor& tensor, const runtime::Array& got, const runtime::Array& want,
                     Tolerance tolerance, std::string what) {
    Verification result;
    result.what = std::move(what);
    result.elements = want.shape.elements();
    const bool exact = tolerance.absolute == 0 && tolerance.relative == 0;
    if (got.shape.elements() != want.shape.elements() || got.dtype != want.dtype) {
        result.verdict = Verification::Verdict::failed;
        result.mismatches = result.elements;
        result.report = fmt::format("'{}' is {} {}, the reference is {} {}", tensor.name(), to_string(got.shape), to_string(got.dtype),
                                    to_string(want.shape), to_string(want.dtype));
        return result;
    }
    const std::vector<double> a = runtime::values_of(got), g = runtime::values_of(want);
    const std::uint64_t cols = want.shape.cols();
    const std::size_t size = size_of(want.dtype);
    std::map<std::uint64_t, Count> rows;
    std::map<PeCoord, Count> owners;
    std::uint64_t nan = 0, inf = 0, worst_index = 0;
    double worst = -1;
    for (std::uint64_t i = 0; i < a.size(); ++i) {
        const bool same_bits = std::memcmp(&got.bytes[i * size], &want.bytes[i * size], size) == 0;
        const double difference = std::abs(a[i] - g[i]);
        const bool finite = std::isfinite(a[i]) && std::isfinite(g[i]);
        const bool within = exact ? same_bits : difference <= tolerance.absolute + tolerance.relative * std::abs(g[i]);
        if (finite && within) continue;
        const bool is_nan = std::isnan(a[i]) || std::isnan(g[i]);
        nan += is_nan ? 1 : 0;
        inf += !finite && !is_nan ? 1 : 0;
        ++result.mismatches;
        const double weight = std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
        if (weight > worst) worst = weight, worst_index = i;
        Count& row = rows[i / cols];
        ++row.over;
        row.worst = std::max(row.worst, weight);
        Count& pe = owners[owner(tensor, i / cols, i % cols)->spec.at];
        ++pe.over;
        pe.worst = std::max(pe.worst, weight);
    }
    if (result.mismatches == 0) {
        result.verdict = Verification::Verdict::passed;
        return result;
    }
    result.verdict = Verification::Verdict::failed;
    for (std::uint64_t r = 0; r < want.shape.rows(); ++r) rows[r].of = cols;
    for (const runtime::PlacedShard& shard : tensor.shards())
        if (shard.spec.replica == 0) owners[shard.spec.at].of += shard.spec.rows * shard.spec.cols;

    const PeCoord worst_owner = owner(tensor, worst_index / cols, worst_index % cols)->spec.at;
    const std::string limit = exact ? "exact" : fmt::format("{:g} + {:g} |want|", tolerance.absolute, tolerance.relative);
    result.report = fmt::format(
        "MISMATCH {} shape={} max_diff={:.6g} tolerance={} over={}/{} nan={} inf={}\n"
        "  worst index=({}, {}) got={:.6g} want={:.6g} owner={}\n"
        "  rows over tolerance {}\n"
        "  PEs over tolerance  {}",
        tensor.name(), to_string(want.shape), worst, limit, result.mismatches, result.elements, nan, inf, worst_index / cols,
        worst_index % cols, a[worst_index], g[worst_index], place(worst_owner),
        breakdown(rows, [](std::uint64_t row) { return fmt::format("({})", row); }), breakdown(owners, place));
    result.json = {{"tensor", tensor.name()}, {"max_diff", fmt::format("{:.6g}", worst)}, {"tolerance", limit}, {"nan", nan}, {"inf", inf},
                   {"worst", {{"row", worst_index / cols}, {"col", worst_index % cols}, {"got", fmt::format("{:.9g}", a[worst_index])},
                              {"want", fmt::format("{:.9g}", g[worst_index])}, {"owner", place(worst_owner)}}}};
    for (const auto& [row, count] : rows)
        if (count.over > 0 && result.json["by_row"].size() < breakdown_limit)
            result.json["by_row"][std::to_string(row)] = {{"over", count.over}, {"of", count.of}};
    for (const auto& [at, count] : owners)
        if (count.over > 0) result.json["by_pe"][place(at)] = {{"over", count.over}, {"of", count.of}};
    return result;
}

Verification not_verified(std::string why) {
    Verification result;
    result.what = std::move(why);
    return result;
}

}  // namespace ahbm::scenarios
