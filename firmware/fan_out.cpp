// SPDX-License-Identifier: Apache-2.0
#include "firmware/fan_out.h"

#include "firmware/abi/mailboxes.h"

#include <fmt/format.h>

#include <bit>

namespace ahbm::firmware {

namespace {

constexpr std::uint16_t bit(std::uint32_t index) { return static_cast<std::uint16_t>(1u << index); }

/// Names the highest of the addressed that are not there.
abi::Verdict outside(const char* kind, std::uint16_t mask, unsigned count) {
    return {abi::Status::bad_target,
            fmt::format("{}{} is addressed, the configuration has {}", kind, std::bit_width(mask) - 1, count)};
}

abi::Verdict check_target(const abi::Header& header, const CpuIdentity& self) {
    using abi::Status;
    if (header.sip != self.sip.value) {
        return {Status::bad_target, fmt::format("addressed to sip{}, arrived at sip{}", header.sip, self.sip.value)};
    }
    if (header.cube_mask == 0 || header.pe_mask == 0) return {Status::bad_target, "the masks address no PE"};
    if (header.cube_mask >> self.cubes_per_sip != 0) return outside("cube", header.cube_mask, self.cubes_per_sip);
    if (header.pe_mask >> self.pes_per_cube != 0) return outside("pe", header.pe_mask, self.pes_per_cube);
    if (self.cube && header.cube_mask != bit(self.cube->value)) {
        return {Status::bad_target,
                fmt::format("cube mask {:#x} arrived at cube{}", header.cube_mask, self.cube->value)};
    }
    if (self.pe && header.pe_mask != bit(self.pe->value)) {
        return {Status::bad_target, fmt::format("pe mask {:#x} arrived at pe{}", header.pe_mask, self.pe->value)};
    }
    return {};
}

abi::Verdict check_limits(const abi::Request& request, const FirmwareConfig& config) {
    const auto* launch = std::get_if<abi::KernelLaunch>(&request);
    if (launch == nullptr) return {};
    const auto too_many = [](std::size_t count, const char* what, unsigned limit) {
        return abi::Verdict{abi::Status::bad_payload,
                            fmt::format("the launch has {} {}, the limit is {}", count, what, limit)};
    };
    if (launch->tensors.size() > config.max_tensors)
        return too_many(launch->tensors.size(), "tensors", config.max_tensors);
    if (launch->scalars.size() > config.max_scalars)
        return too_many(launch->scalars.size(), "scalars", config.max_scalars);
    return {};
}

abi::Verdict check_reply(const abi::Header& header, const CpuIdentity& self) {
    if (abi::takes_completions(header.completion_address, self.sip)) return {};
    return {abi::Status::bad_payload, fmt::format("no completion may be written to {:#x}", header.completion_address)};
}

void add_targets(Targets& targets, const abi::KernelLaunch& launch) {
    for (const abi::LaunchSection& section : launch.sections) targets[section.cube] |= bit(section.pe);
}
void add_targets_of_masks(Targets& targets, const abi::Header& header) {
    for (std::uint32_t cube = 0; cube < targets.size(); ++cube) {
        if ((header.cube_mask & bit(cube)) != 0) targets[cube] |= header.pe_mask;
    }
}
void add_targets(Targets& targets, const abi::IpcqInit& init) { add_targets_of_masks(targets, init.header); }
void add_targets(Targets& targets, const abi::IpcqReset& reset) { add_targets_of_masks(targets, reset.header); }
void add_targets(Targets& targets, const auto& map_or_unmap) {
    for (const auto& entry : map_or_unmap.entries) {
        for (std::uint32_t cube = 0; cube < targets.size(); ++cube) {
            if ((entry.cube_mask & bit(cube)) != 0) targets[cube] |= entry.pe_mask;
        }
    }
}

void narrow(abi::KernelLaunch& launch, PeSelection selection) {
    std::erase_if(launch.sections, [&](const abi::LaunchSection& section) {
        return (selection.cube_mask & bit(section.cube)) == 0 || (selection.pe_mask & bit(section.pe)) == 0;
    });
}
void narrow(abi::IpcqInit&, PeSelection) {}  // the header's masks say it all
void narrow(abi::IpcqReset&, PeSelection) {}
void narrow(auto& map_or_unmap, PeSelection selection) {
    for (auto& entry : map_or_unmap.entries) {
        entry.cube_mask &= selection.cube_mask;
        entry.pe_mask &= selection.pe_mask;
    }
    std::erase_if(map_or_unmap.entries, [](const auto& entry) { return entry.cube_mask == 0 || entry.pe_mask == 0; });
}

}  // namespace

Received receive(const abi::Message& mail, const CpuIdentity& self, const FirmwareConfig& config) {
    Received received;
    received.verdict = abi::decode(mail, received.header);
    if (received.verdict) received.verdict = abi::decode(mail, received.request);
    if (received.verdict) received.verdict = check_target(received.header, self);
    if (received.verdict) received.verdict = check_limits(received.request, config);
    if (received.verdict) received.verdict = check_reply(received.header, self);
    return received;
}

Targets targets_of(const abi::Request& request) {
    Targets targets{};
    std::visit([&](const auto& message) { add_targets(targets, message); }, request);
    return targets;
}

abi::Request narrowed(const abi::Request& request, PeSelection selection, ReplyPath reply_to) {
    abi::Request part = request;
    std::visit(
        [&](auto& message) {
            narrow(message, selection);
            message.header.cube_mask &= selection.cube_mask;
            message.header.pe_mask &= selection.pe_mask;
            message.header.completion_address = reply_to.address;
            message.header.cookie = reply_to.cookie;
        },
        part);
    return part;
}

}  // namespace ahbm::firmware
