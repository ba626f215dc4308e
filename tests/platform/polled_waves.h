// SPDX-License-Identifier: Apache-2.0
/// The same signals as the waves have, by SystemC's own tracing.
#pragma once

#include "tests/platform/busy_day.h"

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <string>

namespace ahbm::test {

/// What PEs and mailboxes look like at every instant, by SystemC's own tracing.
class PolledWaves {
public:
    PolledWaves(System& system, const std::string& base) : system_(system) {
        for (unsigned s = 0; s < system.sip_count(); ++s)
            for (unsigned c = 0; c < 4; ++c)
                for (unsigned p = 0; p < 4; ++p)
                    add_pe(system.pe(pe(s, c, p)), fmt::format("sip{}.cube{}.pe{}.", s, c, p));
        for (unsigned s = 0; s < system.sip_count(); ++s) {
            NativeHal& io = system.sip(SipId{s}).io0.io_cpu.hal;
            add(fmt::format("sip{}.io0.io_cpu.mailbox", s), [&io] { return io.mailbox.level(); });
            add(fmt::format("sip{}.io0.io_cpu.completions", s), [&io] { return io.completions.level(); });
            for (unsigned c = 0; c < 4; ++c) {
                NativeHal& m_cpu = system.sip(SipId{s}).cube(CubeId{c}).m_cpu().hal;
                add(fmt::format("sip{}.cube{}.m_cpu.mailbox", s, c), [&m_cpu] { return m_cpu.mailbox.level(); });
            }
        }
        file_ = sc_core::sc_create_vcd_trace_file(base.c_str());
        file_->set_time_unit(1, sc_core::SC_PS);
        for (const Signal& signal : signals_) sc_core::sc_trace(file_, signal.value, signal.name, 32);
        system.wheel().set_run_ahead(false);
        system.wheel().set_instant_observer([this] {
            for (Signal& signal : signals_) signal.value = static_cast<unsigned>(signal.read());
        });
    }
    ~PolledWaves() {
        system_.wheel().set_instant_observer(nullptr);
        sc_core::sc_close_vcd_trace_file(file_);
    }

private:
    struct Signal {
        std::string name;
        std::function<std::uint64_t()> read;
        unsigned value = 0;
    };
    void add(const std::string& name, std::function<std::uint64_t()> read) {
        signals_.push_back({name, std::move(read)});
    }
    void add_pe(Pe& pe, const std::string& name) {
        const auto state = [](EngineState s) { return static_cast<std::uint64_t>(s); };
        using Side = PeFetchStore::Side;
        add(name + "cpu.kernel", [&pe] { return pe.cpu.kernels.running() ? 1u : 0u; });
        add(name + "cpu.mailbox", [&pe] { return pe.cpu.hal.mailbox.level(); });
        add(name + "scheduler.commands", [&pe] { return pe.scheduler.commands_in_fifo(); });
        add(name + "scheduler.tiles", [&pe] { return pe.scheduler.tiles_in_flight(); });
        add(name + "dma.read.state", [&pe, state] { return state(pe.dma.read_state()); });
        add(name + "dma.write.state", [&pe, state] { return state(pe.dma.write_state()); });
        add(name + "gemm.state", [&pe, state] { return state(pe.gemm->state()); });
        add(name + "math.state", [&pe, state] { return state(pe.math->state()); });
        for (const Side side : {Side::fetch, Side::store})
            add(name + (side == Side::fetch ? "fetch_store.fetch.state" : "fetch_store.store.state"),
                [this, &pe, side, state] {
                    const EngineState now = pe.fetch_store.state(side);
                    // It will look different then, whether or not anything else happens.
                    if (now == EngineState::stalled)
                        system_.wheel().at<&PolledWaves::look>(pe.fetch_store.starts(side), sim::Priority::wake, this);
                    return state(now);
                });
        if (name.find("pe0") == std::string::npos) return;
        for (const char* direction : {"intra_W", "intra_E"}) add_queue(pe, name + "ipcq.", direction);
    }
    void add_queue(Pe& pe, const std::string& name, const std::string& direction) {
        const auto add_counter = [&](const char* counter, auto value) {
            add(name + direction + counter, [&pe, direction, value]() -> std::uint64_t {
                for (const auto& installed : pe.ipcq.queues())
                    if (installed && installed->queue.setup().direction == direction) return value(installed->queue);
                return 0;
            });
        };
        add_counter(".head", [](const QueuePair& queue) { return queue.my_head(); });
        add_counter(".tail", [](const QueuePair& queue) { return queue.my_tail(); });
        add_counter(".arrived", [](const QueuePair& queue) { return queue.peer_head_cache(); });
        add_counter(".credits", [](const QueuePair& queue) {
            return queue.setup().n_slots + queue.peer_tail_cache() - queue.my_head();
        });
    }
    void look(std::uint64_t) {}

    System& system_;
    std::deque<Signal> signals_;
    sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace ahbm::test
