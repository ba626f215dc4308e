// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/npy.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

namespace ahbm::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Npy : public testing::Test {
protected:
    Npy() {
        std::string name = (fs::temp_directory_path() / "npy_test_XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~Npy() override { fs::remove_all(folder_); }

    fs::path path() const { return folder_ / "a.npy"; }
    void write(std::string_view content) const {
        std::ofstream stream(path(), std::ios::binary);
        stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    std::string content() const {
        std::ifstream stream(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    std::string error_of_load() const {
        try {
            load_npy(path());
        } catch (const NpyError& error) {
            const std::string text = error.what(), prefix = path().string() + ": ";
            EXPECT_TRUE(text.starts_with(prefix)) << text;
            return text.substr(std::min(prefix.size(), text.size()));
        }
        return "no error";
    }
    std::string error_of_header(const std::string& header, const std::string& data = "") const {
        write(version1(header) + data);
        return error_of_load();
    }
    static std::string version1(const std::string& header) {
        return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) +
               static_cast<char>(header.size() >> 8) + header;
    }

    fs::path folder_;
};

template <class T>
std::vector<std::byte> bytes_of(std::initializer_list<T> values) {
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.begin(), bytes.size());
    return bytes;
}
template <class T>
std::string text_of(std::initializer_list<T> values) {
    return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

TEST_F(Npy, file_has_the_documented_bytes) {
    save_npy(path(), {{2, 3}, Dtype::f32, bytes_of<float>({0, 1, 2, 3, 4, 5})});
    std::string expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    expected += std::string(128 - 10 - 1 - expected.size(), ' ') + '\n';
    EXPECT_EQ(content(), version1(expected) + text_of<float>({0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "no temporary file is left";
}

TEST_F(Npy, every_dtype_and_rank_round_trips) {
    std::mt19937_64 random(3);
    for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::i32, Dtype::i8})
        for (const Shape& shape :
             {Shape{}, Shape{5}, Shape{3, 4}, Shape{2, 3, 4}, Shape{2, 1, 3, 2}, Shape{0}, Shape{3, 0}}) {
            Array array{shape, dtype, std::vector<std::byte>(shape.elements() * size_of(dtype))};
            for (std::byte& b : array.bytes) b = static_cast<std::byte>(random());
            save_npy(path(), array);
            EXPECT_EQ(load_npy(path()), array) << to_string(dtype) << to_string(shape);
            EXPECT_EQ((content().size() - array.bytes.size()) % 64, 0u);
        }
}

TEST_F(Npy, reads_versions_2_and_3_and_other_spellings) {
    const std::string header = "{\"shape\":(2,),'fortran_order':False,'descr':'|V2'}\n";
    for (char version : {'\2', '\3'}) {
        write(std::string("\x93NUMPY") + version + '\0' + static_cast<char>(header.size()) + std::string(3, '\0') +
              header + text_of<std::uint16_t>({0x3f80, 0xc000}));
        const Array array = load_npy(path());
        EXPECT_EQ(array.dtype, Dtype::bf16);
        EXPECT_EQ(array.shape, Shape{2});
        EXPECT_EQ(array.bytes, bytes_of<std::uint16_t>({0x3f80, 0xc000}));
    }
}

TEST_F(Npy, fortran_order_is_transposed) {
    write(version1("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }\n") +
          text_of<std::int32_t>({0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(load_npy(path()), (Array{{2, 3}, Dtype::i32, bytes_of<std::int32_t>({0, 1, 2, 3, 4, 5})}));
    write(version1("{'descr': '|i1', 'fortran_order': True, 'shape': (3,), }\n") + "abc");
    EXPECT_EQ(load_npy(path()), (Array{{3}, Dtype::i8, bytes_of<char>({'a', 'b', 'c'})}));
    // Nothing to transpose, however many rows.
    write(version1("{'descr': '<f4', 'fortran_order': True, 'shape': (4294967295, 0), }\n"));
    EXPECT_EQ(load_npy(path()).shape, (Shape{4294967295, 0}));
    EXPECT_EQ(error_of_header("{'descr': '|i1', 'fortran_order': True, 'shape': (1, 1, 1), }", "a"),
              "Fortran order of 3 dimensions is not supported, expected at most 2");
}

TEST_F(Npy, unsupported_dtypes_say_what_to_do) {
    const auto error = [&](const std::string& descr) {
        return error_of_header("{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,), }");
    };
    EXPECT_EQ(error("'<f8'"), "float64 is not supported: convert the array to float32 first");
    EXPECT_EQ(error("'>f4'"), "dtype '>f4' is big-endian, expected little-endian");
    EXPECT_EQ(error("'<i8'"), "dtype '<i8' is not supported, expected one of <f2, <V2 (bf16), <f4, <i4, |i1");
    EXPECT_EQ(error("[('a', '<f4')]"), "structured dtypes are not supported");
}

TEST_F(Npy, malformed_headers_are_explained) {
    const std::string start = "{'descr': '<f4', 'fortran_order': False, ";
    EXPECT_EQ(error_of_header(start + "}"), "malformed header: expected the keys descr, fortran_order and shape at ''");
    EXPECT_EQ(error_of_header(start + "'shape': 3}"), "malformed header: expected '(' at '3}'");
    EXPECT_EQ(error_of_header(start + "'shape': (3)}"), "malformed header: expected ',' at ')}'");
    EXPECT_EQ(error_of_header(start + "'shape': (-3,)}"),
              "malformed header: expected a dimension below 2^32 at '-3,)}'");
    EXPECT_EQ(error_of_header(start + "'shape': (4294967296,)}"),
              "malformed header: expected a dimension below 2^32 at '4294967296,)}'");
    EXPECT_EQ(error_of_header(start + "'shape': (1, 1, 1, 1, 1)}"), "expected at most 4 dimensions");
    EXPECT_EQ(error_of_header(start + "'descr': '<f4'}"),
              "malformed header: expected key 'descr' only once at ' '<f4'}'");
    EXPECT_EQ(error_of_header(start + "'size': 3}"), "malformed header: expected no key 'size' at ' 3}'");
    EXPECT_EQ(error_of_header(start + "'shape': (), } x"), "malformed header: expected nothing after '}' at 'x'");
    EXPECT_EQ(error_of_header("{'fortran_order': 1}"), "malformed header: expected True or False at '1}'");
    EXPECT_EQ(error_of_header("{'descr"), "malformed header: expected a closing quote at ''descr'");
    EXPECT_EQ(error_of_header("[]"), "malformed header: expected '{' at '[]'");
    EXPECT_EQ(error_of_header(""), "malformed header: expected '{' at ''");
    EXPECT_EQ(error_of_header(start + "'shape': (4294967295, 4294967295, 4294967295)}"),
              "shape (4294967295, 4294967295, 4294967295) exceeds 64 bits of bytes");
    EXPECT_EQ(error_of_header(start + "'shape': (4294967295, 4294967295)}", "abcd"),
              "shape (4294967295, 4294967295) exceeds 64 bits of bytes");
    EXPECT_EQ(error_of_header(start + "'shape': (4294967295, 1000)}", "abcd"),
              "expected 17179869180000 bytes of data for shape (4294967295, 1000) of f32, found 4");
}

TEST_F(Npy, other_files_are_rejected) {
    EXPECT_EQ(error_of_load(), "no such file");
    write("PK\3\4 this is a zip");
    EXPECT_EQ(error_of_load(), "bad magic number, expected a .npy file");
    write(std::string("\x93NUMPY\4\0", 8));
    EXPECT_EQ(error_of_load(), "version 4.0 is not supported, expected 1.0, 2.0 or 3.0");
    write(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{", 13));
    EXPECT_EQ(error_of_load(), "truncated: expected 4294967295 bytes of header, 1 are left");
    fs::remove(path());
    fs::create_directory(path());
    EXPECT_EQ(error_of_load(), "expected a regular file");
}

TEST_F(Npy, truncation_at_any_byte_is_an_error) {
    save_npy(path(), {{2, 2}, Dtype::f16, std::vector<std::byte>(8)});
    const std::string whole = content();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write(whole.substr(0, length));
        const std::string error = error_of_load();
        EXPECT_THAT(error, HasSubstr(length < 128 ? "truncated: expected" : "expected 8 bytes of data")) << length;
    }
    write(whole + "x");
    EXPECT_EQ(error_of_load(), "expected 8 bytes of data for shape (2, 2) of f16, found 9");
}

TEST_F(Npy, any_damaged_byte_loads_or_is_an_error) {
    save_npy(path(), {{2, 2}, Dtype::f16, std::vector<std::byte>(8)});
    const std::string whole = content();
    std::mt19937_64 random(5);
    for (std::size_t at = 0; at < 128; ++at)
        for (int i = 0; i < 4; ++i) {
            std::string damaged = whole;
            damaged[at] = static_cast<char>(random());
            write(damaged);
            try {
                const Array array = load_npy(path());
                EXPECT_EQ(array.bytes.size(), array.shape.elements() * size_of(array.dtype));
            } catch (const NpyError&) {
            }
        }
}

TEST_F(Npy, a_failed_write_leaves_what_was_there) {
    const Array array{{1}, Dtype::i8, bytes_of<char>({'a'})};
    EXPECT_THROW(save_npy(folder_ / "nowhere" / "a.npy", array), NpyError);
    fs::create_directory(path());
    try {
        save_npy(path(), array);
        FAIL();
    } catch (const NpyError& error) {
        EXPECT_THAT(error.what(), HasSubstr("a.npy: cannot be written: "));
    }
    EXPECT_TRUE(fs::is_directory(path()));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "no temporary file is left";
}

TEST_F(Npy, an_inconsistent_array_is_not_written) {
    EXPECT_THROW(save_npy(path(), {{2}, Dtype::f32, std::vector<std::byte>(7)}), NpyError);
    EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace ahbm::runtime
