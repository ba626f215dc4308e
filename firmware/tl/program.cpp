// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

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

/// The element type of a number beside a tensor: the tensor's, or the next wider one that can hold it.
Dtype dtype_of(double number, Dtype beside) {
    if (is_float(beside)) return beside;
    const auto holds = [&](double low, double high) { return number >= low && number <= high; };
    if (number != std::trunc(number)) return Dtype::f32;
    if (beside == Dtype::i8 && holds(-128, 127)) return Dtype::i8;
    return holds(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()) ? Dtype::i32
                                                                                                     : Dtype::f32;
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
    const auto scaled = [](const Term& x, const Term& factor) {
        return x.tensor() && is_float(x.tensor()->dtype()) && !factor.tensor();
    };
    if (scaled(a, b)) return scale(*a.tensor(), b.number());
    if (scaled(b, a)) return scale(*b.tensor(), a.number());
    return elementwise(OpCode::mul, {&a, &b});
}

Tensor Program::where(const Tensor& condition, const Term& a, const Term& b) {
    std::vector<Tensor> operands = as_tensors({&a, &b});
    operands.insert(operands.begin(), condition);
    return compute(CommandKind::math, "where", spec_of(OpCode::where), operands);
}

Tensor Program::elementwise(OpCode code, std::initializer_list<const Term*> terms) {
    if (std::none_of(terms.begin(), terms.end(), [](const Term* term) { return term->tensor(); })) {
        throw KernelError(fmt::format("{}: no operand is a tensor", call_name(code)));
    }
    return compute(CommandKind::math, call_name(code), spec_of(code), as_tensors(terms));
}

std::vector<Tensor> Program::as_tensors(std::initializer_list<const Term*> terms) {
    const auto beside = std::find_if(terms.begin(), terms.end(), [](const Term* term) { return term->tensor(); });
    const Dtype dtype = beside == terms.end() ? Dtype::f32 : (*beside)->tensor()->dtype();
    std::vector<Tensor> tensors;
    tensors.reserve(terms.size());
    for (const Term* term : terms) {
        const Tensor* tensor = term->tensor();
        tensors.push_back(tensor ? *tensor : full({1}, term->number(), dtype_of(term->number(), dtype)));
    }
    return tensors;
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
        throw KernelError(
            fmt::format("reshape: {} to {}: element counts differ", describe(a.view()), to_string(shape)));
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

void Program::finish() {
    return_slots();
    backend_.drain();
}

void Program::issue(Command command) {
    return_slots();
    backend_.issue(std::move(command));
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
        throw refused(fmt::format("{}: {}", call, describe_all(views)), spec.code, error);
    }
    if (dtype) result.dtype = *dtype;
    return compute_into(kind, call, std::move(spec), std::move(inputs), result);
}

Tensor Program::compute_into(CommandKind kind, std::string_view call, OpSpec spec, std::vector<Region> inputs,
                             const View& result) {
    Tensor output = allocate(call, result);
    issue({kind, std::move(spec), std::move(inputs), output.region()});
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
        throw KernelError(
            fmt::format("{}: TCM exhausted: {} needs {} B; {} B free, largest hole {} B, of {} B that "
                        "kernels have (sip.cube.pe.tcm.size, less scheduler_reserved and queue rings)",
                        call, describe(view), view.bytes(), arena_->free_bytes(), arena_->largest_hole(),
                        backend_.tcm_end() - backend_.tcm_begin()));
    }
    return {*this, std::make_shared<const TcmBlock>(arena_, *offset), next_id_++, view};
}

void Program::require(std::string_view call, const Tensor& a) {
    if (!a) throw KernelError(fmt::format("{}: an operand is a handle that holds no tensor", call));
}

KernelError Program::refused(const std::string& what, OpCode code, const std::invalid_argument& reason) {
    // The reason names the operation by its own name; the call's name, which the author wrote, stands in `what`.
    std::string_view why = reason.what();
    const std::string own_name = fmt::format("{}: ", to_string(code));
    if (why.starts_with(own_name)) why.remove_prefix(own_name.size());
    return KernelError(fmt::format("{}: {}", what, why));
}

}  // namespace ahbm::tl
