// SPDX-License-Identifier: Apache-2.0
#include "app/output_paths.h"

#include "platform/input_error.h"
#include "sim/config/load.h"
#include "sim/whole_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

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

void OutputPaths::reads_configuration(const std::string& option, const std::string& path) {
    for (const fs::path& file : config::files_of(path)) reads(option, file.string());
}

namespace {

std::string content(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whatever a run writes replaces what a run wrote. Configurations are files that a user may have of his own; the
/// result of a run holds those that it wrote.
void refuse_to_replace_others(const std::string& folder) {
    const auto result = nlohmann::json::parse(content(fs::path(folder) / "result.json"), nullptr, false);
    const auto refuse_unless = [&](const char* name, const auto& is_of_a_run) {
        const fs::path file = fs::path(folder) / name;
        if (fs::exists(file) && !is_of_a_run(file))
            throw InputError(fmt::format(
                "--out {}: {} there was not written by a run: name another folder, or remove it", folder, name));
    };
    const auto has = [](const nlohmann::json& document, const char* schema) {
        return document.is_object() && document.value("schema", nlohmann::json()) == schema;
    };
    refuse_unless("result.json", [&](const fs::path&) { return has(result, "ahbm-result"); });
    refuse_unless("activity.json", [&](const fs::path& file) {
        return has(nlohmann::json::parse(content(file), nullptr, false), "ahbm-activity");
    });
    refuse_unless("deadlock.dot", [](const fs::path& file) { return content(file).starts_with("digraph waits {"); });
    for (const auto& [name, field] : {std::pair{"config.yaml", "configuration"}, {"ccl.yaml", "collectives"}}) {
        const fs::path file = fs::path(folder) / name;
        if (!fs::exists(file)) continue;
        if (result.is_object() && result.value(field, nlohmann::json()) == content(file)) continue;
        throw InputError(
            fmt::format("--out {}: {} there is not of a run whose result.json is beside it: name another "
                        "folder, or remove it",
                        folder, name));
    }
}

}  // namespace

ResultFolder::ResultFolder(const std::string& path) : path_(path) {
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
    const bool free = flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    try {
        if (!free) throw InputError(fmt::format("--out {}: another run writes there", path));
        refuse_to_replace_others(path);
    } catch (const InputError&) {
        close(lock_);
        throw;
    }
}

void ResultFolder::clear() {
    if (path_.empty()) return;
    std::error_code error;
    for (const char* file : kFiles)
        if (fs::is_regular_file(fs::path(path_) / file, error)) fs::remove(fs::path(path_) / file, error);
}

ResultFolder::~ResultFolder() {
    if (lock_ < 0) return;
    std::error_code error;
    for (const std::string& folder : made_)
        if (!fs::is_empty(folder, error) || !fs::remove(folder, error)) break;
    close(lock_);
}

}  // namespace ahbm::cli
