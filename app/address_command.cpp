// SPDX-License-Identifier: Apache-2.0
#include "app/address_command.h"

#include "app/command_line.h"
#include "experiments/configs.h"
#include "interconnect/protocol/address_reference.h"
#include "interconnect/protocol/phys_addr.h"
#include "platform/config.h"
#include "platform/input_error.h"
#include "platform/system.h"
#include "sim/config/config.h"

#include <fmt/format.h>

#include <regex>
#include <variant>

namespace ahbm::cli {

int address_command(const AddressOptions& options, const std::string& topology,
                    const std::vector<std::string>& overrides) {
    if (options.table) fmt::print("{}", address_reference_markdown());
    if (options.text.empty()) {
        if (!options.table) throw InputError("addr: an address is expected, or --table");
        if (topology != "default" || !overrides.empty())
            throw InputError("addr --table: the map is the same for every topology");
        return ok;
    }
    const auto config = config::load_file<PlatformConfig>(find_config("topology", topology).string(), overrides);
    const MemoryMap map = memory_map(config);
    static const std::regex slice(R"(\.hbm(\d+)(?=\+|$))");  // the library's own name for it is pe3.hbm
    const PhysAddr address = PhysAddr::parse(std::regex_replace(options.text, slice, ".pe$1.hbm"), map);
    const auto decoded = try_decode(address.raw(), map);
    if (const auto* fault = std::get_if<AddressFault>(&decoded)) throw PhysAddrError(options.text, *fault);
    const Domain domain = std::get<Domain>(decoded);
    const std::string place = domain.window == abi::WindowKind::hbm
                                  ? fmt::format("sip{}.cube{}.hbm{}+{:#x}", domain.sip.value, domain.cube.value,
                                                map.hbm_owner(domain.offset).value, map.hbm_slice_offset(domain.offset))
                                  : to_string(address);
    fmt::print("{:#015x}  {}\n", address.raw(), place);
    fmt::print("  sip_id       {}\n  die          {}{}\n  window       {}\n", domain.sip.value,
               domain.on_cube() ? "cube" : "io", domain.on_cube() ? domain.cube.value : domain.io.value,
               abi::window_of(domain.window).title);
    if (domain.window == abi::WindowKind::pe_local) fmt::print("  pe           {}\n", domain.pe.value);
    if (const auto resources = abi::window_of(domain.window).resources; !resources.empty())
        fmt::print("  resource     {} ({})\n", domain.resource, resources[domain.resource].name);
    fmt::print("  offset       {:#x}\n", domain.offset);
    if (domain.window == abi::WindowKind::hbm)
        fmt::print("  slice of     pe{}, offset in it {:#x}\n", map.hbm_owner(domain.offset).value,
                   map.hbm_slice_offset(domain.offset));
    return ok;
}

}  // namespace ahbm::cli
