// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/report_command.h"

#include "platform/cli/command_line.h"
#include "platform/cli/result.h"
#include "platform/report/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace ahbm::cli {
namespace {

nlohmann::json read_document(const std::string& file, const std::string& schema) {
    std::ifstream stream(file);
    if (!stream) throw InputError(fmt::format("{}: cannot be read", file));
    const nlohmann::json document = nlohmann::json::parse(stream, nullptr, false);
    if (!document.is_object() || document.value("schema", "") != schema)
        throw InputError(fmt::format("{}: not an {}", file, schema));
    return document;
}

}  // namespace

int report_command(const std::string& folder, const std::string& file) {
    const std::string target = file.empty() ? folder + "/report.html" : file;
    const nlohmann::json result = read_document(folder + "/result.json", "ahbm-result");
    const std::string activity = folder + "/activity.json";
    const bool have = std::filesystem::exists(activity);
    write_file(target, report::html(result, have ? read_document(activity, "ahbm-activity") : nlohmann::json()));
    fmt::print("wrote {}\n", target);
    return ok;
}

}  // namespace ahbm::cli
