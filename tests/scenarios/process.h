// SPDX-License-Identifier: Apache-2.0
/// Runs a program as a user would, and keeps what it said.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace ahbm::test {

struct Finished {
    int code = -1;
    std::string out, err;
};

inline std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// An empty folder of this test's own, which is the working directory of what it runs.
class InFolder : public ::testing::Test {
protected:
    InFolder() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        std::string name = std::string(test->test_suite_name()) + "." + test->name();
        for (char& c : name)
            if (c == '/') c = '_';
        folder = std::filesystem::temp_directory_path() / ("ahbm-" + std::to_string(getpid()) + "-" + name);
        std::filesystem::create_directories(folder);
    }
    ~InFolder() override { std::filesystem::remove_all(folder); }

    Finished shell(const std::string& command) const {
        const int status = std::system(("cd '" + folder.string() + "' && { " + command + " ; } >.out 2>.err").c_str());
        Finished finished{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(folder / ".out"),
                          content(folder / ".err")};
        std::filesystem::remove(folder / ".out");
        std::filesystem::remove(folder / ".err");
        return finished;
    }
    Finished ahbm(const std::string& arguments) const { return shell(std::string(AHBM_PROGRAM) + " " + arguments); }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::recursive_directory_iterator(folder), {}));
    }

    std::filesystem::path folder;
};

}  // namespace ahbm::test
