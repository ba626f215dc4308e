// SPDX-License-Identifier: Apache-2.0
/// The command as a user meets it, in a folder of its own with files of the user's.
#pragma once

#include "sw_runtime/tensor/npy.h"
#include "tests/scenarios/process.h"

#include <vector>

namespace ahbm::test {

class Cli : public InFolder {
protected:
    void write(const std::string& file, const std::string& text) const { std::ofstream(folder / file) << text; }
    void write_matrix(const std::string& file, std::uint32_t rows, std::uint32_t cols, Dtype dtype) const {
        std::vector<float> values(std::size_t{rows} * cols);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 13 % 37) / 32 - 0.5F;
        runtime::save_npy(folder / file, runtime::make_array({rows, cols}, dtype, values));
    }
    /// Bad input: exit code 2, one line on standard error, nothing on standard output and nothing written.
    void expect_refused(const std::string& arguments, const std::string& message) const {
        const std::size_t before = files();
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 2) << arguments;
        EXPECT_EQ(finished.err, "error: " + message + "\n") << arguments;
        EXPECT_EQ(finished.out, "") << arguments;
        EXPECT_EQ(files(), before) << arguments << " left files behind";
    }
};

}  // namespace ahbm::test
