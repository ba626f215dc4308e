// SPDX-License-Identifier: Apache-2.0
// Queues between PEs on the whole platform: values, order, back-pressure, credits, races.
#include "observe/waves/waves.h"
#include "tests/platform/dma_driver.h"
#include "tests/platform/queues.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ahbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Case {
    const char* name;
    const char* timing;
    abi::BufferKind buffer;
    abi::CreditPath path;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class EveryKind : public Queues, public ::testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(Rings, EveryKind,
                         ::testing::Values(Case{"tcm", "hop", abi::BufferKind::tcm, abi::CreditPath::fast},
                                           Case{"hbm", "hop", abi::BufferKind::hbm, abi::CreditPath::fast},
                                           Case{"sram", "hop", abi::BufferKind::sram, abi::CreditPath::fast},
                                           Case{"tcm_fabric", "hop", abi::BufferKind::tcm, abi::CreditPath::fabric},
                                           Case{"tcm_fast", "fast", abi::BufferKind::tcm, abi::CreditPath::fast},
                                           Case{"hbm_fast", "fast", abi::BufferKind::hbm, abi::CreditPath::fabric},
                                           Case{"tcm_flit", "flit", abi::BufferKind::tcm, abi::CreditPath::fabric},
                                           Case{"hbm_flit", "flit", abi::BufferKind::hbm, abi::CreditPath::fast}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(EveryKind, ManyTilesThroughFewSlotsArriveInOrderWithTheirValues) {
    constexpr int kTiles = 37;
    auto session = make(topology("mini", {std::string("fabric.timing=") + GetParam().timing}));
    std::vector<double> got;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        for (int i = 0; i < kTiles; ++i) {
            if (is(tl, left))
                tl.send("E", filled(tl, i));
            else
                got.push_back(values(tl, tl.recv("W")).back());
        }
    };
    session->run([&] {
        QueueDriver driver(session->system());
        QueueOptions options{.buffer = GetParam().buffer, .n_slots = 3};
        options.policy.credit_path = GetParam().path;
        driver.connect({{left, "E", right, "W"}}, options);
        driver.run({left, right});
        ASSERT_EQ(got.size(), kTiles);
        for (int i = 0; i < kTiles; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
    });
    const auto& sender = session->system().sip(SipId{0}).cube(left.cube).pe(left.pe).ipcq.queues().front()->queue;
    const auto& receiver = session->system().sip(SipId{0}).cube(right.cube).pe(right.pe).ipcq.queues().front()->queue;
    EXPECT_EQ(sender.my_head(), kTiles);
    EXPECT_EQ(sender.peer_tail_cache(), kTiles) << "every credit came back";
    EXPECT_EQ(receiver.my_tail(), kTiles);
    EXPECT_EQ(sender.bytes_sent, kTiles * kCols * 2);
    EXPECT_EQ(receiver.bytes_received, sender.bytes_sent);
}

TEST_F(Queues, TenThousandPanelsThroughEightSlotsKeepTheShadowSmall) {
    constexpr int kPanels = 10'000;  // S11
    auto session = make(topology("mini"));
    int right_ones = 0;
    std::uint64_t most_live = 0;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        for (int i = 0; i < kPanels; ++i) {
            if (is(tl, left)) {
                tl.send("E", filled(tl, i % 1000));
                continue;
            }
            const tl::Tensor panel = tl.recv("W");
            const tl::Tensor twice = tl.add(panel, panel);
            if (i % 100 == 99) right_ones += values(tl, twice).back() == 2 * (i % 1000) ? 1 : 0;
            most_live = std::max(most_live, session->system().recorder().stats().live_values);
        }
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}}, {.n_slots = 8});
        driver.run({left, right});
    });
    EXPECT_EQ(right_ones, kPanels / 100);
    EXPECT_LT(most_live, 100u) << "of 20000 values";
}

TEST_F(Queues, ARingOfTwoHasTheSamePeerTwice) {
    auto session = make(topology("mini"));
    std::map<std::string, double> got;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        const double mine = is(tl, left) ? 1 : 2;
        tl.send("E", filled(tl, mine));
        tl.send("W", filled(tl, mine * 10));
        for (const char* direction : {"W", "E"})
            got[(is(tl, left) ? "left " : "right ") + std::string(direction)] = values(tl, tl.recv(direction)).back();
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}, {right, "E", left, "W"}});
        driver.run({left, right});
    });
    EXPECT_EQ(got, (std::map<std::string, double>{{"left E", 20}, {"left W", 2}, {"right E", 10}, {"right W", 1}}));
}

TEST_F(Queues, ReceiveFromAnyTakesTurnsAndAsyncReceivesKeepTheirOrder) {
    const PeCoord up = pe(0, 2, 0);
    auto session = make(topology("mini"));
    std::vector<double> any, async;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, left)) {  // everything of the first sender is there before the second begins
            for (int i = 0; i < 4; ++i) tl.send("E", filled(tl, i));
            for (int i = 0; i < 3; ++i) tl.send("E", filled(tl, 20 + i));
        } else if (is(tl, up)) {
            for (int i = 0; i < 4; ++i) tl.send("S", filled(tl, 10 + i));
        } else {
            tl::Tensor scratch = filled(tl, 0);
            for (int i = 0; i < 200; ++i) scratch = tl.add(scratch, 1.0);
            tl.item(tl.sum(scratch, 1));
            for (int i = 0; i < 8; ++i) {
                const tl::Program::Arrival arrival = tl.recv_any({"W", "N"});
                EXPECT_EQ(arrival.direction, i % 2 == 0 ? "W" : "N");
                any.push_back(values(tl, arrival.tile).back());
            }
            const auto first = tl.recv_async("W"), second = tl.recv_async("W");
            const tl::Tensor target = filled(tl, 0);
            async.push_back(values(tl, tl.wait(second)).back());
            async.push_back(values(tl, tl.wait(first)).back());
            tl.recv("W", target);
            async.push_back(values(tl, target).back());
        }
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}, {up, "S", right, "N"}});
        driver.run({left, right, up});
    });
    EXPECT_EQ(any, (std::vector<double>{0, 10, 1, 11, 2, 12, 3, 13}));
    EXPECT_EQ(async, (std::vector<double>{21, 20, 22}));
}

TEST_F(Queues, ATileLargerThanAPacketArrivesAsOne) {
    auto session = make(topology("mini"));
    std::vector<double> got;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, left))
            for (int i = 0; i < 3; ++i) tl.send("E", tl.add(tl.arange(8192, Dtype::f32), static_cast<double>(i)));
        else
            for (int i = 0; i < 3; ++i) {
                const tl::Tensor tile = tl.recv("W");
                EXPECT_EQ(tile.shape(), (Shape{8192}));
                got.push_back(values(tl, tile).back());
            }
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}}, {.n_slots = 2, .slot_bytes = 32768});
        driver.run({left, right});
    });
    EXPECT_EQ(got, (std::vector<double>{8191, 8192, 8193}));
}

TEST_F(Queues, OneWayLatencyIsAtLeastTheRawStoresAndTcmIsNeverSlower) {
    // Several figures of one session: queues of each kind side by side, used one after the other.
    auto session = make(topology("default"), shadow::Mode::off);
    const PeCoord from = pe(0, 0, 0), to = pe(0, 0, 1);
    std::string kind;
    std::uint32_t bytes = 0;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, from))
            tl.send("E" + kind, tl.empty({bytes}, Dtype::i8));
        else
            tl.recv("W" + kind);
    };
    session->run([&] {
        QueueDriver driver(session->system());
        DmaDriver raw(session->system());
        driver.connect({{from, "Etcm", to, "Wtcm"}}, {.buffer = abi::BufferKind::tcm});
        driver.connect({{from, "Esram", to, "Wsram"}}, {.buffer = abi::BufferKind::sram});
        driver.connect({{from, "Ehbm", to, "Whbm"}}, {.buffer = abi::BufferKind::hbm});
        const auto one_way = [&](const char* ring) {
            kind = ring;
            const abi::Completion answer = driver.launch({from, to}).front();
            EXPECT_EQ(answer.status, abi::Status::ok) << answer.text;
            return static_cast<double>(answer.exec_end_ps - answer.exec_start_ps) / 1000;
        };
        for (const std::uint32_t size : {128u, 256u, 384u, 1024u, 4096u}) {
            bytes = size;
            const double tcm = one_way("tcm"), sram = one_way("sram"), hbm = one_way("hbm");
            const double store = raw.store({from, PhysAddr::pe_tcm(to, 8 << 20), size}).ns();
            std::cout << size << " B: tcm " << tcm << " sram " << sram << " hbm " << hbm << " ns, raw store " << store
                      << " ns\n";
            EXPECT_GE(tcm, store) << size << " B";
            EXPECT_LE(tcm, sram) << size << " B";
            EXPECT_LE(tcm, hbm) << size << " B";
        }
    });
}

TEST_F(Queues, OnReceiptOfCreditsAStaleForwardIsARaceAndTheNumbersShowIt) {
    auto session = make(topology("mini", {"sip.ucie.connection_bandwidth=1 GB/s"}));
    std::vector<double> got;
    const PeCoord last = pe(0, 3, 0);
    const std::string base = testing::TempDir() + "ahbm-race-" + std::to_string(getpid());
    Waves waves(session->system(), {base + ".vcd", "sip0.launch"});
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, left)) {
            tl.send("E", filled(tl, 7));
            tl.send("E", filled(tl, 99));
        } else if (is(tl, right)) {
            const tl::Tensor tile = tl.recv_in_place("W");
            const tl::Tensor next = tl.recv_in_place("W");  // the only slot: it lies where the first one lay
            tl.send("S", tile);
        } else {
            got.push_back(values(tl, tl.recv("N")).back());
        }
    };
    std::vector<PeIpcq::Race> races;
    session->run([&] {
        QueueDriver driver(session->system());
        QueueOptions options{.n_slots = 1};
        options.policy.credit = abi::CreditPolicy::on_recv;
        driver.connect({{left, "E", right, "W"}}, options);
        driver.connect({{right, "S", last, "N"}});
        driver.run({left, right, last});
        races = session->system().pe(right).ipcq.races();
    });
    EXPECT_EQ(got, std::vector<double>{99}) << "what the hardware would have read";
    ASSERT_EQ(races.size(), 1u);
    EXPECT_EQ(races[0].direction, "W");
    EXPECT_EQ(races[0].sequence, 0u);
    EXPECT_GT(races[0].read, races[0].overwritten);

    waves.finish({});
    std::ifstream saved(base + ".gtkw");
    const std::string text(std::istreambuf_iterator<char>(saved), {});
    EXPECT_NE(text.find(" " + std::to_string(races[0].read.ps()) + " -1"), std::string::npos) << text;
    EXPECT_NE(text.find("[markername] Arace on sip0.cube1.pe1: tile 0 from W\n"), std::string::npos) << text;
    for (const char* suffix : {".vcd", ".gtkw", ".words.txt"}) std::filesystem::remove(base + suffix);
}

TEST_F(Queues, OnReleaseADelayedForwardSendsTheTileItReceived) {
    auto session = make(topology("mini"));
    std::vector<double> got;
    const PeCoord last = pe(0, 3, 0);
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, left)) {
            for (const double value : {7.0, 99.0, 100.0}) tl.send("E", filled(tl, value));
        } else if (is(tl, right)) {
            tl::Tensor tile = tl.recv("W");
            tl::Tensor scratch = filled(tl, 0);
            for (int i = 0; i < 100; ++i) scratch = tl.add(scratch, 1.0);
            tl.item(tl.sum(scratch, 1));  // long enough for the next tile, if its slot were free
            tl.send("S", tile);
            tl.release(tile);
            tl.send("S", tl.recv("W"));
            tl.recv("W");
        } else {
            for (int i = 0; i < 2; ++i) got.push_back(values(tl, tl.recv("N")).back());
        }
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}}, {.n_slots = 1});
        driver.connect({{right, "S", last, "N"}});
        driver.run({left, right, last});
        EXPECT_TRUE(session->system().pe(right).ipcq.races().empty());
    });
    EXPECT_EQ(got, (std::vector<double>{7, 99}));
}

TEST_F(Queues, HelloSendHandsEveryShardToTheNextPe) {
    auto session = make(topology("mini"));
    session->run([&] {
        QueueDriver driver(session->system());
        std::vector<QueueDriver::Pair> ring;
        std::vector<PeCoord> pes;
        for (unsigned i = 0; i < 4; ++i) {
            ring.push_back({pe(0, 0, i), "E", pe(0, 0, (i + 1) % 4), "W"});
            pes.push_back(pe(0, 0, i));
        }
        driver.connect(ring, {.n_slots = 1});
        runtime::Context ctx(session->port());
        std::vector<float> values(4 * 5000);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 2000);
        const runtime::Tensor t = ctx.from_host(runtime::make_array({4, 5000}, Dtype::f16, values),
                                                {{runtime::Split::row_wise, runtime::Split::row_wise, 1, 4}, {}, "t"});
        std::vector<double> scalars(16);
        scalars[2] = 4;
        runtime::LaunchOptions options;
        options.pes = pes;
        ctx.wait(ctx.launch("hello_send", {t}, scalars, options));
        const std::vector<double> got = runtime::values_of(t.to_host());
        for (std::size_t row = 0; row < 4; ++row)
            for (std::size_t i = 0; i < 5000; ++i)
                ASSERT_EQ(got[row * 5000 + i], values[(row + 3) % 4 * 5000 + i]) << row << ", " << i;
    });
}

TEST(Docs, TheTutorialShowsTheRealKernel) {
    const auto text = [](const char* file) {
        std::ifstream stream(std::string(AHBM_SOURCE_DIR "/") + file);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    };
    const std::string page = text("docs/writing_a_collective.md"),
                      source = text("firmware/kernels/collectives/ring_allreduce.cpp");
    const std::size_t begin = page.find("```cpp\n") + 7, end = page.find("\n```", begin);
    EXPECT_NE(source.find(page.substr(begin, end - begin)), std::string::npos)
        << "docs/writing_a_collective.md is out of date";
}

}  // namespace
}  // namespace ahbm::test
