// SPDX-License-Identifier: Apache-2.0
#include "firmware/m_cpu/m_cpu.h"

#include "firmware/abi/mailboxes.h"

namespace ahbm::firmware {

void MCpu::run(Hal& hal) {
    in_flight_ = {};
    dropped_ = {};
    try {
        for (;;) {
            const abi::Message mail = hal.wait_for_mail(Inbox::any);
            hal.spend(config_.m_cpu_overhead);
            abi::is_completion(mail) ? take_completion(hal, mail) : start_request(hal, mail);
        }
    } catch (const Shutdown&) {
    }
}

void MCpu::start_request(Hal& hal, const abi::Message& mail) {
    const CpuIdentity& self = hal.identity();
    const Received received = receive(mail, self, config_);
    abi::Completion answer = answer_to(received.header, self);
    if (!received.verdict) {
        refuse(answer, received.verdict);
        return post(hal, config_, answer, dropped_);
    }

    const auto* const launch = std::get_if<abi::KernelLaunch>(&received.request);
    const std::uint16_t pes = targets_of(received.request)[self.cube->value];
    const ReplyPath reply_to{abi::m_cpu_mailbox(self.sip, *self.cube),
                             in_flight_.open(answer, pes, launch != nullptr ? launch->launch_id : 0)};
    for (std::uint32_t pe = 0; pe < self.pes_per_cube; ++pe) {
        const auto pe_bit = static_cast<std::uint16_t>(1u << pe);
        if ((pes & pe_bit) == 0) continue;
        hal.spend(config_.issue_cost);
        hal.write(abi::pe_cpu_mailbox({self.sip, *self.cube, PeId(pe)}),
                  abi::encode(narrowed(received.request, {.pe_mask = pe_bit}, reply_to)));
    }
}

void MCpu::take_completion(Hal& hal, const abi::Message& mail) {
    const InFlight::Accepted accepted = in_flight_.accept(mail, &abi::Reporter::pe, dropped_);
    if (accepted.launch_id != 0 && accepted.failed) hal.abort_launch(accepted.launch_id);
    if (accepted.complete) post(hal, config_, *accepted.complete, dropped_);
}

}  // namespace ahbm::firmware
