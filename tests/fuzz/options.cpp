// SPDX-License-Identifier: Apache-2.0
#include "observe/scope.h"
#include "observe/timeline/trace_options.h"
#include "sim/config/config.h"
#include "tests/fuzz/support.h"

namespace ahbm::fuzz {
namespace {

template <class Quantity>
void quantity(std::string_view text) {
    const auto parsed = config::parse_quantity<Quantity>(text);
    if (!parsed) return require(parsed.error.find('\n') == std::string::npos, "no clear line: " + parsed.error);
    const std::string shown = config::format_quantity(parsed.value);
    const auto again = config::parse_quantity<Quantity>(shown);
    require(again && again.value == parsed.value, "parse(format(quantity)) is another quantity: " + shown);
}

void scope(const std::string& patterns) {
    const char* names[] = {"sip0.cube0.pe0.gemm", "sip0.cube3.pe5.ipcq.E.head", "sip1.io0.io_cpu", "host",
                           "sip0.launch"};
    Scope scope(patterns);
    std::size_t matches = 0;
    for (const std::string name : names) {
        const bool has = scope.has(name);
        matches += has;
        require(!has || scope.reaches(name), "a name is in the scope, but the scope does not reach it");
        scope.expects_queues(name.substr(0, name.rfind('.')));
    }
    require(scope.matches() == matches, "matches are not counted");
    for (const std::string& pattern : scope.unmatched()) scope.what_there_is(pattern);
    require(scope.hopeless().size() <= scope.unmatched().size(), "a pattern is matched and hopeless");
}

}  // namespace

void options(Bytes bytes) {
    const std::string text(text_of(bytes));
    quantity<sim::Time>(text);
    quantity<sim::Bytes>(text);
    quantity<sim::Bandwidth>(text);
    quantity<sim::Frequency>(text);
    quantity<sim::FlopRate>(text);
    quantity<sim::Millimetres>(text);
    quantity<sim::WireDelay>(text);
    scope(text);
    refused<ConfigError>([&] {
        const timeline::Limits limits = timeline::check({"trace.json", text, "", 1});
        require(limits.from < limits.to, "a trace window without an extent");
    });
    refused<ConfigError>([&] { timeline::check({text, "", "", timeline::Limits{}.events}); });
}

}  // namespace ahbm::fuzz
