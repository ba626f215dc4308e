// SPDX-License-Identifier: Apache-2.0
#include "firmware/functional/runner.h"

#include "firmware/functional/program.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <utility>

namespace ahbm::tl {

FunctionalRunner::FunctionalRunner(const FunctionalRunnerConfig& config) : config_(config) {
    for (std::uint32_t s = 0; s < config.num_sips; ++s)
        for (std::uint32_t c = 0; c < config.num_cubes; ++c)
            for (std::uint32_t p = 0; p < config.num_pes_per_cube; ++p)
                queues_.push_back(
                    std::make_unique<FunctionalQueues>(PeCoord{SipId{s}, CubeId{c}, PeId{p}}, config.tcm_bytes));
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
    if (!bytes->holds(address - base, length)) return std::nullopt;
    return Found{bytes.get(), address - base};
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

std::size_t FunctionalRunner::index_of(PeCoord at) const {
    if (at.sip.value >= config_.num_sips || at.cube.value >= config_.num_cubes ||
        at.pe.value >= config_.num_pes_per_cube)
        throw std::invalid_argument(fmt::format("{} is outside the grid of {} SIPs, {} cubes, {} PEs", to_string(at),
                                                config_.num_sips, config_.num_cubes, config_.num_pes_per_cube));
    return (std::size_t{at.sip.value} * config_.num_cubes + at.cube.value) * config_.num_pes_per_cube + at.pe.value;
}

void FunctionalRunner::connect(const QueueEnd& a, const QueueEnd& b, const QueueShape& shape) {
    FunctionalQueues::connect(*queues_[index_of(a.pe)], a.direction, *queues_[index_of(b.pe)], b.direction, shape);
}

std::vector<std::string> FunctionalRunner::unreceived() const {
    std::vector<std::string> all;
    for (const auto& queues : queues_)
        for (std::string& line : queues->unreceived()) all.push_back(std::move(line));
    return all;
}

void FunctionalRunner::run(const KernelInfo& kernel, std::span<const KernelArgs> args) {
    if (args.size() != queues_.size()) {
        throw std::invalid_argument(fmt::format("kernel {}: arguments for {} programs, the grid has {}", kernel.name,
                                                args.size(), queues_.size()));
    }
    std::vector<std::unique_ptr<FunctionalProgram>> programs;
    for (std::size_t i = 0; i < args.size(); ++i) {
        programs.push_back(std::make_unique<FunctionalProgram>(*this, *queues_[i]));
        programs.back()->start(kernel, args[i]);
    }
    for (bool progress = true; progress;) {
        progress = false;
        for (const auto& program : programs) {
            if (!program->ready()) continue;
            program->resume();
            progress = true;
        }
    }
    std::vector<std::string> waiting;
    for (const auto& program : programs)
        if (!program->done()) waiting.push_back(program->waits());
    if (waiting.empty()) return;
    constexpr std::size_t shown = 16;
    std::string text = fmt::format("kernel {}: deadlock, {} of {} programs wait for each other", kernel.name,
                                   waiting.size(), programs.size());
    for (std::size_t i = 0; i < waiting.size() && i < shown; ++i) text += "\n  " + waiting[i];
    if (waiting.size() > shown) text += fmt::format("\n  and {} more", waiting.size() - shown);
    throw KernelError(text);
}

}  // namespace ahbm::tl
