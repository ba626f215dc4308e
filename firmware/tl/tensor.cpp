// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/tensor.h"

#include "firmware/tl/program.h"

namespace ahbm::tl {
namespace {

/// The program behind an operator; one operand is a tensor, or no operator of ours would have been chosen.
Program& program_of(const Term& a, const Term& b) {
    for (const Term* term : {&a, &b}) {
        if (const Tensor* tensor = term->tensor(); tensor && *tensor) return tensor->program();
    }
    throw KernelError("operator on handles that hold no tensor");
}

}  // namespace

Tensor operator+(const Term& a, const Term& b) { return program_of(a, b).add(a, b); }
Tensor operator-(const Term& a, const Term& b) { return program_of(a, b).sub(a, b); }
Tensor operator*(const Term& a, const Term& b) { return program_of(a, b).mul(a, b); }
Tensor operator/(const Term& a, const Term& b) { return program_of(a, b).div(a, b); }
Tensor operator-(const Tensor& a) { return program_of(a, a).neg(a); }

namespace epilogue {

EpilogueStep bias(const Tensor& row, EpilogueScope scope) { return {{OpCode::add, scope, 0.0}, row}; }
EpilogueStep dequant(const Tensor& row, EpilogueScope scope) { return {{OpCode::mul, scope, 0.0}, row}; }
EpilogueStep relu(EpilogueScope scope) { return {{OpCode::relu, scope, 0.0}, {}}; }
EpilogueStep gelu(EpilogueScope scope) { return {{OpCode::gelu, scope, 0.0}, {}}; }
EpilogueStep scale(double factor, EpilogueScope scope) { return {{OpCode::scale, scope, factor}, {}}; }

}  // namespace epilogue
}  // namespace ahbm::tl
