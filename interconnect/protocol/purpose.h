// SPDX-License-Identifier: Apache-2.0
/// What a transaction is for, said by whoever issues it: kernels' own data apart from the messages that make them run,
/// and from the host's transfers.
#pragma once

#include "interconnect/protocol/phys_addr.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ahbm {

enum class Purpose : std::uint8_t {
    kernel,      ///< data that a kernel reads, writes or sends through a queue
    credit,      ///< a slot given back to the sender of a tile
    transfer,    ///< the host's data, and what firmware reads from memory
    mailbox,     ///< requests to control processors, on their way down
    completion,  ///< answers to them, on their way up
    registers,   ///< queue pairs, page tables and other registers of blocks
    injected,    ///< synthetic traffic
};
inline constexpr std::size_t kPurposes = 7;
constexpr std::array<std::string_view, kPurposes> kPurposeNames{"kernel",     "credit",    "transfer", "mailbox",
                                                                "completion", "registers", "injected"};
/// Belongs to a running kernel.
constexpr bool of_kernels(Purpose purpose) { return purpose == Purpose::kernel || purpose == Purpose::credit; }

/// Of an access by the host or a control processor, which follows from its target. `from_cube`: M_CPU or PE_CPU asks.
Purpose control_purpose(const Domain& target, bool from_cube);

}  // namespace ahbm
