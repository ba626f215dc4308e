// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/waves.h"

#include "sim/config/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace ahbm {
namespace {

/// Without the system's own name.
std::string local_name(const std::string& name) { return name.substr(name.find('.') + 1); }

}  // namespace

class Waves::LinkWave final : public LinkObserver {
public:
    LinkWave(std::string local_name, sim::WheelPump& wheel, OutputPort& port)
        : name(std::move(local_name)), wheel_(wheel), port_(port) {
        port.observers().add(*this);
    }
    ~LinkWave() override { port_.observers().remove(*this); }

    void reserved(const OutputPort&, const Packet&, const Reservation& reservation) override {
        reservations_.push_back(reservation);
        // Instants at which this link looks different, whether or not anything else happens then.
        const sim::Time now = wheel_.now();
        for (const sim::Time when : {reservation.head, reservation.departure, reservation.from, reservation.until})
            if (when >= now) wheel_.at<&LinkWave::look>(when, sim::Priority::wake, this);
    }
    void sample() {
        const sim::Time now = wheel_.now();
        std::erase_if(reservations_, [&](const Reservation& r) { return r.departure <= now && r.until <= now; });
        queue = 0;
        busy = false;
        for (const Reservation& r : reservations_) {
            queue += r.head <= now && now < r.departure ? 1 : 0;
            busy |= r.from <= now && now < r.until;
        }
    }

    const std::string name;
    bool busy = false;
    unsigned queue = 0;

private:
    void look(std::uint64_t) {}

    sim::WheelPump& wheel_;
    OutputPort& port_;
    std::vector<Reservation> reservations_;  ///< not over yet
};

Waves::Waves(System& system, const WavesConfig& config) : system_(system), vcd_(config.file), scope_(config.scope) {
    add_links();
    add_pes();
    if (links_.empty() && sampled_.empty())
        throw ConfigError("--vcd-scope", scope_, "no link or engine has such a name; " + what_there_is());
    if (!config.file.ends_with(".vcd")) throw ConfigError("--vcd", config.file, "a name that ends in .vcd is expected");
    if (std::ofstream probe(config.file); !probe)
        throw ConfigError("--vcd", config.file, std::string("cannot be written: ") + std::strerror(errno));

    const std::string base = config.file.substr(0, config.file.size() - 4);  // SystemC appends the rest
    file_ = sc_core::sc_create_vcd_trace_file(base.c_str());
    file_->set_time_unit(1, sc_core::SC_PS);
    for (const LinkWave& link : links_) {
        sc_core::sc_trace(file_, link.busy, link.name + ".busy");
        sc_core::sc_trace(file_, link.queue, link.name + ".queue", 8);
    }
    for (const Sampled& signal : sampled_)
        sc_core::sc_trace(file_, signal.value, signal.name, static_cast<int>(signal.width));
    system_.wheel().set_run_ahead(false);
    system_.wheel().set_instant_observer([this] { sample(); });
}

Waves::~Waves() {
    system_.wheel().set_instant_observer(nullptr);
    sc_core::sc_close_vcd_trace_file(file_);
}

std::vector<WaveSignal> Waves::signals() const {
    std::vector<WaveSignal> all;
    for (const LinkWave& link : links_) {
        all.push_back({link.name + ".busy", 1});
        all.push_back({link.name + ".queue", 8});
    }
    for (const Sampled& signal : sampled_) all.push_back({signal.name, signal.width});
    return all;
}

std::string Waves::what_there_is() {
    const std::string wanted = std::exchange(scope_, "");
    links_.clear();
    add_links();
    add_pes();
    const std::vector<WaveSignal> all = signals();
    links_.clear();
    scope_ = wanted;
    // The longest part of the wanted name, up to a dot, that something has.
    for (std::size_t end = wanted.size(); end != std::string::npos && end > 0; end = wanted.rfind('.', end - 1)) {
        const std::string inside = wanted.substr(0, end) + ".";
        std::vector<std::string> names;
        for (const auto& [name, width] : all) {
            if (!name.starts_with(inside)) continue;
            const std::string next = name.substr(inside.size(), name.find('.', inside.size()) - inside.size());
            if (std::find(names.begin(), names.end(), next) == names.end()) names.push_back(next);
        }
        std::sort(names.begin(), names.end());
        if (!names.empty()) return fmt::format("in {} there are: {}", wanted.substr(0, end), fmt::join(names, ", "));
    }
    return "examples: sip0.cube0.pe0.*, sip0.cube0.r0c0.*, fabric.*";
}

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
        add(sip_name + "io0.io_cpu.mailbox", 8,
            [&sip] { return static_cast<unsigned>(sip.io0.io_cpu.hal.mailbox.level()); });
        for (std::uint32_t c = 0; c < has.cubes; ++c) {
            Cube& cube = sip.cube(CubeId{c});
            const std::string cube_name = sip_name + fmt::format("cube{}.", c);
            add(cube_name + "m_cpu.mailbox", 8,
                [&cube] { return static_cast<unsigned>(cube.m_cpu().hal.mailbox.level()); });
            for (std::uint32_t p = 0; p < has.pes; ++p) {
                Pe& pe = cube.pe(PeId{p});
                const std::string name = cube_name + fmt::format("pe{}.", p);
                add(name + "cpu.kernel", 1, [&pe] { return pe.cpu.kernels.running() ? 1u : 0u; });
                add(name + "scheduler.commands", 8, [&pe] { return pe.scheduler.commands_in_fifo(); });
                add(name + "dma.read.state", 2, [&pe, state] { return state(pe.dma.read_state()); });
                add(name + "dma.write.state", 2, [&pe, state] { return state(pe.dma.write_state()); });
                add(name + "fetch_store.fetch.state", 2,
                    [this, &pe] { return lane_state(pe.fetch_store, PeFetchStore::Side::fetch); });
                add(name + "fetch_store.store.state", 2,
                    [this, &pe] { return lane_state(pe.fetch_store, PeFetchStore::Side::store); });
                add(name + "gemm.state", 2, [&pe, state] { return state(pe.gemm->state()); });
                add(name + "math.state", 2, [&pe, state] { return state(pe.math->state()); });
            }
        }
    }
}

unsigned Waves::lane_state(const PeFetchStore& unit, PeFetchStore::Side side) {
    const EngineState state = unit.state(side);
    if (state == EngineState::stalled) system_.wheel().at<&Waves::look>(unit.starts(side), sim::Priority::wake, this);
    return static_cast<unsigned>(state);
}

void Waves::sample() {
    for (Sampled& signal : sampled_) signal.value = signal.read();
    for (LinkWave& link : links_) link.sample();
}

}  // namespace ahbm
