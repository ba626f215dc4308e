// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/npy.h"
#include "tests/fuzz/support.h"

#include <filesystem>

namespace ahbm::fuzz {
namespace {

/// save_npy renames, which no file in memory can.
const std::filesystem::path& scratch() {
    static const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("ahbm_fuzz_" + std::to_string(getpid()) + ".npy");
    return path;
}

}  // namespace

void npy(Bytes bytes) {
    const MemoryFile file(bytes);
    runtime::Array array;
    if (refused<runtime::NpyError>([&] { array = runtime::load_npy(file.name()); })) return;
    require(array.bytes.size() == array.shape.elements() * size_of(array.dtype), "bytes do not fit the shape");
    save_npy(scratch(), array);
    const runtime::Array again = runtime::load_npy(scratch());
    std::filesystem::remove(scratch());
    require(again == array, "load(save(array)) is another array");
}

}  // namespace ahbm::fuzz
