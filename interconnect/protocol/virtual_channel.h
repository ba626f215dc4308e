// SPDX-License-Identifier: Apache-2.0
/// The classes of packets that share a link: small ones (requests, acknowledgements, control) never wait behind bulk
/// data.
#pragma once

#include <cstdint>

namespace ahbm {

enum class VirtualChannel : std::uint8_t {
    data,     ///< payload of reads and writes
    comm,     ///< payload between queue pairs
    request,  ///< read requests and write acknowledgements
    ctrl,     ///< mailboxes, doorbells, flags, credits
};
constexpr bool is_bulk(VirtualChannel channel) {
    return channel == VirtualChannel::data || channel == VirtualChannel::comm;
}

}  // namespace ahbm
