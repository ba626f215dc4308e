// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/waves.h"

#include "sim/config/error.h"

#include <fmt/format.h>

#include <fnmatch.h>

#include <algorithm>
#include <utility>

namespace ahbm {
namespace {

/// Without the system's own name.
std::string local_name(const std::string& name) { return name.substr(name.find('.') + 1); }

}  // namespace

class Waves::LinkWave final : public LinkObserver {
public:
    LinkWave(std::string local_name, sim::WheelPump& wheel, OutputPort& port) : name(std::move(local_name)), wheel_(wheel), port_(port) {
        port.observe(this);
    }
    ~LinkWave() override { port_.observe(nullptr); }

    void reserved(sim::Time, sim::Time departure, sim::Time free_at) override {
        departures_.push_back(departure);
        // Instants at which this link looks different, whether or not anything else happens then.
        wheel_.at<&LinkWave::look>(departure, sim::Priority::wake, this);
        wheel_.at<&LinkWave::look>(free_at, sim::Priority::wake, this);
    }
    void sample() {
        const sim::Time now = wheel_.now();
        std::erase_if(departures_, [&](sim::Time departure) { return departure <= now; });
        queue = static_cast<unsigned>(departures_.size());
        busy = port_.link().stats().packets > 0 && now < port_.link().free_at();
    }

    const std::string name;
    bool busy = false;
    unsigned queue = 0;

private:
    void look(std::uint64_t) {}

    sim::WheelPump& wheel_;
    OutputPort& port_;
    std::vector<sim::Time> departures_;
};

Waves::Waves(System& system, const WavesConfig& config) : system_(system), scope_(config.scope) {
    add_links();
    add_pes();
    if (signals() == 0)
        throw ConfigError("--vcd-scope", scope_, "no link or engine has such a name; examples: sip0.cube0.pe0.*, sip0.cube0.r0c0.*, fabric.*");

    std::string base = config.file;
    if (base.ends_with(".vcd")) base.resize(base.size() - 4);  // SystemC appends it
    file_ = sc_core::sc_create_vcd_trace_file(base.c_str());
    file_->set_time_unit(1, sc_core::SC_PS);
    for (const LinkWave& link : links_) {
        sc_core::sc_trace(file_, link.busy, link.name + ".busy");
        sc_core::sc_trace(file_, link.queue, link.name + ".queue", 8);
    }
    for (const Sampled& signal : sampled_) sc_core::sc_trace(file_, signal.value, signal.name, static_cast<int>(signal.width));
    system_.wheel().set_run_ahead(false);
    system_.wheel().set_instant_observer([this] { sample(); });
}

Waves::~Waves() {
    system_.wheel().set_instant_observer(nullptr);
    sc_core::sc_close_vcd_trace_file(file_);
}

std::size_t Waves::signals() const { return 2 * links_.size() + sampled_.size(); }

bool Waves::matches(const std::string& name) const {
    return scope_.empty() || fnmatch(scope_.c_str(), name.c_str(), 0) == 0;
}

void Waves::add(const std::string& name, unsigned width, std::function<unsigned()> read) {
    if (matches(name)) sampled_.push_back({name, width, 0, std::move(read)});
}

void Waves::add_links() {
    for (OutputPort* port : system_.fabric().ports()) {
        const std::string name = local_name(port->name());
        if (port->connected() && matches(name)) links_.emplace_back(name, system_.wheel(), *port);
    }
}

void Waves::add_pes() {
    const runtime::DeviceMemory has = system_.machine().memory;
    const auto state = [](EngineState s) { return static_cast<unsigned>(s); };
    for (std::uint32_t s = 0; s < has.sips; ++s) {
        Sip& sip = system_.sip(SipId{s});
        const std::string sip_name = fmt::format("sip{}.", s);
        add(sip_name + "io0.io_cpu.mailbox", 8, [&sip] { return static_cast<unsigned>(sip.io0.io_cpu.hal.mailbox.level()); });
        for (std::uint32_t c = 0; c < has.cubes; ++c) {
            Cube& cube = sip.cube(CubeId{c});
            const std::string cube_name = sip_name + fmt::format("cube{}.", c);
            add(cube_name + "m_cpu.mailbox", 8, [&cube] { return static_cast<unsigned>(cube.m_cpu().hal.mailbox.level()); });
            for (std::uint32_t p = 0; p < has.pes; ++p) {
                Pe& pe = cube.pe(PeId{p});
                const std::string name = cube_name + fmt::format("pe{}.", p);
                add(name + "cpu.kernel", 1, [&pe] { return pe.cpu.kernels.running() ? 1u : 0u; });
                add(name + "scheduler.commands", 8, [&pe] { return pe.scheduler.commands_in_fifo(); });
                add(name + "dma.read.state", 2, [&pe, state] { return state(pe.dma.read_state()); });
                add(name + "dma.write.state", 2, [&pe, state] { return state(pe.dma.write_state()); });
                add(name + "fetch_store.fetch.state", 2, [&pe, state] { return state(pe.fetch_store.state(PeFetchStore::Side::fetch)); });
                add(name + "fetch_store.store.state", 2, [&pe, state] { return state(pe.fetch_store.state(PeFetchStore::Side::store)); });
                add(name + "gemm.state", 2, [&pe, state] { return state(pe.gemm.state()); });
                add(name + "math.state", 2, [&pe, state] { return state(pe.math.state()); });
            }
        }
    }
}

void Waves::sample() {
    for (Sampled& signal : sampled_) signal.value = signal.read();
    for (LinkWave& link : links_) link.sample();
}

}  // namespace ahbm
