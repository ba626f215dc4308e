// SPDX-License-Identifier: Apache-2.0
/// Where control messages are written to: one mailbox per CPU, and where answers may go.
#pragma once

#include "firmware/abi/address_map.h"
#include "sim/ids.h"

namespace ahbm::abi {

/// Requests of the host to a SIP.
constexpr std::uint64_t io_cpu_mailbox(SipId sip) {
    return encode_iocpu_local({sip.value, 0}, IocpuResource::mailbox, 0);
}
/// Answers of M_CPUs to their IO_CPU. Apart from the requests, so that waiting requests never block answers.
constexpr std::uint64_t io_cpu_completions(SipId sip) {
    return encode_iocpu_local({sip.value, 0}, IocpuResource::completion, 0);
}
/// Requests of IO_CPU and answers of PE_CPUs.
constexpr std::uint64_t m_cpu_mailbox(SipId sip, CubeId cube) {
    return encode_mcpu_local({sip.value, cube.value}, McpuResource::mailbox, 0);
}
constexpr std::uint64_t pe_cpu_mailbox(PeCoord at) {
    return encode_pe_local({at.sip.value, at.cube.value, at.pe.value}, PeResource::cpu, 0);
}

/// Whether a Completion may be written to `address` by a CPU of `sip`: its host aperture, its IO_CPU's completion queue
/// or one of its M_CPUs' mailboxes. Keeps a corrupt request from scribbling over memory.
constexpr bool takes_completions(std::uint64_t address, SipId sip) {
    if (address >> address_bits != 0 || sip_id.get(address) != sip.value) return false;
    const Die* die = find_die(die_id.get(address));
    if (die == nullptr || die->zero.get(address) != 0) return false;
    const Window* window = find_window(die->kind, address);
    if (window == nullptr || window->zero.get(address) != 0) return false;
    const std::uint64_t resource = window->resource.get(address);
    switch (window->kind) {
        case WindowKind::host_aperture: return true;
        case WindowKind::iocpu_local: return resource == static_cast<std::uint64_t>(IocpuResource::completion);
        case WindowKind::mcpu_local: return resource == static_cast<std::uint64_t>(McpuResource::mailbox);
        default: return false;
    }
}

}  // namespace ahbm::abi
