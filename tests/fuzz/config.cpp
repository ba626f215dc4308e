// SPDX-License-Identifier: Apache-2.0
#include "platform/config.h"
#include "app/scenario_file.h"
#include "interconnect/topology/sip_grid.h"
#include "sw_runtime/collectives/config.h"
#include "tests/fuzz/support.h"

namespace ahbm::fuzz {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        parts.emplace_back(text.substr(0, text.find(at)));
        text.remove_prefix(std::min(parts.back().size() + 1, text.size()));
    }
    return parts;
}

/// What a configuration says is what its dump says.
template <class T>
T there_and_back(const std::string& text, const std::vector<std::string>& overrides) {
    const T loaded = config::load_text<T>(text, "input.yaml", overrides);
    const std::string dump = config::dump(loaded);
    T again{};
    require(!refused<ConfigError>([&] { again = config::load_text<T>(dump, "dump.yaml"); }), "a dump is refused");
    require(config::dump(again) == dump, "dump(load(dump)) is another configuration");
    return loaded;
}

/// What is accepted has addresses, and can be built.
void check_platform(const PlatformConfig& config) {
    const SipGrid grid(config.sip.cube_mesh, config.sip.cube.noc, config.sip.ucie, config.sip.io_noc);
    require(grid.cube_count() >= 1 && grid.cube_count() <= 16, "more cubes than have an address");
    const std::uint64_t pes = config.sip.cube.noc.pe_count(), slice = config.sip.cube.hbm.slice;
    require(pes >= 1 && pes <= 16, "more PEs than have an address");
    require(slice <= (std::uint64_t{1} << 37) / pes, "more HBM than has an address");
    require(config.sips.count >= 1 && config.sips.count <= 16, "more SIPs than have an address");
}

}  // namespace

/// The first line says what it is (t, s, c), then overrides with semicolons between them; the YAML text follows.
void config(Bytes bytes) {
    const std::string_view input = text_of(bytes);
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view first = input.substr(0, end);
    const std::string text(input.substr(std::min(end + 1, input.size())));
    const std::vector<std::string> overrides = split(first.substr(std::min<std::size_t>(2, first.size())), ';');
    refused<ConfigError>([&] {
        if (first.starts_with('t'))
            check_platform(there_and_back<PlatformConfig>(text, overrides));
        else if (first.starts_with('s'))
            there_and_back<cli::ScenarioFile>(text, overrides);
        else
            there_and_back<runtime::CclConfig>(text, overrides);
    });
}

}  // namespace ahbm::fuzz
