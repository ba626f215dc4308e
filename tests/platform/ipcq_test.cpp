// SPDX-License-Identifier: Apache-2.0
// Queues between PEs on the whole platform: values, order, back-pressure, credits, races, errors.
#include "tests/platform/dma_driver.h"
#include "tests/platform/queue_driver.h"
#include "tests/platform/session_test.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kCols = 16;

class Queues : public SessionTest {
protected:
    Queues() {
        kernels.add({"body", "what the test says", [this](tl::Program& tl, const tl::KernelArgs& args) { body(tl, args); }});
    }
    /// Values of a tensor as the kernel sees them.
    static std::vector<double> values(tl::Program& tl, const tl::Tensor& tensor) {
        std::vector<double> all;
        tl::Tensor row = tl.reshape(tensor, {1, static_cast<std::uint32_t>(tensor.shape().elements())});
        all.push_back(tl.item(tl.sum(row, 1)));
        all.push_back(tl.item(tl.max(row, 1)));
        return all;
    }
    static bool is(const tl::Program& tl, PeCoord at) { return tl.program_id(0) == at.pe.value && tl.program_id(1) == at.cube.value; }
    static tl::Tensor filled(tl::Program& tl, double value) { return tl.full({1, kCols}, value, Dtype::f16); }

    Body body;
    const PeCoord left = pe(0, 0, 0), right = pe(0, 1, 1);
};

struct Case {
    const char* name;
    const char* timing;
    abi::BufferKind buffer;
    abi::CreditPath path;
};
class EveryKind : public Queues, public ::testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(Rings, EveryKind,
                         ::testing::Values(Case{"tcm", "hop", abi::BufferKind::tcm, abi::CreditPath::fast},
                                           Case{"hbm", "hop", abi::BufferKind::hbm, abi::CreditPath::fast},
                                           Case{"sram", "hop", abi::BufferKind::sram, abi::CreditPath::fast},
                                           Case{"tcm_fabric", "hop", abi::BufferKind::tcm, abi::CreditPath::fabric},
                                           Case{"tcm_fast", "fast", abi::BufferKind::tcm, abi::CreditPath::fast},
                                           Case{"hbm_fast", "fast", abi::BufferKind::hbm, abi::CreditPath::fabric}),
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

TEST_F(Queues, ARingOfTwoHasTheSamePeerTwice) {
    auto session = make(topology("mini"));
    std::map<std::string, double> got;
    body = [&](tl::Program& tl, const tl::KernelArgs&) {
        const double mine = is(tl, left) ? 1 : 2;
        tl.send("E", filled(tl, mine));
        tl.send("W", filled(tl, mine * 10));
        for (const char* direction : {"W", "E"}) got[(is(tl, left) ? "left " : "right ") + std::string(direction)] = values(tl, tl.recv(direction)).back();
    };
    session->run([&] {
        QueueDriver driver(session->system());
        driver.connect({{left, "E", right, "W"}, {right, "E", left, "W"}});
        driver.run({left, right});
    });
    EXPECT_EQ(got, (std::map<std::string, double>{{"left E", 20}, {"left W", 2}, {"right E", 10}, {"right W", 1}}));
}

}  // namespace
}  // namespace ahbm::test
