// SPDX-License-Identifier: Apache-2.0
#include "firmware/io_cpu/io_cpu.h"

#include "firmware/abi/mailboxes.h"

namespace ahbm::firmware {

void IoCpu::run(Hal& hal) {
    in_flight_ = {};
    dropped_ = {};
    launches_ = 0;
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
    auto* const launch = std::get_if<abi::KernelLaunch>(&received.request);
    if (launch != nullptr) {
        launch->launch_id = ++launches_;
        hal.open_launch(launch->launch_id, targets);
    }

    std::uint16_t cubes = 0;
    for (std::uint32_t cube = 0; cube < targets.size(); ++cube) {
        if (targets[cube] != 0) cubes |= static_cast<std::uint16_t>(1u << cube);
    }
    const ReplyPath reply_to{abi::io_cpu_completions(self.sip),
                             in_flight_.open(answer, cubes, launch != nullptr ? launch->launch_id : 0)};
    for (std::uint32_t cube = 0; cube < self.cubes_per_sip; ++cube) {
        const auto cube_bit = static_cast<std::uint16_t>(1u << cube);
        if ((cubes & cube_bit) == 0) continue;
        hal.spend(config_.issue_cost);
        hal.write(abi::m_cpu_mailbox(self.sip, CubeId(cube)),
                  abi::encode(narrowed(received.request, {.cube_mask = cube_bit}, reply_to)));
    }
}

void IoCpu::take_completion(Hal& hal, const abi::Message& mail) {
    const InFlight::Accepted accepted = in_flight_.accept(mail, &abi::Reporter::cube, dropped_);
    if (accepted.launch_id != 0 && accepted.failed) hal.abort_launch(accepted.launch_id);
    if (!accepted.complete) return;
    if (accepted.launch_id != 0) hal.close_launch(accepted.launch_id);
    post(hal, config_, *accepted.complete, dropped_);
}

}  // namespace ahbm::firmware
