// SPDX-License-Identifier: Apache-2.0
#include "app/event_log.h"

#include "platform/host_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace ahbm::cli {
namespace {

/// Of a job, and the engine that does it.
struct JobName {
    const char *engine, *what;
};
constexpr std::array<JobName, 12> kJobs{{{"dma", "read"},
                                         {"dma", "write"},
                                         {"fetch_store", "fetch"},
                                         {"fetch_store", "store"},
                                         {"gemm", "gemm"},
                                         {"math", "math"},
                                         {"dma", "fence"},
                                         {"ipcq", "reserve"},
                                         {"ipcq", "send"},
                                         {"ipcq", "receive"},
                                         {"ipcq", "release"},
                                         {"ipcq", "cancel"}}};

/// For people, requests count from 0.
std::uint64_t number_of(std::uint64_t cookie) {
    return cookie < HostPort::kFirstCookie ? cookie : cookie - HostPort::kFirstCookie;
}

/// What a job works on: bytes, operations or elements.
std::string amount(const Job& job) {
    if (job.kind == JobKind::gemm) return fmt::format("{} flop", job.flop());
    if (job.kind == JobKind::math) return fmt::format("{} elements", job.elements);
    std::uint64_t bytes = 0;
    for (const tl::Region& region : job.tcm) bytes += region.view.bytes();
    return fmt::format("{} B", bytes);
}

}  // namespace

class EventLog::PeLog final : private JobObserver, private KernelObserver, private PeIpcq::Observer {
public:
    PeLog(Pe& pe, PeCoord at, System& system) : pe_(pe), name_(to_string(at)), system_(system) {
        pe_.scheduler.observers().add(*this);
        pe_.cpu.kernels.observers().add(*this);
        pe_.ipcq.observers().add(*this);
    }
    ~PeLog() override {
        pe_.scheduler.observers().remove(*this);
        pe_.cpu.kernels.observers().remove(*this);
        pe_.ipcq.observers().remove(*this);
    }
    PeLog(const PeLog&) = delete;

private:
    void say(sim::Time when, const char* block, const std::string& text) {
        system_.log().debug(when, name_ + '.' + block, text);
    }
    void job_done(const Job& job, std::uint64_t command) override {
        const JobName& name = kJobs[static_cast<std::size_t>(job.kind)];
        say(system_.wheel().now(), name.engine,
            fmt::format("{} of {} for command {}, issued at {:.3f} ns, begun at {:.3f} ns{}", name.what, amount(job),
                        command, job.issued.ns(), job.started.ns(), job.error.empty() ? "" : ", failed: " + job.error));
    }
    void kernel_started(const std::string& kernel, sim::Time when) override {
        say(when, "cpu", fmt::format("kernel {} begins", kernel));
    }
    void phase_began(const std::string& phase, sim::Time when) override {
        say(when, "cpu", fmt::format("phase {} begins", phase));
    }
    void kernel_ended(sim::Time when) override { say(when, "cpu", "the kernel ends"); }
    void operated(const PeIpcq::Operation& operation) override {
        static constexpr std::array names{"slot reserved for tile", "sent tile",      "tile arrived:",
                                          "received tile",          "gave back tile", "credit: given back"};
        say(operation.time, "ipcq",
            fmt::format("{} {}, queue pair {}", names[static_cast<std::size_t>(operation.kind)], operation.sequence,
                        operation.queue));
    }

    Pe& pe_;
    const std::string name_;
    System& system_;
};

EventLog::EventLog(System& system) : system_(system), actors_(system) {
    for (const PeCoord at : system.pes()) pes_.push_back(std::make_unique<PeLog>(system.pe(at), at, system));
    system.host().observers().add(*this);
    system.fabric().observers().add(*this);
}

EventLog::~EventLog() {
    system_.host().observers().remove(*this);
    system_.fabric().observers().remove(*this);
}

void EventLog::submitted(const abi::Message& request, std::uint64_t cookie, sim::Time when) {
    abi::Header header;
    abi::decode(request, header);
    system_.log().debug(
        when, "host",
        fmt::format("request {}: {} to sip{}", number_of(cookie), abi::to_string(header.opcode), header.sip));
}

void EventLog::completed(const abi::Completion& completion, std::uint64_t cookie, sim::Time when) {
    system_.log().debug(when, "host",
                        fmt::format("request {} complete: {}", number_of(cookie), abi::to_string(completion.status)));
}

void EventLog::completed(const Packet& packet, PathClass path, sim::Time end) {
    std::string who = actors_.name(actors_.of(packet.destination));  // the packet is the response
    std::replace(who.begin(), who.end(), ' ', '.');
    system_.log().debug(
        end, who,
        fmt::format("transaction {}: {} {} B, {} ({}), issued at {:.3f} ns", packet.transaction,
                    packet.access == Access::read ? "read" : "wrote", packet.bytes, to_string(packet.target),
                    kPathClassNames[static_cast<std::size_t>(path)], packet.issued.ns()));
}

}  // namespace ahbm::cli
