// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/address_reference.h"

#include "firmware/abi/address_map.h"

#include <fmt/format.h>

#include <string_view>

namespace ahbm {
namespace {

std::string bits(const abi::Field& field) {
    if (field.width() == 0) return "";
    return field.width() == 1 ? fmt::format("{}", field.hi) : fmt::format("{}:{}", field.hi, field.lo);
}

std::string size(std::uint64_t bytes) {
    constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; unit < 4 && bytes % 1024 == 0; ++unit) bytes /= 1024;
    return fmt::format("{} {}", bytes, units[unit]);
}

std::string selection(const abi::Window& window) {
    return fmt::format("{} = {}{}", bits(window.select), window.code,
                       window.zero.width() != 0 ? fmt::format(", {} = 0", bits(window.zero)) : "");
}

}  // namespace

std::string address_reference_markdown() {
    std::string page = fmt::format("## Physical address: {} bits\n\n| field | bits |\n|---|---|\n", abi::address_bits);
    for (const abi::Field& field : {abi::sip_id, abi::die_id, abi::local_offset})
        page += fmt::format("| {} | {} |\n", field.name, bits(field));

    page += "\n## Dies\n\n| die | die_id | must be 0 |\n|---|---|---|\n";
    for (const abi::Die& die : abi::dies)
        page +=
            fmt::format("| {} | {}..{} | {} |\n", die.name, die.first_id, die.first_id + die.count - 1, bits(die.zero));

    page +=
        "\n## Windows\n\nOther selections are reserved.\n\n"
        "| die | window | printed as | selected by | PE | resource | offset | size |\n"
        "|---|---|---|---|---|---|---|---|\n";
    for (const abi::Window& w : abi::windows)
        page += fmt::format("| {} | {} | `{}{}{}` | {} | {} | {} | {} | {} |\n", abi::die_of(w.die).name, w.title,
                            w.name, w.pe.width() != 0 ? "<n>" : "", w.resources.empty() ? "" : ".<resource>",
                            selection(w), bits(w.pe), bits(w.resource), bits(w.offset), size(w.offset.max() + 1));

    for (const abi::Window& w : abi::windows) {
        if (w.resources.empty()) continue;
        page += fmt::format(
            "\n## Resources of {}\n\nOther codes are reserved.\n\n"
            "| code | name | size | purpose |\n|---|---|---|---|\n",
            w.title);
        for (std::size_t code = 0; code < w.resources.size(); ++code) {
            const abi::Resource& r = w.resources[code];
            page += fmt::format("| {} | {} | {} | {} |\n", code, r.name,
                                size(r.bytes != 0 ? r.bytes : w.offset.max() + 1), r.purpose);
        }
    }
    return page;
}

}  // namespace ahbm
