// SPDX-License-Identifier: Apache-2.0
#include "observe/waves/wave_observers.h"

#include <fmt/format.h>

#include <algorithm>

namespace ahbm {

// --- links and HBM: what is reserved ahead ------------------------------------------------------------------------

LinkWave::LinkWave(const WaveSink& sink, OutputPort& port, const Variables& variables)
    : sink_(sink), port_(port), variables_(variables) {
    port.observers().add(*this);
}

void LinkWave::reserved(const OutputPort&, const Packet& packet, const Reservation& reservation) {
    sink_.move_to_now();
    const auto during = [&](std::optional<std::uint32_t> variable, sim::Time from, sim::Time until) {
        if (!variable || from == until) return;
        sink_.recorder.add_at(from, *variable, 1);
        sink_.recorder.add_at(until, *variable, -1);
    };
    const auto queue = variables_.queue[static_cast<std::size_t>(packet.channel)];
    if (port_.flits() == nullptr)
        during(queue, reservation.head, reservation.departure);
    else if (queue && reservation.first)
        sink_.recorder.add_at(reservation.departure, *queue, -1);
    during(variables_.busy, reservation.from, reservation.until);
}

void LinkWave::awaited(const OutputPort&, const Packet& packet, sim::Time ready) {
    const auto queue = variables_.queue[static_cast<std::size_t>(packet.channel)];
    sink_.move_to_now();
    if (queue) sink_.recorder.add_at(ready, *queue, 1);
}

HbmWave::HbmWave(const WaveSink& sink, HbmController& hbm, std::vector<std::optional<std::uint32_t>> channels)
    : sink_(sink), hbm_(hbm), channels_(std::move(channels)) {
    hbm.observers().add(*this);
}

void HbmWave::burst(unsigned channel, bool write, sim::Time from, sim::Time until) {
    if (!channels_[channel]) return;
    sink_.move_to_now();
    const auto word = static_cast<std::int64_t>(write ? WaveWord::write : WaveWord::read);
    sink_.recorder.add_at(from, *channels_[channel], word);
    sink_.recorder.add_at(until, *channels_[channel], -word);
}

// --- blocks that are read when they change ------------------------------------------------------------------------

BlockWave::BlockWave(const WaveSink& sink, sim::Observers<sim::ChangeObserver>& block, Signals signals)
    : sink_(sink), block_(block), signals_(std::move(signals)) {
    block.add(*this);
}

void BlockWave::changed() {
    sink_.move_to_now();
    for (const auto& [variable, read] : signals_) sink_.recorder.set(variable, read());
}

QueueWave::QueueWave(const WaveSink& sink, PeIpcq& ipcq, Declare declare)
    : sink_(sink), ipcq_(ipcq), declare_(std::move(declare)) {
    ipcq.changes().add(*this);
}

void QueueWave::changed() {
    sink_.move_to_now();
    const auto& all = ipcq_.queues();
    shown_.resize(std::max(shown_.size(), all.size()));
    for (std::size_t i = 0; i < shown_.size(); ++i) {
        const PeIpcq::Installed* const installed = i < all.size() ? all[i].get() : nullptr;
        auto& [shows, variables] = shown_[i];
        if (shows != installed) {
            if (shows != nullptr) give_back(variables_[variables]);
            if (installed != nullptr) variables = take(installed->queue.setup().direction);
            shows = installed;
        }
        if (installed == nullptr) continue;
        const QueuePair& queue = installed->queue;
        const std::uint64_t free = queue.setup().n_slots - (queue.my_head() - queue.peer_tail_cache());
        show(variables_[variables], {queue.my_head(), queue.my_tail(), queue.peer_head_cache(), free});
    }
}

std::size_t QueueWave::take(const std::string& direction) {
    // A second one in a direction, of another process group, is E_2.
    std::string name = direction;
    for (unsigned count = 2;; name = fmt::format("{}_{}", direction, count++)) {
        const auto known =
            std::find_if(variables_.begin(), variables_.end(), [&](const auto& v) { return v.name == name; });
        if (known == variables_.end()) break;
        if (!std::exchange(known->taken, true)) return static_cast<std::size_t>(known - variables_.begin());
    }
    Variables variables{name, {}, true};
    for (std::size_t i = 0; i < counters.size(); ++i)
        variables.ids[i] = declare_(fmt::format("{}.{}", name, counters[i].first), counters[i].second);
    variables_.push_back(std::move(variables));
    return variables_.size() - 1;
}

void QueueWave::give_back(Variables& variables) {
    variables.taken = false;
    show(variables, {});
}

void QueueWave::show(const Variables& variables, const std::array<std::uint64_t, counters.size()>& values) {
    for (std::size_t i = 0; i < counters.size(); ++i)
        if (variables.ids[i]) sink_.recorder.set(*variables.ids[i], values[i]);
}

// --- kernels and launches -----------------------------------------------------------------------------------------

KernelWave::KernelWave(const WaveSink& sink, KernelContext& kernels, WaveWords& words,
                       std::optional<std::uint32_t> running, std::optional<std::uint32_t> phase)
    : sink_(sink), kernels_(kernels), words_(words), running_(running), phase_(phase) {
    kernels.observers().add(*this);
}

void KernelWave::show(bool running, const std::string& phase, sim::Time when) {
    sink_.recorder.move_to(when);
    if (running_) sink_.recorder.set(*running_, running ? 1 : 0);
    if (phase_) sink_.recorder.set(*phase_, words_.of(phase));
}

LaunchWave::LaunchWave(const WaveSink& sink, Host& host, SipId sip, std::vector<KernelContext*> kernels,
                       std::uint32_t phase)
    : sink_(sink), host_(host), sip_(sip), kernels_(std::move(kernels)), phase_(phase) {
    host.observers().add(*this);
    for (KernelContext* each : kernels_) each->observers().add(*this);
}

LaunchWave::~LaunchWave() {
    host_.observers().remove(*this);
    for (KernelContext* each : kernels_) each->observers().remove(*this);
}

void LaunchWave::submitted(const abi::Message& request, std::uint64_t cookie, sim::Time) {
    abi::Header header;
    abi::decode(request, header);
    if (header.opcode != abi::Opcode::kernel_launch || header.sip != sip_.value) return;
    open_.insert(cookie);
    ++submitted_;
    show();
}

void LaunchWave::completed(const abi::Completion&, std::uint64_t cookie, sim::Time) {
    if (open_.erase(cookie) == 0) return;
    executed_ = std::max(executed_, ++completed_);  // one that was refused has run nowhere
    show();
}

void LaunchWave::kernel_started(const std::string&, sim::Time when) {
    if (started_ != when) counted_ = false;
    started_ = when;
    ++running_;
    show();
}

void LaunchWave::kernel_ended(sim::Time) {
    if (--running_ == 0 && !std::exchange(counted_, true)) executed_ = std::min(executed_ + 1, submitted_);
    show();
}

void LaunchWave::show() {
    const WaveWord word = running_ > 0              ? WaveWord::execute
                          : submitted_ > executed_  ? WaveWord::dispatch
                          : submitted_ > completed_ ? WaveWord::complete
                                                    : WaveWord::idle;
    sink_.move_to_now();
    sink_.recorder.set(phase_, static_cast<std::uint32_t>(word));
}

PhaseMarks::PhaseMarks(std::vector<KernelContext*> kernels) : kernels_(std::move(kernels)) {
    for (KernelContext* each : kernels_) each->observers().add(*this);
}

PhaseMarks::~PhaseMarks() {
    for (KernelContext* each : kernels_) each->observers().remove(*this);
}

void PhaseMarks::phase_began(const std::string& phase, sim::Time when) {
    if (begun_.insert(phase).second) marks_.push_back({phase, when});
}

void PhaseMarks::kernel_ended(sim::Time) {
    if (--running_ == 0) begun_.clear();
}

}  // namespace ahbm
