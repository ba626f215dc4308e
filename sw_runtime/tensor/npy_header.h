// SPDX-License-Identifier: Apache-2.0
/// The header of a `.npy` file: a Python dictionary literal of three known keys.
#pragma once

#include "numerics/dtype.h"

#include <stdexcept>
#include <string>
#include <string_view>

namespace ahbm::runtime {

struct NpyHeader {
    Dtype dtype = Dtype::f32;
    bool fortran_order = false;
    Shape shape;
};

/// What is wrong with a header; whoever knows the path adds it.
class NpyHeaderError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

NpyHeader parse_npy_header(std::string_view text);
/// Without padding and line end.
std::string format_npy_header(const NpyHeader& header);

}  // namespace ahbm::runtime
