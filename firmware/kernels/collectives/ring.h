// SPDX-License-Identifier: Apache-2.0
/// Parts of collectives on rings and chains of programs.
#pragma once

#include "firmware/kernels/collectives/arguments.h"

#include <string>
#include <vector>

namespace ahbm::kernels {

/// A program's place in a ring.
struct RingPlace {
    std::string to, from;  ///< directions of the next and the previous one
    std::uint32_t size = 1, self = 0;
    /// Who is `steps` places back.
    std::uint32_t back(std::uint32_t steps) const { return (self + size - steps % size) % size; }
};
/// Of all participants, in the direction the arguments say.
RingPlace ring_of_all(const CollectiveArguments& args);

/// Every program's tiles reduced with those of all others, in the order of the ring's places: the same bits everywhere.
/// Each program forwards what it gets, size - 1 rounds. No more tiles at a time than the queues have slots.
std::vector<tl::Tensor> ring_exchange(tl::Program& tl, const Reducer& reducer, const RingPlace& ring,
                                      const std::vector<tl::Tensor>& mine);

/// The same along an open chain: partial results to place 0, the result back. `up` and `down` lead to the places above
/// and below.
tl::Tensor chain_exchange(tl::Program& tl, const Reducer& reducer, const RingPlace& chain, const tl::Tensor& mine);

/// The roots of all SIPs among each other, as the SIPs are wired.
tl::Tensor exchange_between_sips(tl::Program& tl, const CollectiveArguments& args, const tl::Tensor& mine);

}  // namespace ahbm::kernels
