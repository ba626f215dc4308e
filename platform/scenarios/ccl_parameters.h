// SPDX-License-Identifier: Apache-2.0
/// The parameters that every collective scenario has: how its process group is made.
#pragma once

#include "sw_runtime/process_group/recipe.h"

#include <span>
#include <string_view>
#include <utility>

namespace ahbm::runtime {

std::span<const std::pair<std::string_view, ReduceOp>> enum_names(ReduceOp);

}  // namespace ahbm::runtime

namespace ahbm::scenarios {

template <class V>
void group_fields(V& v, runtime::ProcessGroupOptions& group) {
    v("algo", group.algorithm, "algorithm of the process group");
    v("buffer_kind", group.queues.buffer_kind, "where the rings lie: tcm, hbm, sram");
    v("n_slots", group.queues.n_slots, "slots per ring");
    v("slot_size", group.queues.slot_size, "bytes per slot, the largest tile");
    v("credit", group.queues.credit, "when a slot is free again: on_release, on_recv");
    v("credit_path", group.queues.credit_path, "how the sender learns of it: fast, fabric");
    v("backpressure", group.queues.backpressure, "how a sender waits for a slot: sleep, poll");
    v("poll_interval", group.queues.poll_interval, "of poll");
}

}  // namespace ahbm::scenarios
