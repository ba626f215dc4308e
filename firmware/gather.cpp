// SPDX-License-Identifier: Apache-2.0
#include "firmware/gather.h"

#include "firmware/abi/mailboxes.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ahbm::firmware {

namespace {

bool worse(const abi::Completion& a, const abi::Completion& b) {
    if (a.status != b.status) return a.status > b.status;
    return a.status != abi::Status::ok &&
           std::tie(a.reporter.cube, a.reporter.pe) < std::tie(b.reporter.cube, b.reporter.pe);
}

}  // namespace

abi::Completion answer_to(const abi::Header& request, const CpuIdentity& self) {
    abi::Completion answer;
    answer.header = request;
    answer.reporter.sip = static_cast<std::uint16_t>(self.sip.value);
    if (self.cube) answer.reporter.cube = static_cast<std::uint16_t>(self.cube->value);
    if (self.pe) answer.reporter.pe = static_cast<std::uint16_t>(self.pe->value);
    return answer;
}

void refuse(abi::Completion& answer, const abi::Verdict& verdict) {
    answer.status = verdict.status;
    answer.text = verdict.text;
}

void post(Hal& hal, const FirmwareConfig& config, const abi::Completion& answer, Dropped& dropped) {
    if (!abi::takes_completions(answer.header.completion_address, hal.identity().sip)) return dropped.add(answer.text);
    hal.spend(config.issue_cost);
    hal.write(answer.header.completion_address, abi::encode(answer));
}

void merge(abi::Completion& all, const abi::Completion& one) {
    if (worse(one, all)) {
        all.status = one.status;
        all.reporter = one.reporter;
        all.text = one.text;
    }
    all.received_ps = std::min(all.received_ps, one.received_ps);
    all.target_start_ps = std::max(all.target_start_ps, one.target_start_ps);
    all.exec_start_ps = std::min(all.exec_start_ps, one.exec_start_ps);
    all.exec_end_ps = std::max(all.exec_end_ps, one.exec_end_ps);
    all.spans.insert(all.spans.end(), one.spans.begin(), one.spans.end());
    std::sort(all.spans.begin(), all.spans.end(), [](const abi::PeSpan& a, const abi::PeSpan& b) {
        return std::tie(a.cube, a.pe) < std::tie(b.cube, b.pe);
    });
}

std::uint64_t InFlight::open(const abi::Completion& answer, std::uint16_t children, std::uint64_t launch_id) {
    const std::uint64_t cookie = next_cookie_++;
    waiting_.emplace(cookie, Waiting{answer, children, launch_id});
    return cookie;
}

InFlight::Accepted InFlight::accept(const abi::Message& mail, std::uint16_t abi::Reporter::*child, Dropped& dropped) {
    abi::Completion part;
    if (const abi::Verdict verdict = abi::decode(mail, part); !verdict) {
        dropped.add("completion: " + verdict.text);
        return {};
    }
    const auto found = waiting_.find(part.header.cookie);
    const std::uint16_t index = part.reporter.*child;
    if (found == waiting_.end() || index >= 16 || ((found->second.missing >> index) & 1) == 0) {
        dropped.add("unexpected completion from " + abi::to_string(part.reporter));
        return {};
    }
    Waiting& waiting = found->second;
    waiting.missing &= static_cast<std::uint16_t>(~(1u << index));
    merge(waiting.answer, part);
    Accepted accepted{waiting.launch_id, part.status != abi::Status::ok, std::nullopt};
    if (waiting.missing != 0) return accepted;
    accepted.complete = std::move(waiting.answer);
    waiting_.erase(found);
    return accepted;
}

}  // namespace ahbm::firmware
