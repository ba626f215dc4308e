// SPDX-License-Identifier: Apache-2.0
// A caller who owns the main loop: the session goes on by steps of simulated time, and does what it does in one go.
#include "tests/platform/session_test.h"
#include "tests/sw_runtime/runtime_support.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

using namespace sim::literals;
using runtime::Context;
using runtime::LaunchResult;
using runtime::Split;
using runtime::Tensor;

class SessionSteps : public SessionTest {
protected:
    /// Two launches of a copy; their times, and what came out.
    struct Outcome {
        std::vector<LaunchResult> launches;
        std::vector<std::byte> bytes;
        void program(Session& session) {
            Context ctx(session.port());
            const runtime::Array values = runtime::test::random_numbers({64, 256}, Dtype::f16, 7);
            const Tensor x = ctx.from_host(values, {{Split::row_wise, Split::row_wise}, {}, "x"});
            const Tensor y = ctx.zeros({64, 256}, Dtype::f16, {{Split::row_wise, Split::row_wise}, {}, "y"});
            for (int i = 0; i < 2; ++i) launches.push_back(ctx.wait(ctx.launch("copy", {x, y})));
            bytes = y.to_host().bytes;
        }
    };
};

TEST_F(SessionSteps, TakeAsLongAsOneRunWhateverTheStep) {
    const PlatformConfig config = topology("mini");
    const auto whole = make(config, shadow::Mode::lazy, "whole"), stepped = make(config, shadow::Mode::lazy, "stepped");
    Outcome once, steps;
    whole->run([&] { once.program(*whole); });
    const sim::Time before = stepped->system().wheel().now();
    stepped->start([&] { steps.program(*stepped); });
    sim::Time until = before;
    unsigned count = 0;
    do {
        until += sim::Time::ps(777 + 1000 * (count % 7));
        ++count;
        const bool ended = stepped->run_until(until);
        EXPECT_LE(stepped->system().wheel().now(), until) << "nothing runs ahead of where the caller wants to be";
        if (ended) break;
    } while (count < 100000);
    stepped->wait();
    EXPECT_GT(count, 100u);
    EXPECT_EQ(steps.bytes, once.bytes);
    ASSERT_EQ(steps.launches.size(), once.launches.size());
    for (std::size_t i = 0; i < once.launches.size(); ++i) {
        EXPECT_EQ(steps.launches[i].execution(), once.launches[i].execution());
        EXPECT_EQ(steps.launches[i].total(), once.launches[i].total());
        EXPECT_EQ(steps.launches[i].submitted - before, once.launches[i].submitted);
    }
}

TEST_F(SessionSteps, AProgramThatThrowsAndOneThatIsUnderWay) {
    const auto session = make(topology("mini"));
    session->start([&] {
        Context ctx(session->port());
        ctx.launch("noop", {});
        ctx.synchronize();
        throw std::runtime_error("after a launch");
    });
    EXPECT_FALSE(session->run_until(100_ns)) << "a launch takes longer";
    EXPECT_THROW(session->start([] {}), std::logic_error);
    try {
        session->run_until(100_us);
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "after a launch");
    }
    EXPECT_TRUE(session->run_until(1_us)) << "a time that has passed: nothing to do";
    bool ran = false;
    session->start([&] { ran = true; });
    EXPECT_NO_THROW(session->wait());
    EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace ahbm::test
