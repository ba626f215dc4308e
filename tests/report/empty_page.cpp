// SPDX-License-Identifier: Apache-2.0
/// Takes the place of the report's page when it is loaded first: the page of a build that could not have one.
extern "C" {
extern const char ahbm_report_page[1];
const char ahbm_report_page[1] = {};
extern const char ahbm_report_page_end[] __attribute__((alias("ahbm_report_page")));
}
