// SPDX-License-Identifier: Apache-2.0
/// The cube's shared SRAM: one port as wide as its router link.
/// Not modelled: banks.
#pragma once

#include "models/endpoints/memory_endpoint.h"
#include "sim/config/codec.h"

#include <systemc>

#include <algorithm>

namespace ahbm {

struct SramConfig {
    sim::Bytes size = 32_MiB;
    sim::Bandwidth bandwidth = 128_GBps;
    sim::Time access = 2_ns;

    template <class V>
    void fields(V& v) {
        v("size", size, "per cube (specification)", config::range(1_KiB, 16_GiB));
        v("bandwidth", bandwidth, "of its port and of its router link, per direction (specification)");
        v("access", access, "array access time (assumption: as the IPCQ slot set-up of an SRAM slot)");
    }
};

/// One port per direction: an access occupies it for bytes / bandwidth.
class SramTiming : public MemoryTiming {
public:
    explicit SramTiming(const SramConfig& config) : config_(config) {}
    Service read(Purpose, sim::Time arrival, std::uint64_t, std::uint32_t bytes) override {
        const sim::Time start = std::max(arrival, read_free_at_);
        read_free_at_ = start + config_.bandwidth.time_for(bytes);
        return {start, start + config_.access, start + config_.access};
    }
    sim::Time write(Purpose, sim::Time head, sim::Time tail, std::uint64_t, std::uint32_t bytes) override {
        const sim::Time start = std::max(head, write_free_at_);
        write_free_at_ = start + config_.bandwidth.time_for(bytes);
        return std::max(tail, write_free_at_) + config_.access;
    }
    void reset() { *this = SramTiming(config_); }

private:
    SramConfig config_;
    sim::Time read_free_at_;
    sim::Time write_free_at_;
};

class Sram : public sc_core::sc_module {
public:
    Sram(const sc_core::sc_module_name& name, Fabric& fabric, const SramConfig& config, shadow::Recorder& recorder)
        : sc_module(name), timing_(config), memory(this->name(), fabric, timing_, recorder, 0, config.size) {}

    void reset() {
        timing_.reset();
        memory.reset();
    }

private:
    SramTiming timing_;

public:
    MemoryEndpoint memory;
};

}  // namespace ahbm
