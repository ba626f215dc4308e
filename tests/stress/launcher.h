// SPDX-License-Identifier: Apache-2.0
/// Runs a program with its time and memory limited.
#pragma once

#include <string>
#include <vector>

namespace ahbm::stress {

struct Limits {
    unsigned cpu_seconds = 60;
    unsigned wall_seconds = 600;       ///< ends what waits for ever; far beyond what a busy machine needs
    unsigned long memory = 4ul << 30;  ///< address space; 0: not limited, as sanitizers need it
};

struct Outcome {
    int code = -1;   ///< exit code, or -1
    int signal = 0;  ///< that ended it, or 0
    std::string out, err;
};

/// In an empty folder of its own, which is gone afterwards unless `folder` names one that stays.
Outcome launch(const std::string& program, const std::vector<std::string>& arguments, const Limits& limits = {},
               const std::string& folder = {});

std::string content(const std::string& file);

/// An empty folder, removed with what is in it.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace ahbm::stress
