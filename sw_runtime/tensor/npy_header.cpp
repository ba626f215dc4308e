// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace ahbm::runtime {
namespace {

struct Descr {
    std::string_view text;
    Dtype dtype;
};
/// The first entry of a dtype is the one that is written.
constexpr Descr descrs[] = {{"<f2", Dtype::f16}, {"<V2", Dtype::bf16}, {"|V2", Dtype::bf16}, {"<f4", Dtype::f32},
                            {"<i4", Dtype::i32}, {"|i1", Dtype::i8},   {"<i1", Dtype::i8}};

Dtype dtype_of(std::string_view descr) {
    for (const Descr& known : descrs)
        if (known.text == descr) return known.dtype;
    if (descr == "<f8") throw NpyHeaderError("float64 is not supported: convert the array to float32 first");
    if (descr.starts_with('>'))
        throw NpyHeaderError(fmt::format("dtype '{}' is big-endian, expected little-endian", descr));
    throw NpyHeaderError(
        fmt::format("dtype '{}' is not supported, expected one of <f2, <V2 (bf16), <f4, <i4, |i1", descr));
}

/// Reads the few forms of Python literals that occur in a header.
class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    NpyHeader header() {
        std::optional<std::string_view> descr;
        std::optional<bool> fortran_order;
        std::optional<Shape> shape;
        expect('{');
        while (!accept('}')) {
            const std::string_view key = string();
            expect(':');
            const bool repeated =
                (key == "descr" && descr) || (key == "fortran_order" && fortran_order) || (key == "shape" && shape);
            if (repeated) fail(fmt::format("key '{}' only once", key));
            if (key == "descr")
                descr = description();
            else if (key == "fortran_order")
                fortran_order = boolean();
            else if (key == "shape")
                shape = dimensions();
            else
                fail(fmt::format("no key '{}'", key));
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_space();
        if (!rest_.empty()) fail("nothing after '}'");
        if (!descr || !fortran_order || !shape) fail("the keys descr, fortran_order and shape");
        return {dtype_of(*descr), *fortran_order, *shape};
    }

private:
    [[noreturn]] void fail(std::string_view expected) const {
        throw NpyHeaderError(fmt::format("malformed header: expected {} at '{}'", expected, rest_.substr(0, 20)));
    }
    void skip_space() {
        constexpr std::string_view space = " \t\r\n";
        rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size()));
    }
    bool accept(char c) {
        skip_space();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(fmt::format("'{}'", c));
    }
    std::string_view string() {
        skip_space();
        if (!rest_.starts_with('\'') && !rest_.starts_with('"')) fail("a quoted string");
        const std::size_t end = rest_.find(rest_.front(), 1);
        if (end == std::string_view::npos) fail("a closing quote");
        const std::string_view text = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return text;
    }
    std::string_view description() {
        skip_space();
        if (rest_.starts_with('[')) throw NpyHeaderError("structured dtypes are not supported");
        return string();
    }
    bool boolean() {
        skip_space();
        for (const std::string_view word : {"True", "False"}) {
            if (!rest_.starts_with(word)) continue;
            rest_.remove_prefix(word.size());
            return word == "True";
        }
        fail("True or False");
    }
    Shape dimensions() {
        Shape shape;
        expect('(');
        while (!accept(')')) {
            if (shape.rank == shape.dims.size()) throw NpyHeaderError("expected at most 4 dimensions");
            shape.dims[shape.rank++] = dimension();
            if (accept(',')) continue;
            // (3) is a number in Python, (3,) a tuple.
            if (shape.rank == 1) fail("','");
            expect(')');
            break;
        }
        return shape;
    }
    std::uint32_t dimension() {
        skip_space();
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc{}) fail("a dimension below 2^32");
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    std::string_view rest_;
};

std::string_view descr_of(Dtype dtype) {
    for (const Descr& known : descrs)
        if (known.dtype == dtype) return known.text;
    throw NpyHeaderError("dtype without a .npy form");
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text) { return Parser(text).header(); }

std::string format_npy_header(const NpyHeader& header) {
    std::string shape;
    for (std::uint8_t axis = 0; axis < header.shape.rank; ++axis)
        shape += fmt::format("{}{}", axis == 0 ? "" : ", ", header.shape[axis]);
    if (header.shape.rank == 1) shape += ',';
    return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}", descr_of(header.dtype),
                       header.fortran_order ? "True" : "False", shape);
}

}  // namespace ahbm::runtime
