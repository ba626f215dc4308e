// SPDX-License-Identifier: Apache-2.0
#include "platform/scenarios/host_memory.h"

#include "platform/input_error.h"

#include <fmt/format.h>

#include <fstream>
#include <string>

namespace ahbm::scenarios {

std::uint64_t host_memory_available() {
    std::ifstream file("/proc/meminfo");
    for (std::string name, unit; file >> name;) {
        std::uint64_t kibibytes = 0;
        if (name == "MemAvailable:" && file >> kibibytes) return kibibytes << 10;
        std::getline(file, unit);
    }
    return UINT64_MAX;
}

void require_host_memory(std::string_view what, double elements, double bytes_each, std::uint64_t available) {
    const double needed = elements * bytes_each;
    if (needed <= static_cast<double>(available)) return;
    throw InputError(
        fmt::format("{} needs about {:.0f} bytes of this machine's memory, {} are available; --data off "
                    "simulates times only",
                    what, needed, available));
}

}  // namespace ahbm::scenarios
