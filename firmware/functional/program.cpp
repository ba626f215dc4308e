// SPDX-License-Identifier: Apache-2.0
#include "firmware/functional/program.h"

#include "firmware/tl/program.h"

#include <fmt/format.h>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <bit>
#include <utility>

namespace ahbm::tl {
namespace {

constexpr std::size_t stack_bytes = 256 * 1024;

/// Runs of bytes that make up a region: one, or one per row.
struct Runs {
    std::uint64_t count, length, pitch;
};
Runs runs_of(const Region& region) {
    if (region.contiguous()) return {1, region.view.bytes(), 0};
    return {region.rows(), region.row_bytes(), region.row_pitch};
}

std::uint32_t only_queue(const Command& command) {
    return static_cast<std::uint32_t>(std::countr_zero(command.queues));
}

}  // namespace

void FunctionalRunner::FunctionalProgram::start(const KernelInfo& kernel, const KernelArgs& args) {
    fiber_ = boost::context::fiber(std::allocator_arg, boost::context::protected_fixedsize_stack(stack_bytes),
                                   [this, &kernel, &args](boost::context::fiber&& caller) {
                                       caller_ = std::move(caller);
                                       try {
                                           Program program(*this);
                                           kernel.body(program, args);
                                           program.finish();
                                       } catch (const boost::context::detail::forced_unwind&) {
                                           throw;  // the fiber is being dropped
                                       } catch (...) {
                                           error_ = std::make_exception_ptr(KernelError(
                                               fmt::format("kernel {}, {}: {}", kernel.name, name(), thrown_text())));
                                       }
                                       done_ = true;
                                       return std::move(caller_);
                                   });
}

void FunctionalRunner::FunctionalProgram::resume() {
    fiber_ = std::move(fiber_).resume();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void FunctionalRunner::FunctionalProgram::wait_until(std::function<bool()> ready, std::function<std::string()> why) {
    if (ready()) return;
    ready_ = std::move(ready);
    why_ = std::move(why);
    caller_ = std::move(caller_).resume();
    ready_ = nullptr;
}

std::uint32_t FunctionalRunner::FunctionalProgram::program_id(unsigned axis) const {
    const PeCoord at = self();
    return axis == 0 ? at.pe.value : axis == 1 ? at.cube.value : 0;
}

std::uint32_t FunctionalRunner::FunctionalProgram::num_programs(unsigned axis) const {
    return axis == 0 ? runner_.config_.num_pes_per_cube : axis == 1 ? runner_.config_.num_cubes : 1;
}

void FunctionalRunner::FunctionalProgram::issue(Command command) {
    switch (command.kind) {
        case CommandKind::fence:
        case CommandKind::ipcq_cancel: return;
        case CommandKind::ipcq_send: return send(command);
        case CommandKind::ipcq_release: return queues_.release(only_queue(command), command.sequence);
        default: return execute(command);
    }
}

void FunctionalRunner::FunctionalProgram::execute(const Command& command) {
    const std::string_view who =
        command.kind == CommandKind::math ? to_string(command.op.code) : to_string(command.kind);
    std::vector<std::vector<std::byte>> bytes;
    bytes.reserve(command.inputs.size());
    for (const Region& input : command.inputs) bytes.push_back(gather(who, input));
    if (command.kind == CommandKind::dma_read || command.kind == CommandKind::dma_write)
        return scatter(who, command.output, bytes.front());
    std::vector<Operand> operands;
    operands.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) operands.push_back({command.inputs[i].view, bytes[i]});
    std::vector<std::byte> result(command.output.view.bytes());
    try {
        evaluate(command.op, operands, command.output.view, result);
    } catch (const std::invalid_argument& error) {
        throw KernelError(fmt::format("{}: into {}: {}", who, describe(command.output), error.what()));
    }
    scatter(who, command.output, result);
}

void FunctionalRunner::FunctionalProgram::send(const Command& command) {
    const std::uint32_t queue = only_queue(command);
    wait_until([this, queue] { return queues_.can_send(queue); }, [this, queue] { return queues_.why_no_send(queue); });
    const Region& tile = command.inputs.front();
    queues_.send(queue, tile.view, gather("send", tile));
}

ReceiveId FunctionalRunner::FunctionalProgram::receive(Command command) {
    const ReceiveId id = queues_.receive(command.queues);
    if (command.output.view.bytes() != 0) targets_[id] = command.output;
    return id;
}

Received FunctionalRunner::FunctionalProgram::received(ReceiveId id) {
    wait_until([this, id] { return queues_.received(id).has_value(); },
               [this, id] { return queues_.why_no_receive(id); });
    Received tile = *queues_.received(id);
    queues_.forget(id);
    const auto target = targets_.extract(id);
    if (target.empty()) return tile;
    Region& into = target.mapped();
    if (tile.view.bytes() <= into.view.bytes())  // of a tile too large the caller complains
        scatter("recv", {Space::tcm, into.address, tile.view, 0},
                gather("recv", {Space::tcm, tile.address, tile.view, 0}));
    tile.address = into.address;
    queues_.release(tile.queue, tile.sequence);
    return tile;
}

FunctionalRunner::Found FunctionalRunner::FunctionalProgram::locate(std::string_view who, const Region& region) {
    if (region.space == Space::tcm) {
        if (tcm_.holds(region.address, region.span())) return {&tcm_, region.address};
        if (region.address >= tcm_.size()) return {&queues_.rings(), region.address - tcm_.size()};
    } else if (const auto found = runner_.find(region.address, region.span())) {
        return *found;
    }
    throw KernelError(fmt::format("{}: {}: out of bounds", who, describe(region)));
}

std::vector<std::byte> FunctionalRunner::FunctionalProgram::gather(std::string_view who, const Region& region) {
    const Found at = locate(who, region);
    const Runs runs = runs_of(region);
    std::vector<std::byte> bytes;
    bytes.reserve(region.view.bytes());
    for (std::uint64_t i = 0; i < runs.count; ++i) {
        const auto gap = at.bytes->read(at.offset + i * runs.pitch, runs.length, bytes);
        if (!gap) continue;
        throw KernelError(fmt::format("{}: {}: uninitialised read, nobody has written the byte at {:#x}", who,
                                      describe(region), region.address + *gap - at.offset));
    }
    return bytes;
}

void FunctionalRunner::FunctionalProgram::scatter(std::string_view who, const Region& region,
                                                  std::span<const std::byte> bytes) {
    const Found at = locate(who, region);
    const Runs runs = runs_of(region);
    for (std::uint64_t i = 0; i < runs.count; ++i)
        at.bytes->write(at.offset + i * runs.pitch, bytes.subspan(i * runs.length, runs.length));
}

}  // namespace ahbm::tl
