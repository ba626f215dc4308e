// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>

namespace ahbm::scenarios {
namespace {

struct Count {
    std::uint64_t over = 0;
    std::uint64_t of = 0;
    double worst = 0;

    void add(double weight) {
        ++over;
        worst = std::max(worst, weight);
    }
};

/// The PE that holds an element; of replicas the first.
PeCoord owner(const runtime::Tensor& tensor, std::uint64_t row, std::uint64_t col) {
    for (const runtime::PlacedShard& shard : tensor.shards()) {
        const runtime::ShardSpec& s = shard.spec;
        if (row >= s.first_row && row - s.first_row < s.rows && col >= s.first_col && col - s.first_col < s.cols)
            return s.at;
    }
    throw std::logic_error(fmt::format("'{}' has no shard with element ({}, {})", tensor.name(), row, col));
}

constexpr std::size_t breakdown_limit = 16;

/// "2/8  A 3/64 max 1.5 | B ..." of the first ones with mismatches.
template <class Key, class Name>
std::string breakdown(const std::map<Key, Count>& counts, std::size_t all, Name name) {
    std::string text;
    std::size_t shown = 0, bad = 0;
    for (const auto& [key, count] : counts) {
        if (count.over == 0) continue;
        if (++bad > breakdown_limit) continue;
        text += fmt::format("{}{} {}/{} max {:.4g}", shown++ == 0 ? "" : " | ", name(key), count.over, count.of,
                            count.worst);
    }
    if (bad > breakdown_limit) text += fmt::format(" | and {} more", bad - breakdown_limit);
    return fmt::format("{}/{}  {}", bad, all, text);
}

/// What differs, element by element.
struct Differences {
    std::uint64_t over = 0, nan = 0, inf = 0;
    std::uint64_t worst = 0;   ///< index; anything not finite is worse than any number
    double worst_weight = -1;  ///< infinity when not finite
    double max_diff = 0;       ///< among finite ones
    std::map<std::uint64_t, Count> rows;
    std::map<PeCoord, Count> owners;
};

Differences differences(const runtime::Tensor& tensor, const runtime::Array& got, const runtime::Array& want,
                        const std::vector<double>& got_values, const std::vector<double>& want_values,
                        Tolerance tolerance, Verification& result) {
    Differences found;
    const std::uint64_t cols = want.shape.cols();
    const std::size_t size = size_of(want.dtype);
    for (std::uint64_t i = 0; i < got_values.size(); ++i) {
        const double a = got_values[i], g = want_values[i], difference = std::abs(a - g);
        const Kinds kinds = kinds_of(a, g);
        const bool finite = kinds == Kinds::numbers;
        count_kind(result, kinds);
        if (!finite && kinds != Kinds::different) continue;
        const bool within = tolerance.exact() ? std::memcmp(&got.bytes[i * size], &want.bytes[i * size], size) == 0
                                              : difference <= tolerance.absolute + tolerance.relative * std::abs(g);
        if (finite && within) continue;
        const bool is_nan = std::isnan(a) || std::isnan(g);
        ++found.over;
        found.nan += is_nan ? 1 : 0;
        found.inf += !finite && !is_nan ? 1 : 0;
        if (finite) found.max_diff = std::max(found.max_diff, difference);
        const double weight = finite ? difference : std::numeric_limits<double>::infinity();
        if (weight > found.worst_weight) found.worst_weight = weight, found.worst = i;
        found.rows[i / cols].add(weight);
        found.owners[owner(tensor, i / cols, i % cols)].add(weight);
    }
    for (auto& [row, count] : found.rows) count.of = cols;
    for (const runtime::PlacedShard& shard : tensor.shards())
        if (shard.spec.replica == 0) found.owners[shard.spec.at].of += shard.spec.rows * shard.spec.cols;
    return found;
}

nlohmann::json to_json(const Count& count) { return {{"over", count.over}, {"of", count.of}}; }

}  // namespace

Kinds kinds_of(double got, double want) {
    if (std::isfinite(got) && std::isfinite(want)) return Kinds::numbers;
    if (std::isnan(got) && std::isnan(want)) return Kinds::both_nan;
    return got == want ? Kinds::same_infinity : Kinds::different;
}

void count_kind(Verification& result, Kinds kinds) {
    result.nan += kinds == Kinds::both_nan ? 1 : 0;
    result.infinite += kinds == Kinds::same_infinity ? 1 : 0;
}

void finish_kinds(Verification& result) {
    if (result.nan + result.infinite == 0) return;
    result.what += fmt::format("; {} NaN and {} infinite as expected", result.nan, result.infinite);
}

Verification compare(const runtime::Tensor& tensor, const runtime::Array& got, const runtime::Array& want,
                     Tolerance tolerance, std::string what) {
    Verification result;
    result.what = std::move(what);
    result.elements = want.shape.elements();
    result.verdict = Verification::Verdict::failed;
    if (got.shape.elements() != want.shape.elements() || got.dtype != want.dtype) {
        result.mismatches = result.elements;
        result.report = fmt::format("'{}' is {} {}, the reference is {} {}", tensor.name(), to_string(got.shape),
                                    to_string(got.dtype), to_string(want.shape), to_string(want.dtype));
        return result;
    }
    const std::vector<double> got_values = runtime::values_of(got), want_values = runtime::values_of(want);
    const Differences found = differences(tensor, got, want, got_values, want_values, tolerance, result);
    finish_kinds(result);
    result.mismatches = found.over;
    if (found.over == 0) {
        result.verdict = Verification::Verdict::passed;
        return result;
    }
    const std::uint64_t row = found.worst / want.shape.cols(), col = found.worst % want.shape.cols();
    const double a = got_values[found.worst], g = want_values[found.worst];
    const std::string at = to_string(owner(tensor, row, col));
    const std::string limit =
        tolerance.exact() ? "exact" : fmt::format("{:g} + {:g} |want|", tolerance.absolute, tolerance.relative);
    result.report = fmt::format(
        "MISMATCH {} shape={} max_diff={:.6g} tolerance={} over={}/{} nan={} inf={}\n"
        "  worst index=({}, {}) got={:.6g} want={:.6g} owner={}\n"
        "  rows over tolerance {}\n"
        "  PEs over tolerance  {}",
        tensor.name(), to_string(want.shape), found.max_diff, limit, found.over, result.elements, found.nan, found.inf,
        row, col, a, g, at,
        breakdown(found.rows, want.shape.rows(), [](std::uint64_t r) { return fmt::format("({})", r); }),
        breakdown(found.owners, found.owners.size(), [](PeCoord pe) { return to_string(pe); }));
    result.json = {{"tensor", tensor.name()},
                   {"max_diff", fmt::format("{:.6g}", found.max_diff)},
                   {"tolerance", limit},
                   {"nan", found.nan},
                   {"inf", found.inf},
                   {"rows_over", found.rows.size()},
                   {"worst",
                    {{"row", row},
                     {"col", col},
                     {"got", fmt::format("{:.9g}", a)},
                     {"want", fmt::format("{:.9g}", g)},
                     {"owner", at}}}};
    for (const auto& [r, count] : found.rows) {
        if (result.json["by_row"].size() == breakdown_limit) break;  // rows_over says how many there are
        result.json["by_row"][std::to_string(r)] = to_json(count);
    }
    for (const auto& [pe, count] : found.owners)
        if (count.over > 0) result.json["by_pe"][to_string(pe)] = to_json(count);
    return result;
}

Verification not_verified(std::string why) {
    Verification result;
    result.what = std::move(why);
    return result;
}

}  // namespace ahbm::scenarios
