// SPDX-License-Identifier: Apache-2.0
/// The part of the kernel language that multiplies matrices.
#include "firmware/tl/program.h"

#include <fmt/format.h>

namespace ahbm::tl {
namespace {

Region region_of(const MatrixOperand& operand) {
    if (const Ref* ref = std::get_if<Ref>(&operand)) return ref->view.region;
    return std::get<Tensor>(operand).region();
}

void check_product(std::string_view call, const View& a, const View& b) {
    const auto fail = [&](std::string_view why) {
        return KernelError(fmt::format("{}: A {} and B {}: {}", call, describe(a), describe(b), why));
    };
    if (a.shape.rank != 2 || b.shape.rank != 2) throw fail("not both matrices");
    if (a.shape[1] != b.shape[0]) throw fail("inner extents differ");
}

}  // namespace

Tensor Program::pinned(const MatrixOperand& operand) {
    if (const Ref* ref = std::get_if<Ref>(&operand)) return load(ref->view);
    return std::get<Tensor>(operand);
}

Tensor Program::dot(const MatrixOperand& a, const MatrixOperand& b, std::optional<Dtype> dtype) {
    const Tensor left = pinned(a), right = pinned(b);
    require("dot", left);
    require("dot", right);
    check_product("dot", left.view(), right.view());
    OpSpec spec;
    spec.code = OpCode::matmul;
    return compute(CommandKind::gemm, "dot", std::move(spec), {left, right}, dtype);
}

Tensor Program::dot(const MatrixOperand& a, const MatrixOperand& b, const Tensor& accumulator) {
    require("dot", accumulator);
    return add(accumulator, dot(a, b, accumulator.dtype()));
}

void Program::composite(const MatrixOperand& a, const MatrixOperand& b, const GlobalView& target,
                        const std::vector<EpilogueStep>& epilogues) {
    for (const MatrixOperand* operand : {&a, &b}) {
        if (const Tensor* tensor = std::get_if<Tensor>(operand)) require("composite", *tensor);
    }
    Command command{CommandKind::composite, {}, {region_of(a), region_of(b)}, target.region};
    check_product("composite", command.inputs[0].view, command.inputs[1].view);

    command.op.code = OpCode::matmul;
    command.op.k_tile = gemm_tile().k;
    for (const EpilogueStep& step : epilogues) {
        command.op.epilogues.push_back(step.epilogue);
        if (!takes_operand(step.epilogue)) continue;
        require("composite", step.operand);
        command.inputs.push_back(step.operand.region());
    }
    std::vector<View> views;
    for (const Region& input : command.inputs) views.push_back(input.view);
    const auto what = [&] {
        return fmt::format("composite: A {} and B {} into {}", describe(views[0]), describe(views[1]),
                           describe(target.region));
    };
    View result;
    try {
        result = infer_result(command.op, views);
    } catch (const std::invalid_argument& error) {
        throw refused(what(), command.op.code, error);
    }
    if (result.shape != target.shape()) {
        throw KernelError(fmt::format("{}: the product is {}", what(), to_string(result.shape)));
    }
    issue(std::move(command));
}

}  // namespace ahbm::tl
