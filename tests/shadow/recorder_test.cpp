// SPDX-License-Identifier: Apache-2.0
/// Laziness, ownership, failures, and the op log.
#include "shadow/recorder.h"
#include "shadow/memory.h"
#include "tests/shadow/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace ahbm;
using namespace ahbm::shadow;
using namespace ahbm::test;
using namespace ahbm::sim::literals;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace {

const Provenance who{"pe0.math", "math", 10_ns, 20_ns};
const View one{{1}, Dtype::f32, {}};
constexpr std::uint64_t unbounded = 1u << 30;

Bundle sum(Recorder& recorder, const Bundle& x, const Bundle& step) {
    return recorder.record(who, op(OpCode::add), {{one, x, {"tcm", 0}}, {one, step, {"tcm", 4}}}, one, {"tcm", 0});
}
Bundle increment(Recorder& recorder, const Bundle& x, double by = 1) {
    return sum(recorder, x, recorder.constant(encode(Dtype::f32, {by})));
}
double value(Recorder& recorder, const Bundle& x) { return decode(Dtype::f32, recorder.materialize(x))[0]; }

struct LogTest : testing::Test {
    std::string path =
        testing::TempDir() + "ahbm-op-log-" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".jsonl";
    ~LogTest() override { std::filesystem::remove(path); }
    std::vector<nlohmann::json> lines() const {
        std::ifstream file(path);
        std::vector<nlohmann::json> result;
        for (std::string line; std::getline(file, line);) result.push_back(nlohmann::json::parse(line));
        return result;
    }
};

}  // namespace

TEST(Recorder, OffRecordsNothing) {
    Recorder recorder{{.mode = Mode::off}};
    EXPECT_TRUE(recorder.constant(Bytes(4)).empty());
    EXPECT_TRUE(increment(recorder, {}).empty());
    EXPECT_TRUE(recorder.materialize({}).empty());
    EXPECT_EQ(recorder.stats().recorded, 0u);
    EXPECT_TRUE(recorder.uninitialised_reads().empty());
    EXPECT_THAT([&] { recorder.open_log("unused"); }, ThrowsMessage<std::runtime_error>(HasSubstr("run with data on")));
}

TEST(Recorder, EvaluatesOnlyWhatIsNeeded) {
    Recorder recorder{{}};
    const Bundle x = recorder.constant(encode(Dtype::f32, {1}));
    const Bundle needed = increment(recorder, increment(recorder, x));
    const Bundle other = increment(recorder, x, 5);
    EXPECT_EQ(value(recorder, needed), 3);
    EXPECT_EQ(recorder.stats().evaluated, 2u);
    EXPECT_EQ(value(recorder, needed), 3);
    EXPECT_EQ(recorder.stats().evaluated, 2u);
    EXPECT_EQ(value(recorder, other), 6);
}

TEST(Recorder, UnreachablePromisesAreDroppedUnevaluated) {
    Recorder recorder{{}};
    {
        const Bundle x = recorder.constant(encode(Dtype::f32, {1}));
        increment(recorder, increment(recorder, x));
    }
    recorder.evaluate_pending();
    const auto stats = recorder.stats();
    EXPECT_EQ(stats.recorded, 2u);
    EXPECT_EQ(stats.evaluated, 0u);
    EXPECT_EQ(stats.dropped, 2u);
    EXPECT_EQ(stats.live_values, 0u);
    EXPECT_EQ(stats.live_bytes, 0u);
}

TEST(Recorder, OperandsAreReleasedOnceEvaluated) {
    Recorder recorder{{}};
    const Bundle result = increment(recorder, recorder.constant(encode(Dtype::f32, {1})));
    EXPECT_EQ(recorder.stats().live_values, 3u);
    recorder.materialize(result);
    EXPECT_EQ(recorder.stats().live_values, 1u);
    EXPECT_EQ(recorder.stats().live_bytes, 4u);
}

TEST(Recorder, ChainsOfAMillionNeitherOverflowOnEvaluationNorOnDestruction) {
    Recorder recorder{{.max_pending_operations = unbounded}};
    Bundle x = recorder.constant(encode(Dtype::f32, {0}));
    const Bundle step = recorder.constant(encode(Dtype::f32, {1}));
    for (int i = 0; i < 1'000'000; ++i) x = sum(recorder, x, step);
    EXPECT_EQ(value(recorder, x), 1e6);
    for (int i = 0; i < 1'000'000; ++i) x = sum(recorder, x, step);
    x.clear();
    EXPECT_EQ(recorder.stats().dropped, 1'000'000u);
    EXPECT_EQ(recorder.stats().live_values, 1u);
}

TEST(Recorder, SharedOperandsAreEvaluatedOnce) {
    Recorder recorder{{}};
    Bundle x = recorder.constant(encode(Dtype::f32, {1}));
    for (int i = 0; i < 60; ++i) {  // 2^60 paths
        x = recorder.record(who, op(OpCode::add), {{one, x, {"tcm", 0}}, {one, x, {"tcm", 0}}}, one, {"tcm", 0});
    }
    EXPECT_EQ(value(recorder, x), std::ldexp(1, 60));
    EXPECT_EQ(recorder.stats().evaluated, 60u);
}

TEST(Recorder, TheBoundEvaluatesTheOldest) {
    Recorder recorder{{.max_pending_operations = 3}};
    Bundle x = recorder.constant(encode(Dtype::f32, {0}));
    std::vector<Bundle> all;
    for (int i = 0; i < 5; ++i) all.push_back(increment(recorder, x));
    EXPECT_EQ(recorder.stats().evaluated, 2u);
}

TEST(Recorder, FailuresReachWhoeverAsksForTheBytes) {
    // More bytes than a machine can hold: known when recorded, hopeless when evaluated.
    const View huge{{1u << 31, 1u << 31}, Dtype::f16, {}};
    for (Mode mode : {Mode::lazy, Mode::background}) {
        Recorder recorder{{.mode = mode}};
        Bundle bad = recorder.record(who, op(OpCode::full, 1), {}, huge, {"tcm", 0});
        const Bundle dependent =
            recorder.record(who, op(OpCode::neg), {{one, bad.part(0, 4), {"tcm", 0}}}, one, {"tcm", 0});
        const Bundle good = increment(recorder, recorder.constant(encode(Dtype::f32, {1})));
        for (int twice = 0; twice < 2; ++twice) {
            EXPECT_THAT([&] { recorder.materialize(dependent); },
                        ThrowsMessage<std::runtime_error>(
                            HasSubstr("value #1 (math by pe0.math at 10000 ps) cannot be computed")));
        }
        EXPECT_EQ(value(recorder, good), 2);
    }
}

TEST(Recorder, BackgroundShutsDownWithWorkLeft) {
    for (int round = 0; round < 50; ++round) {
        Recorder recorder{{.mode = Mode::background}};
        Bundle x = recorder.constant(encode(Dtype::f32, {0}));
        for (int i = 0; i < 100; ++i) x = increment(recorder, x);
        if (round % 2 == 0) {
            EXPECT_EQ(value(recorder, x), 100);
        }
    }
}

TEST(Recorder, ValuesMayOutliveTheirRecorder) {
    Bundle x;
    {
        Recorder recorder{{}};
        x = increment(recorder, recorder.constant(encode(Dtype::f32, {1})));
    }
    EXPECT_EQ(x.size(), 4u);
}

TEST(Recorder, BackgroundReplaysWhileMemoriesChangeHands) {
    Recorder recorder{{.mode = Mode::background, .max_pending_operations = 32}};
    const View row{{256}, Dtype::f32, {}};
    Memory tcm;
    tcm.write(0, recorder.constant(Bytes(row.bytes())), 0, row.bytes(), 0_ns);
    const Bundle step = recorder.constant(encode(Dtype::f32, {1}));
    for (int i = 0; i < 5000; ++i) {
        BoundOperand x{row, {}, {"tcm", 0}};
        tcm.read(0, row.bytes(), x.bytes);
        const Bundle y =
            recorder.record(who, op(OpCode::add), {std::move(x), {one, step, {"tcm", 0}}}, row, {"tcm", 0});
        tcm.write(0, y, 0, y.size(), 0_ns);
        if (i % 500 == 0) {
            Bundle now;
            tcm.read(128, 4, now);
            EXPECT_EQ(value(recorder, now), i + 1);
        }
        if (i % 3 == 0) increment(recorder, step);  // nobody wants it
    }
    tcm.clear();
    const auto stats = recorder.stats();
    EXPECT_EQ(stats.evaluated + stats.dropped, stats.recorded);
    EXPECT_EQ(stats.live_values, 1u) << "the step";
}

TEST(Recorder, BackgroundForgetsWhatIsDroppedWhileItEvaluatesIt) {
    Recorder recorder{{.mode = Mode::background, .max_pending_operations = unbounded}};
    const View matrix{{64, 64}, Dtype::f32, {}};
    const Bundle x = recorder.constant(Bytes(matrix.bytes()));
    std::uint64_t evaluated = 0;
    for (int i = 0; i < 100'000 && evaluated < 50; ++i) {
        Bundle wanted = recorder.record(who, op(OpCode::exp), {{matrix, x, {"tcm", 0}}}, matrix, {"tcm", 0});
        for (int j = 0; j < i % 64; ++j) recorder.stats();  // gives the other thread time to begin
        wanted.clear();
        evaluated = recorder.stats().evaluated;
    }
    recorder.evaluate_pending();
    const auto stats = recorder.stats();
    EXPECT_EQ(stats.evaluated + stats.dropped, stats.recorded);
    EXPECT_EQ(stats.live_values, 1u);
    EXPECT_EQ(stats.live_bytes, matrix.bytes());
}

TEST_F(LogTest, TellsWhoMadeWhatFromWhatAndWhenItWasSeen) {
    Recorder recorder{{}};
    recorder.open_log(path);
    const Bundle a = recorder.constant(encode(Dtype::f16, {1, 2}), {"host", "host_write", 1_ns, 2_ns});
    BoundOperand operand{{{1, 4}, Dtype::f16, {1, 2}}, a, {"sip0.tcm", 0x1200}};
    operand.bytes.append(nullptr, 0, 4);
    OpSpec spec = op(OpCode::copy);
    const Bundle b =
        recorder.record({"sip0.pe", "math", 3_ns, 5_ns}, spec, {operand}, {{1, 4}, Dtype::f16, {}}, {"sip0.tcm", 64});
    recorder.record_copy({"sip0.dma", "dma_write", 5_ns, 9_ns}, b, {"sip0.tcm", 64}, {"sip0.hbm", 4096});
    recorder.record_visible({"sip0.dma", "dma_write", 5_ns, 8_ns}, {"sip0.hbm", 4096}, b.part(2, 4));
    recorder.close_log();

    const auto expected = {
        R"({"schema": "ahbm-op-log", "version": 1})",
        R"({"record": "constant", "id": 1, "component": "host", "kind": "host_write", "t_start_ps": 1000,
            "t_end_ps": 2000, "bytes": 4})",
        R"({"record": "op", "id": 2, "component": "sip0.pe", "kind": "math", "t_start_ps": 3000, "t_end_ps": 5000,
            "op": "copy",
            "operands": [{"place": {"memory": "sip0.tcm", "address": 4608}, "shape": [1, 4], "dtype": "f16",
                          "layout": [1, 2], "values": [[1, 0, 4], [0, 0, 4]]}],
            "result": {"value": 2, "place": {"memory": "sip0.tcm", "address": 64}, "shape": [1, 4], "dtype": "f16"}})",
        R"({"record": "copy", "id": 3, "component": "sip0.dma", "kind": "dma_write", "t_start_ps": 5000,
            "t_end_ps": 9000, "from": {"memory": "sip0.tcm", "address": 64},
            "to": {"memory": "sip0.hbm", "address": 4096},
            "values": [[2, 0, 8]]})",
        R"({"record": "visible", "component": "sip0.dma", "kind": "dma_write", "t_start_ps": 5000, "t_visible_ps": 8000,
            "place": {"memory": "sip0.hbm", "address": 4096}, "length": 4, "values": [[2, 2, 4]]})",
        R"({"record": "end", "records": 4})",
    };
    std::vector<nlohmann::json> wanted;
    for (const char* text : expected) wanted.push_back(nlohmann::json::parse(text));
    EXPECT_EQ(lines(), wanted);
}

TEST_F(LogTest, IsIdenticalFromRunToRun) {
    const auto run = [&](Mode mode) {
        Recorder recorder{{.mode = mode, .max_pending_operations = 5}};
        recorder.open_log(path);
        Bundle x = recorder.constant(encode(Dtype::f32, {0}));
        for (int i = 0; i < 50; ++i) x = increment(recorder, x);
        recorder.close_log();
        return lines();
    };
    const auto first = run(Mode::lazy);
    EXPECT_EQ(first.size(), 1u + 1 + 100 + 1);
    EXPECT_EQ(run(Mode::lazy), first);
    EXPECT_EQ(run(Mode::background), first);
}

TEST_F(LogTest, UnwritablePathsAreErrors) {
    Recorder recorder{{}};
    EXPECT_THAT(
        [&] { recorder.open_log("/no/such/folder/log.jsonl"); },
        ThrowsMessage<std::runtime_error>("/no/such/folder/log.jsonl: the folder /no/such/folder does not exist"));
    EXPECT_THAT([&] { recorder.open_log(testing::TempDir()); },
                ThrowsMessage<std::runtime_error>(HasSubstr("Is a directory")));
}

TEST_F(LogTest, AFullDiskIsAnError) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
    Recorder recorder{{}};
    recorder.open_log("/dev/full");
    recorder.constant(Bytes(4));
    EXPECT_THAT([&] { recorder.close_log(); },
                ThrowsMessage<std::runtime_error>("/dev/full: cannot be written: No space left on device"));
}
