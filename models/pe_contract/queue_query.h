// SPDX-License-Identifier: Apache-2.0
/// Extension of a b_transport from PE_CPU to PE_IPCQ: which queues does a kernel of this process group have? Takes no
/// time: it stands for registers that PE_CPU keeps a copy of.
#pragma once

#include "firmware/tl/backend.h"

#include <tlm>

#include <cstdint>
#include <vector>

namespace ahbm {

struct QueueQuery : tlm::tlm_extension<QueueQuery> {
    std::uint32_t group = 0;
    std::vector<tl::QueueInfo>* queues = nullptr;  ///< out: those of the group, replaced
    std::uint64_t tcm_end = 0;  ///< in: end of the TCM; out: lowest ring of any group in it, kernels stay below

    tlm::tlm_extension_base* clone() const override { return new QueueQuery(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const QueueQuery&>(other); }
};

}  // namespace ahbm
