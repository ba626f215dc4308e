// SPDX-License-Identifier: Apache-2.0
/// A line on the terminal about work that takes long, written over and over; nothing where standard error is none.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include <unistd.h>

namespace ahbm::cli {

class ProgressLine {
public:
    ProgressLine() = default;
    ProgressLine(const ProgressLine&) = delete;
    ~ProgressLine() {
        if (shown_) std::fputs("\r\033[K", stderr);
    }

    bool visible() const { return terminal_; }
    void show(std::string_view text) {
        if (!terminal_) return;
        std::fputs(fmt::format("\r{}\033[K", text).c_str(), stderr);  // a terminal that is gone is no error
        shown_ = true;
    }

private:
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
};

}  // namespace ahbm::cli
