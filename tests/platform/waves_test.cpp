// SPDX-License-Identifier: Apache-2.0
// Waves as their reader meets them: the file parses, shows the scope, agrees with the statistics to the picosecond, and
// the run is the same without it.
#include "platform/waves/waves.h"

#include "sim/config/error.h"
#include "tests/platform/session_test.h"
#include "tests/platform/vcd.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ahbm::test {
namespace {

using runtime::Context;
using runtime::Split;

class WavesTest : public SessionTest {
protected:
    WavesTest() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        folder = std::filesystem::temp_directory_path() / fmt::format("ahbm-{}-{}", getpid(), test->name());
        std::filesystem::create_directories(folder);
    }
    ~WavesTest() override { std::filesystem::remove_all(folder); }
    std::string in_folder(const std::string& name) const { return (folder / name).string(); }
    std::string content(const std::string& name) const {
        std::ifstream stream(folder / name);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// Runs in a process of its own, so that every run starts at time 0.
    template <class Body>
    void in_child(Body body) const {
        const pid_t child = fork();
        if (child == 0) {
            try {
                body();
            } catch (const std::exception& error) {
                fmt::print(stderr, "{}\n", error.what());
                _exit(1);
            }
            _exit(0);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    std::string refusal(Session& session, const WavesConfig& config) const {
        try {
            Waves waves(session.system(), config);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "accepted";
    }
    std::filesystem::path folder;
};

/// Work for every link, engine and queue of cube 0, and for the CPUs above it: products, softmax, a rush of launches,
/// and reads of one slice by everybody. Returns what a user sees of it.
std::string busy_day(Session& session) {
    std::string seen;
    session.run([&] {
        Context ctx(session.port());
        const auto matrix = [&](std::uint32_t rows, std::uint32_t cols, const runtime::TensorOptions& options) {
            std::vector<float> values(std::size_t{rows} * cols);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 31) / 16 - 1;
            return ctx.from_host(runtime::make_array({rows, cols}, Dtype::f16, values), options);
        };
        const auto report = [&](const runtime::LaunchResult& launch) {
            seen += fmt::format("{} {} {} {}\n", launch.submitted.ps(), launch.exec_start.ps(), launch.exec_end.ps(),
                                launch.completed.ps());
        };
        const auto x = matrix(260, 200, {{Split::row_wise, Split::replicate}, {32, 64}, "a"});
        const auto y = matrix(200, 130, {{Split::replicate, Split::column_wise}, {64, 32}, "b"});
        const auto z = ctx.empty({260, 130}, Dtype::f16, {{Split::row_wise, Split::column_wise}, {32, 32}, "c"});
        report(ctx.wait(ctx.launch("gemm", {x, y, z})));

        const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "s"};
        const auto s = matrix(64, 96, rows);
        const auto t = ctx.empty({64, 96}, Dtype::f16, rows);
        std::vector<runtime::LaunchHandle> rush;
        for (int i = 0; i < 6; ++i) rush.push_back(ctx.launch("softmax_rows", {s, t}, {static_cast<double>(i % 2)}));
        for (const auto& launch : rush) report(ctx.wait(launch));
        for (const std::byte b : t.to_host().bytes) seen += fmt::format("{:02x}", std::to_integer<unsigned>(b));
        seen += fmt::format("\n{:02x}\n", fmt::join(
                                              [&] {
                                                  std::vector<unsigned> bytes;
                                                  for (const std::byte b : z.to_host().bytes)
                                                      bytes.push_back(std::to_integer<unsigned>(b));
                                                  return bytes;
                                              }(),
                                              ""));

        scenarios::PathMeasurement measure(session);
        seen += fmt::format("{} ", measure.incast(CubeId{0}, 4, 32 << 10).ps());
        seen += fmt::format("{} ", measure.pe_dma(pe(0, 0, 0), pe(0, 3, 1), 64 << 10, scenarios::Transfer::write).ps());
        seen += fmt::format("{}\n", ctx.now().ps());
    });
    seen += fmt::format("{} hops\n", session.system().fabric().hops());
    for (const OutputPort* port : session.system().fabric().ports()) {
        const Link::Stats& stats = port->link().stats();
        seen += fmt::format("{} {} {} {} {}\n", port->name(), stats.packets, stats.bytes, stats.busy.ps(),
                            stats.queueing.ps());
    }
    return seen;
}

std::vector<std::string> names_of(const Waves& waves) {
    std::vector<std::string> names;
    for (const WaveSignal& signal : waves.signals()) names.push_back(signal.name);
    return names;
}

TEST_F(WavesTest, TheSaveFileGroupsSignalsByBlockAndNamesStatesAndMarkers) {
    auto session = make(topology("mini"));
    std::string name;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube0.pe[01].*"});
        busy_day(*session);
        name = waves.save_file({{"gemm starts", sim::Time::ns(3)}, {"gemm ends", sim::Time::ns(7)}});
    }
    EXPECT_EQ(name, in_folder("w.gtkw"));
    std::ifstream file(name), states(in_folder("w.states.txt"));
    const std::vector<std::string> lines = [&] {
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) all.push_back(line);
        return all;
    }();
    EXPECT_EQ(lines[0], "[dumpfile] \"w.vcd\"") << "no folder: the files can be moved together";
    EXPECT_THAT(lines[2], testing::ContainsRegex("^\\*-[0-9.]+ 3000 3000 7000 -1 -1"));
    EXPECT_EQ(lines[3], "[markername] Agemm starts");
    EXPECT_EQ(lines[4], "[markername] Bgemm ends");
    // Every signal of the VCD once, with its width; every group that begins ends.
    const Vcd vcd(in_folder("w.vcd"));
    std::set<std::string> shown;
    std::vector<std::string> groups;
    for (std::size_t i = 5; i < lines.size(); ++i) {
        if (lines[i] == "@800200")
            groups.push_back(lines[++i]);
        else if (lines[i] == "@1000200")
            EXPECT_EQ(lines[++i], groups.back());
        else if (const std::size_t at = lines[i].find(" SystemC."); at != std::string::npos) {
            const std::string signal = lines[i].substr(at + 9, lines[i].find('[') - at - 9);
            EXPECT_TRUE(shown.insert(signal).second) << signal;
            EXPECT_EQ(signal.ends_with(".state"), lines[i - 1] == "^1 w.states.txt") << signal;
        }
    }
    EXPECT_EQ(shown, vcd.names());
    EXPECT_EQ(groups.front(), "-sip0.cube0.pe0");
    std::string first;
    std::getline(states, first);
    EXPECT_EQ(first, "0 idle");
}

TEST_F(WavesTest, BusyTimesAreThoseOfTheStatisticsAndNothingIsMissing) {
    auto session = make(topology("mini"));
    std::vector<std::string> listed;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), ""});
        listed = names_of(waves);
        busy_day(*session);
    }
    const Vcd vcd(in_folder("w.vcd"));
    EXPECT_EQ(vcd.picoseconds_per_unit(), 1);
    EXPECT_EQ(vcd.names(), std::set<std::string>(listed.begin(), listed.end()));
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()).size(), listed.size()) << "names are unique";

    System& system = session->system();
    std::size_t used = 0;
    for (const OutputPort* port : system.fabric().ports()) {
        if (!port->connected()) continue;
        const std::string name = port->name().substr(std::string("system.").size());
        const Link::Stats& stats = port->link().stats();
        EXPECT_EQ(vcd.time_at(name + ".busy", 1), stats.busy.ps()) << name;
        EXPECT_EQ(vcd.integral(name + ".queue"), stats.queueing.ps()) << name << ": packets x time";
        used += stats.packets > 0;
    }
    EXPECT_GT(used, 100u);
    const auto busy = static_cast<unsigned>(EngineState::busy), stalled = static_cast<unsigned>(EngineState::stalled);
    const sim::Time end = system.wheel().now();
    for (unsigned c = 0; c < 4; ++c)
        for (unsigned p = 0; p < 4; ++p) {
            const Pe& here = system.pe(pe(0, c, p));
            const std::string name = to_string(pe(0, c, p));
            using Side = PeFetchStore::Side;
            EXPECT_EQ(vcd.time_at(name + ".gemm.state", busy), here.gemm->busy().ps()) << name;
            EXPECT_EQ(vcd.time_at(name + ".math.state", busy), here.math->busy().ps()) << name;
            EXPECT_EQ(vcd.time_at(name + ".fetch_store.fetch.state", busy), here.fetch_store.busy(Side::fetch).ps())
                << name;
            EXPECT_EQ(vcd.time_at(name + ".fetch_store.store.state", busy), here.fetch_store.busy(Side::store).ps())
                << name;
            // A DMA channel that is held is held whether or not a packet of it is under way.
            EXPECT_EQ(vcd.time_at(name + ".dma.read.state", busy) + vcd.time_at(name + ".dma.read.state", stalled),
                      here.dma.read_channel().busy(end).ps())
                << name;
            EXPECT_EQ(vcd.time_at(name + ".dma.write.state", busy) + vcd.time_at(name + ".dma.write.state", stalled),
                      here.dma.write_channel().busy(end).ps())
                << name;
            EXPECT_GT(here.gemm->busy().ps(), 0) << name;
            EXPECT_GT(here.math->busy().ps(), 0) << name;
        }
}

TEST_F(WavesTest, EverySignalOfAPeAndEveryMailboxTogglesAndRests) {
    auto session = make(topology("mini"));
    {
        Waves waves(session->system(), {in_folder("w.vcd"), ""});
        busy_day(*session);
    }
    const Vcd vcd(in_folder("w.vcd"));
    for (const std::string& name : vcd.names()) {
        const bool of_pe = name.starts_with("sip0.cube0.pe0.");
        const bool mailbox = name == "sip0.io0.io_cpu.mailbox" || name == "sip0.cube0.m_cpu.mailbox";
        if (!of_pe && !mailbox) continue;
        if (name.ends_with("cpu.to_noc.queue") || name.ends_with("dma.to_cpu.queue")) continue;
        // A PE's CPU takes its messages at once, and nobody else sends through its way to the NoC.
        EXPECT_GE(vcd.changes(name), 2u) << name;
        EXPECT_EQ(vcd.last(name), 0u) << name << " at the end";
    }
    EXPECT_GT(vcd.highest("sip0.cube0.pe0.scheduler.commands"), 1u);
    EXPECT_GT(vcd.highest("sip0.cube0.pe0.fetch_store.fetch.state"), 1u) << "TCM's port is shared: fetches wait for it";
}

TEST_F(WavesTest, ACommandShowsInTheFifoFromTheMomentItIsGiven) {
    // PE_CPU is a thread: what it does in an instant comes after that instant's events.
    auto session = make(topology("mini"));
    sim::Time start, end;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube0.pe0.*"});
        session->run([&] {
            Context ctx(session->port());
            const auto a = ctx.zeros({1, 64}, Dtype::f16, {{Split::replicate, Split::replicate, 1, 1}, {}, "a"});
            const runtime::LaunchResult launch = ctx.wait(ctx.launch("dma_load", {a}));
            start = launch.exec_start;
            end = launch.exec_end;
        });
    }
    const Vcd vcd(in_folder("w.vcd"));
    const sim::Time dispatch = session->system().config().sip.cube.pe.cpu.clock.time_for(
        session->system().config().sip.cube.pe.cpu.dispatch_cycles);
    const std::vector<Vcd::Change> kernel{{0, 0}, {start.ps(), 1}, {end.ps(), 0}};
    EXPECT_EQ(vcd.history("sip0.cube0.pe0.cpu.kernel"), kernel);
    const std::vector<Vcd::Change> fifo{{0, 0}, {(start + dispatch).ps(), 1}, {end.ps(), 0}};
    EXPECT_EQ(vcd.history("sip0.cube0.pe0.scheduler.commands"), fifo);
}

TEST_F(WavesTest, TheScopeSelects) {
    auto session = make(topology("mini"));
    std::vector<std::string> all, some;
    {
        Waves waves(session->system(), {in_folder("w.vcd"), "sip0.cube?.pe[12].*.state"});
        some = names_of(waves);
    }
    EXPECT_EQ(some.size(), 4u * 2 * 6);
    for (const std::string& name : some) EXPECT_TRUE(name.ends_with(".state")) << name;
    for (const OutputPort* port : session->system().fabric().ports()) EXPECT_EQ(port->link().stats().packets, 0u);
}

TEST_F(WavesTest, WhatCannotBeTracedIsRefusedBeforeTheRun) {
    auto session = make(topology("mini"));
    const auto scope = [&](const std::string& text) { return refusal(*session, {in_folder("w.vcd"), text}); };
    EXPECT_EQ(
        scope("sip0.cube0.pe9.*"),
        "--vcd-scope: sip0.cube0.pe9.*: no link or engine has such a name; in sip0.cube0 there are: " + [&] {
            return scope("sip0.cube0")
                .substr(
                    std::string("--vcd-scope: sip0.cube0: no link or engine has such a name; in sip0.cube0 there are: ")
                        .size());
        }());
    EXPECT_NE(scope("sip0.cube0.pe9.*").find("pe0, pe1, pe2, pe3"), std::string::npos) << scope("sip0.cube0.pe9.*");
    EXPECT_EQ(
        scope("sip0.cube0.pe0.gemm"),
        "--vcd-scope: sip0.cube0.pe0.gemm: no link or engine has such a name; in sip0.cube0.pe0.gemm there are: state");
    EXPECT_EQ(scope("cube0.*"),
              "--vcd-scope: cube0.*: no link or engine has such a name; examples: sip0.cube0.pe0.*, sip0.cube0.r0c0.*, "
              "fabric.*");
    EXPECT_FALSE(std::filesystem::exists(folder / "w.vcd")) << "refused before anything is written";
    EXPECT_EQ(refusal(*session, {"/nowhere/w.vcd", ""}),
              "--vcd: /nowhere/w.vcd: cannot be written: No such file or directory");
    EXPECT_EQ(refusal(*session, {in_folder("waves"), ""}),
              "--vcd: " + in_folder("waves") + ": a name that ends in .vcd is expected");
    EXPECT_NO_THROW(busy_day(*session)) << "a refused trace leaves no observer behind";
}

TEST_F(WavesTest, TheRunIsTheSameWithAndWithoutAndTheFileIsTheSameTwice) {
    for (const char* timing : {"hop", "fast"}) {
        const auto run = [&](const std::string& name, const char* scope) {
            in_child([&] {
                auto session = make(topology("mini", {std::string("fabric.timing=") + timing}));
                std::unique_ptr<Waves> waves;
                if (scope != nullptr)
                    waves = std::make_unique<Waves>(session->system(), WavesConfig{in_folder(name + ".vcd"), scope});
                std::ofstream(folder / (name + ".txt")) << busy_day(*session);
            });
        };
        run("off", nullptr);
        run("all", "");
        run("part", "sip0.cube0.pe0.*");
        run("part_again", "sip0.cube0.pe0.*");
        ASSERT_GT(content("off.txt").size(), 10000u);
        EXPECT_EQ(content("all.txt"), content("off.txt")) << timing;
        EXPECT_EQ(content("part.txt"), content("off.txt")) << timing;
        const auto dateless = [&](const std::string& file) {  // the header says when it was written
            const std::string text = content(file);
            return text.substr(text.find("$version"));
        };
        EXPECT_EQ(dateless("part.vcd"), dateless("part_again.vcd")) << timing;
    }
}

}  // namespace
}  // namespace ahbm::test
