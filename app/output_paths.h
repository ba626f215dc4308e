// SPDX-License-Identifier: Apache-2.0
/// What a command will write. Before it does anything every path is tried, and no two may be one file.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ahbm::cli {

class OutputPaths {
public:
    /// `option` asks for `path`, "" if it does not. Throws InputError when that cannot be written, when it is what
    /// another one writes, by whatever name, and when it is read. "-" is standard output, for one of them.
    void add(const std::string& option, const std::string& path);
    /// Not to be overwritten. "" and what does not exist are nobody's.
    void reads(const std::string& option, const std::string& path);
    /// One of them is "-": the command prints nothing else there.
    bool have_standard_output() const { return !on_standard_output_.empty(); }

private:
    struct Claim {
        std::string file, option, path;
        bool read;
    };
    std::vector<Claim> claims_;
    std::string on_standard_output_;  ///< which option
};

/// The folder of results: made if need be, gone again if it stays empty. No other run writes there meanwhile.
class ResultFolder {
public:
    /// "" = none is asked for. Throws InputError.
    explicit ResultFolder(const std::string& path);
    ~ResultFolder();
    ResultFolder(const ResultFolder&) = delete;

private:
    std::vector<std::string> made_;
    int lock_ = -1;
};

}  // namespace ahbm::cli
