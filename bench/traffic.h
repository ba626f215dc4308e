// SPDX-License-Identifier: Apache-2.0
/// DMA traffic at full load: a kernel on all PEs of all SIPs that loads and stores in a few memories near and far.
#pragma once

#include "platform/session.h"

#include <cstdint>
#include <vector>

namespace ahbm::bench {

/// Loads each of its tensors and stores it back, so many times; 0 times: fills them.
struct TrafficKernel {
    static constexpr const char* name = "bench_traffic";
    static void add_to(tl::KernelRegistry& registry);
};

/// Which memories the PEs of one run work on.
enum class Reach : std::uint8_t {
    alone,       ///< the same, by a single PE while all others are idle
    neighbour,   ///< the slice of the PE beside, one router on: messages of 3 hops
    everywhere,  ///< own slice, same cube, next cube, other SIP
};

class Traffic {
public:
    /// To be used inside Session::run. Maps for every PE the memories it works on, and fills them.
    Traffic(Session& session, std::uint32_t max_bytes);

    /// One launch on every SIP, to completion.
    void run(Reach reach, unsigned rounds, std::uint32_t bytes);

private:
    PeCoord target(PeCoord self, unsigned tensor) const;
    abi::Header header(SipId sip) const;
    void submit_and_wait(const std::vector<abi::Message>& requests);

    Session& session_;
    runtime::Machine machine_;
};

}  // namespace ahbm::bench
