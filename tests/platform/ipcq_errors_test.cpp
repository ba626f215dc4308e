// SPDX-License-Identifier: Apache-2.0
// What goes wrong with queues between PEs: hangs and their causes, failing kernels, refusals.
#include "tests/platform/queues.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string hang_of(Session& session, const std::function<void()>& program, std::string* graph = nullptr) {
    try {
        session.run(program);
    } catch (const Hang& hang) {
        if (graph != nullptr) *graph = hang.graph();
        return hang.what();
    }
    return "no hang";
}

TEST_F(Queues, AReceiveWithoutASendIsExplained) {
    auto session = make(topology("mini"));
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, right)) tl.recv("W");
    };
    std::string graph;
    const std::string text = hang_of(
        *session,
        [&] {
            QueueDriver driver(session->system());
            driver.connect({{left, "E", right, "W"}});
            driver.launch({left, right});
        },
        &graph);
    EXPECT_THAT(text, HasSubstr("sip0.cube1.pe1 waits since"));
    EXPECT_THAT(text, HasSubstr("for tile 0 from W that sip0.cube0.pe0 has not sent"));
    EXPECT_THAT(text, HasSubstr("sip0.cube0.pe0 runs no kernel"));
    EXPECT_THAT(graph, HasSubstr("\"sip0.cube1.pe1\" -> \"sip0.cube0.pe0\""));
}

TEST_F(Queues, SendingFirstWithTooFewSlotsIsACycleOfCredits) {
    auto session = make(topology("mini"));
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        const std::string to = is(tl, left) ? "E" : "W";
        for (int i = 0; i < 3; ++i) tl.send(to, filled(tl, i));
        for (int i = 0; i < 3; ++i) tl.recv(to);
    };
    const std::string text = hang_of(*session, [&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}}, {.n_slots = 2});
        driver.launch({left, right});
    });
    EXPECT_THAT(text, HasSubstr("deadlock of 2 PEs"));
    EXPECT_THAT(text, HasSubstr("sip0.cube0.pe0 waits since"));
    EXPECT_THAT(text, HasSubstr("a slot towards E: sip0.cube1.pe1 has not given back 2 of 2, 2 not received"));
    EXPECT_THAT(text, HasSubstr("last got tile 1 of W"));
}

TEST_F(Queues, WaitingTooLongWhileOthersWorkIsAHang) {
    auto session = make(topology("mini", {"no_progress=20 us"}), shadow::Mode::off);
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        if (is(tl, right)) return void(tl.recv("W"));
        for (int i = 0; i < 2'000'000; ++i) tl.zeros({1, kCols}, Dtype::f16);
    };
    EXPECT_THAT(hang_of(*session,
                        [&] {
                            QueueDriver driver(session->system());
                            driver.connect({{left, "E", right, "W"}});
                            driver.launch({left, right});
                        }),
                AllOf(HasSubstr("has waited for its queues for more than 20.000 us"),
                      HasSubstr("sip0.cube0.pe0 runs a kernel and does not wait for a queue")));
}

TEST_F(Queues, AFailingKernelTakesItsReceivesWithIt) {
    auto session = make(topology("mini"));
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        const auto pending = tl.recv_async("W");
        tl.send("W", tl.zeros({4096}, Dtype::f32));
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}});
        const abi::Completion answer = driver.launch({right}).front();
        EXPECT_EQ(answer.status, abi::Status::kernel_error);
        EXPECT_THAT(answer.text, HasSubstr("send W: (4096) f32 has 16384 B, a slot 4096 B"));
        body = [](tl::Program&, const tl::KernelArgs&) {};
        driver.run({right});
    });
}

TEST_F(Queues, AHangIsLedByTheKernelsThatFailedInItNotByEarlierOnes) {
    auto session = make(topology("mini"));
    body = [](tl::Program&, const tl::KernelArgs&) { throw tl::KernelError("an old failure"); };
    const std::string text = hang_of(*session, [&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}});
        EXPECT_EQ(driver.launch({right}).front().status, abi::Status::kernel_error);
        body = [](tl::Program& tl, const tl::KernelArgs&) { tl.recv("W"); };
        driver.launch({right});
    });
    EXPECT_TRUE(text.starts_with("hang at ")) << text;
    EXPECT_THAT(text, ::testing::Not(HasSubstr("an old failure")));
}

TEST_F(Queues, DirectionsAreAskedForByName) {
    auto session = make(topology("mini"));
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        EXPECT_TRUE(tl.has_queue("E"));
        EXPECT_EQ(tl.slot_elements("E", Dtype::f16), 2048u);
        tl.recv("N");
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}, {left, "parent", right, "child_left"}});
        EXPECT_THAT(driver.launch({left}).front().text,
                    HasSubstr("this PE has no queue in direction 'N'; it has E, parent"));
        body = [](tl::Program& tl, const tl::KernelArgs&) { tl.recv("N"); };
        EXPECT_THAT(driver.launch({left}, 5).front().text, HasSubstr("it has none: is a process group set up?"));
    });
}

TEST_F(Queues, WhatCannotBeInstalledIsRefusedWithItsReason) {
    auto session = make(topology("mini", {"sip.cube.pe.ipcq.queue_pairs=2"}));
    session->run([&] {
        QueueDriver driver(session->system());
        const std::uint64_t ring = PhysAddr::pe_tcm(left, 8 << 20).raw(), next = ring + 65536,
                            other = PhysAddr::pe_tcm(right, 8 << 20).raw();
        const auto text = [&](abi::QueuePairEntry entry) { return driver.install(left, {entry}).text; };
        EXPECT_EQ(text(QueueDriver::entry("E", right, ring, other)), "");
        EXPECT_THAT(text(QueueDriver::entry("E", right, next, other)),
                    HasSubstr("PE_IPCQ refused a queue pair E: the group has one in this direction already"));
        EXPECT_THAT(text(QueueDriver::entry("W", right, ring + 4096, other)),
                    HasSubstr("W: its ring lies over another one"));
        EXPECT_THAT(text(QueueDriver::entry("W", right, other, ring)),
                    HasSubstr("its ring is not in the memory it names"));
        EXPECT_THAT(text(QueueDriver::entry("W", pe(3, 0, 0), next, other)), HasSubstr("its peer does not exist"));
        EXPECT_EQ(text(QueueDriver::entry("W", right, next, other)), "");
        EXPECT_THAT(text(QueueDriver::entry("N", right, next + 65536, other)), HasSubstr("its table is full"));
        abi::IpcqReset reset;
        reset.header = QueueDriver::header(left);
        EXPECT_EQ(driver.request(abi::encode(reset)).status, abi::Status::ok);
        EXPECT_EQ(text(QueueDriver::entry("E", right, ring, other)), "") << "after a reset there is room again";
    });
}

TEST_F(Queues, ATileForNoRingIsAnErrorOfTheSender) {
    auto session = make(topology("mini"));
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        tl.send("E", filled(tl, 1));
        tl::Tensor scratch = filled(tl, 0);
        for (int i = 0; i < 200; ++i) scratch = tl.add(scratch, 1.0);
        tl.item(tl.sum(scratch, 1));
        tl.send("E", filled(tl, 2));
    };
    session->run([&] {
        QueueDriver driver(session->system());
        const std::uint64_t ring = PhysAddr::pe_tcm(left, 8 << 20).raw();
        EXPECT_EQ(
            driver.install(left, {QueueDriver::entry("E", right, ring, PhysAddr::pe_tcm(right, 8 << 20).raw())}).status,
            abi::Status::ok);
        EXPECT_THAT(driver.launch({left}).front().text, HasSubstr("which is in no ring"));
        EXPECT_EQ(session->system().pe(right).ipcq.refused_tiles(), 1u);
    });
}

}  // namespace
}  // namespace ahbm::test
