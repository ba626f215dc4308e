// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/path_measurement.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <tuple>

namespace ahbm::scenarios {

namespace {
constexpr std::uint64_t kHostAddress = 4096;
}

PathMeasurement::PathMeasurement(Session& session) : session_(session) {}

abi::Completion PathMeasurement::submit(const abi::Message& request) {
    bool done = false;
    abi::Completion answer;
    session_.port().submit(request, [&](const abi::Completion& completion) {
        answer = completion;
        done = true;
    });
    while (!done) session_.port().wait();
    if (answer.status != abi::Status::ok) throw std::runtime_error("probe: " + answer.text);
    return answer;
}

void PathMeasurement::write_zeros(PhysAddr place, std::uint64_t bytes) {
    System& system = session_.system();
    if (!system.recorder().enabled()) return;
    const auto target = system.fabric().directory().locate(place.raw());
    shadow::Bundle zeros = system.recorder().constant(std::vector<std::byte>(bytes));
    system.host().fabric.debug(Access::write, target->domain, target->node, static_cast<std::uint32_t>(bytes), zeros);
}

PhysAddr PathMeasurement::first_bytes(PeCoord slice) const {
    return PhysAddr::pe_hbm(slice, session_.system().config().sip.cube.hbm.slice, 0);
}

PhysAddr PathMeasurement::first_tile(PeCoord pe) const {
    return PhysAddr::pe_tcm(pe, session_.system().config().sip.cube.pe.tcm.scheduler_reserved);
}

sim::Time PathMeasurement::longest_body(const abi::Completion& answer) {
    std::uint64_t longest = 0;
    for (const abi::PeSpan& span : answer.spans)
        longest = std::max(longest, span.exec_end_ps - span.fence_ps - span.exec_start_ps);
    return sim::Time::ps(static_cast<std::int64_t>(longest));
}

void PathMeasurement::settle() { sc_core::wait(sc_core::sc_time(1, sc_core::SC_US)); }

abi::Header PathMeasurement::header(const std::vector<PeCoord>& pes) const {
    abi::Header header;
    header.sip = static_cast<std::uint16_t>(pes.front().sip.value);
    for (const PeCoord pe : pes) {
        header.cube_mask |= static_cast<std::uint16_t>(1u << pe.cube.value);
        header.pe_mask |= static_cast<std::uint16_t>(1u << pe.pe.value);
    }
    return header;
}

sim::Time PathMeasurement::launch(const std::vector<PeCoord>& pes, PeCoord slice, Rows rows, Transfer direction,
                                  std::uint32_t columns) {
    System& system = session_.system();
    const std::uint32_t bytes = rows.count * rows.bytes;
    const std::uint64_t address = next_address_;
    next_address_ += (bytes + 8191) / 4096 * 4096;

    const abi::Header header = this->header(pes);
    abi::MmuMap map{header, {{address, first_bytes(slice).raw(), bytes, header.cube_mask, header.pe_mask, 0}}};
    submit(abi::encode(map));

    abi::KernelLaunch launch;
    launch.header = header;
    launch.kernel = direction == Transfer::read ? "dma_load" : "dma_store";
    if (direction == Transfer::acknowledged_write) launch.scalars.push_back(1);
    if (columns > 0) launch.scalars.push_back(columns);
    abi::TensorDescriptor tensor;
    tensor.type = abi::ElementType::i8;
    tensor.rank = 2;
    tensor.dims[0] = rows.count;
    tensor.dims[1] = rows.bytes;
    tensor.base = address;
    tensor.bytes = bytes;
    launch.tensors.push_back(tensor);
    for (const PeCoord pe : pes)
        launch.sections.push_back({static_cast<std::uint16_t>(pe.cube.value),
                                   static_cast<std::uint16_t>(pe.pe.value),
                                   {{address, rows.count, rows.bytes, 0, 0}}});
    write_zeros(first_bytes(slice), bytes);
    for (const PeCoord pe : pes) write_zeros(first_tile(pe), bytes);
    settle();
    const abi::Completion answer = submit(abi::encode(launch));

    abi::MmuUnmap unmap{header, {{address, bytes, header.cube_mask, header.pe_mask, 0}}};
    submit(abi::encode(unmap));
    // Around the transfer the kernel pays one call and the scheduler one dispatch.
    const PeConfig& pe = system.config().sip.cube.pe;
    sim::Time around = pe.cpu.clock.time_for(pe.cpu.dispatch_cycles) + pe.scheduler.overhead;
    if (direction == Transfer::acknowledged_write)
        around += pe.scheduler.overhead;  // the fence, dispatched by the acknowledgement
    return longest_body(answer) - around;
}

sim::Time PathMeasurement::pe_dma(PeCoord pe, PeCoord slice, std::uint32_t bytes, Transfer direction) {
    return launch({pe}, slice, {1, bytes}, direction);
}

sim::Time PathMeasurement::strided_read(PeCoord pe, PeCoord slice, std::uint32_t count, std::uint32_t stride,
                                        std::uint32_t burst) {
    return launch({pe}, slice, {count, stride}, Transfer::read, burst);
}

sim::Time PathMeasurement::incast(CubeId cube, unsigned pes, std::uint32_t bytes) {
    std::vector<PeCoord> readers;
    for (unsigned p = 0; p < pes; ++p) readers.push_back({SipId{0}, cube, PeId{p}});
    return launch(readers, readers.front(), {1, bytes}, Transfer::read);
}

sim::Time PathMeasurement::ipcq(PeCoord from, PeCoord to, std::uint32_t bytes) {
    constexpr std::uint32_t ring_slots = 2;
    const sim::Bytes tcm = session_.system().config().sip.cube.pe.tcm.size;
    const std::uint32_t slot = (bytes + 255) / 256 * 256;
    const auto ring = [&](PeCoord at) {
        return PhysAddr::pe_tcm(at, tcm.value - std::uint64_t{ring_slots} * slot).raw();
    };
    for (const auto& [here, peer, direction] : {std::tuple{from, to, "E"}, {to, from, "W"}}) {
        abi::QueuePairEntry queue;
        std::strcpy(queue.direction, direction);
        queue.peer_sip = static_cast<std::uint16_t>(peer.sip.value);
        queue.peer_cube = static_cast<std::uint16_t>(peer.cube.value);
        queue.peer_pe = static_cast<std::uint16_t>(peer.pe.value);
        queue.rx_base = ring(here);
        queue.peer_rx_base = ring(peer);
        queue.n_slots = ring_slots;
        queue.slot_bytes = slot;
        abi::IpcqInit init;
        init.header = header({here});
        init.queues = {queue};
        submit(abi::encode(init));
    }
    abi::KernelLaunch launch;
    launch.header = header({from, to});
    launch.kernel = "queue_pass";
    launch.scalars = {static_cast<double>(bytes)};
    for (const PeCoord at : {from, to})
        launch.sections.push_back(
            {static_cast<std::uint16_t>(at.cube.value), static_cast<std::uint16_t>(at.pe.value), {}});
    write_zeros(first_tile(from), bytes);
    settle();
    const abi::Completion answer = submit(abi::encode(launch));
    for (const PeCoord at : {from, to}) submit(abi::encode(abi::IpcqReset{header({at})}));
    return longest_body(answer);
}

sim::Time PathMeasurement::host_dma(PeCoord slice, std::uint32_t bytes, Transfer direction) {
    abi::MemoryCopy copy;
    copy.header.opcode = direction == Transfer::read ? abi::Opcode::memory_read : abi::Opcode::memory_write;
    copy.header.sip = static_cast<std::uint16_t>(slice.sip.value);
    copy.transfer = {kHostAddress, first_bytes(slice).raw(), bytes};
    write_zeros(first_bytes(slice), bytes);
    session_.port().write_host(kHostAddress, std::vector<std::byte>(bytes));
    settle();
    const sim::Time start = session_.port().now();
    submit(abi::encode(copy));
    return session_.port().now() - start;
}

sim::Bandwidth PathMeasurement::Ways::narrowest() const {
    sim::Bandwidth narrow = out.hops.front().bandwidth;
    for (const PathProbe* way : {&out, &back})
        for (const PathProbe::Hop& hop : way->hops) narrow = std::min(narrow, hop.bandwidth);
    return narrow;
}

PathMeasurement::Ways PathMeasurement::ways(PeCoord pe, PeCoord slice) {
    Fabric& fabric = session_.system().fabric();
    const NodeId here = fabric.directory().pe(pe), there = fabric.directory().hbm(slice);
    return {fabric.path(here, there), fabric.path(there, here)};
}

PathMeasurement::Ways PathMeasurement::ways_from_host(PeCoord slice) {
    Fabric& fabric = session_.system().fabric();
    const NodeId there = fabric.directory().hbm(slice);
    return {fabric.path(Directory::host(), there), fabric.path(there, Directory::host())};
}

sim::Time PathMeasurement::pe_closed_form(PeCoord pe, PeCoord slice, std::uint32_t bytes) {
    return session_.system().config().sip.cube.pe.mmu.lookup + closed_form(ways(pe, slice), bytes);
}

sim::Time PathMeasurement::host_closed_form(PeCoord slice, std::uint32_t bytes) {
    return closed_form(ways_from_host(slice), bytes);
}

sim::Time PathMeasurement::closed_form(const Ways& ways, std::uint32_t bytes) const {
    const PlatformConfig& config = session_.system().config();
    const HbmConfig& hbm = config.sip.cube.hbm;
    const sim::Bandwidth narrow =
        std::min(ways.narrowest(), {hbm.channel_bandwidth.megabytes_per_second * hbm.channels});
    return ways.out.head_latency() + ways.back.head_latency() + ways.narrowest().time_for(config.fabric.header) +
           hbm.channel_bandwidth.time_for(hbm.burst) + narrow.time_for(bytes);
}

}  // namespace ahbm::scenarios
