// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/phys_addr.h"
#include "tests/fuzz/support.h"

namespace ahbm::fuzz {
namespace {

MemoryMap map_of(Input& input) {
    MemoryMap map;
    if ((input.take<std::uint8_t>() & 1) == 0) return map;
    map.sips = input.take<std::uint8_t>();
    map.cubes = input.take<std::uint8_t>();
    map.pes = input.take<std::uint8_t>();
    map.io_chiplets = input.take<std::uint8_t>();
    map.hbm_slice = sim::Bytes{input.take<std::uint64_t>()};
    map.tcm = sim::Bytes{input.take<std::uint64_t>()};
    map.sram = sim::Bytes{input.take<std::uint64_t>()};
    return map;
}

void there_and_back(std::uint64_t raw) {
    const Domain domain = decode(raw);
    const PhysAddr address = PhysAddr::encode(domain);
    require(address.raw() == raw, "encode(decode(raw)) is another address");
    require(address.domain() == domain, "an address has two domains");
    require(PhysAddr::parse(to_string(address)) == address, "parse(to_string(address)) is another address");
    require(abi::pack(abi::window_of(domain.window), abi::unpack(abi::window_of(domain.window), raw)) == raw,
            "pack(unpack(raw)) is another address");
}

}  // namespace

void address(Bytes bytes) {
    Input input(bytes);
    const MemoryMap map = map_of(input);
    const auto raw = input.take<std::uint64_t>();
    const auto step = input.take<std::uint64_t>();
    const auto found = try_decode(raw, map);
    const bool is_refused = refused<PhysAddrError>([&] { decode(raw, map); });
    require(is_refused == std::holds_alternative<AddressFault>(found), "decode and try_decode differ");
    if (!is_refused) there_and_back(raw);
    refused<PhysAddrError>([&] {
        const PhysAddr moved = PhysAddr::from_raw(raw).plus(step);
        require(moved.domain().window == decode(raw).window && moved.raw() - raw == step, "plus leaves its window");
    });
    const std::string_view text = text_of(input.rest());
    refused<PhysAddrError>([&] { there_and_back(PhysAddr::parse(text, map).raw()); });
}

}  // namespace ahbm::fuzz
