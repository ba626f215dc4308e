// SPDX-License-Identifier: Apache-2.0
// PeCpu: the module, its program and what kernels run on, between a scheduler that the test plays, a real TCM, and an
// end of the fabric in the place of M_CPU, the barrier and the PE's own registers. A call of the kernel language costs
// 2 ns by default; a command takes 10 ns here.
#include "models/pe_cpu/pe_cpu.h"
#include "firmware/abi/mmu_registers.h"
#include "firmware/tl/program.h"
#include "models/pe_contract/queue_query.h"
#include "models/pe_tcm/pe_tcm.h"
#include "tests/models/mail.h"
#include "tests/models/pe_rig.h"

#include <functional>

namespace ahbm::test {
namespace {

const PeCoord kCpuPe{SipId{0}, CubeId{0}, PeId{1}};

/// In the places of PE_SCHEDULER and PE_IPCQ.
class PeOfTheTest : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeOfTheTest> commands{"commands"};
    tlm_utils::simple_target_socket<PeOfTheTest> queues{"queues"};
    struct Entry {
        tl::CommandKind kind;
        sim::Time at;
        std::uint64_t kernel;
        tlm::tlm_generic_payload* payload;
    };
    std::vector<Entry> log;
    bool full = false;                          ///< the FIFO: take() makes room
    std::map<std::size_t, std::string> errors;  ///< of commands by number
    sim::Time duration = 10_ns;

    PeOfTheTest(const sc_core::sc_module_name& name, sim::WheelPump& wheel) : sc_module(name), wheel_(wheel) {
        commands.register_nb_transport_fw(this, &PeOfTheTest::accept);
        queues.register_b_transport(this, &PeOfTheTest::answer_query);
    }
    /// Takes the command that found the FIFO full.
    void take() {
        full = false;
        answer(log.size() - 1, tlm::END_REQ);
        wheel_.at<&PeOfTheTest::complete>(wheel_.now() + duration, sim::Priority::engine, this, log.size() - 1);
    }

private:
    tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
        const CommandTicket& ticket = *payload.get_extension<CommandTicket>();
        log.push_back({ticket.command->kind, wheel_.now(), ticket.kernel, &payload});
        if (full) return tlm::TLM_ACCEPTED;
        wheel_.at<&PeOfTheTest::complete>(wheel_.now() + duration, sim::Priority::engine, this, log.size() - 1);
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
    }
    void complete(std::uint64_t number) {
        log[number].payload->get_extension<CommandTicket>()->error = errors[number];
        answer(number, tlm::BEGIN_RESP);
    }
    void answer(std::uint64_t number, tlm::tlm_phase phase) {
        sc_core::sc_time delay = wheel_.delay();
        commands->nb_transport_bw(*log[number].payload, phase, delay);
    }
    void answer_query(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
        QueueQuery& query = *payload.get_extension<QueueQuery>();
        query.queues->clear();
        query.tcm_end -= 4096;  // a ring lies there
    }
    sim::WheelPump& wheel_;
};

struct PeCpuBench : BlockBench {
    PeCpuConfig cpu_config;
    PeGemmConfig gemm_config;
    PeTcmConfig tcm_config;
    CpuConfig hal_config;
    MailboxConfig mailbox_config;
    firmware::FirmwareConfig firmware_config;
    tl::KernelRegistry kernels;
    sim::Log log{sim::Log::Level::off};
    PeTcm tcm{"tcm", tcm_config, wheel, recorder};
    PeCpu cpu{"cpu",
              fabric,
              {kCpuPe, 1, 2, &kernels},
              {cpu_config, gemm_config, tcm_config, hal_config, mailbox_config, firmware_config},
              recorder,
              log};
    PeOfTheTest pe{"pe", wheel};
    TcmPort dma{"dma"}, fetch_store{"fetch_store"}, ipcq{"ipcq"};
    BenchEnd noc{"noc", *this, Directory::host()};
    std::function<void(tl::Program&)> body = [](tl::Program&) {};  ///< of the kernel `k`

    PeCpuBench()
        : BlockBench(Config{.cube = two_pes(),
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = 1_MiB}}) {
        kernels.add({"k", "of the test", [this](tl::Program& program, const tl::KernelArgs&) { body(program); }});
        cpu.hal.fabric.set_node(directory.pe(kCpuPe, NodeId::Unit::cpu));
        cpu.kernels.scheduler.bind(pe.commands);
        cpu.kernels.ipcq.bind(pe.queues);
        cpu.kernels.tcm.bind(tcm.cpu);
        dma.tcm.bind(tcm.dma);
        fetch_store.tcm.bind(tcm.fetch_store);
        ipcq.tcm.bind(tcm.ipcq);
        join(noc.fabric, cpu.hal.fabric);
    }
    const std::uint64_t answer_at = abi::m_cpu_mailbox(SipId{0}, CubeId{0});
    void send(const abi::Message& message) {
        send_mail(noc, abi::pe_cpu_mailbox(kCpuPe), cpu.hal.fabric.node(), message);
    }
    void signal(abi::LaunchSignal::Kind kind, std::uint64_t launch_id, sim::Time start = {}) {
        send_signal(noc, abi::launch_signals(kCpuPe), cpu.hal.fabric.node(),
                    {kind, launch_id, static_cast<std::uint64_t>(start.ps())});
    }
    /// Launches `k` to start 100 ns from now, and waits until it must have ended.
    abi::Completion run(std::function<void(tl::Program&)> kernel) {
        body = std::move(kernel);
        const std::uint64_t number = ++launches;
        const std::size_t before = noc.requests.size();
        start = wheel.now() + 100_ns;
        send(launch("k", {{0, 1}}, answer_at, number));
        wait_until(start - 50_ns);
        signal(abi::LaunchSignal::Kind::start, number, start);
        wait_until(start + 10_us);
        EXPECT_EQ(noc.requests.size(), before + 1);
        return noc.requests.size() > before ? completion_in(noc.requests.back()).value_or(abi::Completion{})
                                            : abi::Completion{};
    }
    std::uint64_t launches = 0;
    sim::Time start;
};
std::uint64_t ps(sim::Time time) { return static_cast<std::uint64_t>(time.ps()); }

TEST(PeCpu, RunsAKernelFromTheCommonStart) {
    PeCpuBench bench;
    simulate([&] {
        const abi::Completion completion = bench.run([](tl::Program& program) { program.fence(); });
        EXPECT_EQ(completion.status, abi::Status::ok);
        EXPECT_EQ(completion.text, "");
        EXPECT_EQ(completion.target_start_ps, ps(bench.start));
        // The fence: 2 and 10 ns. The closing one likewise.
        ASSERT_EQ(bench.pe.log.size(), 2u);
        EXPECT_EQ(bench.pe.log[0].at, bench.start + 2_ns);
        EXPECT_EQ(bench.pe.log[1].at, bench.start + 12_ns + 2_ns);
        ASSERT_EQ(completion.spans.size(), 1u);
        EXPECT_EQ(completion.spans[0].pe, 1u);
        EXPECT_EQ(completion.spans[0].exec_start_ps, ps(bench.start));
        EXPECT_EQ(completion.spans[0].exec_end_ps, ps(bench.start + 24_ns));
        EXPECT_EQ(completion.spans[0].fence_ps, ps(12_ns));
        EXPECT_EQ(completion.exec_end_ps, ps(bench.start + 24_ns));
        EXPECT_EQ(completion.reporter.pe, 1u);
        ASSERT_EQ(bench.noc.pokes.size(), 1u);
        EXPECT_EQ(signal_in(bench.noc.pokes[0]).kind, abi::LaunchSignal::Kind::ready);
    });
    EXPECT_EQ(bench.cpu.kernels.commands_issued(), 2u);
    bench.expect_books_closed();
}

TEST(PeCpu, KernelWaitsWhileTheCommandFifoIsFull) {
    PeCpuBench bench;
    simulate([&] {
        sc_core::sc_spawn([&] {
            wait_until(100_ns);
            bench.pe.full = true;
            wait_until(150_ns);
            bench.pe.take();
        });
        std::vector<sim::Time> times;
        bench.run([&](tl::Program& program) {
            const tl::Tensor tensor = program.zeros({64}, Dtype::f16);
            times.push_back(bench.wheel.now());
            program.fence();
        });
        ASSERT_EQ(times.size(), 1u);
        EXPECT_EQ(times[0], 150_ns) << "it is taken";
        EXPECT_EQ(bench.pe.log.at(1).at, 152_ns) << "and goes on before it is done";
    });
}

TEST(PeCpu, KernelThatThrowsOrWhoseCommandFailsIsAnError) {
    PeCpuBench bench;
    simulate([&] {
        abi::Completion completion = bench.run([](tl::Program&) { throw tl::KernelError("it makes no sense"); });
        EXPECT_EQ(completion.status, abi::Status::kernel_error);
        EXPECT_EQ(completion.text, "kernel 'k' on sip0.cube0.pe1 at 100.000 ns: it makes no sense");
        EXPECT_EQ(bench.cpu.kernels.failure().when, 100_ns);
        EXPECT_EQ(bench.pe.log.size(), 1u) << "what it may have stored is waited for all the same";

        bench.pe.errors[1] = "matmul: no such place";
        completion = bench.run([](tl::Program& program) {
            program.fence();
            FAIL() << "the fence has failed";
        });
        EXPECT_EQ(completion.status, abi::Status::kernel_error);
        EXPECT_EQ(completion.text, fmt::format("kernel 'k' on sip0.cube0.pe1 at {:.3f} ns: matmul: no such place",
                                               (bench.start + 12_ns).ns()));

        completion = bench.run([](tl::Program& program) { program.fence(); });
        EXPECT_EQ(completion.status, abi::Status::ok) << "the next launch is another";
        EXPECT_EQ(bench.pe.log.back().kernel, 3u);
        EXPECT_EQ(bench.cpu.kernels.failure().text, "");
    });
}

TEST(PeCpu, FailureOfTheClosingFenceIsTheKernels) {
    PeCpuBench bench;
    simulate([&] {
        bench.pe.errors[0] = "a tile was refused";
        const abi::Completion completion = bench.run([](tl::Program&) {});
        EXPECT_EQ(completion.status, abi::Status::kernel_error);
        EXPECT_EQ(completion.text, "kernel 'k' on sip0.cube0.pe1 at 112.000 ns: a tile was refused");
    });
}

TEST(PeCpu, AbortStopsAKernelAtItsNextCall) {
    PeCpuBench bench;
    simulate([&] {
        sc_core::sc_spawn([&] {
            wait_until(105_ns);
            bench.signal(abi::LaunchSignal::Kind::abort, 1);
        });
        const abi::Completion completion = bench.run([](tl::Program& program) {
            for (;;) program.fence();
        });
        EXPECT_EQ(completion.status, abi::Status::cancelled);
        EXPECT_EQ(completion.text, "kernel 'k' on sip0.cube0.pe1 at 105.000 ns: stopped: the launch was aborted");
        EXPECT_EQ(bench.cpu.kernels.failure().text, "") << "it did not fail by itself";
    });
}

TEST(PeCpu, AbortBeforeTheStartAndAnUnknownKernelRunNothing) {
    PeCpuBench bench;
    simulate([&] {
        bench.send(launch("k", {{0, 1}}, bench.answer_at, 1));
        wait_until(50_ns);
        bench.signal(abi::LaunchSignal::Kind::abort, 1);
        wait_until(1_us);
        bench.send(launch("j", {{0, 1}}, bench.answer_at, 2));
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        const auto aborted = completion_in(bench.noc.requests[0]), unknown = completion_in(bench.noc.requests[1]);
        ASSERT_TRUE(aborted && unknown);
        EXPECT_EQ(aborted->status, abi::Status::cancelled);
        EXPECT_EQ(aborted->text, "not started: the launch was aborted");
        EXPECT_EQ(unknown->status, abi::Status::unknown_kernel);
        EXPECT_EQ(unknown->text, "no kernel is named 'j'");
        EXPECT_EQ(bench.noc.pokes.size(), 1u) << "one that cannot run is never ready";
        EXPECT_TRUE(bench.pe.log.empty());
    });
}

TEST(PeCpu, TellsKernelsWhereTheyAre) {
    PeCpuBench bench;
    simulate([&] {
        bench.run([&](tl::Program& program) {
            EXPECT_EQ(program.program_id(0), 1u);
            EXPECT_EQ(program.program_id(1), 0u);
            EXPECT_EQ(program.num_programs(0), 2u);
            EXPECT_EQ(program.num_programs(1), 1u);
            EXPECT_EQ(program.gemm_tile().k, 64u);
            EXPECT_EQ(program.tcm_room(), (12u << 20) - 4096) << "without the scheduler's part and the rings";
            EXPECT_THROW((void)program.program_id(2), tl::KernelError);
        });
    });
}

TEST(PeCpu, ReadsBackWhatACommandHasWritten) {
    PeCpuBench bench;
    simulate([&] {
        const std::vector<std::byte> one{std::byte{0x00}, std::byte{0x3C}};  // 1.0 in f16
        double seen = 0;
        abi::Completion completion = bench.run([&](tl::Program& program) {
            const tl::Tensor tensor = program.empty({1}, Dtype::f16);
            shadow::Bundle bytes = bench.recorder.constant(one);
            bench.dma.access(tlm::TLM_WRITE_COMMAND, 4u << 20, 2, bench.wheel.now(), {}, &bytes);
            sc_core::wait(10, sc_core::SC_NS);
            seen = program.item(tensor);
        });
        EXPECT_EQ(completion.text, "");
        EXPECT_EQ(seen, 1.0);
        bench.tcm.reset();
        completion = bench.run([&](tl::Program& program) { program.item(program.zeros({1}, Dtype::f16)); });
        EXPECT_EQ(completion.status, abi::Status::kernel_error);
        EXPECT_NE(completion.text.find("item: reads unwritten bytes of tcm+0x400000"), std::string::npos)
            << completion.text;
    });
}

TEST(PeCpu, TellsItsObservers) {
    struct Log : KernelObserver {
        std::vector<std::string> lines;
        void kernel_started(const std::string& kernel, sim::Time when) override {
            lines.push_back("started " + kernel + " " + std::to_string(when.ps()));
        }
        void phase_began(const std::string& phase, sim::Time when) override {
            lines.push_back(phase + " " + std::to_string(when.ps()));
        }
        void fenced(sim::Time from, sim::Time until) override {
            lines.push_back("fenced " + std::to_string(from.ps()) + ".." + std::to_string(until.ps()));
        }
        void kernel_ended(sim::Time when) override { lines.push_back("ended " + std::to_string(when.ps())); }
    } log;
    PeCpuBench bench;
    bench.cpu.kernels.observers().add(log);
    simulate([&] {
        bench.run([](tl::Program& program) {
            program.phase("warm-up");
            program.fence();
            program.phase("warm-up");
        });
    });
    EXPECT_EQ(log.lines, (std::vector<std::string>{"started k 100000", "warm-up 100000", "fenced 102000..112000",
                                                   "fenced 112000..124000", "ended 124000"}));
}

TEST(PeCpu, WritesMappingsToItsMmuAndTellsWhyOneIsRefused) {
    PeCpuBench bench;
    simulate([&] {
        abi::MmuMap map;
        map.header.cube_mask = 1;
        map.header.pe_mask = 2;
        map.header.completion_address = bench.answer_at;
        map.entries.push_back(
            {.virtual_address = 0x1000, .physical_address = 0x2000, .bytes = 512, .cube_mask = 1, .pe_mask = 2});
        bench.send(abi::encode(map));
        wait_until(1_us);
        ASSERT_EQ(bench.noc.requests.size(), 2u);
        EXPECT_EQ(bench.noc.requests[0].target, PhysAddr::pe_mmu(kCpuPe, abi::mmu_command_offset).domain());
        abi::MmuCommand command;
        ASSERT_EQ(bench.noc.requests[0].inline_bytes.size(), sizeof command);
        std::memcpy(&command, bench.noc.requests[0].inline_bytes.data(), sizeof command);
        EXPECT_EQ(command.virtual_address, 0x1000u);
        EXPECT_EQ(command.bytes, 512u);
        EXPECT_EQ(completion_in(bench.noc.requests[1])->status, abi::Status::ok);
        bench.noc.refusal = "no";
        bench.send(abi::encode(map));
        wait_for_all();
        ASSERT_EQ(bench.noc.requests.size(), 5u) << "the command, the refusal, the answer";
        EXPECT_EQ(bench.noc.requests[3].target, PhysAddr::pe_mmu(kCpuPe, abi::mmu_refusal_offset).domain());
        EXPECT_EQ(completion_in(bench.noc.requests[4])->status, abi::Status::mmu_fault);
        EXPECT_EQ(completion_in(bench.noc.requests[4])->text, "PE_MMU refused a mapping");
    });
}

TEST(PeCpu, RestartsWithAReset) {
    PeCpuBench bench;
    simulate([&] {
        bench.send(launch("k", {{0, 1}}, bench.answer_at, 1));
        wait_until(1_us);
        EXPECT_EQ(bench.noc.pokes.size(), 1u);
        bench.cpu.reset();
        wait_until(2_us);
        EXPECT_TRUE(bench.noc.requests.empty()) << "the launch is forgotten";
        bench.launches = 0;
        EXPECT_EQ(bench.run([](tl::Program&) {}).status, abi::Status::ok);
    });
}

}  // namespace
}  // namespace ahbm::test
