// SPDX-License-Identifier: Apache-2.0
/// A memory on the fabric: answers reads and writes of packets, keeps the contents in the data shadow, and applies a
/// write at the instant it becomes visible. A read or write that arrives behind a write of the same bytes takes effect
/// after it. The timing of the array itself is a plain class beside it.
#pragma once

#include "interconnect/fabric/network_interface.h"
#include "models/endpoints/accepted_writes.h"
#include "shadow/recorder.h"

#include <string>

namespace ahbm {

/// When an array answers.
class MemoryTiming {
public:
    struct Service {
        sim::Time start;  ///< first burst begins: what is visible now is what is read
        sim::Time first;  ///< head of the answer is ready
        sim::Time last;   ///< tail of the answer is ready
    };
    virtual ~MemoryTiming() = default;
    virtual Service read(Purpose purpose, sim::Time arrival, std::uint64_t offset, std::uint32_t bytes) = 0;
    /// Bytes stream in from `head` to `tail`; returns when all of them are in the array.
    virtual sim::Time write(Purpose purpose, sim::Time head, sim::Time tail, std::uint64_t offset,
                            std::uint32_t bytes) = 0;
};

class MemoryEndpoint : private PacketClient {
public:
    NetworkInterface fabric;

    /// `base`: the offset in the window of the decoded address at which this memory begins.
    MemoryEndpoint(std::string name, Fabric& fabric, MemoryTiming& timing, shadow::Recorder& recorder,
                   std::uint64_t base, sim::Bytes size);

    const shadow::Memory& contents() const { return contents_; }
    void forget(std::uint64_t offset, std::uint64_t bytes) { contents_.erase(offset, bytes); }
    void reset() {
        contents_.clear();
        accepted_.clear();
    }

private:
    void handle_request(Payload& payload, Packet& packet) override;
    void handle_response(Payload& payload, Packet& packet) override;
    void handle_debug(Payload& payload, Packet& packet) override;
    bool in_range(const Packet& packet) const;
    void reject(Payload& payload, Packet& packet);
    void read(std::uint64_t payload);
    void write(std::uint64_t payload);
    void bind(Packet& packet);
    void apply(Packet& packet);

    std::string name_;
    MemoryTiming& timing_;
    shadow::Recorder& recorder_;
    std::uint64_t base_;
    std::uint64_t size_;
    shadow::Memory contents_;
    AcceptedWrites accepted_;
};

}  // namespace ahbm
