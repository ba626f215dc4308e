// SPDX-License-Identifier: Apache-2.0
#include "app/completion.h"

#include "app/arguments.h"
#include "app/option_values.h"
#include "app/run_command.h"
#include "experiments/configs.h"
#include "platform/config.h"
#include "sim/config/config.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

namespace ahbm::cli {
namespace {

using Names = std::vector<std::string>;

/// The paths in a reference page: what stands in backticks at the beginning of its lines.
Names paths_in(const std::string& page, const std::string& prefix, const std::string& end) {
    Names paths;
    for (std::size_t at = 0; (at = page.find("\n| `", at)) != std::string::npos;) {
        at += 4;
        paths.push_back(prefix + page.substr(at, page.find('`', at) - at) + end);
    }
    return paths;
}

Names scenario_names(const Registries& registries) {
    Names names;
    for (const ScenarioInfo* info : registries.scenarios.all()) names.push_back(info->name);
    return names;
}

Names algorithm_names() {
    Names names{"rank_ring"};
    for (const auto& [name, algorithm] : load_ccl("ccl", {}).algorithms) names.push_back(name);
    return names;
}

Names ccl_paths() {
    Names paths = paths_in(config::reference<runtime::CclDefaults>(""), "defaults.", "=");
    const Names inside = paths_in(config::reference<runtime::AlgorithmConfig>(""), ".", "=");
    for (const auto& [name, algorithm] : load_ccl("ccl", {}).algorithms)
        for (const std::string& path : inside) paths.push_back("algorithms." + name + path);
    return paths;
}

Names devices_of(const Names& words) {
    const auto topology = std::find(words.begin(), words.end(), "--topology");
    const std::string name = topology == words.end() || topology + 1 == words.end() ? "default" : topology[1];
    Names names{"all"};
    for (unsigned s = 0; s < load_platform(name, {}, {}).sips.count; ++s) names.push_back(fmt::format("sip:{}", s));
    return names;
}

/// The scenario among the words of `run`, or the one it runs without.
const ScenarioInfo* scenario_in(const Names& words, const Registries& registries) {
    for (const std::string& word : words)
        if (const ScenarioInfo* info = registries.scenarios.find(word)) return info;
    return registries.scenarios.find(RunOptions{}.scenario);
}

/// What an option takes; empty: a file, or what nobody can know.
Names values_of(const std::string& option, CLI::App& command, const Names& words, const Registries& registries) {
    if (option == "--topology") return config_names("topology");
    if (option == "--set") return paths_in(config::reference<PlatformConfig>(""), "", "=");
    if (option == "--ccl-set") return ccl_paths();
    if (option == "--algo" || option == "--algorithm") return algorithm_names();
    if (option == "--device") return devices_of(words);
    if (CLI::Option* known = command.get_option_no_throw(option)) return names_taken(*known);
    if (command.get_name() != "run") return {};
    const auto choices = scenario_in(words, registries)->make()->choices();
    const auto found = choices.find(option.substr(std::min(option.size(), std::size_t{2})));
    return found == choices.end() ? Names() : found->second;
}

/// What stands behind the "=" of `--set path=` and `--ccl-set path=`.
Names values_at(const std::string& option, const std::string& path, const Registries& registries) {
    const auto among = [](const auto& choices, const std::string& field) {
        const auto found = choices.find(field);
        return found == choices.end() ? Names() : found->second;
    };
    if (option == "--set") return among(config::choices<PlatformConfig>(), path);
    if (option != "--ccl-set") return {};
    const std::string field = path.substr(path.rfind('.') + 1);
    if (path == "defaults.algorithm") return algorithm_names();
    if (path.starts_with("defaults.")) return among(config::choices<runtime::CclDefaults>(), field);
    const Names known = known_names(field, registries);
    return known.empty() ? among(config::choices<runtime::AlgorithmConfig>(), field) : known;
}

Names positional(CLI::App& command, const Registries& registries) {
    Names names;
    for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    if (command.get_name() == "run") return scenario_names(registries);
    if (command.get_name() == "test") return algorithm_names();
    for (CLI::Option* option : command.get_options())
        if (option->get_positional()) return names_taken(*option);
    return names;
}

}  // namespace

const char* completion_script() {
    return R"(_ahbm() {
    local IFS=$'\n'
    COMPREPLY=($("${COMP_WORDS[0]}" completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    case ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac
}
complete -o default -F _ahbm ahbm ./ahbm
)";
}

std::vector<std::string> completions(CLI::App& app, const std::vector<std::string>& typed,
                                     const Registries& registries) {
    if (typed.empty()) return {};
    Names words = typed;
    // Bash splits at "=": "--set a.b=4" comes as --set, a.b, =, 4.
    const std::string last = words.back() == "=" ? "" : words.back();
    words.pop_back();
    const bool value = !typed.empty() && (typed.back() == "=" || (!words.empty() && words.back() == "="));
    std::erase(words, "=");
    CLI::App& command = command_of(app, words);
    const std::string before = words.empty() ? "" : words.back();

    Names all;
    if (before.starts_with('-'))
        all = values_of(before, command, words, registries);
    else if (value)
        all = words.size() < 2 ? Names() : values_at(words[words.size() - 2], before, registries);
    const CLI::Option* option = before.starts_with("--") ? command.get_option_no_throw(before) : nullptr;
    const bool wants_value = value || (before.starts_with('-') && (option == nullptr || option->get_type_size() > 0));
    if (!wants_value && last.starts_with('-')) {
        for (const std::string& name : option_names(command)) all.push_back("--" + name);
        if (command.get_name() == "run")
            for (const std::string& name : paths_in(scenario_in(words, registries)->make()->reference(), "--", ""))
                all.push_back(name);
    } else if (!wants_value) {
        all = positional(command, registries);
    }
    std::erase_if(all, [&](const std::string& each) { return !each.starts_with(last); });
    return all;
}

}  // namespace ahbm::cli
