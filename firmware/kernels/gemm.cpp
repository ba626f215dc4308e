// SPDX-License-Identifier: Apache-2.0
/// gemm: C = epilogue(A B + bias) on this PE's shards, as one composite command.
/// Tensors: A (M, K), B (K, N), C (M, N), optionally bias (1, N), all as this PE's shards; any layouts.
/// Scalars: GemmMode (default ref/ref), GemmEpilogue (default none). Operands in `load` mode must fit in TCM.
#include "firmware/kernels/builtin.h"
#include "firmware/tl/program.h"

#include <fmt/format.h>

namespace ahbm::kernels {
namespace {

/// The scalar as an enumerator no greater than `last`.
template <class Enum>
Enum choice(const tl::KernelArgs& args, std::size_t index, std::string_view name, Enum last) {
    const double value = args.scalar(index, 0.0);
    for (int code = 0; code <= static_cast<int>(last); ++code) {
        if (value == code) return static_cast<Enum>(code);
    }
    throw tl::KernelError(fmt::format("{} {} is not one of 0..{}", name, value, static_cast<int>(last)));
}

void gemm(tl::Program& tl, const tl::KernelArgs& args) {
    if (args.tensor(2, "C").shape.elements() == 0) return;  // more PEs than rows or columns
    const GemmMode mode = choice(args, 0, "mode", GemmMode::load_load);
    const GemmEpilogue epilogue = choice(args, 1, "epilogue", GemmEpilogue::gelu);
    const auto operand = [&](const tl::TensorArg& shard, bool load) -> tl::MatrixOperand {
        if (load) return tl.load(tl.view(shard));
        return tl.ref(tl.view(shard));
    };
    const tl::MatrixOperand a = operand(args.tensor(0, "A"), mode != GemmMode::ref_ref);
    const tl::MatrixOperand b = operand(args.tensor(1, "B"), mode == GemmMode::load_load);
    const tl::GlobalView c = tl.view(args.tensor(2, "C"));

    std::vector<tl::EpilogueStep> epilogues;
    if (args.tensors.size() > 3) epilogues.push_back(tl::epilogue::bias(tl.load(tl.view(args.tensor(3, "bias")))));
    if (epilogue == GemmEpilogue::relu) epilogues.push_back(tl::epilogue::relu());
    if (epilogue == GemmEpilogue::gelu) epilogues.push_back(tl::epilogue::gelu());
    tl.composite(a, b, c, epilogues);
}

}  // namespace

void register_gemm(tl::KernelRegistry& registry) {
    registry.add({"gemm", "C = epilogue(A B + bias) as one tiled, pipelined composite", gemm});
}

}  // namespace ahbm::kernels
