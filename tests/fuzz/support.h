// SPDX-License-Identifier: Apache-2.0
/// What targets have in common.
#pragma once

#include "tests/fuzz/targets.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahbm::fuzz {

/// A property does not hold.
struct Broken : std::logic_error {
    using std::logic_error::logic_error;
};
inline void require(bool holds, const std::string& what) {
    if (!holds) throw Broken(what);
}

/// Whether `action` was refused with one of these exceptions; its text must be one line that says something.
template <class... Errors>
bool refused(const auto& action) {
    try {
        action();
        return false;
    } catch (const std::exception& error) {
        if (!(... || (dynamic_cast<const Errors*>(&error) != nullptr))) throw;
        const std::string_view text = error.what();
        require(!text.empty() && text.find('\n') == std::string_view::npos, "no clear line: " + std::string(text));
        return true;
    }
}

inline std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Takes numbers from the front; zeros when nothing is left.
class Input {
public:
    explicit Input(Bytes bytes) : left_(bytes) {}
    template <class T>
    T take() {
        T value{};
        const std::size_t count = std::min(sizeof value, left_.size());
        std::memcpy(&value, left_.data(), count);
        left_ = left_.subspan(count);
        return value;
    }
    Bytes take(std::size_t count) {
        const Bytes part = left_.first(std::min(count, left_.size()));
        left_ = left_.subspan(part.size());
        return part;
    }
    Bytes rest() const { return left_; }

private:
    Bytes left_;
};

/// A file in memory, for what reads by name.
class MemoryFile {
public:
    explicit MemoryFile(Bytes bytes = {}) : file_(memfd_create("fuzz", 0)) {
        require(file_ >= 0 && write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "memfd");
    }
    ~MemoryFile() { close(file_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::string name() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

/// Standard output goes nowhere while it lives.
class Silence {
public:
    Silence() : saved_((std::fflush(stdout), dup(STDOUT_FILENO))) {
        static const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
    }
    ~Silence() {
        std::fflush(stdout);
        dup2(saved_, STDOUT_FILENO);
        close(saved_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    int saved_;
};

}  // namespace ahbm::fuzz
