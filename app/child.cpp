// SPDX-License-Identifier: Apache-2.0
#include "app/child.h"

#include "app/failure.h"
#include "experiments/scenarios/scenario.h"
#include "sim/interrupt.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ahbm::cli {
namespace {

nlohmann::json answer_of(const std::function<nlohmann::json()>& work) {
    try {
        return {{"result", work()}};
    } catch (...) {
        const Failure failure = judge(std::current_exception());
        return {{"code", failure.code}, {"error", failure.text}};
    }
}

[[noreturn]] void compute(const std::function<nlohmann::json()>& work, int out) {
    sim::restore_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    const std::string text = answer_of(work).dump();
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = write(out, text.data() + at, text.size() - at);
        if (written < 0) break;  // nobody reads: the parent is gone
        at += static_cast<std::size_t>(written);
    }
    _exit(0);  // not exit(): what the parent has open is not this process's to close
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Child::Child(std::string name, const std::function<nlohmann::json()>& work) : name_(std::move(name)) {
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    std::fflush(nullptr);
    process_ = fork();
    if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process_ == 0) {
        close(ends[0]);
        compute(work, ends[1]);
    }
    close(ends[1]);
    pipe_ = ends[0];
}

Child::~Child() {
    if (pipe_ < 0) return;
    close(pipe_);
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
}

nlohmann::json Child::result(double* cpu_seconds) {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t got; (got = read(pipe_, buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    close(std::exchange(pipe_, -1));
    int status = 0;
    rusage usage{};
    wait4(process_, &status, 0, &usage);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw ModelError(name_ + ": ended without a result, status " + std::to_string(status));
    nlohmann::json answer = nlohmann::json::parse(text);
    if (answer.contains("error")) {
        const std::string error = name_ + ": " + answer["error"].get<std::string>();
        if (answer["code"] == ExitCode::bad_input) throw InputError(error);
        if (answer["code"] == ExitCode::hang) throw Hang(error);
        throw ModelError(error);
    }
    if (cpu_seconds != nullptr) *cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    return std::move(answer["result"]);
}

}  // namespace ahbm::cli
