// SPDX-License-Identifier: Apache-2.0
/// What the GEMM scenarios share: one product on the device, its bound, its verification.
#pragma once

#include "experiments/scenarios/reference.h"
#include "experiments/scenarios/scenario.h"

#include <span>
#include <string_view>
#include <utility>

namespace ahbm {

/// How the operands reach the matrix engine: streamed tile by tile from HBM, or loaded into TCM first.
enum class OperandMode : std::uint8_t { ref_ref, load_ref, load_load };
enum class OperandLayout : std::uint8_t { blocked, dense };
/// How a product is split over the PEs of a SIP. `rows_columns`: rows of A over the cubes, columns of B over the PEs of
/// a cube; `columns`, `rows`: over all PEs.
enum class GemmSplit : std::uint8_t { rows_columns, columns, rows, one_pe };

std::span<const std::pair<std::string_view, OperandMode>> enum_names(OperandMode);
std::span<const std::pair<std::string_view, OperandLayout>> enum_names(OperandLayout);
std::span<const std::pair<std::string_view, GemmTail>> enum_names(GemmTail);
std::span<const std::pair<std::string_view, GemmSplit>> enum_names(GemmSplit);
std::span<const std::pair<std::string_view, Dtype>> enum_names(Dtype);

namespace scenarios {

struct GemmPlan {
    GemmSplit split = GemmSplit::rows_columns;
    OperandMode mode = OperandMode::ref_ref;
    OperandLayout layout = OperandLayout::blocked;
    GemmTail tail = GemmTail::none;
    bool bias = false;
};

/// One PE's part of a product.
struct GemmShard {
    std::uint64_t m = 0, k = 0, n = 0;
    Dtype dtype = Dtype::f16;
};

/// What a PE's part cannot be faster than: operands are loaded first, then the product takes as long as the resource
/// that is busiest with it. Of several PEs, the slowest counts.
struct GemmBound {
    struct Part {
        std::string resource;
        sim::Time time;
        std::string words;  ///< "3211264 B in bursts / 256 GB/s"
    };
    sim::Time loading;        ///< of operands in `load` mode, from the PE's own slice into its TCM
    std::vector<Part> parts;  ///< of the product
    const Part& slowest() const;
    sim::Time total() const { return loading + (parts.empty() ? sim::Time{} : slowest().time); }
    std::string words() const;
};
/// `round_trip`: read_round_trip() of the session.
GemmBound gemm_bound(const PlatformConfig& config, const GemmShard& shard, const GemmPlan& plan, sim::Time round_trip);
/// How long a DMA packet that a PE reads from its own slice of HBM is outstanding at least.
sim::Time read_round_trip(Session& session);

/// What no way can be faster than on all PEs of a SIP: their matrix engines' peak, and every operand moved once between
/// HBM and its PE.
Measured::Bound gemm_machine_bound(const PlatformConfig& config, std::uint64_t m, std::uint64_t k, std::uint64_t n,
                                   Dtype dtype);

/// What the user calls the tensors of a product. `prefix` tells figures apart when a scenario makes several products.
struct GemmNames {
    std::string a = "a", b = "b", c = "c", bias = "bias", prefix = {};
};

/// C = tail(A B + bias) on the current device; records launch, figures, verification and output files. `bias` may be
/// an empty array.
void run_gemm(ScenarioRun& run, const GemmPlan& plan, const runtime::Array& a, const runtime::Array& b,
              const runtime::Array& bias = {}, const GemmNames& names = {});

/// The input of this name, from the user's file or random.
runtime::Array input(const RunRequest& request, const std::string& name, const Shape& shape, Dtype dtype);
/// Throws InputError unless every named input and output is one of `inputs`, `outputs`.
void check_names(const RunRequest& request, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs);
/// Writes a result where the user asked for it.
void output(ScenarioRun& run, const std::string& name, const runtime::Array& array);

}  // namespace scenarios
}  // namespace ahbm
