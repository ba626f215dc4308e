// SPDX-License-Identifier: Apache-2.0
#include "observe/waves/waves.h"

#include "sim/config/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <exception>

namespace ahbm {
namespace {

using Kind = WaveSignal::Kind;

constexpr unsigned kCount = 32;  ///< bits of a count that no configuration limits, and of a word
unsigned bits_for(std::uint64_t most) { return static_cast<unsigned>(std::bit_width(most)); }

WaveSignal plain_signal(const std::string& group, const std::string& name, unsigned width, Kind kind) {
    return {group + '.' + name, group, width, kind, false};
}
WaveSignal word_signal(const std::string& group, const std::string& name, unsigned width, Kind kind) {
    return {group + '.' + name, group, width, kind, true};
}
template <class Enum>
std::uint32_t to_number(Enum value) {
    return static_cast<std::uint32_t>(value);
}

}  // namespace

Waves::Waves(System& system, const WavesConfig& config) : system_(system), vcd_(config.file), scope_(config.scope) {
    if (!config.file.ends_with(".vcd")) throw ConfigError("--vcd", config.file, "a name that ends in .vcd is expected");
    add_everything();
    if (const std::vector<std::string> wrong = scope_.hopeless(); !wrong.empty())
        throw ConfigError("--vcd-scope", wrong.front(), "no signal has such a name; " + what_there_is(wrong.front()));
    file_.open(config.file);
    phases_ = std::make_unique<PhaseMarks>(all_kernels_);
}

Waves::~Waves() {
    try {
        close("the run did not come to its end");
    } catch (const std::exception&) {  // the run has failed already, or finish() has said so
    }
}

void Waves::close(const std::string& partial) {
    if (end_ || phases_ == nullptr) return;
    end_ = recorder_.finish(system_.wheel().now());
    file_.close(*end_, partial);
}

std::string Waves::finish(const std::vector<WaveMarker>& launches, const std::string& partial) {
    close(partial);
    std::vector<WaveMarker> markers = finding_markers();
    const std::vector<WaveMarker> phases = phase_markers();
    markers.insert(markers.end(), launches.begin(), launches.end());
    markers.insert(markers.end(), phases.begin(), phases.end());
    return write_save_file(vcd_, signals_, words_.all(), markers, *end_);
}

std::vector<WaveMarker> Waves::finding_markers() {
    std::vector<WaveMarker> markers;
    for (const shadow::UninitialisedRead& read : system_.recorder().uninitialised_reads())
        markers.push_back({"uninitialised read by " + read.component, read.time});
    for (const PeCoord at : system_.pes())
        for (const PeIpcq::Race& race : system_.pe(at).ipcq.races())
            markers.push_back(
                {fmt::format("race on {}: tile {} from {}", to_string(at), race.sequence, race.direction), race.read});
    return markers;
}

std::vector<WaveMarker> Waves::phase_markers() const {
    std::vector<WaveMarker> markers;
    for (const PhaseMarks::Mark& mark : phases_->marks()) markers.push_back({mark.phase, mark.at});
    return markers;
}

std::optional<std::uint32_t> Waves::declare(const WaveSignal& signal) {
    if (!scope_.has(signal.name) || listing_) return std::nullopt;
    signals_.push_back(signal);
    return recorder_.declare(signal.name, signal.width);
}

std::string Waves::what_there_is(const std::string& wanted) {
    scope_ = Scope("");
    listing_ = true;
    add_everything();
    return scope_.what_there_is(wanted);
}

// --- what there is ------------------------------------------------------------------------------------------------

void Waves::add_everything() {
    for (unsigned s = 0; s < system_.sip_count(); ++s) add_sip(SipId{s});
    for (OutputPort* port : system_.fabric().ports()) add_link(*port);
}

void Waves::add_sip(SipId id) {
    const runtime::DeviceMemory has = system_.machine().memory;
    const std::string name = fmt::format("sip{}", id.value);
    Sip& sip = system_.sip(id);
    std::vector<KernelContext*> kernels;
    for (std::uint32_t c = 0; c < has.cubes; ++c) {
        Cube& cube = sip.cube(CubeId{c});
        for (std::uint32_t p = 0; p < has.pes; ++p) kernels.push_back(&cube.pe(PeId{p}).cpu.kernels);
        add_cube(cube, fmt::format("{}.cube{}", name, c));
    }
    add_mailbox(sip.io0.io_cpu.hal.mailbox, name + ".io0.io_cpu", "mailbox");
    add_mailbox(sip.io0.io_cpu.hal.completions, name + ".io0.io_cpu", "completions");
    all_kernels_.insert(all_kernels_.end(), kernels.begin(), kernels.end());
    if (const auto launch = declare(word_signal(name, "launch", 3, Kind::kernel)))
        launches_.emplace_back(sink_, system_.host(), id, std::move(kernels), *launch);
}

void Waves::add_cube(Cube& cube, const std::string& name) {
    if (!scope_.reaches(name + '.')) return;
    const runtime::DeviceMemory has = system_.machine().memory;
    for (std::uint32_t p = 0; p < has.pes; ++p) {
        add_pe(cube.pe(PeId{p}), fmt::format("{}.pe{}", name, p));
        add_hbm(cube.hbm(PeId{p}), fmt::format("{}.hbm{}", name, p));
    }
    add_mailbox(cube.m_cpu().hal.mailbox, name + ".m_cpu", "mailbox");
}

void Waves::add_pe(Pe& pe, const std::string& name) {
    const auto running = declare(plain_signal(name, "cpu.kernel", 1, Kind::kernel));
    const auto phase = declare(word_signal(name, "cpu.phase", kCount, Kind::kernel));
    if (running || phase) kernels_.emplace_back(sink_, pe.cpu.kernels, words_, running, phase);
    add_mailbox(pe.cpu.hal.mailbox, name, "cpu.mailbox");
    add_block(
        pe.scheduler.changes(),
        {{plain_signal(name, "scheduler.commands", kCount, Kind::queue),
          [&pe] { return pe.scheduler.commands_in_fifo(); }},
         {plain_signal(name, "scheduler.tiles", kCount, Kind::queue), [&pe] { return pe.scheduler.tiles_in_flight(); }},
         {word_signal(name, "gemm.state", 2, Kind::engine), [&pe] { return to_number(pe.gemm->state()); }},
         {word_signal(name, "math.state", 2, Kind::engine), [&pe] { return to_number(pe.math->state()); }}});
    add_fetch_store(pe, name);
    add_block(
        pe.dma.changes(),
        {{word_signal(name, "dma.read.state", 2, Kind::engine), [&pe] { return to_number(pe.dma.read_state()); }},
         {word_signal(name, "dma.write.state", 2, Kind::engine), [&pe] { return to_number(pe.dma.write_state()); }}});
    if (listing_ || !scope_.expects_queues(name)) return;
    queues_.emplace_back(sink_, pe.ipcq, [this, name](const std::string& counter, unsigned width) {
        return declare(plain_signal(name, "ipcq." + counter, width, Kind::ipcq));
    });
}

void Waves::add_fetch_store(Pe& pe, const std::string& name) {
    const auto add = [&](const char* side_name, PeFetchStore::Side side) {
        const auto variable =
            declare(word_signal(name, fmt::format("fetch_store.{}.state", side_name), 2, Kind::engine));
        if (!variable) return;
        // A side that waits for TCM's port gets it at a time that is known, whether or not anything else happens then.
        const auto read = [this, &pe, side, state = *variable] {
            const EngineState now = pe.fetch_store.state(side);
            if (now == EngineState::stalled)
                recorder_.set_at(pe.fetch_store.starts(side), state, to_number(EngineState::busy));
            return to_number(now);
        };
        blocks_.emplace_back(sink_, pe.scheduler.changes(), BlockWave::Signals{{*variable, read}});
    };
    add("fetch", PeFetchStore::Side::fetch);
    add("store", PeFetchStore::Side::store);
}

void Waves::add_block(sim::Observers<sim::ChangeObserver>& block, const std::vector<Shown>& shown) {
    BlockWave::Signals signals;
    for (const Shown& each : shown)
        if (const auto variable = declare(each.signal)) signals.emplace_back(*variable, each.read);
    if (!signals.empty()) blocks_.emplace_back(sink_, block, std::move(signals));
}

void Waves::add_mailbox(Mailbox& mailbox, const std::string& group, const std::string& name) {
    const unsigned width = bits_for(system_.config().mailbox.depth);
    add_block(mailbox.changes(),
              {{plain_signal(group, name, width, Kind::mailbox), [&mailbox] { return mailbox.level(); }}});
}

void Waves::add_hbm(HbmController& hbm, const std::string& name) {
    std::vector<std::optional<std::uint32_t>> channels(hbm.timing().channels().size());
    for (std::size_t i = 0; i < channels.size(); ++i)
        channels[i] = declare(word_signal(name, fmt::format("pc{}.state", i), 3, Kind::hbm));
    if (std::any_of(channels.begin(), channels.end(), [](const auto& each) { return each.has_value(); }))
        hbms_.emplace_back(sink_, hbm, std::move(channels));
}

void Waves::add_link(OutputPort& port) {
    if (!port.connected()) return;
    std::string name = name_within_system(port.name());
    if (!scope_.reaches(name + '.')) return;
    const std::string group = name.substr(0, name.rfind('.')), link = name.substr(group.size() + 1);
    LinkWave::Variables variables;
    variables.busy = declare(plain_signal(group, link + ".busy", 1, Kind::link));
    bool any = variables.busy.has_value();
    for (std::size_t i = 0; i < LinkWave::channels.size(); ++i) {
        variables.queue[i] =
            declare(plain_signal(group, fmt::format("{}.queue.{}", link, LinkWave::channels[i]), kCount, Kind::link));
        any |= variables.queue[i].has_value();
    }
    if (any) links_.emplace_back(sink_, port, variables);
}

}  // namespace ahbm
