// SPDX-License-Identifier: Apache-2.0
/// Measures single transfers on an otherwise idle system: a PE's DMA to any HBM slice, and the host's DMA. Works below
/// the runtime, with descriptors of its own, so that a PE can be pointed at any memory. To be used inside Session::run.
#pragma once

#include "platform/session.h"

#include <string>
#include <vector>

namespace ahbm::scenarios {

enum class Transfer : std::uint8_t { read, write, acknowledged_write };

class PathMeasurement {
public:
    explicit PathMeasurement(Session& session);

    /// Time of one DMA transfer: from PE_DMA getting the job to its end. A write ends with the store's acceptance, or
    /// with its acknowledgement.
    sim::Time pe_dma(PeCoord pe, PeCoord slice, std::uint32_t bytes, Transfer direction);
    /// The same of a read of `burst` bytes at every multiple of `stride`, `count` of them, by one DMA job.
    sim::Time strided_read(PeCoord pe, PeCoord slice, std::uint32_t count, std::uint32_t stride, std::uint32_t burst);
    /// The first `pes` PEs of a cube read the first one's slice at once; time until the last is done.
    sim::Time incast(CubeId cube, unsigned pes, std::uint32_t bytes);
    /// One message through a queue with its ring in the receiver's TCM: from the kernels' common start to the end of
    /// the receive, the calls included.
    sim::Time ipcq(PeCoord from, PeCoord to, std::uint32_t bytes);
    /// Time of one host DMA copy, to its completion.
    sim::Time host_dma(PeCoord slice, std::uint32_t bytes, Transfer direction);
    /// The way a packet takes out, and the answer back.
    struct Ways {
        const PathProbe& out;
        const PathProbe& back;
        sim::Bandwidth narrowest() const;
    };
    Ways ways(PeCoord pe, PeCoord slice);
    Ways ways_from_host(PeCoord slice);

    /// In closed form, on an idle system: look-up + wires and overheads both ways + the header and the bytes at the
    /// narrowest link + one burst of HBM. Of a transfer whose packets in flight cover the round trip; an acknowledged
    /// write takes the same time as a read, with header and bytes on each other's way.
    sim::Time pe_closed_form(PeCoord pe, PeCoord slice, std::uint32_t bytes);
    sim::Time host_closed_form(PeCoord slice, std::uint32_t bytes);

private:
    sim::Time closed_form(const Ways& ways, std::uint32_t bytes) const;
    /// Lets the acknowledgements of earlier messages get off the links.
    void settle();
    /// Gives what will be read a content, in no time.
    void write_zeros(PhysAddr place, std::uint64_t bytes);
    PhysAddr first_bytes(PeCoord slice) const;
    /// Where a kernel's first tile lies in TCM.
    PhysAddr first_tile(PeCoord pe) const;
    /// From the common start to the last end of a kernel's body, without its closing fence.
    static sim::Time longest_body(const abi::Completion& answer);
    abi::Completion submit(const abi::Message& request);
    abi::Header header(const std::vector<PeCoord>& pes) const;
    struct Rows {
        std::uint32_t count, bytes;
    };
    sim::Time launch(const std::vector<PeCoord>& pes, PeCoord slice, Rows rows, Transfer direction,
                     std::uint32_t columns = 0);

    Session& session_;
    std::uint64_t next_address_ = 0x7000'0000'0000;  ///< virtual; far from where tensors are
};

}  // namespace ahbm::scenarios
