// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/firmware_machine.h"

#include "firmware/io_cpu/io_cpu.h"
#include "firmware/m_cpu/m_cpu.h"
#include "firmware/pe_cpu/pe_cpu.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <thread>

namespace ahbm::firmware {

class Cpu final : public PeHal {
public:
    Cpu(Machine& machine, const CpuIdentity& identity, std::uint64_t mailbox, const FirmwareConfig& config)
        : machine_(machine),
          identity_(identity),
          mailbox_(mailbox),
          io_cpu_(config),
          m_cpu_(config),
          pe_cpu_(config),
          thread_([this] { main(); }) {}
    ~Cpu() override { thread_.join(); }

    const CpuIdentity& identity() const override { return identity_; }
    sim::Time now() const override { return machine_.now_; }

    abi::Message wait_for_mail(Inbox inbox) override {
        for (;;) {
            for (std::deque<abi::Message>* box : {&completions_, &requests_}) {
                if (box->empty() || (box == &requests_ && inbox == Inbox::completions && !identity_.cube)) continue;
                abi::Message mail = std::move(box->front());
                box->pop_front();
                return mail;
            }
            waiting_for_mail_ = true;
            yield();
        }
    }

    void write(std::uint64_t address, std::span<const std::byte> bytes) override {
        const sim::Time wire = machine_.ps_per_byte * static_cast<std::int64_t>(bytes.size());
        const sim::Time departure = std::max(now(), port_free_);
        port_free_ = departure + wire;
        const auto hidden = machine_.hidden_delay.find(address);
        const sim::Time delay = hidden == machine_.hidden_delay.end() ? sim::Time() : hidden->second;
        machine_.at(
            departure + way_to(address) + wire + delay,
            [this, address, copy = abi::Message(bytes.begin(), bytes.end())] { machine_.deliver(address, copy); });
    }

    /// The only register there is: PE_MMU's refusal.
    bool read(std::uint64_t address, std::span<std::byte> bytes) override {
        sleep(sim::Time::ps(3000));
        if (abi::window_of(abi::WindowKind::pe_local).offset.get(address) != abi::mmu_refusal_offset) return false;
        std::memcpy(bytes.data(), &refusal, std::min(bytes.size(), sizeof(refusal)));
        return true;
    }
    bool fence() override {
        sleep(sim::Time::ps(50'000));
        return refusal.error == abi::MmuError::none;
    }
    void wait_until(sim::Time time) override {
        if (time > now()) sleep(time - now());
    }
    void spend(sim::Time time) override { sleep(time); }

    void open_launch(std::uint64_t launch_id, std::span<const std::uint16_t> pe_masks) override {
        Machine::Launch& launch = machine_.launches_[launch_id];
        for (const std::uint16_t mask : pe_masks) launch.missing += static_cast<unsigned>(std::popcount(mask));
    }
    void close_launch(std::uint64_t launch_id) override { machine_.launches_.erase(launch_id); }
    void abort_launch(std::uint64_t launch_id) override {
        machine_.at(now() + Machine::kSignal, [this, launch_id] { machine_.abort(launch_id); });
    }
    std::optional<sim::Time> wait_for_start(std::uint64_t launch_id) override {
        machine_.at(now() + Machine::kSignal, [this, launch_id] { machine_.ready_for(launch_id, *this); });
        yield();
        return std::exchange(start, std::nullopt);
    }

    bool has_kernel(const std::string& name) const override {
        machine_.ready.emplace(place(), now());
        return machine_.kernels.contains(name) && !machine_.unknown_on.contains(place());
    }
    KernelOutcome run_kernel(const std::string& name, const tl::KernelArgs& args) override {
        return machine_.kernels.at(name)(*this, args);
    }

    PeCoord place() const { return {identity_.sip, *identity_.cube, *identity_.pe}; }
    const Dropped& dropped() const {
        return identity_.pe ? pe_cpu_.dropped() : identity_.cube ? m_cpu_.dropped() : io_cpu_.dropped();
    }
    void arrive(abi::Message mail, bool as_completion) {
        (as_completion ? completions_ : requests_).push_back(std::move(mail));
        if (!std::exchange(waiting_for_mail_, false)) return;
        machine_.at(machine_.now_, [this] { machine_.resume(*this); });
    }

    std::binary_semaphore go{0};
    std::optional<sim::Time> start;
    bool ended = false;
    abi::MmuRefusal refusal;

private:
    static sim::Time way_to(std::uint64_t address) {
        const std::uint64_t pe = abi::window_of(abi::WindowKind::pe_local).pe.get(address);
        const std::uint64_t die = abi::die_id.get(address);
        const bool to_pe = abi::find_window(abi::DieKind::cube, address)->kind == abi::WindowKind::pe_local;
        return sim::Time::ps(static_cast<std::int64_t>(to_pe ? 2 + (pe * 5) % 7 : 10 + (die * 7) % 48) * 1111);
    }
    void main() {
        go.acquire();
        if (identity_.pe) {
            pe_cpu_.run(*this);
        } else if (identity_.cube) {
            m_cpu_.run(*this);
        } else {
            io_cpu_.run(*this);
        }
        ended = true;
        machine_.scheduler_.release();
    }
    void yield() {
        machine_.scheduler_.release();
        go.acquire();
        if (machine_.shutdown_) throw Shutdown();
    }
    void sleep(sim::Time time) {
        machine_.at(now() + time, [this] { machine_.resume(*this); });
        yield();
    }

    Machine& machine_;
    const CpuIdentity identity_;
    const std::uint64_t mailbox_;
    std::deque<abi::Message> requests_;
    std::deque<abi::Message> completions_;
    bool waiting_for_mail_ = false;
    sim::Time port_free_;
    IoCpu io_cpu_;
    MCpu m_cpu_;
    PeCpu pe_cpu_;
    std::thread thread_;
};

Machine::Machine(unsigned cubes, unsigned pes, const FirmwareConfig& config) : cubes_(cubes), pes_(pes) {
    const SipId sip(0);
    const auto add = [&](std::uint64_t mailbox, std::optional<CubeId> cube, std::optional<PeId> pe) {
        cpus_.push_back(std::make_unique<Cpu>(*this, CpuIdentity{sip, cube, pe, cubes, pes}, mailbox, config));
        mailboxes_[mailbox] = cpus_.back().get();
        at({}, [this, cpu = cpus_.back().get()] { resume(*cpu); });
    };
    add(abi::io_cpu_mailbox(sip), {}, {});
    mailboxes_[abi::io_cpu_completions(sip)] = cpus_.front().get();
    for (std::uint32_t c = 0; c < cubes; ++c) {
        add(abi::m_cpu_mailbox(sip, CubeId(c)), CubeId(c), {});
        for (std::uint32_t p = 0; p < pes; ++p) add(abi::pe_cpu_mailbox({sip, CubeId(c), PeId(p)}), CubeId(c), PeId(p));
    }
}

Machine::~Machine() {
    shutdown_ = true;
    events_.clear();
    for (const auto& cpu : cpus_) {
        if (!cpu->ended) resume(*cpu);
    }
}

void Machine::host_sends(abi::Message message, sim::Time time) {
    at(time, [this, message = std::move(message)] { deliver(abi::io_cpu_mailbox(SipId(0)), message); });
}

void Machine::run() {
    while (!events_.empty()) {
        const auto next = events_.begin();
        now_ = next->first.first;
        const std::function<void()> action = std::move(next->second);
        events_.erase(next);
        action();
    }
}

void Machine::at(sim::Time time, std::function<void()> action) {
    events_.emplace(std::pair(time, next_sequence_++), std::move(action));
}

void Machine::resume(Cpu& cpu) {
    cpu.go.release();
    scheduler_.acquire();
}

void Machine::deliver(std::uint64_t address, abi::Message message) {
    ++delivered[address];
    if (const auto found = mailboxes_.find(address); found != mailboxes_.end()) {
        return found->second->arrive(std::move(message), address == abi::io_cpu_completions(SipId(0)));
    }
    if (abi::die_id.get(address) >= 16) {  // the host aperture
        HostMail mail{now_, {}};
        if (!abi::decode(message, mail.completion)) throw std::logic_error("the host got what is no completion");
        return host.push_back(std::move(mail));
    }
    const abi::Fields to = abi::unpack(abi::window_of(abi::WindowKind::pe_local), address);
    const PeCoord place{SipId(0), CubeId(static_cast<std::uint32_t>(to.die)), PeId(static_cast<std::uint32_t>(to.pe))};
    abi::MmuCommand command;
    std::memcpy(&command, message.data(), sizeof(command));
    mmu[place].push_back(command);
    if (command.virtual_address == mmu_refuses) {
        mailboxes_.at(abi::pe_cpu_mailbox(place))->refusal = {abi::MmuError::overlap, 0, command.virtual_address};
    }
}

void Machine::ready_for(std::uint64_t launch_id, Cpu& cpu) {
    Launch& launch = launches_.at(launch_id);
    launch.waiting.push_back(&cpu);
    if (launch.aborted) return abort(launch_id);
    if (--launch.missing > 0) return;
    for (Cpu* each : std::exchange(launch.waiting, {})) {
        each->start = now_ + kSignal;
        at(now_ + kSignal, [this, each] { resume(*each); });
    }
}

void Machine::abort(std::uint64_t launch_id) {
    const auto found = launches_.find(launch_id);
    if (found == launches_.end()) return;
    found->second.aborted = true;
    aborted.insert(launch_id);
    for (Cpu* each : std::exchange(found->second.waiting, {})) at(now_ + kSignal, [this, each] { resume(*each); });
}

const Dropped& Machine::io_cpu_dropped() const { return cpus_.front()->dropped(); }

std::uint64_t Machine::dropped() const {
    std::uint64_t count = 0;
    for (const auto& cpu : cpus_) count += cpu->dropped().count;
    return count;
}

abi::KernelLaunch launch_everywhere(const std::string& kernel, unsigned cubes, unsigned pes) {
    abi::KernelLaunch launch;
    launch.header.cube_mask = static_cast<std::uint16_t>((1u << cubes) - 1);
    launch.header.pe_mask = static_cast<std::uint16_t>((1u << pes) - 1);
    launch.header.completion_address = abi::encode_host_aperture({0, 0}, 0x1000);
    launch.kernel = kernel;
    for (unsigned c = 0; c < cubes; ++c) {
        for (unsigned p = 0; p < pes; ++p) {
            launch.sections.push_back({static_cast<std::uint16_t>(c), static_cast<std::uint16_t>(p), {}});
        }
    }
    return launch;
}

}  // namespace ahbm::firmware
