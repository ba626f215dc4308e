// SPDX-License-Identifier: Apache-2.0
#include "bench/traffic.h"

#include "firmware/tl/program.h"

#include <stdexcept>

namespace ahbm::bench {
namespace {

constexpr unsigned kTensors = 5;  ///< slice of the PE beside, own, same cube, next cube, other SIP
constexpr unsigned kOtherSip = 4;
constexpr std::uint64_t virtual_base(unsigned tensor) { return std::uint64_t{tensor + 1} << 40; }

void traffic(tl::Program& tl, const tl::KernelArgs& args) {
    const auto rounds = static_cast<unsigned>(args.scalar(0, 1));
    if (rounds == 0) {
        for (const tl::TensorArg& memory : args.tensors)
            tl.store(tl.view(memory), tl.full(memory.shape, 1, memory.dtype));
    }
    for (unsigned round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < args.tensors.size(); ++i) {
            const tl::GlobalView view = tl.view(args.tensor(i, "memory"));
            tl.store(view, tl.load(view));
        }
    }
}

}  // namespace

void TrafficKernel::add_to(tl::KernelRegistry& registry) {
    registry.add({name, "loads and stores near and far", traffic});
}

Traffic::Traffic(Session& session, std::uint32_t max_bytes) : session_(session), machine_(session.port().machine()) {
    std::vector<abi::Message> requests;
    for (std::uint32_t s = 0; s < machine_.memory.sips; ++s) {
        abi::MmuMap map{header(SipId{s}), {}};
        for (std::uint32_t c = 0; c < machine_.memory.cubes; ++c) {
            for (std::uint32_t p = 0; p < machine_.memory.pes; ++p) {
                const PeCoord self{SipId{s}, CubeId{c}, PeId{p}};
                for (unsigned i = 0; i < kTensors; ++i) {
                    // Every PE has bytes of its own wherever it goes.
                    const std::uint64_t offset = (std::uint64_t{c} * machine_.memory.pes + p) * max_bytes;
                    map.entries.push_back(
                        {virtual_base(i), PhysAddr::pe_hbm(target(self, i), machine_.memory.hbm_slice, offset).raw(),
                         max_bytes, static_cast<std::uint16_t>(1u << c), static_cast<std::uint16_t>(1u << p), 0});
                }
            }
        }
        requests.push_back(abi::encode(map));
    }
    submit_and_wait(requests);
    run(Reach::neighbour, 0, max_bytes);
    run(Reach::everywhere, 0, max_bytes);
}

PeCoord Traffic::target(PeCoord self, unsigned tensor) const {
    const auto& memory = machine_.memory;
    switch (tensor) {
        case 0: self.pe = PeId{(self.pe.value ^ 1) % memory.pes}; break;
        case 1: break;
        case 2: self.pe = PeId{(self.pe.value + memory.pes / 2) % memory.pes}; break;
        case 3: self.cube = CubeId{(self.cube.value + 1) % memory.cubes}; break;
        default: self.sip = SipId{(self.sip.value + 1) % memory.sips}; break;
    }
    return self;
}

abi::Header Traffic::header(SipId sip) const {
    abi::Header header;
    header.sip = static_cast<std::uint16_t>(sip.value);
    header.cube_mask = static_cast<std::uint16_t>((1u << machine_.memory.cubes) - 1);
    header.pe_mask = static_cast<std::uint16_t>((1u << machine_.memory.pes) - 1);
    return header;
}

void Traffic::run(Reach reach, unsigned rounds, std::uint32_t bytes) {
    const bool near = reach != Reach::everywhere, alone = reach == Reach::alone;
    const unsigned first = near ? 0 : 1, last = near ? 1 : kTensors;
    std::vector<abi::Message> requests;
    for (std::uint32_t s = 0; s < (alone ? 1 : machine_.memory.sips); ++s) {
        abi::KernelLaunch launch;
        launch.header = header(SipId{s});
        if (alone) launch.header.cube_mask = launch.header.pe_mask = 1;
        launch.kernel = TrafficKernel::name;
        launch.scalars = {static_cast<double>(rounds)};
        std::vector<abi::ShardDescriptor> shards;
        for (unsigned i = first; i < last; ++i) {
            // PCIe is far slower than anything else: a small part of the bytes goes there.
            const std::uint32_t size = i == kOtherSip ? bytes / 16 : bytes;
            abi::TensorDescriptor tensor;
            tensor.type = abi::ElementType::i8;
            tensor.rank = 2;
            tensor.dims[0] = 1;
            tensor.dims[1] = size;
            tensor.base = virtual_base(i);
            tensor.bytes = size;
            launch.tensors.push_back(tensor);
            shards.push_back({virtual_base(i), 1, size, 0, 0});
        }
        for (std::uint32_t c = 0; c < (alone ? 1 : machine_.memory.cubes); ++c)
            for (std::uint32_t p = 0; p < (alone ? 1 : machine_.memory.pes); ++p)
                launch.sections.push_back({static_cast<std::uint16_t>(c), static_cast<std::uint16_t>(p), shards});
        requests.push_back(abi::encode(launch));
    }
    submit_and_wait(requests);
}

void Traffic::submit_and_wait(const std::vector<abi::Message>& requests) {
    std::size_t open = requests.size();
    std::string error;
    for (const abi::Message& request : requests)
        session_.port().submit(request, [&](const abi::Completion& completion) {
            --open;
            if (completion.status != abi::Status::ok) error = completion.text;
        });
    while (open > 0) session_.port().wait();
    if (!error.empty()) throw std::runtime_error(error);
}

}  // namespace ahbm::bench
