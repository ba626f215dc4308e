// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/completion.h"

#include "platform/cli/arguments.h"
#include "platform/cli/configs.h"
#include "platform/cli/validate_command.h"
#include "platform/config.h"
#include "sim/config/config.h"

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

/// What an option takes; empty: a file, or what nobody can know.
Names values_of(const std::string& option) {
    if (option == "--topology") return config_names("topology");
    if (option == "--set") return paths_in(config::reference<PlatformConfig>(""), "", "=");
    if (option == "--ccl-set") return ccl_paths();
    if (option == "--algo" || option == "--algorithm") return algorithm_names();
    if (option == "--timing") return timing_names();
    if (option == "--only") return validation_groups();
    if (option == "--device") return {"all", "sip:0"};
    if (option == "--dtype" || option == "-d") return {"f16", "bf16", "f32"};
    if (option == "--redop" || option == "-o") return {"sum", "max", "min", "avg"};
    if (option == "--data") return {"on", "off", "background"};
    if (option == "--log-level") return {"debug", "info", "warning", "error", "off"};
    if (option == "--op") return {"all_reduce", "all_gather", "reduce_scatter", "broadcast", "reduce", "all_to_all"};
    return {};
}

Names positional(const CLI::App& command, const Registries& registries) {
    Names names;
    for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    if (command.get_name() == "run") return scenario_names(registries);
    if (command.get_name() == "list") return {"all", "scenarios", "kernels", "algorithms", "topologies", "models"};
    if (command.get_name() == "test") return algorithm_names();
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

std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& typed,
                                     const Registries& registries) {
    if (typed.empty()) return {};
    Names words = typed;
    // Bash splits at "=": "--set a.b=4" comes as --set, a.b, =, 4, and there is nothing to say about 4.
    const std::string last = words.back() == "=" ? "" : words.back();
    words.pop_back();
    const bool value = !typed.empty() && (typed.back() == "=" || (!words.empty() && words.back() == "="));
    std::erase(words, "=");
    const CLI::App& command = command_of(app, words);
    const std::string before = words.empty() ? "" : words.back();

    Names all;
    if (before.starts_with('-'))
        all = values_of(before);
    else if (value)
        return {};
    const CLI::Option* option = before.starts_with("--") ? command.get_option_no_throw(before) : nullptr;
    const bool wants_value = before.starts_with('-') && (option == nullptr || option->get_type_size() > 0);
    if (!wants_value && last.starts_with('-')) {
        for (const std::string& name : option_names(command)) all.push_back("--" + name);
        for (const ScenarioInfo* info : registries.scenarios.all())
            if (command.get_name() == "run" && std::find(words.begin(), words.end(), info->name) != words.end())
                for (const std::string& name : paths_in(info->make()->reference(), "--", "")) all.push_back(name);
    } else if (!wants_value) {
        all = positional(command, registries);
    }
    std::erase_if(all, [&](const std::string& each) { return !each.starts_with(last); });
    return all;
}

}  // namespace ahbm::cli
