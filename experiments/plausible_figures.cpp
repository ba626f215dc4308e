// SPDX-License-Identifier: Apache-2.0
#include "experiments/plausible_figures.h"

#include "experiments/scenarios/scenario.h"

#include <fmt/format.h>

#include <charconv>

namespace ahbm {
namespace {

/// Of a cell; one that is empty or says "-" has no share.
double number(const std::string& cell) {
    double value = 0;
    const bool read = std::from_chars(cell.data(), cell.data() + cell.size(), value).ec == std::errc{};
    if (!read && !cell.empty() && cell != "-") throw ModelError(fmt::format("'{}' is no share of a whole", cell));
    return value;
}

void check_share(const std::string& name, double value) {
    if (!(value >= 0 && value <= 100))
        throw ModelError(fmt::format("{} is {:.6g} %, which is no share of a whole", name, value));
}

}  // namespace

void check_figures(const ScenarioResult& result) {
    for (const Measured& each : result.measured) {
        for (const auto& bound : {each.own, each.machine})
            for (std::size_t i = 0; bound && i < each.times.size(); ++i)
                if (each.times[i] < bound->time)
                    throw ModelError(fmt::format("{} took {:.3f} ns, its bound is {:.3f} ns: {}", each.what,
                                                 each.times[i].ns(), bound->time.ns(), bound->words));
        if (each.own && each.machine && each.own->time < each.machine->time)
            throw ModelError(fmt::format("{}: its own bound, {:.3f} ns, is below that of any way, {:.3f} ns: {}",
                                         each.what, each.own->time.ns(), each.machine->time.ns(), each.machine->words));
    }
    for (const Figure& figure : result.figures)
        if (figure.unit == "%") check_share("figure " + figure.name, figure.value);
    for (const Table& table : result.tables)
        for (std::size_t column = 0; !table.rows.empty() && column < table.rows[0].size(); ++column)
            for (std::size_t row = 1; table.rows[0][column].starts_with('%') && row < table.rows.size(); ++row)
                check_share(fmt::format("{}, {}, {}", table.title, table.rows[row][0], table.rows[0][column]),
                            number(table.rows[row].at(column)));
}

}  // namespace ahbm
