// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/npy.h"

#include "sim/whole_file.h"
#include "sw_runtime/tensor/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ahbm::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "elements go from file to memory unchanged");

constexpr std::string_view magic{"\x93NUMPY", 6};

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view text) {
    throw NpyError(fmt::format("{}: {}", path.string(), text));
}

/// A file of known size; reading past its end is an error that says what is missing.
class Input {
public:
    explicit Input(const std::filesystem::path& path) : path_(path) {
        std::error_code error;
        if (!std::filesystem::exists(path, error)) fail(path, "no such file");
        if (!std::filesystem::is_regular_file(path, error)) fail(path, "expected a regular file");
        left_ = std::filesystem::file_size(path, error);
        stream_.open(path, std::ios::binary);
        if (error || !stream_) fail(path, "cannot be read");
    }
    std::uint64_t left() const { return left_; }
    void read(void* to, std::uint64_t bytes, std::string_view what) {
        if (bytes > left_)
            fail(path_, fmt::format("truncated: expected {} bytes of {}, {} are left", bytes, what, left_));
        stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
        if (!stream_) fail(path_, fmt::format("reading {} failed", what));
        left_ -= bytes;
    }
    std::string text(std::uint64_t bytes, std::string_view what) {
        std::string result(static_cast<std::size_t>(std::min(bytes, left_)), '\0');
        read(result.data(), bytes, what);
        return result;
    }

private:
    const std::filesystem::path& path_;
    std::ifstream stream_;
    std::uint64_t left_ = 0;
};

std::uint64_t read_header_length(Input& input, const std::filesystem::path& path) {
    if (input.text(magic.size(), "magic number") != magic) fail(path, "bad magic number, expected a .npy file");
    unsigned char version[2];
    input.read(version, sizeof version, "version");
    if (version[0] < 1 || version[0] > 3 || version[1] != 0)
        fail(path, fmt::format("version {}.{} is not supported, expected 1.0, 2.0 or 3.0", version[0], version[1]));
    std::uint32_t length = 0;
    input.read(&length, version[0] == 1 ? 2 : 4, "header length");
    return length;
}

NpyHeader read_header(Input& input, const std::filesystem::path& path) {
    const std::string text = input.text(read_header_length(input, path), "header");
    try {
        return parse_npy_header(text);
    } catch (const NpyHeaderError& error) {
        fail(path, error.what());
    }
}

/// None if the array exceeds 64 bits.
std::optional<std::uint64_t> bytes_of(const Shape& shape, Dtype dtype) {
    std::uint64_t bytes = size_of(dtype);
    for (std::uint8_t axis = 0; axis < shape.rank; ++axis)
        if (__builtin_mul_overflow(bytes, std::uint64_t{shape[axis]}, &bytes)) return std::nullopt;
    return bytes;
}

/// From column-major to row-major.
std::vector<std::byte> transposed(const std::vector<std::byte>& from, const Shape& shape, std::size_t itemsize) {
    std::vector<std::byte> to(from.size());
    const std::size_t rows = shape[0], cols = shape[1];
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t col = 0; col < cols; ++col)
            std::memcpy(&to[(row * cols + col) * itemsize], &from[(col * rows + row) * itemsize], itemsize);
    return to;
}

std::string file_start(const NpyHeader& header) {
    constexpr std::size_t alignment = 64;  // of the data, so that they can be mapped into memory
    std::string text = format_npy_header(header);
    const std::size_t prefix = magic.size() + 4;
    text.append((alignment - (prefix + text.size() + 1) % alignment) % alignment, ' ');
    text += '\n';
    const auto low = static_cast<char>(text.size() & 0xff), high = static_cast<char>(text.size() >> 8);
    return std::string(magic) + '\1' + '\0' + low + high + text;
}

}  // namespace

Array load_npy(const std::filesystem::path& path) {
    Input input(path);
    const NpyHeader header = read_header(input, path);
    if (header.fortran_order && header.shape.rank > 2)
        fail(path,
             fmt::format("Fortran order of {} dimensions is not supported, expected at most 2", header.shape.rank));
    const auto bytes = bytes_of(header.shape, header.dtype);
    if (!bytes) fail(path, fmt::format("shape {} exceeds 64 bits of bytes", to_string(header.shape)));
    if (*bytes != input.left())
        fail(path, fmt::format("expected {} bytes of data for shape {} of {}, found {}", *bytes,
                               to_string(header.shape), to_string(header.dtype), input.left()));
    Array array{header.shape, header.dtype, std::vector<std::byte>(*bytes)};
    input.read(array.bytes.data(), *bytes, "data");
    if (header.fortran_order && array.shape.rank == 2 && *bytes != 0)  // an extent beside a 0 may be huge
        array.bytes = transposed(array.bytes, array.shape, size_of(array.dtype));
    return array;
}

void save_npy(const std::filesystem::path& path, const Array& array) {
    const auto bytes = bytes_of(array.shape, array.dtype);
    if (!bytes || *bytes != array.bytes.size())
        fail(path, fmt::format("the array holds {} bytes, which is not shape {} of {}", array.bytes.size(),
                               to_string(array.shape), to_string(array.dtype)));
    try {
        sim::write_file(path.string(), [&](std::ostream& stream) {
            stream << file_start({array.dtype, false, array.shape});
            stream.write(reinterpret_cast<const char*>(array.bytes.data()),
                         static_cast<std::streamsize>(array.bytes.size()));
        });
    } catch (const sim::OutputError& error) {
        throw NpyError(error.what());
    }
}

}  // namespace ahbm::runtime
