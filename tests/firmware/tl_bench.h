// SPDX-License-Identifier: Apache-2.0
/// A functional runner with a host that thinks in floats, for tests of the kernel language and of kernels.
#pragma once

#include "firmware/functional/runner.h"
#include "firmware/tl/program.h"

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace ahbm::tl::test {

using Floats = std::vector<float>;

inline OpSpec op(OpCode code) {
    OpSpec spec;
    spec.code = code;
    return spec;
}

inline std::vector<std::byte> encode(const Floats& values, const View& view) {
    const Operand operand{{view.shape, Dtype::f32, {}}, std::as_bytes(std::span(values))};
    std::vector<std::byte> bytes(view.bytes());
    evaluate(op(OpCode::cast), {&operand, 1}, view, bytes);
    return bytes;
}

inline Floats decode(const std::vector<std::byte>& bytes, const View& view) {
    Floats values(view.shape.elements());
    const Operand operand{view, bytes};
    evaluate(op(OpCode::cast), {&operand, 1}, {view.shape, Dtype::f32, {}}, std::as_writable_bytes(std::span(values)));
    return values;
}

/// m x k times k x n, summed in order of k.
inline Floats product(const Floats& a, const Floats& b, std::size_t m, std::size_t k, std::size_t n) {
    Floats c(m * n, 0.0f);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            for (std::size_t p = 0; p < k; ++p) c[i * n + j] += a[i * k + p] * b[p * n + j];
        }
    }
    return c;
}

/// What a value becomes when it is stored as `dtype`.
inline float rounded(float value, Dtype dtype) {
    const View one{{1}, dtype, {}};
    return decode(encode({value}, one), one)[0];
}

/// Multiples of 1/64 in [low, high): exact in every floating-point type here as long as they are small.
inline Floats random_values(std::size_t count, int low, int high, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Floats values(count);
    for (float& value : values) {
        const auto steps = random() % static_cast<std::uint64_t>((high - low) * 64);
        value = static_cast<float>(low) + static_cast<float>(steps) / 64.0f;
    }
    return values;
}

class Bench {
public:
    explicit Bench(const FunctionalRunnerConfig& config = {}) : config_(config), runner(config) {}

    /// The whole tensor as one shard, at the next free megabyte.
    TensorArg reserve(const View& view) {
        next_ += std::uint64_t{1} << 20;
        runner.reserve(next_, view);
        return {next_, view.dtype, view.layout, view.shape, view.shape, 0, 0, next_, view.bytes()};
    }
    TensorArg place(const View& view, const Floats& values) {
        next_ += std::uint64_t{1} << 20;
        runner.place(next_, view, encode(values, view));
        return {next_, view.dtype, view.layout, view.shape, view.shape, 0, 0, next_, view.bytes()};
    }
    Floats read(const TensorArg& arg) const {
        const View view{arg.shape, arg.dtype, arg.layout};
        return decode(runner.read(arg.base, view.bytes()), view);
    }

    void run(const std::function<void(Program&)>& body) {
        const std::vector<KernelArgs> args(std::size_t{config_.num_sips} * config_.num_cubes *
                                           config_.num_pes_per_cube);
        runner.run({"test", "", [&](Program& tl, const KernelArgs&) { body(tl); }}, args);
    }
    /// What the KernelError says, or "" when there is none.
    std::string error(const std::function<void(Program&)>& body) {
        try {
            run(body);
        } catch (const KernelError& failure) {
            return failure.what();
        }
        return "";
    }

    struct Result {
        Shape shape;
        Dtype dtype;
        Floats values;
    };
    /// The tensor a body returns, read back by the host.
    Result value(const std::function<Tensor(Program&)>& body) {
        TensorArg out;
        Shape shape;
        run([&](Program& tl) {
            const Tensor tensor = body(tl);
            shape = tensor.shape();
            const auto cols = static_cast<std::uint32_t>(tensor.region().cols());
            const auto rows = static_cast<std::uint32_t>(tensor.region().rows());
            out = reserve({{rows, cols}, tensor.dtype(), {}});
            tl.store(tl.view(out), tensor);
        });
        return {shape, out.dtype, read(out)};
    }

private:
    FunctionalRunnerConfig config_;
    std::uint64_t next_ = 0;

public:
    FunctionalRunner runner;
};

}  // namespace ahbm::tl::test
