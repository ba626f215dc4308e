// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ahbm::tl {
namespace {

/// The name a kernel's author called the operation by.
std::string_view call_name(OpCode code) {
    if (code == OpCode::transpose) return "trans";
    std::string_view name = to_string(code);
    for (std::string_view prefix : {"reduce_", "compare_"}) {
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    return name;
}

OpSpec spec_of(OpCode code, std::array<double, 2> params = {}, std::int32_t axis = -1) {
    OpSpec spec;
    spec.code = code;
    spec.axis = axis;
    spec.params = params;
    return spec;
}

std::string describe_all(const std::vector<View>& views) {
    std::string text;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (i > 0) text += i + 1 == views.size() ? " and " : ", ";
        text += describe(views[i]);
    }
    return text;
}

}  // namespace

Program::Program(Backend& backend)
    : backend_(backend), arena_(std::make_shared<TcmArena>(backend.tcm_begin(), backend.tcm_end())) {}

Tensor Program::mul(const Term& a, const Term& b) {
    if (a.tensor() && !b.tensor()) return scale(*a.tensor(), b.number());
    if (b.tensor() && !a.tensor()) return scale(*b.tensor(), a.number());
    return elementwise(OpCode::mul, {&a, &b});
}

Tensor Program::where(const Tensor& condition, const Term& a, const Term& b) {
    if (a.tensor() || b.tensor()) {
        const Dtype dtype = (a.tensor() ? a : b).tensor()->dtype();
        const auto value = [&](const Term& term) { return term.tensor() ? *term.tensor() : full({1}, term.number(), dtype); };
        return compute(CommandKind::math, "where", spec_of(OpCode::where), {condition, value(a), value(b)});
    }
    return compute(CommandKind::math, "where", spec_of(OpCode::where),
                   {condition, full({1}, a.number(), Dtype::f32), full({1}, b.number(), Dtype::f32)});
}

Tensor Program::elementwise(OpCode code, std::initializer_list<const Term*> terms) {
    const auto first = std::find_if(terms.begin(), terms.end(), [](const Term* term) { return term->tensor(); });
    if (first == terms.end()) throw KernelError(fmt::format("{}: no operand is a tensor", call_name(code)));
    std::vector<Tensor> operands;
    operands.reserve(terms.size());
    for (const Term* term : terms) {
        operands.push_back(term->tensor() ? *term->tensor() : full({1}, term->number(), (*first)->tensor()->dtype()));
    }
    return compute(CommandKind::math, call_name(code), spec_of(code), operands);
}

Tensor Program::unary(OpCode code, const Tensor& a, Params params) {
    return compute(CommandKind::math, call_name(code), spec_of(code, params), {a});
}

Tensor Program::along(OpCode code, const Tensor& a, std::int32_t axis) {
    return compute(CommandKind::math, call_name(code), spec_of(code, {}, axis), {a});
}

Tensor Program::cast(const Tensor& a, Dtype dtype) {
    return compute(CommandKind::math, "cast", spec_of(OpCode::cast), {a}, dtype);
}

Tensor Program::reshape(const Tensor& a, const Shape& shape) {
    require("reshape", a);
    if (shape.elements() != a.shape().elements()) {
        throw KernelError(fmt::format("reshape: {} to {}: element counts differ", describe(a.view()), to_string(shape)));
    }
    Tensor result = with_layout("reshape", a, {});
    result.view_.shape = shape;
    return result;
}

Tensor Program::arange(std::uint32_t count, Dtype dtype, double start, double step) {
    return compute_into(CommandKind::math, "arange", spec_of(OpCode::arange, {start, step}), {}, {{count}, dtype, {}});
}

Tensor Program::full(const Shape& shape, double value, Dtype dtype) {
    return compute_into(CommandKind::math, "full", spec_of(OpCode::full, {value}), {}, {shape, dtype, {}});
}

double Program::item(const Tensor& a) {
    require("item", a);
    if (a.shape().elements() != 1) {
        throw KernelError(fmt::format("item: {} has more than one element", describe(a.view())));
    }
    return values(a).front();
}

void Program::debug_print(std::string_view text, const Tensor& a) {
    constexpr std::size_t shown = 16;
    require("debug_print", a);
    std::string line = fmt::format("{} {}:", text, describe(a.view()));
    const std::vector<double> all = values(a);
    for (std::size_t i = 0; i < std::min(shown, all.size()); ++i) line += fmt::format(" {:g}", all[i]);
    if (all.size() > shown) line += fmt::format(" ... ({} in all)", all.size());
    backend_.print(line);
}

std::vector<double> Program::values(const Tensor& a) {
    const std::vector<std::byte> bytes = backend_.read_back(a.region());
    // The one conversion there is: i32 would not survive f32, everything else does.
    const bool whole = a.dtype() == Dtype::i32;
    const View dense{a.shape(), whole ? Dtype::i32 : Dtype::f32, {}};
    std::vector<std::byte> converted(dense.bytes());
    const Operand operand{a.view(), bytes};
    evaluate(spec_of(whole ? OpCode::copy : OpCode::cast), {&operand, 1}, dense, converted);

    std::vector<double> result(a.shape().elements());
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (whole) {
            std::int32_t value;
            std::memcpy(&value, &converted[i * sizeof value], sizeof value);
            result[i] = value;
        } else {
            float value;
            std::memcpy(&value, &converted[i * sizeof value], sizeof value);
            result[i] = static_cast<double>(value);
        }
    }
    return result;
}

Tensor Program::compute(CommandKind kind, std::string_view call, OpSpec spec, const std::vector<Tensor>& operands,
                        std::optional<Dtype> dtype) {
    std::vector<Region> inputs;
    std::vector<View> views;
    inputs.reserve(operands.size());
    views.reserve(operands.size());
    for (const Tensor& operand : operands) {
        require(call, operand);
        inputs.push_back(operand.region());
        views.push_back(operand.view());
    }
    View result;
    try {
        result = infer_result(spec, views);
    } catch (const std::invalid_argument& error) {
        throw KernelError(fmt::format("{}: {}: {}", call, describe_all(views), error.what()));
    }
    if (dtype) result.dtype = *dtype;
    return compute_into(kind, call, std::move(spec), std::move(inputs), result);
}

Tensor Program::compute_into(CommandKind kind, std::string_view call, OpSpec spec, std::vector<Region> inputs,
                             const View& result) {
    Tensor output = allocate(call, result);
    backend_.issue({kind, std::move(spec), std::move(inputs), output.region()});
    return output;
}

Tensor Program::with_layout(std::string_view call, const Tensor& a, const Layout& layout) {
    if (a.view().layout == layout) return a;
    return compute_into(CommandKind::math, call, spec_of(OpCode::copy), {a.region()}, {a.shape(), a.dtype(), layout});
}

Tensor Program::allocate(std::string_view call, const View& view) {
    if (view.shape.elements() == 0) throw KernelError(fmt::format("{}: {} has no elements", call, describe(view)));
    const std::optional<std::uint64_t> offset = arena_->allocate(view.bytes());
    if (!offset) {
        throw KernelError(fmt::format("{}: TCM exhausted: {} needs {} B; {} B free, largest hole {} B", call, describe(view),
                                      view.bytes(), arena_->free_bytes(), arena_->largest_hole()));
    }
    return {*this, std::make_shared<const TcmBlock>(arena_, *offset), next_id_++, view};
}

void Program::require(std::string_view call, const Tensor& a) const {
    if (!a) throw KernelError(fmt::format("{}: an operand is a handle that holds no tensor", call));
}

}  // namespace ahbm::tl
