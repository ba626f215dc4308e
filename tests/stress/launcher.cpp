// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/launcher.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ahbm::stress {
namespace {

void limit(decltype(RLIMIT_CPU) what, rlim_t most) {
    const rlimit both{most, most};
    setrlimit(what, &both);
}

/// Between fork and exec: only what may be called there.
[[noreturn]] void become(char* const* words, const char* folder, const Limits& limits) {
    if (chdir(folder) != 0) _exit(126);
    const int out = open(".out", O_WRONLY | O_CREAT | O_TRUNC, 0600),
              err = open(".err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int in = open("/dev/null", O_RDONLY);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(126);
    limit(RLIMIT_CPU, limits.cpu_seconds);
    limit(RLIMIT_CORE, 0);
    if (limits.memory != 0) limit(RLIMIT_AS, limits.memory);
    alarm(limits.wall_seconds);  // outlives exec
    execv(words[0], words);
    _exit(127);
}

}  // namespace

Outcome launch(const std::string& program, const std::vector<std::string>& arguments, const Limits& limits,
               const std::string& folder) {
    std::optional<Folder> own;
    const std::string& where = folder.empty() ? own.emplace().path() : folder;
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) become(words.data(), where.c_str(), limits);
    int status = 0;
    if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            content(where + "/.out"), content(where + "/.err")};
}

std::string content(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

Folder::Folder() : path_((std::filesystem::temp_directory_path() / "ahbm-stress-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error(path_ + ": cannot be made");
}
Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace ahbm::stress
