// SPDX-License-Identifier: Apache-2.0
#include "app/output_paths.h"

#include "platform/input_error.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ahbm::cli {
namespace {
namespace fs = std::filesystem;
}

void OutputPaths::add(const std::string& option, const std::string& path) {
    if (path.empty()) return;
    if (path == "-" && have_standard_output())
        throw InputError(fmt::format("{} - {} -: one of them can have standard output", on_standard_output_, option));
    if (path == "-") on_standard_output_ = option;
    try {
        sim::WholeFile tried(path);
    } catch (const sim::OutputError& error) {
        throw InputError(fmt::format("{}: {}", option, error.what()));
    }
    const std::string file = sim::identity_of_output(path);
    const auto same = std::find_if(claims_.begin(), claims_.end(),
                                   [&](const Claim& each) { return !file.empty() && each.file == file; });
    if (same != claims_.end())
        throw InputError(same->read
                             ? fmt::format("{} {}: would overwrite what {} reads", option, path, same->option)
                             : fmt::format("{} {}: is the same file as {} {}", option, path, same->option, same->path));
    claims_.push_back({file, option, path, false});
}

void OutputPaths::reads(const std::string& option, const std::string& path) {
    if (fs::is_regular_file(path)) claims_.push_back({sim::identity_of_output(path), option, path, true});
}

ResultFolder::ResultFolder(const std::string& path) {
    if (path.empty()) return;
    std::error_code error;
    for (fs::path above = fs::absolute(path); !fs::exists(above, error) && above.has_relative_path();
         above = above.parent_path())
        made_.push_back(above.string());
    fs::create_directories(path, error);
    if (error || !fs::is_directory(path))
        throw InputError(fmt::format("--out {}: cannot be made a folder: {}", path,
                                     error ? error.message() : "a file is in the way"));
    lock_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0) throw InputError(fmt::format("--out {}: cannot be read: {}", path, std::strerror(errno)));
    // A file system without locks (some network ones) cannot tell: whoever comes last has the folder then.
    if (flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    close(lock_);
    throw InputError(fmt::format("--out {}: another run writes there", path));
}

ResultFolder::~ResultFolder() {
    if (lock_ < 0) return;
    std::error_code error;
    for (const std::string& folder : made_)
        if (!fs::is_empty(folder, error) || !fs::remove(folder, error)) break;
    close(lock_);
}

}  // namespace ahbm::cli
