// SPDX-License-Identifier: Apache-2.0
/// The launch barrier: when can the last PE of a launch be ready?
#pragma once

#include "firmware/fan_out.h"

namespace ahbm::firmware {

/// Time from now until the slowest target PE has taken the launch, composed of what happens on the way to it: IO_CPU
/// issues a message per cube one after the other, each travels, M_CPU works on it and issues a message per PE, each
/// travels, PE_CPU works on it. Exact where the messages of one sender share their slowest link, else an upper bound.
/// Not included: messages of different senders that meet on a link, and other traffic; launch_slack is for those.
sim::Time longest_dispatch(const Hal& hal, const FirmwareConfig& config, const abi::KernelLaunch& launch,
                           const Targets& targets);

}  // namespace ahbm::firmware
