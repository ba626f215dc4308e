// SPDX-License-Identifier: Apache-2.0
#include "tests/sw_runtime/functional_machine.h"

#include "firmware/tl/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace ahbm::runtime::test {
namespace {

template <class Visit>
void for_each_bit(std::uint16_t mask, Visit visit) {
    for (std::uint32_t bit = 0; bit < 16; ++bit)
        if ((mask >> bit & 1) != 0) visit(bit);
}

bool is_copy(const abi::Header& header) {
    return header.opcode == abi::Opcode::memory_write || header.opcode == abi::Opcode::memory_read;
}

}  // namespace

void Bytes::write(std::uint64_t address, std::span<const std::byte> bytes) {
    if (bytes_.size() < address + bytes.size()) {
        bytes_.resize(address + bytes.size());
        written_.resize(bytes_.size());
    }
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(address));
    std::fill_n(written_.begin() + static_cast<std::ptrdiff_t>(address), bytes.size(), true);
}

std::vector<std::byte> Bytes::read(std::uint64_t address, std::uint64_t length) const {
    for (std::uint64_t i = address; i < address + length; ++i)
        if (i >= written_.size() || !written_[i])
            throw std::runtime_error(fmt::format("uninitialised read of the byte at {:#x}", i));
    return {bytes_.begin() + static_cast<std::ptrdiff_t>(address),
            bytes_.begin() + static_cast<std::ptrdiff_t>(address + length)};
}

bool Bytes::written(std::uint64_t address, std::uint64_t length) const {
    const auto first = written_.begin() + static_cast<std::ptrdiff_t>(address);
    return address + length <= written_.size() && std::find(first, first + static_cast<std::ptrdiff_t>(length),
                                                            false) == first + static_cast<std::ptrdiff_t>(length);
}

void Bytes::forget(std::uint64_t address, std::uint64_t length) {
    for (std::uint64_t i = address; i < std::min<std::uint64_t>(address + length, written_.size()); ++i)
        written_[i] = false;
}

/// A kernel on one PE: every command at once, global memory through the PE's page table.
class PeProgram final : public tl::Backend {
public:
    PeProgram(FunctionalMachine& machine, PeCoord self) : machine_(machine), self_(self) {}

    PeCoord self() const override { return self_; }
    std::uint32_t program_id(unsigned axis) const override { return axis == 0 ? self_.pe.value : self_.cube.value; }
    std::uint32_t num_programs(unsigned axis) const override {
        return axis == 0 ? machine_.config_.pes : machine_.config_.cubes;
    }
    std::uint64_t tcm_begin() const override { return 0; }
    std::uint64_t tcm_end() const override { return std::uint64_t{1} << 18; }
    GemmTile gemm_tile() const override { return {}; }
    void drain() override {}
    const std::vector<tl::QueueInfo>& queues() const override { return queues_; }
    tl::ReceiveId receive(tl::Command) override { throw tl::KernelError("this machine has no queues"); }
    tl::Received received(tl::ReceiveId) override { throw tl::KernelError("this machine has no queues"); }
    std::vector<std::byte> read_back(const tl::Region& region) override { return gather(region); }
    void print(const std::string&) override {}
    sim::Time now() const override { return machine_.now_; }

    void issue(tl::Command command) override {
        if (command.kind == tl::CommandKind::fence) return;
        std::vector<std::vector<std::byte>> inputs;
        for (const tl::Region& input : command.inputs) inputs.push_back(gather(input));
        const bool moves = command.kind == tl::CommandKind::dma_read || command.kind == tl::CommandKind::dma_write;
        if (moves) return scatter(command.output, inputs.front());
        std::vector<Operand> operands;
        for (std::size_t i = 0; i < inputs.size(); ++i) operands.push_back({command.inputs[i].view, inputs[i]});
        std::vector<std::byte> result(command.output.view.bytes());
        evaluate(command.op, operands, command.output.view, result);
        scatter(command.output, result);
    }

private:
    /// Calls visit(memory, address there, first byte of the region's bytes, count) for each contiguous piece.
    template <class Visit>
    void for_each_piece(const tl::Region& region, Visit visit) {
        const std::uint64_t runs = region.contiguous() ? 1 : region.rows();
        const std::uint64_t length = region.view.bytes() / runs;
        for (std::uint64_t run = 0; run < runs; ++run) {
            std::uint64_t address = region.address + run * region.row_pitch, at = run * length;
            if (region.space == tl::Space::tcm) {
                visit(tcm_, address, at, length);
                continue;
            }
            for (std::uint64_t left = length; left > 0;) {
                const auto hit = machine_.page_table(self_).find(address);
                if (!hit) throw tl::KernelError(fmt::format("virtual address {:#x} is not mapped", address));
                const auto place = machine_.locate(hit->physical_address);
                const std::uint64_t count = std::min(left, hit->bytes);
                visit(place.pe.hbm, place.offset, at, count);
                address += count, at += count, left -= count;
            }
        }
    }
    std::vector<std::byte> gather(const tl::Region& region) {
        std::vector<std::byte> bytes(region.view.bytes());
        for_each_piece(region, [&](Bytes& memory, std::uint64_t address, std::uint64_t at, std::uint64_t count) {
            const auto piece = memory.read(address, count);
            std::copy(piece.begin(), piece.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        });
        return bytes;
    }
    void scatter(const tl::Region& region, std::span<const std::byte> bytes) {
        for_each_piece(region, [&](Bytes& memory, std::uint64_t address, std::uint64_t at, std::uint64_t count) {
            memory.write(address, bytes.subspan(at, count));
        });
    }

    FunctionalMachine& machine_;
    PeCoord self_;
    Bytes tcm_;
    std::vector<tl::QueueInfo> queues_;
};

FunctionalMachine::FunctionalMachine(const Config& config) : config_(config) {
    machine_.memory = {.sips = config.sips,
                       .cubes = config.cubes,
                       .pes = config.pes,
                       .hbm_slice = {config.hbm_slice},
                       .tcm = {std::uint64_t{1} << 20},
                       .tcm_reserved = {},
                       .sram = {std::uint64_t{1} << 20}};
    for (std::uint32_t s = 0; s < config.sips; ++s)
        for (std::uint32_t c = 0; c < config.cubes; ++c)
            for (std::uint32_t p = 0; p < config.pes; ++p) pes_[{SipId{s}, CubeId{c}, PeId{p}}];
    tl::register_builtin_kernels(kernels);
}

std::vector<std::byte> FunctionalMachine::read_host(std::uint64_t address, std::uint64_t bytes) {
    if (!config_.data) throw std::logic_error("host memory is read although values are not simulated");
    return host_.read(address, bytes);
}

void FunctionalMachine::submit(abi::Message request, Done done) {
    Request made{std::move(request), {}, std::move(done)};
    EXPECT_TRUE(abi::decode(made.message, made.header));
    for (const Request& other : requests_) {
        if (other.header.sip != made.header.sip) continue;
        EXPECT_NE(made.header.opcode, abi::Opcode::kernel_launch) << "a launch was handed over beside other work";
        EXPECT_NE(other.header.opcode, abi::Opcode::kernel_launch) << "work was handed over beside a launch";
    }
    requests_.push_back(std::move(made));
}

void FunctionalMachine::wait() {
    if (threads_.empty()) return carry_out();
    const std::size_t self = turn_;
    threads_[self] = ThreadState::waiting;
    pass_turn(nobody);
    std::unique_lock lock(mutex_);
    turn_changed_.wait(lock, [&] { return turn_ == self; });
    if (stuck_) throw std::logic_error("nothing is under way: this would wait for ever");
}

void FunctionalMachine::wake() {
    for (ThreadState& state : threads_)
        if (state == ThreadState::waiting) state = ThreadState::ready;
}

void FunctionalMachine::pass_turn(std::size_t to) {
    const std::lock_guard lock(mutex_);
    turn_ = to;
    turn_changed_.notify_all();
}

void FunctionalMachine::spawn(std::vector<std::function<void()>> functions) {
    threads_.assign(functions.size(), ThreadState::ready);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < functions.size(); ++i)
        threads.emplace_back([this, i, &function = functions[i]] {
            {
                std::unique_lock lock(mutex_);
                turn_changed_.wait(lock, [&] { return turn_ == i; });
            }
            function();
            threads_[i] = ThreadState::ended;
            pass_turn(nobody);
        });
    const auto run = [&](std::size_t i) {
        pass_turn(i);
        std::unique_lock lock(mutex_);
        turn_changed_.wait(lock, [&] { return turn_ == nobody; });
    };
    const auto is = [&](ThreadState state) { return std::find(threads_.begin(), threads_.end(), state); };
    for (;;) {
        if (const auto ready = is(ThreadState::ready); ready != threads_.end()) {
            run(static_cast<std::size_t>(ready - threads_.begin()));
        } else if (is(ThreadState::waiting) == threads_.end()) {
            break;
        } else {
            stuck_ = requests_.empty();
            if (!stuck_) carry_out();
            wake();
        }
    }
    for (std::thread& thread : threads) thread.join();
    threads_.clear();
    stuck_ = false;
}

void FunctionalMachine::carry_out() {
    if (requests_.empty()) throw std::logic_error("nothing is under way: this would wait for ever");
    const auto next = next_request();
    Request request = std::move(*next);
    requests_.erase(next);
    now_ += sim::Time::ns(100);
    abi::Completion answer;
    answer.header = request.header;
    answer.reporter.sip = request.header.sip;
    execute(request, answer);
    request.done(answer);
}

std::deque<FunctionalMachine::Request>::iterator FunctionalMachine::next_request() {
    if (!config_.newest_first) return requests_.begin();
    const Request& newest = requests_.back();
    if (is_copy(newest.header)) return std::prev(requests_.end());
    return std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
        return request.header.sip == newest.header.sip && !is_copy(request.header);
    });
}

std::vector<std::byte> FunctionalMachine::device_bytes(PhysAddr address, std::uint64_t bytes) {
    const Place place = locate(address.raw());
    return place.pe.hbm.read(place.offset, bytes);
}

void FunctionalMachine::run_all() {
    while (!requests_.empty()) carry_out();
}

void FunctionalMachine::forget(PhysAddr address, std::uint64_t bytes) {
    const Place place = locate(address.raw());
    place.pe.hbm.forget(place.offset, bytes);
    forgotten += bytes;
}

FunctionalMachine::Place FunctionalMachine::locate(std::uint64_t physical_address) {
    const Domain domain = decode(physical_address);
    EXPECT_EQ(domain.window, abi::WindowKind::hbm);
    const auto owner = static_cast<std::uint32_t>(domain.offset / config_.hbm_slice);
    return {pes_.at({domain.sip, domain.cube, PeId{owner}}), domain.offset % config_.hbm_slice};
}

void FunctionalMachine::execute(const Request& request, abi::Completion& answer) {
    if (abi::MemoryCopy copy; abi::decode(request.message, copy)) return execute(copy, answer);
    abi::Request control;
    const abi::Verdict verdict = abi::decode(request.message, control);
    ASSERT_TRUE(verdict) << verdict.text;
    std::visit([&](const auto& message) { execute(message, answer); }, control);
}

void FunctionalMachine::execute(const abi::MemoryCopy& copy, abi::Completion&) {
    const bool writes = copy.header.opcode == abi::Opcode::memory_write;
    log.push_back(writes ? "write" : "read");
    if (!config_.data) return;
    const Place place = locate(copy.transfer.device_address);
    if (writes) return place.pe.hbm.write(place.offset, host_.read(copy.transfer.host_address, copy.transfer.bytes));
    host_.forget(copy.transfer.host_address, copy.transfer.bytes);
    if (place.pe.hbm.written(place.offset, copy.transfer.bytes))
        host_.write(copy.transfer.host_address, place.pe.hbm.read(place.offset, copy.transfer.bytes));
}

void FunctionalMachine::execute(const abi::MmuMap& map, abi::Completion& answer) {
    log.push_back("map");
    maps.push_back(map);
    for (const abi::MapEntry& entry : map.entries) {
        EXPECT_EQ(entry.virtual_address % 4096, entry.physical_address % 4096);
        for_each_bit(entry.cube_mask, [&](std::uint32_t cube) {
            for_each_bit(entry.pe_mask, [&](std::uint32_t pe) {
                const PeCoord at{SipId{map.header.sip}, CubeId{cube}, PeId{pe}};
                const auto error = page_table(at).map({entry.virtual_address, entry.physical_address, entry.bytes});
                if (error == abi::MmuError::none || answer.status != abi::Status::ok) return;
                answer.status = abi::Status::mmu_fault;
                answer.text = fmt::format("PE_MMU of {} refused {:#x}", to_string(at), entry.virtual_address);
                answer.reporter = {map.header.sip, static_cast<std::uint16_t>(cube), static_cast<std::uint16_t>(pe)};
            });
        });
    }
}

void FunctionalMachine::execute(const abi::MmuUnmap& unmap, abi::Completion& answer) {
    log.push_back("unmap");
    for (const abi::UnmapEntry& entry : unmap.entries)
        for_each_bit(entry.cube_mask, [&](std::uint32_t cube) {
            for_each_bit(entry.pe_mask, [&](std::uint32_t pe) {
                const PeCoord at{SipId{unmap.header.sip}, CubeId{cube}, PeId{pe}};
                if (page_table(at).unmap(entry.virtual_address, entry.bytes) != abi::MmuError::none)
                    answer.status = abi::Status::mmu_fault;
            });
        });
}

void FunctionalMachine::execute(const abi::IpcqInit& init, abi::Completion&) {
    log.push_back("ipcq_init");
    inits.push_back(init);
}

void FunctionalMachine::execute(const abi::IpcqReset& reset, abi::Completion&) {
    log.push_back("ipcq_reset");
    resets.push_back(reset);
}

void FunctionalMachine::execute(const abi::KernelLaunch& launch, abi::Completion& answer) {
    log.push_back("launch " + launch.kernel);
    launches.push_back(launch);
    answer.received_ps = answer.target_start_ps = answer.exec_start_ps = static_cast<std::uint64_t>(now_.ps());
    const tl::KernelInfo* kernel = kernels.find(launch.kernel);
    for (const abi::LaunchSection& section : launch.sections) {
        const PeCoord self{SipId{launch.header.sip}, CubeId{section.cube}, PeId{section.pe}};
        tl::KernelArgs args;
        args.scalars = launch.scalars;
        for (std::size_t i = 0; i < launch.tensors.size(); ++i) {
            const abi::TensorDescriptor& tensor = launch.tensors[i];
            const abi::ShardDescriptor& shard = section.shards[i];
            Shape global;
            global.rank = tensor.rank;
            std::copy(std::begin(tensor.dims), std::end(tensor.dims), global.dims.begin());
            args.tensors.push_back({shard.base,
                                    static_cast<Dtype>(tensor.type),
                                    {tensor.block_rows, tensor.block_cols},
                                    {shard.rows, shard.cols},
                                    global,
                                    shard.first_row,
                                    shard.first_col,
                                    tensor.base,
                                    tensor.bytes});
        }
        abi::PeSpan span{
            section.cube, section.pe, abi::Status::ok, 0, answer.exec_start_ps, answer.exec_start_ps + 1000};
        const auto fail = [&](abi::Status status, std::string text) {
            span.status = status;
            if (answer.status == abi::Status::ok) {
                answer.status = status;
                answer.text = std::move(text);
                answer.reporter = {launch.header.sip, section.cube, section.pe};
            }
        };
        if (kernel == nullptr) {
            fail(abi::Status::unknown_kernel, fmt::format("no kernel is named '{}'", launch.kernel));
        } else {
            try {
                PeProgram backend(*this, self);
                tl::Program program(backend);
                if (config_.data) kernel->body(program, args);
                program.finish();
            } catch (const std::exception& error) {
                fail(abi::Status::kernel_error,
                     fmt::format("kernel '{}' on {}: {}", launch.kernel, to_string(self), error.what()));
            }
        }
        answer.spans.push_back(span);
        answer.exec_end_ps = std::max(answer.exec_end_ps, span.exec_end_ps);
    }
}

}  // namespace ahbm::runtime::test
