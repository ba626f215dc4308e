// SPDX-License-Identifier: Apache-2.0
/// What a command will write. Before it does anything every path is tried, and no two may be one file.
#pragma once

#include <array>
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
    /// A YAML file, with those it is based on.
    void reads_configuration(const std::string& option, const std::string& path);
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

/// The folder of results: made if need be, gone again if it stays empty. No other run writes there meanwhile, and
/// nothing is overwritten that no run has written.
class ResultFolder {
public:
    static constexpr std::array kFiles{"result.json", "config.yaml", "ccl.yaml", "activity.json", "deadlock.dot"};

    /// "" = none is asked for. Throws InputError.
    explicit ResultFolder(const std::string& path);
    /// Removes what a former run has left, so that nobody takes it for this one's.
    void clear();
    ~ResultFolder();
    ResultFolder(const ResultFolder&) = delete;

private:
    std::string path_;
    std::vector<std::string> made_;
    int lock_ = -1;
};

}  // namespace ahbm::cli
