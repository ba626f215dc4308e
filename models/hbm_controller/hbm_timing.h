// SPDX-License-Identifier: Apache-2.0
/// The pseudo-channels of one HBM slice: each a resource in time; an access is striped over them by address in bursts.
/// Optional: read/write turn-around, refresh, one open row per pseudo-channel.
/// Not modelled: bank groups, command bus, reordering by the controller, ECC, temperature.
#pragma once

#include "models/endpoints/memory_endpoint.h"
#include "models/hbm_controller/hbm_config.h"
#include "sim/observers.h"

#include <vector>

namespace ahbm {

/// Told of every burst on a pseudo-channel.
class HbmObserver {
public:
    virtual ~HbmObserver() = default;
    virtual void burst(unsigned channel, bool write, sim::Time from, sim::Time until) = 0;
    /// Those were all bursts of one access; none could have begun before `earliest`.
    virtual void accessed(sim::Time /*earliest*/) {}
};

class HbmTiming : public MemoryTiming {
public:
    explicit HbmTiming(const HbmConfig& config);

    Service read(Purpose purpose, sim::Time arrival, std::uint64_t offset, std::uint32_t bytes) override;
    sim::Time write(Purpose purpose, sim::Time head, sim::Time tail, std::uint64_t offset,
                    std::uint32_t bytes) override;

    struct Channel {
        sim::Time free_at;
        sim::Time busy;
        sim::Time kernel_busy;  ///< of it, for kernels
        std::uint64_t open_row = UINT64_MAX;
        bool last_was_write = false;
    };
    const std::vector<Channel>& channels() const { return channels_; }
    /// What kernels had of it. An access waits as its last burst does.
    struct Use {
        std::uint64_t accesses = 0;
        sim::Time waited;  ///< in sum
    };
    const Use& kernel_use() const { return kernel_use_; }
    sim::Time burst_time() const { return burst_time_; }
    void reset();
    sim::Observers<HbmObserver>& observers() { return observers_; }

private:
    struct Bursts {
        sim::Time first, last;  ///< when the first by address, and the latest, begin
    };
    Bursts access(Purpose purpose, bool write, sim::Time earliest, std::uint64_t offset, std::uint32_t bytes);
    /// Start of one burst on its channel, which is then taken until the burst's end.
    sim::Time reserve(Purpose purpose, std::uint64_t burst, sim::Time earliest, bool write);
    sim::Time after_refresh(sim::Time start) const;

    HbmConfig config_;
    sim::Time burst_time_;
    unsigned burst_shift_;
    unsigned channel_shift_;
    std::vector<Channel> channels_;
    Use kernel_use_;
    sim::Observers<HbmObserver> observers_;
};

}  // namespace ahbm
