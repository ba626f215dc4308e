// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/host_memory.h"

#include "platform/input_error.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace ahbm::scenarios {

namespace {

std::uint64_t of_the_machine() {
    std::ifstream file("/proc/meminfo");
    for (std::string name, unit; file >> name;) {
        std::uint64_t kibibytes = 0;
        if (name == "MemAvailable:" && file >> kibibytes) return kibibytes << 10;
        std::getline(file, unit);
    }
    return UINT64_MAX;
}

/// Of the control group, as a container or a batch system limits it; "max" or no such file: no limit.
std::uint64_t of_the_group() {
    std::uint64_t most = 0, used = 0;
    if (!(std::ifstream("/sys/fs/cgroup/memory.max") >> most)) return UINT64_MAX;
    std::ifstream("/sys/fs/cgroup/memory.current") >> used;
    return most - std::min(most, used);
}

std::uint64_t of_the_process() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

}  // namespace

std::uint64_t host_memory_available() { return std::min({of_the_machine(), of_the_group(), of_the_process()}); }

void require_host_memory(std::string_view what, double elements, double bytes_each, std::uint64_t available) {
    const double needed = elements * bytes_each;
    if (needed <= static_cast<double>(available)) return;
    throw InputError(
        fmt::format("{} needs about {:.0f} bytes of this machine's memory, {} are available; --data off "
                    "simulates times only",
                    what, needed, available));
}

}  // namespace ahbm::scenarios
