// SPDX-License-Identifier: Apache-2.0
/// Work in a process of its own: SystemC elaborates once per process. To be used before this process elaborates.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>

#include <sys/types.h>

namespace ahbm::cli {

class Child {
public:
    /// Forks, and lets the child compute; its standard output goes nowhere. `name` is for errors.
    Child(std::string name, const std::function<nlohmann::json()>& work);
    ~Child();
    Child(const Child&) = delete;

    /// What it computed, and CPU seconds it took. Throws InputError, Hang or ModelError for what the child threw.
    nlohmann::json result(double* cpu_seconds = nullptr);

private:
    std::string name_;
    pid_t process_;
    int pipe_;  ///< -1: read
};

}  // namespace ahbm::cli
