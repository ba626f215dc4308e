// SPDX-License-Identifier: Apache-2.0
#include "interconnect/protocol/purpose.h"

namespace ahbm {

Purpose control_purpose(const Domain& target, bool from_cube) {
    if (target.is(abi::IocpuResource::completion) || target.window == abi::WindowKind::host_aperture)
        return Purpose::completion;
    if (target.is(abi::McpuResource::mailbox)) return from_cube ? Purpose::completion : Purpose::mailbox;
    if (target.is(abi::IocpuResource::mailbox) || target.is(abi::PeResource::cpu)) return Purpose::mailbox;
    const bool memory = target.window == abi::WindowKind::hbm || target.window == abi::WindowKind::cube_sram ||
                        target.is(abi::PeResource::tcm) || target.is(abi::McpuResource::sram) ||
                        target.is(abi::IocpuResource::sram);
    return memory ? Purpose::transfer : Purpose::registers;
}

}  // namespace ahbm
