// SPDX-License-Identifier: Apache-2.0
/// The classes in which the ledger counts transactions: what for, read or write, over which path.
#pragma once

#include "interconnect/fabric/fabric.h"

#include <string>
#include <string_view>

namespace ahbm {

/// A row of the ledger: "read own_slice" of kernels, "transfer write host", "credit same_cube".
struct TrafficClass {
    Purpose purpose = Purpose::kernel;
    Access access = Access::read;
    PathClass path = PathClass::own_slice;
    constexpr auto operator<=>(const TrafficClass&) const = default;
    constexpr std::size_t index() const {
        return (static_cast<std::size_t>(purpose) * 2 + static_cast<std::size_t>(access)) * kPathClasses +
               static_cast<std::size_t>(path);
    }
    static constexpr std::size_t count = kPurposes * 2 * kPathClasses;
    static constexpr TrafficClass at(std::size_t index) {
        return {static_cast<Purpose>(index / (2 * kPathClasses)), static_cast<Access>(index / kPathClasses % 2),
                static_cast<PathClass>(index % kPathClasses)};
    }
    static TrafficClass of(const Fabric& fabric, const Packet& packet);
};
std::string_view name_of(Access access);
std::string to_string(const TrafficClass& traffic);

}  // namespace ahbm
