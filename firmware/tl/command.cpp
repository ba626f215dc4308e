// SPDX-License-Identifier: Apache-2.0
#include "firmware/tl/command.h"

#include "firmware/tl/backend.h"

#include <fmt/format.h>

namespace ahbm::tl {

std::string_view to_string(Space space) { return space == Space::global ? "global" : "tcm"; }

std::string describe(const View& view) { return fmt::format("{} {}", to_string(view.shape), to_string(view.dtype)); }

std::string describe(const Region& region) {
    return fmt::format("{} at {} {:#x}", describe(region.view), to_string(region.space), region.address);
}

std::string_view to_string(CommandKind kind) {
    switch (kind) {
        case CommandKind::dma_read: return "dma_read";
        case CommandKind::dma_write: return "dma_write";
        case CommandKind::gemm: return "gemm";
        case CommandKind::math: return "math";
        case CommandKind::composite: return "composite";
        case CommandKind::fence: return "fence";
        case CommandKind::ipcq_send: return "send";
        case CommandKind::ipcq_recv: return "recv";
        case CommandKind::ipcq_cancel: return "cancel";
        case CommandKind::ipcq_release: return "release";
    }
    return "unknown";
}

const TensorArg& KernelArgs::tensor(std::size_t index, std::string_view name) const {
    if (index < tensors.size()) return tensors[index];
    throw KernelError(
        fmt::format("tensor argument {} ({}) is missing: the launch gives {}", index, name, tensors.size()));
}

}  // namespace ahbm::tl
