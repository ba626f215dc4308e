// SPDX-License-Identifier: Apache-2.0
/// Matrix product: C's rows grow by multiples of B's rows, k ascending, so every element is one f32 sum over k in
/// ascending order whatever the blocking. A library's own matrix product would choose its order by the machine.
#include "numerics/arithmetic.h"
#include "numerics/elements.h"
#include "numerics/functions.h"

#include <algorithm>

namespace ahbm::shadow {

namespace {

using Index = Eigen::Index;

struct Extents {
    Index m, k, n;
};

/// Block of B that stays in the first- and second-level cache while all rows of A pass by.
constexpr Index block_k = 64, block_n = 256;

/// C += A[:, begin..end) B[begin..end, :]
template <class Array>
void accumulate(const Array& a, const Array& b, Array& c, const Extents& extents, Index begin, Index end) {
    using Row = Eigen::Map<const Array>;
    for (Index n = 0; n < extents.n; n += block_n) {
        const Index width = std::min(block_n, extents.n - n);
        for (Index first = begin; first < end; first += block_k) {
            const Index last = std::min(first + block_k, end);
            for (Index i = 0; i < extents.m; ++i) {
                const auto* row = a.data() + i * extents.k;
                const auto b_row = [&](Index k) { return Row(b.data() + k * extents.n + n, width); };
                Eigen::Map<Array> sum(c.data() + i * extents.n + n, width);
                Index k = first;
                // Four steps per pass over C: the sum stays in a register, its order is the same.
                for (; k + 4 <= last; k += 4) {
                    sum = (((sum + row[k] * b_row(k)) + row[k + 1] * b_row(k + 1)) + row[k + 2] * b_row(k + 2)) +
                          row[k + 3] * b_row(k + 3);
                }
                for (; k < last; ++k) sum += row[k] * b_row(k);
            }
        }
    }
}

/// The steps behind the product, with their operands widened.
class Epilogues {
public:
    Epilogues(const OpSpec& spec, std::span<const Operand> operands) : steps_(spec.epilogues) {
        for (const Epilogue& step : steps_) {
            if (takes_operand(step)) {
                vectors_.push_back(
                    {load_floats(operands.front()), static_cast<Index>(operands.front().view.shape.rows())});
                operands = operands.subspan(1);
            } else {
                vectors_.push_back({});
            }
        }
    }
    bool any(EpilogueScope scope) const {
        return std::any_of(steps_.begin(), steps_.end(), [&](const Epilogue& step) { return step.scope == scope; });
    }
    bool none() const { return steps_.empty(); }

    void apply(EpilogueScope scope, Index k_tile, const Extents& extents, Floats& c) const {
        for (std::size_t s = 0; s < steps_.size(); ++s) {
            const Epilogue& step = steps_[s];
            if (step.scope != scope) continue;
            if (!takes_operand(step)) {
                const double low = step.code == OpCode::clamp ? -step.parameter : step.parameter;
                apply_unary(step.code, low, step.parameter, c);
                continue;
            }
            const Index row = vectors_[s].rows == 1 ? 0 : k_tile;
            const Eigen::Map<const Floats> vector(vectors_[s].values.data() + row * extents.n, extents.n);
            for (Index i = 0; i < extents.m; ++i) {
                auto target = c.segment(i * extents.n, extents.n);
                if (step.code == OpCode::add)
                    target += vector;
                else
                    target *= vector;
            }
        }
    }

private:
    struct Rows {
        Floats values;
        Index rows = 0;
    };
    std::span<const Epilogue> steps_;
    std::vector<Rows> vectors_;
};

Floats zeros(const Extents& extents) {
    Floats c = Floats::Ones(padded(static_cast<std::uint64_t>(extents.m * extents.n)));
    c.head(extents.m * extents.n).setZero();
    return c;
}

using Unsigned = Eigen::Array<unsigned, Eigen::Dynamic, 1>;

/// Modulo 2^32: unsigned, because signed overflow is undefined in C++ and wraps in the hardware.
Ints integer_product(const Operand& a, const Operand& b, const Extents& extents, Index begin, Index end) {
    Unsigned c = zeros(extents).cast<unsigned>();
    accumulate<Unsigned>(load_ints(a).cast<unsigned>(), load_ints(b).cast<unsigned>(), c, extents, begin, end);
    return c.cast<int>();
}

}  // namespace

void evaluate_matmul(const OpSpec& spec, std::span<const Operand> operands, const View& result,
                     std::span<std::byte> bytes) {
    const Operand &a = operands[0], &b = operands[1];
    const Extents extents{static_cast<Index>(a.view.shape.rows()), static_cast<Index>(a.view.shape.cols()),
                          static_cast<Index>(b.view.shape.cols())};
    const bool integers = !is_float(a.view.dtype) && !is_float(b.view.dtype);
    const Epilogues epilogues(spec, operands.subspan(2));
    if (integers && epilogues.none()) return store(integer_product(a, b, extents, 0, extents.k), result, bytes);

    Floats wide_a, wide_b;
    if (!integers) {
        wide_a = load_floats(a);
        wide_b = load_floats(b);
    }
    const auto product = [&](Index begin, Index end) -> Floats {
        if (integers) return integer_product(a, b, extents, begin, end).cast<float>();
        Floats c = zeros(extents);
        accumulate(wide_a, wide_b, c, extents, begin, end);
        return c;
    };

    Floats c;
    if (epilogues.any(EpilogueScope::k_tile)) {
        c = zeros(extents);
        const Index step = spec.k_tile == 0 ? std::max<Index>(extents.k, 1) : static_cast<Index>(spec.k_tile);
        for (Index begin = 0; begin < extents.k; begin += step) {
            Floats partial = product(begin, std::min(begin + step, extents.k));
            epilogues.apply(EpilogueScope::k_tile, begin / step, extents, partial);
            c += partial;
        }
    } else {
        c = product(0, extents.k);
    }
    epilogues.apply(EpilogueScope::output_tile, 0, extents, c);
    epilogues.apply(EpilogueScope::kernel, 0, extents, c);
    store(c, result, bytes);
}

}  // namespace ahbm::shadow
