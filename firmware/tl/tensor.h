// SPDX-License-Identifier: Apache-2.0
/// What a kernel holds in its hands: tensors in TCM, views of tensors in global memory, operands and epilogues of
/// matrix products. All are cheap to copy; none holds data.
#pragma once

#include "firmware/tl/command.h"
#include "firmware/tl/tcm_arena.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

namespace ahbm::tl {

class Program;

/// A tensor in this PE's TCM: in a block of its own, or in the slot it was received in. Its bytes are free again when
/// the last copy of the handle goes; a handle must not outlive the Program that made it. Default-constructed: no
/// tensor.
class Tensor {
public:
    Tensor() = default;
    Tensor(Program& program, std::shared_ptr<const TcmBytes> bytes, std::uint32_t id, const View& view)
        : program_(&program), bytes_(std::move(bytes)), id_(id), view_(view) {}

    explicit operator bool() const { return bytes_ != nullptr; }
    std::uint32_t id() const { return id_; }  ///< counts the tensors of a program; reshape keeps it
    Space space() const { return Space::tcm; }
    std::uint64_t address() const { return bytes_->offset(); }
    const Shape& shape() const { return view_.shape; }
    Dtype dtype() const { return view_.dtype; }
    const View& view() const { return view_; }
    Region region() const { return {Space::tcm, address(), view_, 0}; }
    Program& program() const { return *program_; }

private:
    friend class Program;
    Program* program_ = nullptr;
    std::shared_ptr<const TcmBytes> bytes_;
    std::uint32_t id_ = 0;
    View view_;
};

/// An operand of an element-wise operation: a tensor, or a number. A number takes the element type of the tensor beside
/// it; beside integers that cannot hold it, the next wider type that can.
class Term {
public:
    Term(Tensor tensor) : value_(std::move(tensor)) {}  // NOLINT: implicit, so that `a + 1.0` reads like Triton
    Term(double number) : value_(number) {}             // NOLINT
    const Tensor* tensor() const { return std::get_if<Tensor>(&value_); }
    double number() const { return std::get<double>(value_); }

private:
    std::variant<Tensor, double> value_;
};

Tensor operator+(const Term& a, const Term& b);
Tensor operator-(const Term& a, const Term& b);
Tensor operator*(const Term& a, const Term& b);
Tensor operator/(const Term& a, const Term& b);
Tensor operator-(const Tensor& a);

/// A matrix in global memory: a block of one tensor argument's shard. Made by Program::view and Program::flat, which
/// check that it lies inside the shard.
struct GlobalView {
    Region region;
    const Shape& shape() const { return region.view.shape; }
    Dtype dtype() const { return region.view.dtype; }
};

/// A view that a matrix product streams from memory tile by tile instead of loading it first.
struct Ref {
    GlobalView view;
};
using MatrixOperand = std::variant<Tensor, Ref>;

/// One step behind a matrix product, with its operand where it takes one.
struct EpilogueStep {
    Epilogue epilogue;
    Tensor operand;
};

namespace epilogue {
/// Adds a row vector (1, N) or (N); in k_tile scope also one row per k tile, (K / tk, N).
EpilogueStep bias(const Tensor& row, EpilogueScope scope = EpilogueScope::output_tile);
/// Multiplies each column by its entry of a row vector (1, N) or (N); in k_tile scope also one row per k tile.
EpilogueStep dequant(const Tensor& row, EpilogueScope scope = EpilogueScope::output_tile);
EpilogueStep relu(EpilogueScope scope = EpilogueScope::output_tile);
EpilogueStep gelu(EpilogueScope scope = EpilogueScope::output_tile);
EpilogueStep scale(double factor, EpilogueScope scope = EpilogueScope::output_tile);
}  // namespace epilogue

}  // namespace ahbm::tl
