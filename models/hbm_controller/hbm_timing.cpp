// SPDX-License-Identifier: Apache-2.0
#include "models/hbm_controller/hbm_timing.h"

#include <algorithm>
#include <bit>

namespace ahbm {

HbmTiming::HbmTiming(const HbmConfig& config)
    : config_(config),
      burst_time_(config.channel_bandwidth.time_for(config.burst)),
      burst_shift_(static_cast<unsigned>(std::countr_zero(config.burst.value))),
      channel_shift_(static_cast<unsigned>(std::countr_zero(config.channels))),
      channels_(config.channels) {}

sim::Time HbmTiming::reserve(Purpose purpose, std::uint64_t burst, sim::Time earliest, bool write) {
    const std::uint64_t index = burst & (channels_.size() - 1);
    Channel& channel = channels_[index];
    sim::Time start = std::max(earliest, channel.free_at);
    if (channel.last_was_write != write && channel.free_at > sim::Time{})
        start = std::max(start, channel.free_at + config_.turnaround);
    channel.last_was_write = write;
    if (config_.row_miss > sim::Time{}) {
        const std::uint64_t row = ((burst >> channel_shift_) << burst_shift_) / config_.row;
        if (row != channel.open_row) start += config_.row_miss;
        channel.open_row = row;
    }
    start = after_refresh(start);
    channel.free_at = start + burst_time_;
    channel.busy += burst_time_;
    if (of_kernels(purpose)) channel.kernel_busy += burst_time_;
    observers_.tell(&HbmObserver::burst, static_cast<unsigned>(index), write, start, channel.free_at);
    return start;
}

sim::Time HbmTiming::after_refresh(sim::Time start) const {
    if (config_.refresh_interval == sim::Time{}) return start;
    // A refresh takes the last tRFC of every interval; a burst that would reach into it waits for its end.
    const std::int64_t interval = config_.refresh_interval.ps();
    const std::int64_t phase = start.ps() % interval;
    const bool hit = phase + burst_time_.ps() > interval - config_.refresh_time.ps();
    return hit ? start + sim::Time::ps(interval - phase) : start;
}

HbmTiming::Bursts HbmTiming::access(Purpose purpose, bool write, sim::Time earliest, std::uint64_t offset,
                                    std::uint32_t bytes) {
    const std::uint64_t first = offset >> burst_shift_, last = (offset + bytes - 1) >> burst_shift_;
    Bursts bursts;
    bursts.first = bursts.last = reserve(purpose, first, earliest, write);
    for (std::uint64_t burst = first + 1; burst <= last; ++burst)
        bursts.last = std::max(bursts.last, reserve(purpose, burst, earliest, write));
    if (of_kernels(purpose)) {
        ++kernel_use_.accesses;
        kernel_use_.waited += bursts.last - earliest;
    }
    observers_.tell(&HbmObserver::accessed, earliest);
    return bursts;
}

MemoryTiming::Service HbmTiming::read(Purpose purpose, sim::Time arrival, std::uint64_t offset, std::uint32_t bytes) {
    const Bursts bursts = access(purpose, false, arrival, offset, bytes);
    return {bursts.first, bursts.first + burst_time_, bursts.last + burst_time_};
}

sim::Time HbmTiming::write(Purpose purpose, sim::Time head, sim::Time tail, std::uint64_t offset, std::uint32_t bytes) {
    // The last burst can only be written once its bytes are here.
    return std::max(tail, access(purpose, true, head, offset, bytes).last) + burst_time_;
}

void HbmTiming::reset() {
    channels_.assign(channels_.size(), Channel{});
    kernel_use_ = {};
}

}  // namespace ahbm
