// SPDX-License-Identifier: Apache-2.0
#include "firmware/io_cpu/io_cpu.h"

#include "firmware/abi/mailboxes.h"
#include "firmware/io_cpu/launch_barrier.h"

namespace ahbm::firmware {

void IoCpu::run(Hal& hal) {
    in_flight_ = {};
    dropped_ = {};
    try {
        for (;;) {
            const bool full = in_flight_.size() >= config_.max_in_flight;
            const abi::Message mail = hal.wait_for_mail(full ? Inbox::completions : Inbox::any);
            const sim::Time received_at = hal.now();
            hal.spend(config_.io_cpu_overhead);
            abi::is_completion(mail) ? take_completion(hal, mail) : start_request(hal, mail, received_at);
        }
    } catch (const Shutdown&) {
    }
}

void IoCpu::start_request(Hal& hal, const abi::Message& mail, sim::Time received_at) {
    const CpuIdentity& self = hal.identity();
    Received received = receive(mail, self, config_);

    abi::Completion answer = answer_to(received.header, self);
    answer.received_ps = static_cast<std::uint64_t>(received_at.ps());
    if (!received.verdict) {
        refuse(answer, received.verdict);
        return post(hal, config_, answer, dropped_);
    }

    const Targets targets = targets_of(received.request);
    if (auto* launch = std::get_if<abi::KernelLaunch>(&received.request)) {
        const sim::Time target_start =
            hal.now() + longest_dispatch(hal, config_, *launch, targets) + config_.launch_slack;
        launch->target_start_ps = static_cast<std::uint64_t>(target_start.ps());
        answer.target_start_ps = launch->target_start_ps;
    }

    std::uint16_t cubes = 0;
    for (std::uint32_t cube = 0; cube < targets.size(); ++cube) {
        if (targets[cube] != 0) cubes |= static_cast<std::uint16_t>(1u << cube);
    }
    const ReplyPath reply_to{abi::io_cpu_completions(self.sip), in_flight_.open(answer, cubes)};
    for (std::uint32_t cube = 0; cube < self.cubes_per_sip; ++cube) {
        const auto cube_bit = static_cast<std::uint16_t>(1u << cube);
        if ((cubes & cube_bit) == 0) continue;
        hal.spend(config_.issue_cost);
        hal.write(abi::m_cpu_mailbox(self.sip, CubeId(cube)),
                  abi::encode(narrowed(received.request, {.cube_mask = cube_bit}, reply_to)));
    }
}

void IoCpu::take_completion(Hal& hal, const abi::Message& mail) {
    if (const auto answer = in_flight_.accept(mail, &abi::Reporter::cube, dropped_)) {
        post(hal, config_, *answer, dropped_);
    }
}

}  // namespace ahbm::firmware
