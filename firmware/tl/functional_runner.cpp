// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/functional_runner.h"

#include "firmware/tl/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ahbm::tl {

void TrackedBytes::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    std::fill_n(written_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), std::uint8_t{1});
    used_ = std::max(used_, offset + bytes.size());
}

std::optional<std::uint64_t> TrackedBytes::read(std::uint64_t offset, std::uint64_t length,
                                                std::vector<std::byte>& into) const {
    const auto first = static_cast<std::ptrdiff_t>(offset), last = static_cast<std::ptrdiff_t>(offset + length);
    into.insert(into.end(), bytes_.begin() + first, bytes_.begin() + last);
    const auto gap = std::find(written_.begin() + first, written_.begin() + last, std::uint8_t{0});
    if (gap == written_.begin() + last) return std::nullopt;
    return static_cast<std::uint64_t>(gap - written_.begin());
}

void TrackedBytes::clear() {
    std::fill_n(written_.begin(), used_, std::uint8_t{0});
    used_ = 0;
}

void FunctionalRunner::place(std::uint64_t address, const View& view, std::span<const std::byte> bytes) {
    if (bytes.size() != view.bytes()) {
        throw std::invalid_argument(
            fmt::format("{} at global {:#x} is {} B, given {} B", describe(view), address, view.bytes(), bytes.size()));
    }
    reserve(address, view);
    memory_.at(address)->write(0, bytes);
}

void FunctionalRunner::reserve(std::uint64_t address, const View& view) {
    const auto next = memory_.upper_bound(address);
    const bool runs_into_next = next != memory_.end() && next->first < address + view.bytes();
    const bool starts_in_previous =
        next != memory_.begin() && std::prev(next)->first + std::prev(next)->second->size() > address;
    if (runs_into_next || starts_in_previous || memory_.contains(address)) {
        throw std::invalid_argument(fmt::format("{} at global {:#x} overlaps another tensor", describe(view), address));
    }
    memory_.emplace(address, std::make_unique<TrackedBytes>(view.bytes()));
}

std::optional<FunctionalRunner::Found> FunctionalRunner::find(std::uint64_t address, std::uint64_t length) const {
    const auto next = memory_.upper_bound(address);
    if (next == memory_.begin()) return std::nullopt;
    const auto& [base, bytes] = *std::prev(next);
    const std::uint64_t offset = address - base;
    if (length > bytes->size() || offset > bytes->size() - length) return std::nullopt;
    return Found{bytes.get(), offset};
}

std::vector<std::byte> FunctionalRunner::read(std::uint64_t address, std::uint64_t length) const {
    const std::optional<Found> found = find(address, length);
    if (!found) {
        throw std::out_of_range(fmt::format("{} B at global {:#x} are not inside one placed tensor", length, address));
    }
    std::vector<std::byte> bytes;
    if (const auto gap = found->bytes->read(found->offset, length, bytes)) {
        throw std::runtime_error(fmt::format("byte at global {:#x} was never written", address + *gap - found->offset));
    }
    return bytes;
}

/// One program: executes each command as it is issued.
class FunctionalRunner::ProgramBackend : public Backend {
public:
    ProgramBackend(FunctionalRunner& runner, TrackedBytes& tcm, const PeCoord& self)
        : runner_(runner), tcm_(tcm), self_(self) {}

    PeCoord self() const override { return self_; }
    std::uint32_t program_id(unsigned axis) const override {
        return axis == 0 ? self_.pe.value : axis == 1 ? self_.cube.value : 0;
    }
    std::uint32_t num_programs(unsigned axis) const override {
        return axis == 0 ? runner_.config_.num_pes_per_cube : axis == 1 ? runner_.config_.num_cubes : 1;
    }
    std::uint64_t tcm_begin() const override { return 0; }
    std::uint64_t tcm_end() const override { return tcm_.size(); }
    GemmTile gemm_tile() const override { return runner_.config_.gemm_tile; }
    void drain() override {}
    const std::vector<QueueInfo>& queues() const override { return queues_; }
    ReceiveId receive(Command) override { throw KernelError("recv: this program has no queues"); }
    Received received(ReceiveId) override { throw KernelError("recv: this program has no queues"); }
    std::vector<std::byte> read_back(const Region& region) override { return gather("read_back", region); }
    void print(const std::string& text) override { runner_.printed_.push_back(fmt::format("{}: {}", name(), text)); }
    sim::Time now() const override { return {}; }

    std::string name() const {
        return fmt::format("sip{}.cube{}.pe{}", self_.sip.value, self_.cube.value, self_.pe.value);
    }

    void issue(Command command) override {
        if (command.kind == CommandKind::fence) return;
        const std::string_view who =
            command.kind == CommandKind::math ? to_string(command.op.code) : to_string(command.kind);
        std::vector<std::vector<std::byte>> bytes;
        bytes.reserve(command.inputs.size());
        for (const Region& input : command.inputs) bytes.push_back(gather(who, input));
        if (command.kind == CommandKind::dma_read || command.kind == CommandKind::dma_write) {
            return scatter(who, command.output, bytes.front());
        }
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

private:
    Found locate(std::string_view who, const Region& region) const {
        if (region.space == Space::tcm) {
            const bool inside = region.address <= tcm_.size() && region.span() <= tcm_.size() - region.address;
            if (inside) return {&tcm_, region.address};
        } else if (const auto found = runner_.find(region.address, region.span())) {
            return *found;
        }
        throw KernelError(fmt::format("{}: {}: out of bounds", who, describe(region)));
    }

    /// Runs of bytes that make up a region: one, or one per row.
    struct Runs {
        std::uint64_t count, length, pitch;
    };
    static Runs runs_of(const Region& region) {
        if (region.contiguous()) return {1, region.view.bytes(), 0};
        return {region.rows(), region.row_bytes(), region.row_pitch};
    }

    std::vector<std::byte> gather(std::string_view who, const Region& region) const {
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

    void scatter(std::string_view who, const Region& region, std::span<const std::byte> bytes) {
        const Found at = locate(who, region);
        const Runs runs = runs_of(region);
        for (std::uint64_t i = 0; i < runs.count; ++i) {
            at.bytes->write(at.offset + i * runs.pitch, bytes.subspan(i * runs.length, runs.length));
        }
    }

    FunctionalRunner& runner_;
    TrackedBytes& tcm_;
    PeCoord self_;
    std::vector<QueueInfo> queues_;
};

void FunctionalRunner::run(const KernelInfo& kernel, std::span<const KernelArgs> args) {
    const std::uint64_t programs = std::uint64_t{config_.num_cubes} * config_.num_pes_per_cube;
    if (args.size() != programs) {
        throw std::invalid_argument(
            fmt::format("kernel {}: arguments for {} programs, the grid has {}", kernel.name, args.size(), programs));
    }
    TrackedBytes tcm(config_.tcm_bytes);
    for (std::uint32_t i = 0; i < programs; ++i) {
        const PeCoord self{SipId{0}, CubeId{i / config_.num_pes_per_cube}, PeId{i % config_.num_pes_per_cube}};
        ProgramBackend backend(*this, tcm, self);
        tcm.clear();
        try {
            Program program(backend);
            kernel.body(program, args[i]);
            program.finish();
        } catch (const KernelError& error) {
            throw KernelError(fmt::format("kernel {}, {}: {}", kernel.name, backend.name(), error.what()));
        }
    }
}

}  // namespace ahbm::tl
