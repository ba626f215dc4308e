// SPDX-License-Identifier: Apache-2.0
#include "observe/waves/wave_recorder.h"

#include <algorithm>
#include <utility>

namespace ahbm {

std::uint32_t WaveRecorder::declare(const std::string& name, unsigned width) {
    variables_.emplace_back();
    return file_.declare(name, width);
}

void WaveRecorder::move_to(sim::Time now) {
    while (!planned_.empty() && planned_.front().when <= now) {
        std::pop_heap(planned_.begin(), planned_.end());
        const Planned next = planned_.back();
        planned_.pop_back();
        go_to(next.when);
        apply(next);
    }
    go_to(now);
}

void WaveRecorder::go_to(sim::Time when) {
    if (when <= at_) return;
    for (const std::uint32_t index : marked_) {
        Variable& variable = variables_[index];
        variable.marked = false;
        if (variable.value == variable.written) continue;
        variable.written = variable.value;
        file_.change(at_, index, variable.value);
    }
    marked_.clear();
    at_ = when;
}

void WaveRecorder::set(std::uint32_t index, std::uint64_t value) {
    Variable& variable = variables_[index];
    if (variable.value == value) return;
    variable.value = value;
    if (std::exchange(variable.marked, true)) return;
    marked_.push_back(index);
}

void WaveRecorder::plan(const Planned& planned) {
    if (planned.when <= at_) return apply(planned);
    planned_.push_back(planned);
    std::push_heap(planned_.begin(), planned_.end());
}

void WaveRecorder::apply(const Planned& planned) {
    set(planned.variable, planned.number + (planned.difference ? variables_[planned.variable].value : 0));
}

sim::Time WaveRecorder::finish(sim::Time now) {
    sim::Time last = std::max(now, at_);
    for (const Planned& planned : planned_) last = std::max(last, planned.when);
    move_to(last);
    go_to(last + sim::Time::ps(1));
    return last;
}

}  // namespace ahbm
