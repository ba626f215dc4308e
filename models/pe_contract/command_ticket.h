// SPDX-License-Identifier: Apache-2.0
/// Extension of the transactions by which PE_CPU hands commands to PE_SCHEDULER.
/// Forward BEGIN_REQ submits. While the command FIFO has room the call returns TLM_UPDATED with phase END_REQ: the
/// command is taken. Otherwise it returns TLM_ACCEPTED, and END_REQ follows on the backward path when there is room.
/// Backward BEGIN_RESP: the command is complete (a store: accepted) or has failed, see response status and `error`; the
/// answer is TLM_COMPLETED. Transaction and command stay untouched and alive until then, not longer.
#pragma once

#include "firmware/tl/backend.h"

#include <tlm>

#include <string>

namespace ahbm {

struct CommandTicket : tlm::tlm_extension<CommandTicket> {
    const tl::Command* command = nullptr;
    std::uint64_t id = 0;  ///< PE_CPU's own number, for reports
    std::uint64_t kernel =
        0;              ///< launch it belongs to, counting up: after a failure all later commands of the launch fail
    std::string error;  ///< one sentence, empty when complete
    tl::Received tile;  ///< ipcq_recv: what arrived

    tlm::tlm_extension_base* clone() const override { return new CommandTicket(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const CommandTicket&>(other); }
};

}  // namespace ahbm
