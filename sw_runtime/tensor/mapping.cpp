// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/mapping.h"

#include <algorithm>
#include <map>

namespace ahbm::runtime {
namespace {

/// Lower is nearer.
int remoteness(PeCoord from, PeCoord to) {
    if (from == to) return 0;
    if (from.cube == to.cube) return 1;
    return from.pe == to.pe ? 2 : 3;
}

abi::MapEntry entry(const Allocation& allocation, const PlacedShard& shard, std::uint16_t cubes, std::uint16_t pes) {
    return {.virtual_address = allocation.range().base + shard.spec.offset,
            .physical_address = shard.memory.raw(),
            .bytes = shard.spec.nbytes,
            .cube_mask = cubes,
            .pe_mask = pes};
}

/// Entries of one message: leaves room for the largest header.
constexpr std::size_t entries_per_message = (abi::max_message_bytes - 4096) / sizeof(abi::MapEntry);

template <class Message, class Entries>
abi::Message message(const Entries& entries, SipId sip) {
    Message message;
    message.header.sip = static_cast<std::uint16_t>(sip.value);
    for (const auto& each : entries) {
        message.header.cube_mask |= each.cube_mask;
        message.header.pe_mask |= each.pe_mask;
    }
    message.entries = entries;
    return abi::encode(message);
}

}  // namespace

std::vector<abi::MapEntry> map_entries(const Allocation& allocation) {
    std::map<std::uint64_t, std::vector<const PlacedShard*>> copies;  // by offset
    for (const PlacedShard& shard : allocation.shards()) copies[shard.spec.offset].push_back(&shard);

    std::vector<abi::MapEntry> entries;
    for (const auto& [offset, candidates] : copies) {
        // Who takes which copy: per copy and cube the set of PEs.
        std::vector<std::map<std::uint32_t, std::uint16_t>> takers(candidates.size());
        for (const PlacedShard& participant : allocation.shards()) {
            const PeCoord self = participant.spec.at;
            const auto nearest =
                std::min_element(candidates.begin(), candidates.end(), [&](const auto* a, const auto* b) {
                    return remoteness(self, a->spec.at) < remoteness(self, b->spec.at);
                });
            takers[static_cast<std::size_t>(nearest - candidates.begin())][self.cube.value] |=
                static_cast<std::uint16_t>(1u << self.pe.value);
        }
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            std::map<std::uint16_t, std::uint16_t> cubes_by_pes;  // cubes with the same PEs share an entry
            for (const auto& [cube, pes] : takers[i]) cubes_by_pes[pes] |= static_cast<std::uint16_t>(1u << cube);
            for (const auto& [pes, cubes] : cubes_by_pes)
                entries.push_back(entry(allocation, *candidates[i], cubes, pes));
        }
    }
    return entries;
}

std::vector<abi::Message> map_messages(const std::vector<abi::MapEntry>& entries, SipId sip) {
    std::vector<abi::Message> messages;
    for (std::size_t first = 0; first < entries.size(); first += entries_per_message) {
        const std::size_t last = std::min(entries.size(), first + entries_per_message);
        const std::vector<abi::MapEntry> part(entries.begin() + static_cast<std::ptrdiff_t>(first),
                                              entries.begin() + static_cast<std::ptrdiff_t>(last));
        messages.push_back(message<abi::MmuMap>(part, sip));
    }
    return messages;
}

std::vector<abi::Message> unmap_messages(const std::vector<abi::MapEntry>& entries, SipId sip) {
    std::vector<abi::Message> messages;
    for (std::size_t first = 0; first < entries.size(); first += entries_per_message) {
        std::vector<abi::UnmapEntry> part;
        for (std::size_t i = first; i < std::min(entries.size(), first + entries_per_message); ++i)
            part.push_back({entries[i].virtual_address, entries[i].bytes, entries[i].cube_mask, entries[i].pe_mask, 0});
        messages.push_back(message<abi::MmuUnmap>(part, sip));
    }
    return messages;
}

}  // namespace ahbm::runtime
