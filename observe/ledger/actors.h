// SPDX-License-Identifier: Apache-2.0
/// Numbers and names for whoever issues or answers transactions: "sip0.cube3.pe5 dma", "sip0.cube3.m_cpu", "host".
#pragma once

#include "platform/system.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ahbm {

class Actors {
public:
    explicit Actors(System& system);

    using Id = std::uint32_t;
    Id of(NodeId node) const { return ids_.at(key(node)); }
    const std::string& name(Id id) const { return actors_[id].name; }
    /// The PE whose kernels this one's transactions belong to; none for hosts and control processors.
    std::optional<std::uint32_t> pe(Id id) const { return actors_[id].pe; }
    std::size_t count() const { return actors_.size(); }

private:
    struct Actor {
        std::string name;
        std::optional<std::uint32_t> pe;  ///< number in the order of the system
    };
    static std::uint64_t key(NodeId node) {
        return static_cast<std::uint64_t>(node.kind) << 40 | std::uint64_t{node.sip} << 32 |
               std::uint64_t{node.port} << 24 | std::uint64_t{node.router} << 8 | static_cast<std::uint64_t>(node.unit);
    }
    void add(NodeId node, std::string name, std::optional<std::uint32_t> pe = std::nullopt);

    std::vector<Actor> actors_;
    std::unordered_map<std::uint64_t, Id> ids_;  ///< looked up only: its order never shows
};

}  // namespace ahbm
