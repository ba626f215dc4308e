// SPDX-License-Identifier: Apache-2.0
#include "numerics/functions.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ahbm::shadow {

namespace {
/// erfc instead of 1 + erf: no cancellation for negative x.
float gelu(float x) { return std::isinf(x) ? std::max(x, 0.0f) : 0.5f * x * std::erfc(-x * 0.70710678f); }
/// IEEE's own; the library's vectorised one trades infinities and the last bit for speed.
float square_root(float x) { return std::sqrt(x); }
}  // namespace

void exponential(Floats& x) {
    constexpr float kLeastNormal = -87.0f;  // below its logarithm the library's exp is a constant
    std::vector<std::pair<Eigen::Index, float>> tiny;
    for (Eigen::Index i = 0; i < x.size(); ++i)
        if (x[i] < kLeastNormal) tiny.emplace_back(i, std::exp(x[i]));
    x = x.exp();
    for (const auto& [i, value] : tiny) x[i] = value;
}

void apply_unary(OpCode code, double low, double high, Floats& x) {
    switch (code) {
        case OpCode::exp: exponential(x); break;
        case OpCode::log: x = x.log(); break;
        case OpCode::sqrt: x = x.unaryExpr(&square_root); break;
        case OpCode::rsqrt: x = 1.0f / x.unaryExpr(&square_root); break;
        case OpCode::abs: x = x.abs(); break;
        case OpCode::neg: x = -x; break;
        case OpCode::sigmoid: x = 1.0f / (1.0f + (-x).exp()); break;
        case OpCode::tanh: x = x.tanh(); break;
        case OpCode::relu: x = (x < 0.0f).select(0.0f, x); break;  // NaN stays
        case OpCode::gelu: x = x.unaryExpr(&gelu); break;
        case OpCode::sin: x = x.sin(); break;
        case OpCode::cos: x = x.cos(); break;
        case OpCode::clamp:
            x = (x < static_cast<float>(low)).select(static_cast<float>(low), x);
            x = (x > static_cast<float>(high)).select(static_cast<float>(high), x);
            break;
        case OpCode::scale: x *= static_cast<float>(low); break;
        case OpCode::cast: break;  // the change of type is the rounding that follows
        default: throw std::logic_error("not a unary function: " + std::string(to_string(code)));
    }
}

}  // namespace ahbm::shadow
