// SPDX-License-Identifier: Apache-2.0
/// The way down: receive a request and take it apart by target.
#pragma once

#include "firmware/config.h"
#include "firmware/hal.h"

#include <array>
#include <cstdint>

namespace ahbm::firmware {

/// A message as it came out of the mailbox. `header` is as readable as the bytes allow even when it is refused.
struct Received {
    abi::Header header;
    abi::Request request;
    abi::Verdict verdict;
};
/// Decodes, and checks that this CPU is addressed, that all targets exist, that arguments are within limits and that
/// there is someone to answer to.
Received receive(const abi::Message& mail, const CpuIdentity& self, const FirmwareConfig& config);

/// PE masks by cube: who takes part in a request.
using Targets = std::array<std::uint16_t, 16>;
Targets targets_of(const abi::Request& request);

struct PeSelection {
    std::uint16_t cube_mask = 0xffff;
    std::uint16_t pe_mask = 0xffff;
};
struct ReplyPath {
    std::uint64_t address = 0;
    std::uint64_t cookie = 0;
};
/// The part of a request that concerns the selected PEs, to be answered along `reply_to`.
abi::Request narrowed(const abi::Request& request, PeSelection selection, ReplyPath reply_to);

}  // namespace ahbm::firmware
