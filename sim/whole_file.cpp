// SPDX-License-Identifier: Apache-2.0
#include "sim/whole_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ahbm::sim {

void write_file(const std::string& path, const std::function<void(std::ostream&)>& content) {
    const std::string temporary = path + ".part";
    {
        std::ofstream file(temporary, std::ios::binary);
        content(file);
        file.flush();
        if (!file) {
            const std::string reason = std::strerror(errno);
            std::error_code ignored;
            std::filesystem::remove(temporary, ignored);
            throw std::runtime_error(path + ": cannot be written: " + reason);
        }
    }
    std::filesystem::rename(temporary, path);
}

void write_file(const std::string& path, const std::string& content) {
    write_file(path, [&](std::ostream& file) { file << content; });
}

}  // namespace ahbm::sim
