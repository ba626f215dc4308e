// SPDX-License-Identifier: Apache-2.0
#include "observe/report/report.h"

#include "sim/check.h"

#include <nlohmann/json.hpp>

#include <string_view>

// The page with a gap for the data: observe/report/web, put together by its bundle.mjs, included by page.S.
extern "C" const char ahbm_report_page[], ahbm_report_page_end[];

namespace ahbm::report {

namespace {

std::string_view template_page() {
    return {ahbm_report_page, static_cast<std::size_t>(ahbm_report_page_end - ahbm_report_page)};
}

}  // namespace

bool available() { return !template_page().empty(); }

std::string unavailable_text() {
    return "this program was built without the HTML report: Node.js and npm were missing, or npm could not fetch its "
           "charts (docs/dependencies.md)";
}

std::string html(const nlohmann::json& result, const nlohmann::json& activity) {
    SIM_CHECK(available(), unavailable_text());
    const std::string_view page = template_page();
    constexpr std::string_view kGap = "\"the data\"";
    const std::size_t gap = page.find(kGap);
    std::string text(page.substr(0, gap));
    // In a script element "<" could end it; in JSON it occurs in texts only, where it may be escaped.
    for (const char c : nlohmann::json{{"result", result}, {"activity", activity}}.dump())
        c == '<' ? text += "\\u003c" : text += c;
    return text.append(page.substr(gap + kGap.size()));
}

}  // namespace ahbm::report
