// SPDX-License-Identifier: Apache-2.0
#include "firmware/abi/mailboxes.h"
#include "firmware/abi/mmu_registers.h"
#include "firmware/io_cpu/io_cpu.h"
#include "firmware/m_cpu/m_cpu.h"
#include "firmware/pe_cpu/pe_cpu.h"
#include "firmware/tl/backend.h"
#include "interconnect/protocol/phys_addr.h"
#include "models/pe_mmu/page_table.h"
#include "tests/fuzz/support.h"

#include <variant>
#include <vector>

namespace ahbm::fuzz {
namespace {

using firmware::CpuIdentity;

constexpr unsigned cubes = 4, pes = 4;
const CpuIdentity io_cpu{SipId{0}, {}, {}, cubes, pes};
const CpuIdentity m_cpu{SipId{0}, CubeId{1}, {}, cubes, pes};
const CpuIdentity pe_cpu{SipId{0}, CubeId{1}, PeId{2}, cubes, pes};

/// encode(decode(bytes)) is a message that says the same; a refusal says why.
template <class Value>
void there_and_back(const abi::Message& mail) {
    Value value;
    if (const abi::Verdict verdict = abi::decode(mail, value); !verdict)
        return require(!verdict.text.empty(), "refused without a reason");
    const abi::Message once = abi::encode(value);
    Value again;
    require(bool(abi::decode(once, again)), "an encoded message is refused");
    require(abi::encode(again) == once, "encode(decode(message)) is another message");
}

/// The hardware around one CPU: its mail comes from the input, what it writes is checked.
class Surroundings final : public firmware::PeHal {
public:
    Surroundings(const CpuIdentity& self, Input input) : self_(self), input_(input) {}

    const CpuIdentity& identity() const override { return self_; }
    sim::Time now() const override { return now_; }
    abi::Message wait_for_mail(firmware::Inbox) override {
        if (input_.rest().empty() || mails >= 64) throw firmware::Shutdown();
        ++mails;
        const auto flags = input_.take<std::uint8_t>();
        const Bytes bytes = input_.take(input_.take<std::uint16_t>());
        abi::Message mail(reinterpret_cast<const std::byte*>(bytes.data()),
                          reinterpret_cast<const std::byte*>(bytes.data()) + bytes.size());
        if ((flags & 1) != 0) make_plausible(mail, (flags & 2) != 0);
        there_and_back<abi::Request>(mail);
        there_and_back<abi::MemoryCopy>(mail);
        there_and_back<abi::Completion>(mail);
        return mail;
    }
    void write(std::uint64_t address, std::span<const std::byte> bytes) override {
        const Domain to = decode(address);
        if (to.is(abi::PeResource::mmu)) return map(bytes);
        if (to.is(abi::PeResource::ipcq)) return;
        const abi::Message mail(bytes.begin(), bytes.end());
        if (!abi::is_completion(mail)) return check_request(to, mail);
        require(abi::takes_completions(address, self_.sip), "a completion is written where none may be");
        abi::Completion completion;
        require(bool(abi::decode(mail, completion)), "a completion that cannot be read");
        ++answers;
    }
    bool read(std::uint64_t, std::span<std::byte> bytes) override {
        const Bytes given = input_.take(bytes.size());
        std::memcpy(bytes.data(), given.data(), given.size());
        return given.size() == bytes.size();
    }
    bool fence() override { return (input_.take<std::uint8_t>() & 1) == 0; }
    void wait_until(sim::Time time) override { now_ = std::max(now_, time); }
    void spend(sim::Time time) override { now_ += time; }
    void open_launch(std::uint64_t, std::span<const std::uint16_t>) override {}
    void close_launch(std::uint64_t) override {}
    void abort_launch(std::uint64_t) override {}
    std::optional<sim::Time> wait_for_start(std::uint64_t) override {
        return (input_.take<std::uint8_t>() & 1) == 0 ? std::optional(now_ += sim::Time::ps(1000)) : std::nullopt;
    }
    bool has_kernel(const std::string& name) const override { return name[0] == 'k'; }
    firmware::KernelOutcome run_kernel(const std::string& name, const tl::KernelArgs& args) override {
        const bool fails = args.scalar(0, 0) > 1;
        return {fails ? abi::Status::kernel_error : abi::Status::ok, fails ? name + " stops" : "", {}};
    }

    unsigned mails = 0, answers = 0;

private:
    /// A header that gets past the first checks.
    void make_plausible(abi::Message& mail, bool answerable) const {
        abi::Header header;
        mail.resize(std::max(mail.size(), sizeof header));
        std::memcpy(&header, mail.data(), sizeof header);
        header.magic = abi::magic;
        header.version = abi::version;
        header.size = static_cast<std::uint32_t>(mail.size());
        header.sip = 0;
        if (self_.cube) header.cube_mask = static_cast<std::uint16_t>(1u << self_.cube->value);
        if (self_.pe) header.pe_mask = static_cast<std::uint16_t>(1u << self_.pe->value);
        if (answerable) header.completion_address = abi::encode_host_aperture({0, 0}, 0x1000);
        std::memcpy(mail.data(), &header, sizeof header);
    }
    /// What a CPU passes on, the CPU below takes.
    void check_request(const Domain& to, const abi::Message& mail) const {
        CpuIdentity below = self_;
        below.cube = to.cube;
        if (self_.cube) below.pe = to.pe;
        const firmware::Received received = firmware::receive(mail, below, {});
        require(bool(received.verdict), "a request passed on is refused below: " + received.verdict.text);
    }
    /// PE_MMU's part: what is mapped is found, what is unmapped is not.
    void map(std::span<const std::byte> bytes) {
        abi::MmuCommand command;
        require(bytes.size() == sizeof command, "no command of PE_MMU");
        std::memcpy(&command, bytes.data(), sizeof command);
        const bool maps = command.operation == abi::MmuOperation::map;
        const abi::MmuError error = maps
                                        ? table_.map({command.virtual_address, command.physical_address, command.bytes})
                                        : table_.unmap(command.virtual_address, command.bytes);
        if (error != abi::MmuError::none) return;
        const auto hit = table_.find(command.virtual_address);
        require(hit.has_value() == maps, "the page table does not hold what it took");
        require(!maps || (hit->physical_address == command.physical_address && hit->bytes >= command.bytes),
                "the page table holds something else");
    }

    CpuIdentity self_;
    Input input_;
    sim::Time now_;
    PageTable table_{64};
};

template <class Program>
void run(const CpuIdentity& self, Input input) {
    Surroundings hal(self, input);
    Program program{firmware::FirmwareConfig{}};
    program.run(hal);
    require(hal.answers + program.dropped().count <= hal.mails, "more answers than messages");
    require(!self.pe || hal.answers + program.dropped().count == hal.mails, "a message without an answer");
}

}  // namespace

/// The first byte chooses the CPU; then mails: a byte of flags, two of length, the message.
void messages(Bytes bytes) {
    Input input(bytes);
    switch (input.take<std::uint8_t>() % 3) {
        case 0: return run<firmware::IoCpu>(io_cpu, input);
        case 1: return run<firmware::MCpu>(m_cpu, input);
        default: run<firmware::PeCpu>(pe_cpu, input);
    }
}

}  // namespace ahbm::fuzz
