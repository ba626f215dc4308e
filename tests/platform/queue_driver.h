// SPDX-License-Identifier: Apache-2.0
/// Queue pairs on a whole platform, below process groups: installs them with descriptors of its own and runs one kernel
/// body on any set of PEs at once. To be used inside Session::run.
#pragma once

#include "firmware/tl/program.h"
#include "platform/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace ahbm::test {

/// What the kernel "body" does; registered once, set anew for each run.
using Body = std::function<void(tl::Program&, const tl::KernelArgs&)>;

struct QueueOptions {
    abi::BufferKind buffer = abi::BufferKind::tcm;
    std::uint32_t n_slots = 4;
    std::uint32_t slot_bytes = 4096;
    abi::IpcqBody policy{};
};

class QueueDriver {
public:
    explicit QueueDriver(System& system) : system_(system) {}

    abi::Completion request(const abi::Message& message) {
        const std::uint64_t cookie = next_cookie_++;
        system_.host().submit(message, cookie);
        return system_.host().wait_for(cookie);
    }

    /// One queue pair in each direction between two PEs.
    struct Pair {
        PeCoord a;
        std::string a_direction;
        PeCoord b;
        std::string b_direction;
    };
    void connect(const std::vector<Pair>& pairs, const QueueOptions& options = {}) {
        std::map<PeCoord, std::vector<abi::QueuePairEntry>> entries;
        for (const Pair& pair : pairs) {
            const std::uint64_t a_ring = ring(pair.a, options), b_ring = ring(pair.b, options);
            entries[pair.a].push_back(entry(pair.a_direction, pair.b, a_ring, b_ring, options));
            entries[pair.b].push_back(entry(pair.b_direction, pair.a, b_ring, a_ring, options));
        }
        for (auto& [at, queues] : entries) {
            const abi::Completion answer = install(at, queues, options.policy);
            EXPECT_EQ(answer.status, abi::Status::ok) << answer.text;
        }
    }
    abi::Completion install(PeCoord at, std::vector<abi::QueuePairEntry> queues, const abi::IpcqBody& policy = {}) {
        abi::IpcqInit init;
        init.header = header(at);
        init.group = policy.group;
        init.credit = policy.credit;
        init.credit_path = policy.credit_path;
        init.backpressure = policy.backpressure;
        init.credit_bytes = policy.credit_bytes;
        init.poll_interval_ps = policy.poll_interval_ps;
        init.queues = std::move(queues);
        return request(abi::encode(init));
    }
    static abi::QueuePairEntry entry(const std::string& direction, PeCoord peer, std::uint64_t rx_base,
                                     std::uint64_t peer_rx_base, const QueueOptions& options = {}) {
        abi::QueuePairEntry entry;
        direction.copy(entry.direction, sizeof entry.direction - 1);
        entry.peer_sip = static_cast<std::uint16_t>(peer.sip.value);
        entry.peer_cube = static_cast<std::uint16_t>(peer.cube.value);
        entry.peer_pe = static_cast<std::uint16_t>(peer.pe.value);
        entry.buffer = options.buffer;
        entry.rx_base = rx_base;
        entry.peer_rx_base = peer_rx_base;
        entry.n_slots = options.n_slots;
        entry.slot_bytes = options.slot_bytes;
        return entry;
    }
    static abi::Header header(PeCoord at) {
        abi::Header header;
        header.sip = static_cast<std::uint16_t>(at.sip.value);
        header.cube_mask = static_cast<std::uint16_t>(1u << at.cube.value);
        header.pe_mask = static_cast<std::uint16_t>(1u << at.pe.value);
        return header;
    }

    /// A ring of its own: from the top of TCM, from the middle of the slice, or in SRAM.
    std::uint64_t ring(PeCoord at, const QueueOptions& options) {
        const std::uint64_t bytes = std::uint64_t{options.n_slots} * options.slot_bytes,
                            used = next_ring_ += (bytes + 255) / 256 * 256;
        switch (options.buffer) {
            case abi::BufferKind::tcm:
                return PhysAddr::pe_tcm(at, system_.config().sip.cube.pe.tcm.size.value - used).raw();
            case abi::BufferKind::hbm:
                return PhysAddr::pe_hbm(at, system_.config().sip.cube.hbm.slice, (std::uint64_t{1} << 30) + used).raw();
            case abi::BufferKind::sram: return PhysAddr::cube_sram(at.sip, at.cube, used).raw();
        }
        return 0;
    }

    /// Runs kernel "body" on PEs of any SIPs at once; the answer of each SIP. Scalar 0 is the SIP.
    std::vector<abi::Completion> launch(const std::vector<PeCoord>& pes, std::uint32_t group = 0) {
        std::map<SipId, abi::KernelLaunch> launches;
        for (const PeCoord at : pes) {
            abi::KernelLaunch& launch = launches[at.sip];
            launch.kernel = "body";
            launch.queue_group = group;
            launch.scalars = {static_cast<double>(at.sip.value)};
            launch.header.sip = static_cast<std::uint16_t>(at.sip.value);
            launch.header.cube_mask |= header(at).cube_mask;
            launch.header.pe_mask |= header(at).pe_mask;
            launch.sections.push_back(
                {static_cast<std::uint16_t>(at.cube.value), static_cast<std::uint16_t>(at.pe.value), {}});
        }
        std::vector<std::uint64_t> cookies;
        for (const auto& [sip, launch] : launches) {
            cookies.push_back(next_cookie_++);
            system_.host().submit(abi::encode(launch), cookies.back());
        }
        std::vector<abi::Completion> answers;
        for (const std::uint64_t cookie : cookies) answers.push_back(system_.host().wait_for(cookie));
        return answers;
    }
    void run(const std::vector<PeCoord>& pes) {
        for (const abi::Completion& answer : launch(pes)) EXPECT_EQ(answer.status, abi::Status::ok) << answer.text;
    }

private:
    System& system_;
    std::uint64_t next_cookie_ = 1;
    std::uint64_t next_ring_ = 0;
};

}  // namespace ahbm::test
