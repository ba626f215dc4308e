// SPDX-License-Identifier: Apache-2.0
// What is there: counts, names, places; every shipped topology.
#include "observe/measurements.h"
#include "tests/platform/session_test.h"

#include <map>
#include <set>

namespace ahbm::test {
namespace {

class Netlist : public SessionTest {
protected:
    /// Modules below a system, by hierarchical name.
    static void collect(const sc_core::sc_object& object, std::set<std::string>& names) {
        for (const sc_core::sc_object* child : object.get_child_objects()) {
            if (dynamic_cast<const sc_core::sc_module*>(child) == nullptr) continue;
            names.insert(child->name());
            collect(*child, names);
        }
    }
    static std::set<std::string> modules(const System& system) {
        std::set<std::string> names;
        collect(system, names);
        return names;
    }
};

TEST_F(Netlist, TheDefaultPlatformHasTheBlocksOfTheSpecification) {
    auto session = make(topology("default"));
    std::map<std::string, unsigned> kinds;
    for (const auto& [kind, count] : inventory(session->system().config())) kinds[kind] = count;
    EXPECT_EQ(kinds["router"], 2u * 16 * 32);
    EXPECT_EQ(kinds["hbm controller"], 2u * 16 * 8);
    EXPECT_EQ(kinds["ucie port"] + kinds["ucie connection"], 2u * 16 * 20);
    EXPECT_EQ(kinds["pcie_ep"] + kinds["io_cpu"] + kinds["io_noc"] + kinds["phy"] + kinds["phy connection"], 2u * 23);
    unsigned total = 0;
    for (const auto& [kind, count] : kinds) total += count;
    EXPECT_EQ(total - 1, 4335u) << "the inventory of the predecessor, without the host";

    // Every counted block is a module; beyond them there are the netlist's own levels: SIP, IO chiplet, cube, PE,
    // fabric, wheel.
    EXPECT_EQ(modules(session->system()).size(), total + 2 + 2 + 32 + 256 + 1 + 1);
}

TEST_F(Netlist, NamesAreTheIdsUsersType) {
    auto session = make(topology("default"));
    const std::set<std::string> names = modules(session->system());
    for (const char* name :
         {"system.host", "system.fabric.switch0", "system.sip1.io0.pcie_ep", "system.sip0.io0.io_cpu",
          "system.sip0.io0.io_noc", "system.sip0.io0.phy3.conn3", "system.sip0.cube3.pe5.gemm",
          "system.sip0.cube15.pe7.scheduler", "system.sip1.cube0.r5c5", "system.sip0.cube3.ucie_east.conn2",
          "system.sip0.cube3.m_cpu", "system.sip0.cube3.sram", "system.sip0.cube3.hbm7"})
        EXPECT_TRUE(names.contains(name)) << name;
    EXPECT_FALSE(names.contains("system.sip0.cube0.r2c2")) << "the HBM stack sits there";
}

class Topologies : public Netlist, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Shipped, Topologies, ::testing::Values("mini", "default", "torus6", "full16"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Topologies, LoadDumpReloadAndRun) {
    const PlatformConfig config = topology(GetParam());
    const std::string text = config::dump(config);
    EXPECT_EQ(config::dump(config::load_text<PlatformConfig>(text, "dump", {})), text);
    auto session = make(config, shadow::Mode::off);
    session->run([&] {
        runtime::Context ctx(session->port());
        ctx.set_device(SipId{config.sips.count - 1});
        const runtime::LaunchResult launch = ctx.wait(ctx.launch("noop", {}));
        ASSERT_EQ(launch.spans.size(),
                  config.sip.cube_mesh.w * config.sip.cube_mesh.h * config.sip.cube.noc.pe_count());
        for (const abi::PeSpan& span : launch.spans)
            EXPECT_EQ(span.exec_start_ps, launch.spans.front().exec_start_ps) << "zero spread";
    });
}

TEST_F(Netlist, TheLimitsOfTheAddressElaborate) {
    auto session = make(topology("mini", {"sip.cube_mesh.w=4", "sip.cube_mesh.h=4", "sip.cube.noc.pe_per_corner=4"}),
                        shadow::Mode::off);
    session->run([&] {
        runtime::Context ctx(session->port());
        EXPECT_EQ(ctx.wait(ctx.launch("noop", {})).spans.size(), 256u);
    });
}

}  // namespace
}  // namespace ahbm::test
