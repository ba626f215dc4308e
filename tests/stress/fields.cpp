// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/fields.h"

#include <regex>
#include <sstream>
#include <stdexcept>

namespace ahbm::stress {
namespace {

/// "| a | b |" as {"a", "b"}; a bar in a cell is written "\|".
std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> all;
    std::string cell;
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
            cell += line[++i];
        } else if (line[i] == '|') {
            const std::size_t first = cell.find_first_not_of(' ');
            all.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
            cell.clear();
        } else {
            cell += line[i];
        }
    }
    return all;
}

std::string without_quotes(const std::string& text) {
    return text.size() > 1 && text.front() == '`' && text.back() == '`' ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::vector<Field> fields_of(const std::string& markdown) {
    std::vector<Field> fields;
    std::istringstream lines(markdown);
    std::string group;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("## ")) {
            const std::size_t open = line.find('`');
            group = open == std::string::npos ? "" : line.substr(open + 1, line.find('`', open + 1) - open - 1);
        }
        if (!line.starts_with("| `")) continue;
        const std::vector<std::string> row = cells(line);
        if (row.size() != 4) throw std::runtime_error("not a row of a reference: " + line);
        if (row[1] == "group" || row[1].starts_with("map of")) continue;
        fields.push_back({group, without_quotes(row[0]), row[1], without_quotes(row[2]), row[3]});
    }
    if (fields.empty()) throw std::runtime_error("no table of fields in\n" + markdown);
    return fields;
}

bool range_in(const std::string& text, unsigned long long& low, unsigned long long& high) {
    static const std::regex range(R"((^|[^0-9.])(\d+)(?:\.\.| to )(\d+)($|[^0-9.]))");
    std::smatch match;
    if (!std::regex_search(text, match, range)) return false;
    low = std::stoull(match[2]);
    high = std::stoull(match[3]);
    return true;
}

}  // namespace ahbm::stress
