// SPDX-License-Identifier: Apache-2.0
#include "app/arguments.h"

#include "platform/input_error.h"
#include "sim/config/override.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

namespace ahbm::cli {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    return names;
}

}  // namespace

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
        for (const std::string& negated : option->get_fnames())
            if (!contains(names, negated)) names.push_back(negated);
    }
    return names;
}

CLI::App& command_of(CLI::App& app, const std::vector<std::string>& arguments) {
    CLI::App* command = &app;
    for (const std::string& argument : arguments) {
        if (!contains(command_names(*command), argument)) break;
        command = command->get_subcommand(argument);
    }
    return *command;
}

void check_names(CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App& command = command_of(app, arguments);
    const std::vector<std::string> commands = command_names(command), options = option_names(command);
    const std::string where = command.get_parent() == nullptr ? "" : command.get_name() + ": ";
    std::size_t depth = 0;
    for (const CLI::App* above = &command; above->get_parent() != nullptr; above = above->get_parent()) ++depth;
    if (depth < arguments.size() && !commands.empty() && !arguments[depth].starts_with('-'))
        throw InputError(fmt::format("{}no command is named '{}'{}", where, arguments[depth],
                                     config::hint(arguments[depth], commands)));
    for (std::size_t i = depth; i < arguments.size(); ++i) {
        const std::string name = arguments[i].substr(0, arguments[i].find('='));
        if (name == "--") break;
        if (name.starts_with("--") && !contains(options, name.substr(2))) {
            const std::string_view near = config::nearest(name.substr(2), options);
            throw InputError(fmt::format("{}unknown option {}{}", where, name,
                                         near.empty() ? fmt::format(" (ahbm {}--help shows what there is)",
                                                                    where.empty() ? "" : command.get_name() + " ")
                                                      : fmt::format("; did you mean --{}?", near)));
        }
    }
}

std::vector<std::string> take_parameters(std::vector<std::string>& arguments, const std::vector<std::string>& known) {
    std::vector<std::string> kept, parameters;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string typed = arguments[i], name = typed.substr(0, typed.find('='));
        if (!name.starts_with("--") || contains(known, name.substr(2))) {
            kept.push_back(typed);
            continue;
        }
        if (const std::string_view near = config::nearest(name.substr(2), known); !near.empty())
            throw InputError(fmt::format("unknown option {}; did you mean --{}?", name, near));
        if (name.size() == typed.size() && i + 1 == arguments.size())
            throw InputError(fmt::format("{} needs a value", name));
        const std::string value = name.size() < typed.size() ? typed.substr(name.size() + 1) : arguments[++i];
        std::string parameter = name.substr(2);
        std::replace(parameter.begin(), parameter.end(), '-', '_');
        parameters.push_back(config::override_from(name + ' ' + value, parameter + '=' + value));
    }
    arguments = std::move(kept);
    return parameters;
}

std::string as_typed(const std::vector<std::string>& arguments) {
    std::string text = "ahbm";
    for (const std::string& argument : arguments) {
        const bool plain = !argument.empty() && argument.find_first_not_of(
                                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    "0123456789-_=+:,./@%") == std::string::npos;
        std::string quoted = argument;
        for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4)
            quoted.replace(at, 1, "'\\''");
        text += plain ? " " + argument : " '" + quoted + "'";
    }
    return text;
}

}  // namespace ahbm::cli
