// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/case.h"

#include "tests/stress/launcher.h"
#include "tests/stress/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace ahbm::stress {
namespace {

const std::vector<std::string> kTimings{"hop", "fast", "flit"};

std::string asked(const std::string& program, const std::vector<std::string>& arguments) {
    const Outcome outcome = launch(program, arguments);
    if (outcome.code != 0)
        throw std::runtime_error(fmt::format("{} {}: {}", program, fmt::join(arguments, " "), outcome.err));
    return outcome.out;
}

/// First words of the indented lines of `ahbm list`.
std::vector<std::string> names_in(const std::string& listing) {
    std::vector<std::string> names;
    std::istringstream lines(listing);
    for (std::string line, name; std::getline(lines, line);)
        if (line.starts_with("  ") && std::istringstream(line) >> name) {
            if (name.ends_with(':')) name.pop_back();
            names.push_back(name);
        }
    return names;
}

std::string in_shell(const std::string& word) {
    const bool plain = !word.empty() && word.find_first_of(" '\"[]{}()<>|&;*?$~#!\\") == std::string::npos;
    std::string quoted = word;
    for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4) quoted.replace(at, 1, "'\\''");
    return plain ? word : "'" + quoted + "'";
}

/// 1 to 4 SIPs of 1 to 9 cubes of 4 or 8 PEs; half the time what `mini` says.
void draw_topology(Case& drawn, Dice& dice) {
    const auto set = [&](const char* path, std::uint64_t value) {
        drawn.assignments.push_back({"--set", fmt::format("{}={}", path, value)});
    };
    if (dice.percent(60)) set("sips.count", dice.between(1, 4));
    if (dice.percent(60)) return;
    const std::uint64_t width = dice.between(1, 4);
    set("sip.cube_mesh.w", width);
    set("sip.cube_mesh.h", dice.between(1, dice.percent(20) ? 9 / width : 4 / width));
    set("sip.cube.noc.pe_per_corner", dice.between(1, 2));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
    return text;
}

}  // namespace

std::vector<std::string> Case::arguments() const {
    std::vector<std::string> all{"run", scenario};
    all.insert(all.end(), always.begin(), always.end());
    for (const auto& each : assignments) all.insert(all.end(), each.begin(), each.end());
    return all;
}

std::string Case::command() const {
    std::string text = "./ahbm";
    for (const std::string& word : arguments()) text += " " + in_shell(word);
    return text;
}

Inventory inventory_of(const std::string& program) {
    Inventory inventory;
    for (Field& field : fields_of(asked(program, {"config-reference"})))
        (field.group.empty() ? inventory.platform : inventory.collectives).push_back(std::move(field));
    for (const std::string& name : names_in(asked(program, {"list", "scenarios"})))
        inventory.scenarios.push_back({name, fields_of(asked(program, {"run", name, "--help-parameters"}))});
    inventory.algorithms = names_in(asked(program, {"list", "algorithms"}));
    return inventory;
}

Case draw_case(const Inventory& inventory, std::uint64_t seed, std::uint64_t number) {
    Dice dice(seed, number);
    const Inventory::Scenario& scenario = inventory.scenarios[number % inventory.scenarios.size()];
    Case drawn{scenario.name, {"--topology", "mini", "--timing", dice.of(kTimings)}, {}};
    draw_topology(drawn, dice);
    // Settings are of the algorithm that runs; `stress` runs all of them, others none.
    std::string algorithm = scenario.name == "stress" ? dice.of(inventory.algorithms) : "";
    // Mostly those that do what the scenario is named after.
    std::vector<std::string> words;
    for (const std::string& each : inventory.algorithms)
        if (dice.percent(3) || each.ends_with(scenario.name.substr(scenario.name.find('_') + 1))) words.push_back(each);
    for (const Field& field : scenario.parameters) {
        // What makes a run long is made small; of the rest, some.
        const bool counts = field.type.find("integer") != std::string::npos || field.type.starts_with("list of");
        const bool rarely = field.path == "root" || scenario.name == "ccl_barrier";  // mostly of no use
        if (!dice.percent(rarely ? 10 : counts ? 80 : 25)) continue;
        const std::string value = draw_value(field, dice, Reach::small, words);
        drawn.assignments.push_back({"--" + field.path, value});
        if (std::count(inventory.algorithms.begin(), inventory.algorithms.end(), value) != 0) algorithm = value;
    }
    for (std::uint64_t left = dice.between(1, 4); left > 0; --left) {
        const Field& field = dice.of(inventory.platform);
        if (field.path == "fabric.timing") continue;  // --timing says it
        drawn.assignments.push_back({"--set", field.path + "=" + draw_value(field, dice, Reach::any, {})});
    }
    const bool by_one = std::any_of(scenario.parameters.begin(), scenario.parameters.end(),
                                    [](const Field& field) { return field.path == "algo"; });
    // How queues behave is set in two places, and the more of it at once, the more can go wrong.
    std::vector<Field> queues;
    for (const Field& field : inventory.collectives)
        for (const Field& other : inventory.collectives)
            if (field.path == other.path && field.group != other.group) queues.push_back(field);
    const bool settings = (by_one || !algorithm.empty()) && dice.percent(40);
    if (settings && algorithm.empty()) {
        algorithm = dice.of(words.empty() ? inventory.algorithms : words);
        drawn.assignments.push_back({"--algo", algorithm});
    }
    if (settings)
        for (std::uint64_t left = dice.between(1, 6); left > 0; --left) {
            const Field& field = dice.of(dice.percent(70) ? queues : inventory.collectives);
            drawn.assignments.push_back(
                {"--ccl-set", fmt::format("{}.{}={}", replaced(field.group, "<name>", algorithm), field.path,
                                          draw_value(field, dice, Reach::small, inventory.algorithms))});
        }
    if (dice.percent(30)) drawn.assignments.push_back({"--seed", std::to_string(dice.between(1, 1000))});
    if (dice.percent(10)) drawn.assignments.push_back({"--data", "background"});
    return drawn;
}

}  // namespace ahbm::stress
