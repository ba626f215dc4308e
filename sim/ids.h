// SPDX-License-Identifier: Apache-2.0
/// Strong types for the coordinates of a block, so that no two plain integers stand side by side in a signature.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace ahbm {

/// Index of one kind of thing; `Tag` keeps kinds apart.
template <class Tag>
struct Id {
    std::uint32_t value = 0;
    constexpr Id() = default;
    explicit constexpr Id(std::uint32_t v) : value(v) {}
    constexpr auto operator<=>(const Id&) const = default;
};

using SipId = Id<struct SipTag>;    ///< system-in-package, 0..15; in collectives also the rank
using CubeId = Id<struct CubeTag>;  ///< cube within a SIP, 0..15, row-major in the cube mesh
using PeId = Id<struct PeTag>;      ///< processing element within a cube, 0..15

/// The place of one PE. Orders by SIP, then cube, then PE.
struct PeCoord {
    SipId sip;
    CubeId cube;
    PeId pe;
    constexpr auto operator<=>(const PeCoord&) const = default;
};
std::string to_string(PeCoord at);  ///< "sip0.cube3.pe5", its name everywhere: in messages, statistics and waves

}  // namespace ahbm

template <class Tag>
struct std::hash<ahbm::Id<Tag>> {
    std::size_t operator()(ahbm::Id<Tag> id) const noexcept { return id.value; }
};
