// SPDX-License-Identifier: Apache-2.0
/// What every collective kernel is told: scalars in the order of runtime::CollectiveArg, read once.
#pragma once

#include "firmware/tl/program.h"

#include <cstdint>

namespace ahbm::kernels {

struct CollectiveArguments {
    CollectiveArguments(const tl::Program& tl, const tl::KernelArgs& args);
    /// Elements per tile when a participant holds so many at once. All participants get the same number, whatever else
    /// is in their TCM: they must cut tensors in the same way. Throws KernelError when not even a line fits.
    std::uint64_t tile_that_fits(Dtype dtype, std::uint64_t tiles) const;

    std::uint64_t elements = 0;  ///< per participant
    enum class Reduction : std::uint8_t { sum, max, min, avg } reduction;
    std::uint32_t participants, per_sip, pes_per_cube;
    std::uint64_t tile_room;  ///< bytes of TCM
    std::uint32_t sip, sips;
    std::uint32_t cube_w, cube_h;  ///< mesh of the cubes in use
    std::uint32_t sip_w, sip_h;
    enum class SipWiring : std::uint8_t { ring, torus, open_mesh } sip_wiring;
    std::uint32_t root;   ///< a participant; of kernels with a root in every SIP: its place there
    std::uint64_t chunk;  ///< elements per tile; 0: as many as fit a slot
    bool west;            ///< which way a ring turns

    std::uint32_t cube, pe;  ///< of this program
    std::uint32_t self;      ///< its number among the participants, ordered by SIP, cube, PE
};

/// Where a collective reads and where it writes. The input is what the kernel is given first, the output what it is
/// given second. Without a second tensor, or with the same one again, it works in place, as NCCL defines that: an
/// all-gather's input is the participant's own part of its output, a reduce-scatter's output its own part of its input.
class Operands {
public:
    /// Throws KernelError for ranges that overlap but are not the same.
    explicit Operands(const tl::KernelArgs& args);

    tl::TensorArg input, output;
    bool in_place = false;
    /// What a single participant does: its result is its input.
    void copy(tl::Program& tl) const;
    /// Element of the input (all-gather), or of the output (reduce-scatter), at which this participant's part of
    /// `elements` begins.
    std::uint64_t own_part(std::uint32_t self, std::uint64_t elements) const { return in_place ? self * elements : 0; }
};

/// The reduction of tiles, in their own element type.
class Reducer {
public:
    Reducer(tl::Program& tl, const CollectiveArguments& args) : tl_(tl), args_(args) {}
    tl::Tensor combine(const tl::Tensor& a, const tl::Tensor& b) const;
    /// What is done once, when everything is in: the division of an average.
    tl::Tensor finish(const tl::Tensor& total) const;

private:
    tl::Program& tl_;
    const CollectiveArguments& args_;
};

/// Elements [first, first + count) of `total` cut into tiles, seen through one queue's slots.
struct Tiling {
    Tiling(const tl::Program& tl, const CollectiveArguments& args, std::string_view direction, Dtype dtype);
    std::uint64_t tile = 0;   ///< elements
    std::uint32_t slots = 0;  ///< of the queue: how many tiles may be ahead
};

}  // namespace ahbm::kernels
