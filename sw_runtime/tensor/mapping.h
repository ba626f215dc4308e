// SPDX-License-Identifier: Apache-2.0
/// Which PE maps which copy of a tensor's parts. Every PE that holds a shard can reach the whole tensor; of a part with
/// several copies it maps its own, else one in its cube, else the one of the PE with its number, else the first.
#pragma once

#include "firmware/abi/messages.h"
#include "sw_runtime/devices.h"

#include <vector>

namespace ahbm::runtime {

std::vector<abi::MapEntry> map_entries(const Allocation& allocation);

/// The entries as messages of at most the size a mailbox takes.
std::vector<abi::Message> map_messages(const std::vector<abi::MapEntry>& entries, SipId sip);
std::vector<abi::Message> unmap_messages(const std::vector<abi::MapEntry>& entries, SipId sip);

}  // namespace ahbm::runtime
