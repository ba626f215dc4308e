// SPDX-License-Identifier: Apache-2.0
#include "platform/config.h"

namespace ahbm::config {

template PlatformConfig load_file(const std::filesystem::path&, const std::vector<std::string>&);
template PlatformConfig load_text(const std::string&, const std::string&, const std::vector<std::string>&);
template std::string dump(const PlatformConfig&);
template std::string reference<PlatformConfig>(const std::string&);

}  // namespace ahbm::config
