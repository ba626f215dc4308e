// SPDX-License-Identifier: Apache-2.0
// Host: an end of the fabric in the place of all SIPs, which answers 10 ns after a request is there.
#include "models/host/host.h"
#include "tests/models/mail.h"

#include <tlm_utils/simple_initiator_socket.h>

namespace ahbm::test {
namespace {

constexpr sim::Bytes kHostSlice{(1u << 20) + 256};  ///< no multiple of the largest packet

struct HostBench : BlockBench {
    struct User : sc_core::sc_module {
        tlm_utils::simple_initiator_socket<User> memory{"memory"};
        explicit User(const sc_core::sc_module_name& name) : sc_module(name) {}
    };
    Host host;
    BenchEnd device{"device", *this, Directory::io_cpu(SipId{0})};
    User user{"user"};

    explicit HostBench(Timing timing = Timing::hop, HostConfig config = {}, shadow::Mode mode = shadow::Mode::lazy)
        : BlockBench(Config{.timing = timing,
                            .shadow = mode,
                            .cube = two_pes(),
                            .map = {.sips = 1, .cubes = 1, .io_chiplets = 1, .pes = 2, .hbm_slice = kHostSlice}}),
          host("host", fabric, config, recorder) {
        host.fabric.set_node(Directory::host());
        user.memory.bind(host.initiator);
        join(host.fabric, device.fabric);
        device.service = 10_ns;
    }
    static std::uint64_t hbm(std::uint64_t offset) { return PhysAddr::hbm(SipId{0}, CubeId{0}, offset).raw(); }
    void copy(abi::Opcode direction, std::uint64_t host_address, std::uint64_t device_address, std::uint64_t bytes,
              std::uint64_t cookie) {
        abi::MemoryCopy copy;
        copy.header.opcode = direction;
        copy.transfer = {host_address, device_address, bytes};
        host.submit(abi::encode(copy), cookie);
    }
    void write(std::uint64_t device_address, std::uint64_t bytes, std::uint64_t cookie = 1) {
        copy(abi::Opcode::memory_write, 0, device_address, bytes, cookie);
    }
    void read(std::uint64_t device_address, std::uint64_t bytes, std::uint64_t cookie = 1) {
        copy(abi::Opcode::memory_read, 0, device_address, bytes, cookie);
    }
    void fill(std::uint64_t bytes, int value) {
        host.memory().write(0, recorder.constant(std::vector<std::byte>(bytes, std::byte(value))), 0, bytes, {});
    }
    int seen(std::uint64_t address) {
        shadow::Bundle bytes;
        host.memory().read(address, 1, bytes);
        return bytes.first_gap() ? -1 : first_byte(*this, bytes);
    }
    using Packets = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
    Packets packets() const {
        Packets all;
        for (const BenchEnd::Request& each : device.requests) all.emplace_back(each.target.offset, each.bytes);
        return all;
    }
};

struct Hosts : testing::TestWithParam<Timing> {};
INSTANTIATE_TEST_SUITE_P(Timings, Hosts, testing::Values(Timing::hop, Timing::fast, Timing::flit), timing_name);

// --- the DMA engine -----------------------------------------------------------------------------------------------

TEST_P(Hosts, CopyToADeviceIsCompleteWhenAllIsAcknowledged) {
    HostBench bench(GetParam());
    simulate([&] {
        bench.fill(8192, 3);
        bench.write(bench.hbm(0), 8192);
        EXPECT_EQ(bench.host.requests_open(), 1u);
        const abi::Completion completion = bench.host.wait_for(1);
        EXPECT_EQ(bench.wheel.now(), 32_ns + 1_ns + 10_ns + 2_ns);
        EXPECT_EQ(completion.status, abi::Status::ok);
        EXPECT_EQ(bench.host.requests_open(), 0u);
        EXPECT_EQ(bench.packets(), (HostBench::Packets{{0, 4096}, {4096, 4096}}));
        EXPECT_EQ(bench.device.requests[0].purpose, Purpose::transfer);
    });
    bench.expect_books_closed();
}

TEST_P(Hosts, CopyFromADeviceFillsHostMemory) {
    HostBench bench(GetParam());
    bench.device.value = std::byte{9};
    simulate([&] {
        bench.copy(abi::Opcode::memory_read, 0x100, bench.hbm(0), 1024, 1);
        EXPECT_FALSE(bench.host.completed(1));
        bench.host.wait_for(1);
        EXPECT_EQ(bench.wheel.now(), 2_ns + 10_ns + 1_ns + 4_ns);
        EXPECT_EQ(bench.seen(0xFF), -1);
        EXPECT_EQ(bench.seen(0x100), 9);
        EXPECT_EQ(bench.seen(0x4FF), 9);
        EXPECT_EQ(bench.seen(0x500), -1);
        EXPECT_FALSE(bench.host.completed(1)) << "it has been taken";
    });
    bench.expect_books_closed();
}

TEST(HostPackets, EndAtMultiplesOfTheirLargestSizeAndAtSlices) {
    HostBench bench;
    simulate([&] {
        bench.read(bench.hbm(0xF00), 4096 + 512);
        bench.host.wait_for(1);
        EXPECT_EQ(bench.packets(), (HostBench::Packets{{0xF00, 256}, {0x1000, 4096}, {0x2000, 256}}));
        bench.device.requests.clear();
        bench.read(bench.hbm(1u << 20), 512);
        bench.host.wait_for(1);
        EXPECT_EQ(bench.packets(), (HostBench::Packets{{1u << 20, 256}, {kHostSlice, 256}}));
    });
}

TEST_P(Hosts, SoManyPacketsOfADirectionAreInFlight) {
    HostBench bench(GetParam(), {.max_outstanding = 2});
    bench.device.holds_back = true;
    simulate([&] {
        bench.fill(16384, 3);
        bench.read(bench.hbm(0), 16384, 1);
        bench.write(bench.hbm(0), 4096, 2);
        wait_until(1_us);
        EXPECT_EQ(bench.device.requests.size(), 3u) << "two reads and, in the other direction, the write";
        bench.device.release();
        wait_until(2_us);
        EXPECT_EQ(bench.device.requests.size(), 4u);
        for (int i = 0; i < 4; ++i) {
            bench.device.release();
            wait_until(bench.wheel.now() + 1_us);
        }
        EXPECT_TRUE(bench.host.completed(1));
        EXPECT_TRUE(bench.host.completed(2));
    });
    bench.expect_books_closed();
}

TEST_P(Hosts, CopiesOfADirectionArePipelinedInOrder) {
    HostBench bench(GetParam());
    bench.device.holds_back = true;
    simulate([&] {
        bench.read(bench.hbm(0), 256, 1);
        bench.read(bench.hbm(4096), 256, 2);
        wait_until(1_us);
        EXPECT_EQ(bench.packets(), (HostBench::Packets{{0, 256}, {4096, 256}})) << "the second does not wait";
        bench.device.release();
        wait_until(2_us);
        EXPECT_TRUE(bench.host.completed(1));
        EXPECT_FALSE(bench.host.completed(2));
        bench.device.release();
        wait_for_all();
        EXPECT_TRUE(bench.host.completed(2));
    });
}

TEST_P(Hosts, CopyThatFailsSaysWhy) {
    HostBench bench(GetParam());
    simulate([&] {
        const std::uint64_t nowhere = PhysAddr::hbm(SipId{3}, CubeId{0}, 0).raw();
        bench.read(nowhere, 64, 1);
        const abi::Completion absent = bench.host.wait_for(1);
        EXPECT_EQ(absent.status, abi::Status::bad_target);
        EXPECT_EQ(absent.text, fmt::format("nothing answers at {:#x}", nowhere));
        bench.device.refusal = "no memory today";
        bench.read(bench.hbm(0), 8192, 2);
        const abi::Completion refused = bench.host.wait_for(2);
        EXPECT_EQ(refused.status, abi::Status::bad_target);
        EXPECT_EQ(refused.text, "no memory today");
        bench.device.refusal.clear();
        bench.read(bench.hbm(0), 64, 3);
        EXPECT_EQ(bench.host.wait_for(3).status, abi::Status::ok);
    });
    bench.expect_books_closed();
}

TEST(HostReports, BytesThatNobodyWrote) {
    HostBench bench;
    simulate([&] {
        bench.fill(64, 1);
        bench.write(bench.hbm(0), 128);
        bench.host.wait_for(1);
        ASSERT_EQ(bench.recorder.uninitialised_reads().size(), 1u);
        const shadow::UninitialisedRead& read = bench.recorder.uninitialised_reads()[0];
        EXPECT_EQ(read.kind, "host to device");
        EXPECT_EQ(read.memory, "host");
        EXPECT_EQ(read.bytes, 64u);
    });
}

// --- requests and completions -------------------------------------------------------------------------------------

TEST_P(Hosts, RequestGoesToTheIoCpuAndItsCompletionComesBackUnderTheCookie) {
    HostBench bench(GetParam());
    simulate([&] {
        bench.host.submit(reset_queues(1, 1, 0), 77);
        wait_until(1_us);
        ASSERT_EQ(bench.device.requests.size(), 1u);
        EXPECT_EQ(bench.device.requests[0].target, decode(abi::io_cpu_mailbox(SipId{0})));
        EXPECT_EQ(bench.device.requests[0].purpose, Purpose::mailbox);
        const abi::Header header = header_in(bench.device.requests[0]);
        EXPECT_EQ(header.cookie, 77u);
        EXPECT_EQ(header.completion_address, PhysAddr::host_aperture(SipId{0}, IoChipletId{0}, 0).raw());
        EXPECT_FALSE(bench.host.completed(77));
        send_mail(bench.device, header.completion_address, Directory::host(),
                  completion_of(header, {}, abi::Status::mmu_fault, "so it goes"));
        const abi::Completion completion = bench.host.wait_for(77);
        EXPECT_EQ(completion.status, abi::Status::mmu_fault);
        EXPECT_EQ(completion.text, "so it goes");
    });
    bench.expect_books_closed();
}

TEST(HostCompletions, MayBeTakenByAHandlerAndAreObserved) {
    struct Log : HostObserver {
        std::vector<std::string> lines;
        void submitted(const abi::Message&, std::uint64_t cookie, sim::Time when) override {
            lines.push_back("submitted " + std::to_string(cookie) + " " + std::to_string(when.ps()));
        }
        void completed(const abi::Completion&, std::uint64_t cookie, sim::Time when) override {
            lines.push_back("completed " + std::to_string(cookie) + " " + std::to_string(when.ps()));
        }
    } log;
    HostBench bench;
    bench.host.observers().add(log);
    bench.host.set_completion_handler([](std::uint64_t cookie, const abi::Completion&) { return cookie == 1; });
    simulate([&] {
        bench.read(bench.hbm(0), 1024, 1);
        wait_until(1_us);
        bench.read(bench.hbm(0), 1024, 2);
        wait_for_all();
        EXPECT_FALSE(bench.host.completed(1)) << "the handler has taken it";
        EXPECT_TRUE(bench.host.completed(2));
    });
    EXPECT_EQ(log.lines, (std::vector<std::string>{"submitted 1 0", "completed 1 17000", "submitted 2 1000000",
                                                   "completed 2 1017000"}));
}

TEST_P(Hosts, AbortIsAWriteToTheBarrierOfTheSip) {
    HostBench bench(GetParam());
    simulate([&] {
        bench.host.abort_launches(SipId{0});
        wait_for_all();
        ASSERT_EQ(bench.device.requests.size(), 1u);
        EXPECT_EQ(bench.device.requests[0].target, decode(abi::launch_barrier(SipId{0})));
        EXPECT_EQ(bench.device.requests[0].access, Access::write);
    });
}

TEST_P(Hosts, DevicesReachHostMemory) {
    HostBench bench(GetParam());
    simulate([&] {
        const Domain at = PhysAddr::host_aperture(SipId{0}, IoChipletId{0}, 0x200).domain();
        const auto write = bench.device.write(at, 1024, std::byte{6}, Directory::host());
        wait_until(1_us);
        EXPECT_EQ(bench.seen(0x200), 6);
        const auto read = bench.device.read(at, 1024, Directory::host());
        wait_for_all();
        EXPECT_EQ(bench.device.end(write), 5_ns + 2_ns) << "memory of the host costs no time of its own";
        EXPECT_EQ(bench.device.end(read), 1_us + 2_ns + 5_ns);
        EXPECT_EQ(first_byte(bench, bench.device.answer(read).data), 6);
    });
    bench.expect_books_closed();
}

// --- users' own initiators ----------------------------------------------------------------------------------------

/// A transaction of the user's; the calls wait, so from a thread.
struct UserAccess {
    tlm::tlm_generic_payload payload;
    std::vector<unsigned char> data;
    UserAccess(tlm::tlm_command command, std::uint64_t address, unsigned bytes) : data(bytes) {
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(data.data());
        payload.set_data_length(bytes);
    }
    tlm::tlm_response_status blocking(HostBench& bench, sc_core::sc_time delay = {}) {
        bench.user.memory->b_transport(payload, delay);
        EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
        return payload.get_response_status();
    }
};

TEST_P(Hosts, UserReadsAndWritesByTheFabricAndWaits) {
    HostBench bench(GetParam());
    bench.device.value = std::byte{4};
    simulate([&] {
        UserAccess read(tlm::TLM_READ_COMMAND, bench.hbm(0), 1024), write(tlm::TLM_WRITE_COMMAND, bench.hbm(0), 1024);
        EXPECT_EQ(read.blocking(bench, sc_core::sc_time(100, sc_core::SC_NS)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(bench.wheel.now(), 100_ns + 17_ns) << "the delay is waited for first";
        EXPECT_EQ(read.data.at(1023), 4);
        EXPECT_EQ(write.blocking(bench), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(bench.wheel.now(), 117_ns + 5_ns + 10_ns + 2_ns);
        ASSERT_EQ(bench.device.requests.size(), 2u);
        EXPECT_EQ(bench.device.requests[1].access, Access::write);
    });
    bench.expect_books_closed();
}

TEST(HostUser, IsToldWhatIsWrong) {
    HostBench bench;
    simulate([&] {
        using Access = UserAccess;
        EXPECT_EQ(Access(tlm::TLM_READ_COMMAND, PhysAddr::hbm(SipId{3}, CubeId{0}, 0).raw(), 4).blocking(bench),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(Access(tlm::TLM_READ_COMMAND, bench.hbm(0), 0).blocking(bench), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(Access(tlm::TLM_READ_COMMAND, bench.hbm(0), 4097).blocking(bench), tlm::TLM_BURST_ERROR_RESPONSE);
        Access enabled(tlm::TLM_READ_COMMAND, bench.hbm(0), 4);
        enabled.payload.set_byte_enable_ptr(enabled.data.data());
        EXPECT_EQ(enabled.blocking(bench), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        bench.device.refusal = "no";
        EXPECT_EQ(Access(tlm::TLM_READ_COMMAND, bench.hbm(0), 4).blocking(bench), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        Access other(tlm::TLM_READ_COMMAND, bench.hbm(0), 4);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        EXPECT_EQ(bench.user.memory->nb_transport_fw(other.payload, phase, delay), tlm::TLM_COMPLETED);
        EXPECT_EQ(other.payload.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
    });
}

TEST(HostUser, ReadsNothingWithTheShadowOff) {
    HostBench bench(Timing::hop, {}, shadow::Mode::off);
    simulate([&] {
        EXPECT_EQ(UserAccess(tlm::TLM_READ_COMMAND, bench.hbm(0), 4).blocking(bench), tlm::TLM_COMMAND_ERROR_RESPONSE);
    });
}

}  // namespace
}  // namespace ahbm::test
