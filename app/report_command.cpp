// SPDX-License-Identifier: Apache-2.0
#include "app/report_command.h"

#include "app/command_line.h"
#include "app/json_file.h"
#include "app/output_paths.h"
#include "observe/report/report.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

#include <filesystem>

namespace ahbm::cli {
int report_command(const std::string& folder, const std::string& file) {
    if (!report::available()) throw InputError("report: " + report::unavailable_text());
    const std::string target = file.empty() ? folder + "/report.html" : file, looked = folder + "/activity.json";
    const nlohmann::json result = read_document(folder + "/result.json", "ahbm-result");
    if (result.value("digest", nlohmann::json()) != digest_of(result))
        throw InputError(
            fmt::format("{}/result.json: was changed after the run: its digest is not that of its contents", folder));
    nlohmann::json activity;
    if (std::filesystem::exists(looked)) activity = read_document(looked, "ahbm-activity");
    if (!activity.is_null() && activity.value("result", nlohmann::json()) != result.value("digest", nlohmann::json()))
        throw InputError(fmt::format(
            "{}: of another run than {}/result.json: run again with --out and --report, or remove it", looked, folder));
    if (!activity.is_null() && activity.value("digest", nlohmann::json()) != digest_of(activity))
        throw InputError(fmt::format("{}: was changed after the run: its digest is not that of its contents", looked));
    OutputPaths outputs;
    outputs.reads("report", folder + "/result.json");
    outputs.reads("report", looked);
    outputs.add("--output", target);
    sim::write_file(target, report::html(result, activity));
    if (!outputs.have_standard_output()) fmt::print("wrote {}\n", target);
    return ok;
}

}  // namespace ahbm::cli
