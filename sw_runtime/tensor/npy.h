// SPDX-License-Identifier: Apache-2.0
/// Arrays from and to `.npy` files, format versions 1 to 3, little-endian.
///
/// | dtype | read           | written |
/// |-------|----------------|---------|
/// | f16   | <f2            | <f2     |
/// | bf16  | <V2, |V2       | <V2     |   raw bits: the format knows no bf16; ml_dtypes writes and reads it so
/// | f32   | <f4            | <f4     |
/// | i32   | <i4            | <i4     |
/// | i8    | |i1, <i1       | |i1     |
///
/// Arrays are in C order in memory; Fortran order is transposed while reading, up to 2 dimensions.
/// Not read: float64 (convert it first), big-endian, structured and object arrays, `.npz`.
#pragma once

#include "sim/config/text.h"
#include "sw_runtime/tensor/array.h"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace ahbm::runtime {

/// "path: what was expected"
class NpyError : public std::runtime_error {
public:
    explicit NpyError(const std::string& text) : std::runtime_error(config::one_line(text)) {}
};

Array load_npy(const std::filesystem::path& path);

/// Writes version 1. The file appears whole or not at all (sim/whole_file.h).
void save_npy(const std::filesystem::path& path, const Array& array);

}  // namespace ahbm::runtime
