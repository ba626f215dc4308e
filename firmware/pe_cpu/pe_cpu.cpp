// SPDX-License-Identifier: Apache-2.0
#include "firmware/pe_cpu/pe_cpu.h"

#include "firmware/abi/ipcq_registers.h"
#include "firmware/abi/mailboxes.h"
#include "firmware/abi/mmu_registers.h"
#include "firmware/tl/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ahbm::firmware {

namespace {

static_assert(static_cast<int>(Dtype::f16) == static_cast<int>(abi::ElementType::f16) &&
              static_cast<int>(Dtype::bf16) == static_cast<int>(abi::ElementType::bf16) &&
              static_cast<int>(Dtype::f32) == static_cast<int>(abi::ElementType::f32) &&
              static_cast<int>(Dtype::i32) == static_cast<int>(abi::ElementType::i32) &&
              static_cast<int>(Dtype::i8) == static_cast<int>(abi::ElementType::i8));

tl::TensorArg tensor_arg(const abi::TensorDescriptor& tensor, const abi::ShardDescriptor& shard) {
    tl::TensorArg arg;
    arg.base = shard.base;
    arg.dtype = static_cast<Dtype>(tensor.type);
    arg.layout = {tensor.block_rows, tensor.block_cols};
    arg.shape = {shard.rows, shard.cols};
    std::copy(std::begin(tensor.dims), std::end(tensor.dims), arg.global_shape.dims.begin());
    arg.global_shape.rank = tensor.rank;
    arg.first_row = shard.first_row;
    arg.first_col = shard.first_col;
    arg.tensor_base = tensor.base;
    arg.tensor_bytes = tensor.bytes;
    return arg;
}

/// `section` has a shard per tensor: the descriptor was decoded.
tl::KernelArgs kernel_args(const abi::KernelLaunch& launch, const abi::LaunchSection& section) {
    tl::KernelArgs args;
    args.scalars = launch.scalars;
    args.queue_group = launch.queue_group;
    for (std::size_t i = 0; i < launch.tensors.size(); ++i) {
        args.tensors.push_back(tensor_arg(launch.tensors[i], section.shards[i]));
    }
    return args;
}

std::uint64_t window(const CpuIdentity& self, abi::PeResource block, std::uint64_t offset) {
    return abi::encode_pe_local({self.sip.value, self.cube->value, self.pe->value}, block, offset);
}

template <class Command>
void write_command(PeHal& hal, const FirmwareConfig& config, std::uint64_t address, const Command& command) {
    hal.spend(config.issue_cost);
    hal.write(address, std::as_bytes(std::span(&command, 1)));
}

const char* sentence(abi::MmuError error) {
    switch (error) {
        case abi::MmuError::none: break;
        case abi::MmuError::table_full: return "its table is full (sip.cube.pe.mmu.entries)";
        case abi::MmuError::overlap: return "part of the range is mapped elsewhere";
        case abi::MmuError::not_mapped: return "the range is not mapped";
        case abi::MmuError::physical_address: return "the physical address is not reachable";
        case abi::MmuError::bad_command: return "the command is malformed";
    }
    return "it gives no reason";
}

/// Waits until PE_MMU has taken every command; after that no later access can miss them.
void settle_mmu(PeHal& hal, abi::Completion& answer) {
    if (hal.fence()) return;
    answer.status = abi::Status::mmu_fault;
    answer.text = "PE_MMU refused a mapping";
    abi::MmuRefusal refusal;
    if (hal.read(window(hal.identity(), abi::PeResource::mmu, abi::mmu_refusal_offset),
                 std::as_writable_bytes(std::span(&refusal, 1)))) {
        answer.text += fmt::format(" of {:#x}: {}", refusal.virtual_address, sentence(refusal.error));
    }
}

const char* sentence(abi::IpcqError error) {
    switch (error) {
        case abi::IpcqError::none: break;
        case abi::IpcqError::duplicate: return "the group has one in this direction already";
        case abi::IpcqError::overlap: return "its ring lies over another one";
        case abi::IpcqError::table_full: return "its table is full (sip.cube.pe.ipcq.queue_pairs)";
        case abi::IpcqError::ring: return "its ring is not in the memory it names";
        case abi::IpcqError::peer: return "its peer does not exist";
        case abi::IpcqError::busy: return "it holds tiles or waits for credits";
        case abi::IpcqError::bad_command: return "the command is malformed";
    }
    return "it gives no reason";
}

/// Waits until PE_IPCQ has taken every command.
void settle_ipcq(PeHal& hal, abi::Completion& answer) {
    if (hal.fence()) return;
    answer.status = abi::Status::ipcq_refused;
    answer.text = "PE_IPCQ refused a queue pair";
    abi::IpcqRefusal refusal;
    if (hal.read(window(hal.identity(), abi::PeResource::ipcq, abi::ipcq_refusal_offset),
                 std::as_writable_bytes(std::span(&refusal, 1)))) {
        const std::string_view direction(refusal.direction, sizeof refusal.direction);
        answer.text += fmt::format(" {}: {}", direction.substr(0, direction.find('\0')), sentence(refusal.error));
    }
}

}  // namespace

void PeCpu::run(PeHal& hal) {
    dropped_ = {};
    try {
        for (;;) {
            const abi::Message mail = hal.wait_for_mail(Inbox::any);
            hal.spend(config_.pe_cpu_overhead);
            const Received received = receive(mail, hal.identity(), config_);
            abi::Completion answer = answer_to(received.header, hal.identity());
            if (received.verdict) {
                std::visit([&](const auto& request) { execute(hal, request, answer); }, received.request);
            } else {
                refuse(answer, received.verdict);
            }
            post(hal, config_, answer, dropped_);
        }
    } catch (const Shutdown&) {
    }
}

void PeCpu::execute(PeHal& hal, const abi::MmuMap& map, abi::Completion& answer) {
    const std::uint64_t mmu = window(hal.identity(), abi::PeResource::mmu, abi::mmu_command_offset);
    for (const abi::MapEntry& entry : map.entries) {
        write_command(
            hal, config_, mmu,
            abi::MmuCommand{entry.virtual_address, entry.physical_address, entry.bytes, abi::MmuOperation::map});
    }
    settle_mmu(hal, answer);
}

void PeCpu::execute(PeHal& hal, const abi::MmuUnmap& unmap, abi::Completion& answer) {
    const std::uint64_t mmu = window(hal.identity(), abi::PeResource::mmu, abi::mmu_command_offset);
    for (const abi::UnmapEntry& entry : unmap.entries) {
        write_command(hal, config_, mmu,
                      abi::MmuCommand{entry.virtual_address, 0, entry.bytes, abi::MmuOperation::unmap});
    }
    settle_mmu(hal, answer);
}

void PeCpu::execute(PeHal& hal, const abi::IpcqInit& init, abi::Completion& answer) {
    abi::IpcqCommand command;
    command.policy = {.group = init.group,
                      .credit = init.credit,
                      .credit_path = init.credit_path,
                      .backpressure = init.backpressure,
                      .credit_bytes = init.credit_bytes,
                      .poll_interval_ps = init.poll_interval_ps,
                      .count = 1};
    const std::uint64_t ipcq = window(hal.identity(), abi::PeResource::ipcq, abi::ipcq_command_offset);
    for (const abi::QueuePairEntry& entry : init.queues) {
        command.queue = entry;
        write_command(hal, config_, ipcq, command);
    }
    settle_ipcq(hal, answer);
}

void PeCpu::execute(PeHal& hal, const abi::IpcqReset& reset, abi::Completion& answer) {
    abi::IpcqCommand command;
    command.operation = abi::IpcqOperation::remove_group;
    command.policy.group = reset.group;
    write_command(hal, config_, window(hal.identity(), abi::PeResource::ipcq, abi::ipcq_command_offset), command);
    settle_ipcq(hal, answer);
}

void PeCpu::execute(PeHal& hal, const abi::KernelLaunch& launch, abi::Completion& answer) {
    const abi::LaunchSection& section = launch.sections.front();  // the masks leave one PE: this one
    abi::PeSpan span{.cube = section.cube, .pe = section.pe};
    if (!hal.has_kernel(launch.kernel)) {
        answer.status = abi::Status::unknown_kernel;
        answer.text = fmt::format("no kernel is named '{}'", launch.kernel);
    } else if (const std::optional<sim::Time> start = hal.wait_for_start(launch.launch_id)) {
        hal.wait_until(*start);
        answer.target_start_ps = static_cast<std::uint64_t>(start->ps());
        span.exec_start_ps = static_cast<std::uint64_t>(hal.now().ps());
        KernelOutcome outcome = hal.run_kernel(launch.kernel, kernel_args(launch, section));
        span.exec_end_ps = static_cast<std::uint64_t>(hal.now().ps());
        span.fence_ps = static_cast<std::uint64_t>(outcome.closing_fence.ps());
        answer.status = outcome.status;
        answer.text = std::move(outcome.text);
        answer.exec_start_ps = span.exec_start_ps;
        answer.exec_end_ps = span.exec_end_ps;
    } else {
        answer.status = abi::Status::cancelled;
        answer.text = "not started: the launch was aborted";
    }
    span.status = answer.status;
    answer.spans.push_back(span);
}

}  // namespace ahbm::firmware
