// SPDX-License-Identifier: Apache-2.0
/// The configuration loader as its users meet it: overrides, base files, round trips, reference pages.
#include "tests/sim/config_support.h"

#include <gmock/gmock.h>

namespace ahbm::config_test {

TEST(Config, FileFieldsReplaceDefaults) {
    const Everything x =
        load("channels: 0x10\nlatency: 1.5 us\nmesh: {h: 2}\nimpl: 'rtl.pe_ipcq'\nlimit: 3\ntimeout: ~\n");
    Everything expected;
    expected.channels = 16;
    expected.latency = Time::ps(1'500'000);
    expected.mesh.h = 2;
    expected.impl = "rtl.pe_ipcq";
    expected.limit = 3;
    expected.timeout.reset();
    EXPECT_EQ(x, expected);
}

TEST(Config, ListsAndMapsReplaceWholly) {
    const Everything x =
        load("links:\n  - name: only\nweights: {b: 2}\nports: [false]\nnested: [[{w: 1}]]\nmeshes: {}\n");
    EXPECT_EQ(x.links, (std::vector<Link>{Link{"only", 128_GBps, {}}}));
    EXPECT_EQ(x.weights, (std::map<std::string, double>{{"b", 2}}));
    EXPECT_EQ(x.ports, std::vector<bool>{false});
    EXPECT_EQ(x.nested, (std::vector<std::vector<Mesh>>{{Mesh{1, 4}}}));
    EXPECT_TRUE(x.meshes.empty());
}

TEST(Config, DumpIsComplete) {
    EXPECT_EQ(config::dump(Everything{}),
              "enabled: true\n"
              "channels: 8\n"
              "small: 1\n"
              "large: 2\n"
              "offset: -3\n"
              "ratio: 0.1\n"
              "impl: builtin.pe_ipcq\n"
              "latency: 16 ns\n"
              "capacity: 48 GB\n"
              "bandwidth: 512 GB/s\n"
              "clock: 1 GHz\n"
              "rate: 8 TFLOP/s\n"
              "pitch: 1.5 mm\n"
              "wire: 0.01 ns/mm\n"
              "position: [7.5 mm, 2 mm]\n"
              "topology: torus_2d\n"
              "mesh:\n"
              "  w: 4\n"
              "  h: 4\n"
              "nothing: {}\n"
              "ports: [true, false]\n"
              "delays: [1 ns, 500 ps]\n"
              "links:\n"
              "  - name: link\n"
              "    bandwidth: 128 GB/s\n"
              "    lanes: []\n"
              "  - name: east\n"
              "    bandwidth: 64 GB/s\n"
              "    lanes: [1, 2]\n"
              "nested:\n"
              "  - - w: 4\n"
              "      h: 4\n"
              "    - w: 2\n"
              "      h: 1\n"
              "  - []\n"
              "limit: null\n"
              "timeout: 1 us\n"
              "weights:\n"
              "  a: 0.25\n"
              "  \"null\": 4\n"
              "meshes:\n"
              "  io:\n"
              "    w: 1\n"
              "    h: 4\n");
    EXPECT_EQ(config::dump(Nothing{}), "{}\n");
}

TEST(Config, DumpLoadsBackEqual) {
    Everything other;
    other.enabled = false;
    other.large = UINT64_MAX;
    other.offset = INT32_MIN;
    other.ratio = 1.0 / 3;
    other.latency = Time::ps(1'000'000'000'000'000);
    other.capacity = Bytes{std::uint64_t{128} << 40};
    other.bandwidth = Bandwidth{1'000'000'000};
    other.pitch = Millimetres{0.1 + 0.2};
    other.wire = WireDelay{1.0 / 7};
    other.links = {Link{"", 1_GBps, {3}}};
    other.nested = {{}, {Mesh{8, 8}}};
    other.limit = 0;
    other.weights = {{"", 1e300}, {"a.b c", 1e-300}, {"12", 5}};
    other.meshes.clear();
    for (const Everything& x : {Everything{}, other}) {
        const std::string text = config::dump(x);
        EXPECT_EQ(load(text), x);
        EXPECT_EQ(config::dump(load(text)), text);
    }
}

TEST(Config, EveryTextRoundTrips) {
    for (const std::string text :
         {"",         " ",           "null", "~",  "True",         "no",          "12",
          "0x1",      "a: b",        "- a",  "#c", "it's \"x\"\\", "1 ns",        "line\nbreak\ttab",
          "\x01\x7f", "caf\xc3\xa9", "[a]",  "{",  "a,b",          "/x/y-1.yaml", "-",
          "!t"}) {
        Everything x;
        x.impl = text;
        x.weights = {{text, 1}};
        EXPECT_EQ(load(config::dump(x)), x) << config::dump(x);
    }
}

TEST(Config, Overrides) {
    const Everything x = load(
        "mesh: {w: 2}\n", {"mesh.w=8", "links[1].name=west", "links.0.lanes=[4, 5]", "ports[1]=true", "limit=5",
                           "timeout=null", "impl=", "weights.a=1", "nested[0][1].h=3", "topology=ring_1d",
                           "meshes={a: {w: 2}}", "channels=3", "channels=4", "latency=2 us", "position=[1 mm, 2 mm]"});
    Everything expected;
    expected.mesh.w = 8;
    expected.links[1].name = "west";
    expected.links[0].lanes = {4, 5};
    expected.ports = {true, true};
    expected.limit = 5;
    expected.timeout.reset();
    expected.impl = "";
    expected.weights["a"] = 1;
    expected.nested[0][1].h = 3;
    expected.topology = Topology::ring_1d;
    expected.meshes = {{"a", Mesh{2, 4}}};
    expected.channels = 4;
    expected.latency = 2_us;
    expected.position = {1.0_mm, 2.0_mm};
    EXPECT_EQ(x, expected);
}

TEST_F(ConfigFiles, BaseComesFirst) {
    write("common/root.yaml", "channels: 1\nmesh: {w: 2, h: 2}\nlinks: [{name: root}]\n");
    write("common/middle.yaml", "base: root.yaml\nmesh: {h: 3}\n");
    const std::string top = write("top.yaml", "offset: 5\nbase: common/middle.yaml\nlinks: [{lanes: [1]}]\n");
    Everything expected;
    expected.channels = 1;
    expected.mesh = {2, 3};
    expected.offset = 5;
    expected.links = {Link{"link", 128_GBps, {1}}};
    EXPECT_EQ(config::load_file<Everything>(top), expected);
    EXPECT_EQ(config::load_file<Everything>(top, {"mesh.h=4"}).mesh, (Mesh{2, 4}));
}

struct Documented {
    Mesh mesh;
    std::vector<Link> links = {Link{}};
    std::vector<Time> delays = {1_ns};
    std::map<std::string, Mesh> meshes = {{"io", Mesh{}}};
    Topology topology = Topology::ring_1d;
    std::optional<Bytes> limit;
    template <class V>
    void fields(V& v) {
        v("mesh", mesh, "cubes of a SIP");
        v("links", links, "x | y");
        v("delays", delays, "per hop");
        v("meshes", meshes, "by name");
        v("topology", topology, "neighbours");
        v("limit", limit, "none: unlimited");
    }
};

TEST(Config, Reference) {
    EXPECT_EQ(config::reference<Documented>("System"),
              "## System\n"
              "\n"
              "| field | type | default | description |\n"
              "|---|---|---|---|\n"
              "| `mesh` | group |  | cubes of a SIP |\n"
              "| `mesh.w` | unsigned integer | `4` | columns |\n"
              "| `mesh.h` | unsigned integer | `4` | rows |\n"
              "| `links` | list of groups | 1 element | x \\| y |\n"
              "| `links[].name` | text | `link` | label in traces |\n"
              "| `links[].bandwidth` | bandwidth | `128 GB/s` | per direction |\n"
              "| `links[].lanes` | list of unsigned integer | `[]` | lane numbers |\n"
              "| `delays` | list of time | `[1 ns]` | per hop |\n"
              "| `meshes` | map of groups | io | by name |\n"
              "| `meshes.<name>.w` | unsigned integer | `4` | columns |\n"
              "| `meshes.<name>.h` | unsigned integer | `4` | rows |\n"
              "| `topology` | ring_1d, torus_2d, mesh_2d_no_wrap | `ring_1d` | neighbours |\n"
              "| `limit` | optional size | `null` | none: unlimited |\n");
}

TEST(Config, ChoicesAreWhatALoaderTakes) {
    const auto choices = config::choices<Everything>();
    EXPECT_EQ(choices.at("topology"), (std::vector<std::string>{"ring_1d", "torus_2d", "mesh_2d_no_wrap"}));
    EXPECT_EQ(choices.at("enabled"), (std::vector<std::string>{"true", "false"}));
    EXPECT_EQ(choices.size(), 2u) << "all others have many values";
    for (const auto& [field, values] : choices)
        for (const std::string& value : values) EXPECT_NO_THROW(load("{}", {field + "=" + value}));
}

TEST(Config, ThePathOfAnOverrideIsThatOfMessages) {
    using Paths = std::vector<std::string>;
    EXPECT_EQ(config::paths_of_override("mesh.w=2"), Paths{"mesh.w"});
    EXPECT_EQ(config::paths_of_override("links[1].name=x"), Paths{"links[1].name"});
    EXPECT_EQ(config::paths_of_override("mesh={w: 2, h: ~}"), (Paths{"mesh.w", "mesh.h"}));
    EXPECT_EQ(config::paths_of_override("rates=[1, 2]"), (Paths{"rates[0]", "rates[1]"}));
    EXPECT_EQ(config::values_in(config::parse_yaml("{a: {b: 1}, c: [2, {d: 3}]}", "x")),
              (std::map<std::string, std::string>{{"a.b", "1"}, {"c[0]", "2"}, {"c[1].d", "3"}}));
}

}  // namespace ahbm::config_test
