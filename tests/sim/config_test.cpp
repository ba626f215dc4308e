// SPDX-License-Identifier: Apache-2.0
/// The configuration loader as its users meet it: exact messages, overrides, base files, round trips.
#include "sim/config/config.h"

#include <gmock/gmock.h>

#include <bit>
#include <cstdlib>
#include <fstream>

namespace ahbm::config_test {

using namespace sim;

enum class Topology { ring_1d, torus_2d, mesh_2d_no_wrap };

std::span<const std::pair<std::string_view, Topology>> enum_names(Topology) {
    static constexpr std::pair<std::string_view, Topology> names[] = {{"ring_1d", Topology::ring_1d},
                                                                      {"torus_2d", Topology::torus_2d},
                                                                      {"mesh_2d_no_wrap", Topology::mesh_2d_no_wrap}};
    return names;
}

struct Mesh {
    unsigned w = 4;
    unsigned h = 4;
    bool operator==(const Mesh&) const = default;
    template <class V>
    void fields(V& v) {
        v("w", w, "columns");
        v("h", h, "rows");
    }
    void validate(config::Check& check) const {
        if (!std::has_single_bit(w)) check.fail("w", "a power of two expected, got " + std::to_string(w));
    }
};

struct Link {
    std::string name = "link";
    Bandwidth bandwidth = 128_GBps;
    std::vector<unsigned> lanes;
    bool operator==(const Link&) const = default;
    template <class V>
    void fields(V& v) {
        v("name", name, "label in traces");
        v("bandwidth", bandwidth, "per direction");
        v("lanes", lanes, "lane numbers");
    }
};

struct Nothing {
    bool operator==(const Nothing&) const = default;
    template <class V>
    void fields(V&) {}
};

struct Everything {
    bool enabled = true;
    unsigned channels = 8;
    std::uint32_t small = 1;
    std::uint64_t large = 2;
    int offset = -3;
    double ratio = 0.1;
    std::string impl = "builtin.pe_ipcq";
    Time latency = 16_ns;
    Bytes capacity = 48'000'000'000_B;
    Bandwidth bandwidth = 512_GBps;
    Frequency clock = 1_GHz;
    FlopRate rate = 8_TFLOPs;
    Millimetres pitch = 1.5_mm;
    WireDelay wire{10};
    Position position{7.5_mm, 2.0_mm};
    Topology topology = Topology::torus_2d;
    Mesh mesh;
    Nothing nothing;
    std::vector<bool> ports = {true, false};
    std::vector<Time> delays = {1_ns, 500_ps};
    std::vector<Link> links = {Link{}, Link{"east", 64_GBps, {1, 2}}};
    std::vector<std::vector<Mesh>> nested = {{Mesh{}, Mesh{2, 1}}, {}};
    std::optional<unsigned> limit;
    std::optional<Time> timeout = 1_us;
    std::map<std::string, double> weights = {{"a", 0.25}, {"null", 4}};
    std::map<std::string, Mesh> meshes = {{"io", Mesh{1, 4}}};
    bool operator==(const Everything&) const = default;
    template <class V>
    void fields(V& v) {
        v("enabled", enabled, "");
        v("channels", channels, "");
        v("small", small, "");
        v("large", large, "");
        v("offset", offset, "");
        v("ratio", ratio, "");
        v("impl", impl, "");
        v("latency", latency, "");
        v("capacity", capacity, "");
        v("bandwidth", bandwidth, "");
        v("clock", clock, "");
        v("rate", rate, "");
        v("pitch", pitch, "");
        v("wire", wire, "");
        v("position", position, "");
        v("topology", topology, "");
        v("mesh", mesh, "");
        v("nothing", nothing, "");
        v("ports", ports, "");
        v("delays", delays, "");
        v("links", links, "");
        v("nested", nested, "");
        v("limit", limit, "");
        v("timeout", timeout, "");
        v("weights", weights, "");
        v("meshes", meshes, "");
    }
    void validate(config::Check& check) const {
        if (topology == Topology::torus_2d && channels == 7) check.fail("channels", "a torus has no 7 channels");
        if (links.size() > 3) check.fail("links[3].name", "one link too many");
        if (large == 99) check.fail("", "99 is too much for the whole");
        if (large == 98) check.fail("mesh.h", "98 contradicts h");
    }
};

Everything load(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return config::load_text<Everything>(text, "x.yaml", overrides);
}

template <class F>
std::string error_of(F run) {
    try {
        run();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

std::string error_in(const std::string& text) {
    return error_of([&] { load(text); });
}

std::string error_of_set(const std::string& override_text) {
    return error_of([&] { load("{}", {override_text}); });
}

/// Files of one test, in a directory of its own that goes away with it.
class ConfigFiles : public testing::Test {
protected:
    ConfigFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "config_test_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~ConfigFiles() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
        return path(name);
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

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

TEST(Config, UnknownFields) {
    EXPECT_EQ(error_in("\nchanels: 4\n"), "x.yaml:2:1: chanels: unknown field; did you mean 'channels'?");
    EXPECT_EQ(error_in("mesh:\n  width: 4\n"), "x.yaml:2:3: mesh.width: unknown field; known here: w, h");
    EXPECT_EQ(error_in("links:\n  - name: a\n    bandwdith: 1 GB/s\n"),
              "x.yaml:3:5: links[0].bandwdith: unknown field; did you mean 'bandwidth'?");
    EXPECT_EQ(error_in("nothing: {x: 1}\n"), "x.yaml:1:11: nothing.x: unknown field; there are none here");
    EXPECT_EQ(error_in("meshes: {io: {v: 1}}\n"), "x.yaml:1:15: meshes.io.v: unknown field; known here: w, h");
}

TEST(Config, BadText) {
    EXPECT_EQ(error_in(""), "x.yaml: the file is empty");
    EXPECT_EQ(error_in("# nothing yet\n"), "x.yaml: the file is empty");
    EXPECT_EQ(error_in("channels: 1\nmesh: [1, 2\n"), "x.yaml:3:1: bad YAML: end of sequence flow not found");
    EXPECT_EQ(error_in("a: b: c\n"), "x.yaml:1:5: bad YAML: illegal map value");
    EXPECT_EQ(error_in("mesh:\n  w: 1\n  w: 2\n"), "x.yaml:3:3: mesh.w: duplicate key, first given at x.yaml:2:3");
    EXPECT_EQ(error_in("channels: 1\n---\nchannels: 2\n"), "x.yaml:2:1: a second document; only one per file is read");
    // yaml-cpp finds documents in it for ever.
    EXPECT_EQ(error_in("[][[]],"), "x.yaml:1:3: a second document; only one per file is read");
    std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
        bomb += name + ": &" + name + " [" + before;
        for (int j = 1; j < 10; ++j) bomb += ", " + before;
        bomb += "]\n";
    }
    EXPECT_THAT(error_in(bomb), testing::EndsWith("more than 20000 values"));
    EXPECT_EQ(error_in("channels: !!str 4\n"),
              "x.yaml:1:11: channels: tags are not supported, got tag:yaml.org,2002:str");
    EXPECT_EQ(error_in("[1, 2]: 3\n"), "x.yaml:1:1: a key must be a name");
    EXPECT_EQ(error_in("weights: &a {b: *a}\n"), "x.yaml:1:10: nested too deeply");
    EXPECT_EQ(error_in("- 1\n"), "x.yaml:1:1: expected a map of fields, got a list");
    EXPECT_EQ(error_in("hello\n"), "x.yaml:1:1: expected a map of fields, got \"hello\"");
}

TEST(Config, WrongTypes) {
    EXPECT_EQ(error_in("enabled: yes\n"), "x.yaml:1:10: enabled: expected true or false, got \"yes\"");
    EXPECT_EQ(error_in("channels: -1\n"),
              "x.yaml:1:11: channels: expected an integer from 0 to 4294967295, got \"-1\"");
    EXPECT_EQ(error_in("latency: 1001 s\n"), "x.yaml:1:10: latency: \"1001 s\" is too large: at most 1000 s");
    EXPECT_EQ(error_in("channels: 4294967296\n"),
              "x.yaml:1:11: channels: expected an integer from 0 to 4294967295, got \"4294967296\"");
    EXPECT_EQ(error_in("channels: \"8\"\n"),
              "x.yaml:1:11: channels: expected an integer from 0 to 4294967295, got \"8\"");
    EXPECT_EQ(error_in("channels: 8.5\n"),
              "x.yaml:1:11: channels: expected an integer from 0 to 4294967295, got \"8.5\"");
    EXPECT_EQ(error_in("channels:\n"), "x.yaml:1:1: channels: expected an integer from 0 to 4294967295, got nothing");
    EXPECT_EQ(error_in("large: 18446744073709551616\n"),
              "x.yaml:1:8: large: expected an integer from 0 to 18446744073709551615, got \"18446744073709551616\"");
    EXPECT_EQ(error_in("offset: 2147483648\n"),
              "x.yaml:1:9: offset: expected an integer from -2147483648 to 2147483647, got \"2147483648\"");
    EXPECT_EQ(error_in("ratio: big\n"), "x.yaml:1:8: ratio: expected a number, got \"big\"");
    EXPECT_EQ(error_in("ratio: inf\n"), "x.yaml:1:8: ratio: expected a number, got \"inf\"");
    EXPECT_EQ(error_in("ratio: 1e999\n"), "x.yaml:1:8: ratio: \"1e999\" is out of range");
    EXPECT_EQ(error_in("impl: [a]\n"), "x.yaml:1:7: impl: expected text, got a list");
    EXPECT_EQ(error_in("mesh: 4\n"), "x.yaml:1:7: mesh: expected a map of fields, got \"4\"");
    EXPECT_EQ(error_in("delays: 4 ns\n"), "x.yaml:1:9: delays: expected a list, got \"4 ns\"");
    EXPECT_EQ(error_in("delays: [4 ns, 5]\n"),
              "x.yaml:1:16: delays[1]: missing unit: expected a time such as \"45 ns\", got \"5\"");
    EXPECT_EQ(error_in("weights: [1]\n"), "x.yaml:1:10: weights: expected a map, got a list");
    EXPECT_EQ(error_in("limit: x\n"), "x.yaml:1:8: limit: expected an integer from 0 to 4294967295, got \"x\"");
    EXPECT_EQ(error_in("topology: ring\n"),
              "x.yaml:1:11: topology: expected one of ring_1d, torus_2d, mesh_2d_no_wrap, got \"ring\"");
    EXPECT_EQ(error_in("position: [1 mm]\n"),
              "x.yaml:1:11: position: expected a position such as [7.5 mm, 2 mm], got a list");
    EXPECT_EQ(error_in("position: [1 mm, 2]\n"),
              "x.yaml:1:18: position[1]: missing unit: expected a length such as \"7.5 mm\", got \"2\"");
    EXPECT_EQ(error_in("latency: {ns: 4}\n"), "x.yaml:1:10: latency: expected a time such as \"45 ns\", got a map");
    EXPECT_EQ(error_in("impl: [\"a\nb\"]\n"), "x.yaml:1:7: impl: expected text, got a list");
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

TEST(Config, OverrideErrors) {
    EXPECT_EQ(error_of_set("mesh.x=2"), "--set mesh.x=2: mesh.x: unknown field; known here: w, h");
    EXPECT_EQ(error_of_set("mseh.w=2"), "--set mseh.w=2: mseh: unknown field; did you mean 'mesh'?");
    EXPECT_EQ(error_of_set("mesh.w=two"),
              "--set mesh.w=two: mesh.w: expected an integer from 0 to 4294967295, got \"two\"");
    EXPECT_EQ(error_of_set("latency=45"),
              "--set latency=45: latency: missing unit: expected a time such as \"45 ns\", got \"45\"");
    EXPECT_EQ(error_of_set("links[2].name=a"),
              "--set links[2].name=a: links: no element '2'; the list has 2, counted from 0");
    EXPECT_EQ(error_of_set("links.first.name=a"),
              "--set links.first.name=a: links: no element 'first'; the list has 2, counted from 0");
    EXPECT_EQ(error_of_set("weights.b=1"), "--set weights.b=1: weights.b: unknown key; known here: a, null");
    EXPECT_EQ(error_of_set("weights.nul=1"), "--set weights.nul=1: weights.nul: unknown key; did you mean 'null'?");
    EXPECT_EQ(error_of_set("channels.x=1"), "--set channels.x=1: channels: a single value; it has no part 'x'");
    EXPECT_EQ(error_of_set("channels"), "--set channels: expected path=value");
    EXPECT_EQ(error_of_set("mesh..w=1"), "--set mesh..w=1: expected a path such as sip.cube_mesh.w or list[2].field");
    EXPECT_EQ(error_of_set("links[x].name=1"),
              "--set links[x].name=1: expected a path such as sip.cube_mesh.w or list[2].field");
    EXPECT_EQ(error_of_set("links[1=1"), "--set links[1=1: expected a path such as sip.cube_mesh.w or list[2].field");
    EXPECT_EQ(error_of_set("delays=[1 ns"), "--set delays=[1 ns: delays: bad YAML: end of sequence flow not found");
    EXPECT_EQ(error_of_set("impl=#x"), "--set impl=#x: impl: expected text, got nothing");
}

TEST(Config, ValidateReportsAtTheField) {
    EXPECT_EQ(error_in("channels: 1\nmesh:\n  w: 6\n"), "x.yaml:3:6: mesh.w: a power of two expected, got 6");
    EXPECT_EQ(error_in("impl: a\nlinks: []\nchannels: 7\n"), "x.yaml:3:11: channels: a torus has no 7 channels");
    EXPECT_EQ(error_in("impl: a\nmesh:\n  w: 2\nlarge: 98\n"), "x.yaml:3:3: mesh.h: 98 contradicts h");
    EXPECT_EQ(error_in("\nlarge: 98\n"), "x.yaml:2:1: mesh.h: 98 contradicts h");
    EXPECT_EQ(error_in("\nlarge: 99\n"), "x.yaml:2:1: 99 is too much for the whole");
    EXPECT_EQ(error_in("links:\n  - {}\n  - {}\n  - {}\n  - {name: d}\n"),
              "x.yaml:5:12: links[3].name: one link too many");
    EXPECT_EQ(error_in("nested:\n  - - {h: 1}\n    - {w: 3}\n"),
              "x.yaml:3:11: nested[0][1].w: a power of two expected, got 3");
    EXPECT_EQ(error_in("meshes: {io: {w: 3}}\n"), "x.yaml:1:18: meshes.io.w: a power of two expected, got 3");
    EXPECT_EQ(error_of_set("mesh.w=6"), "--set mesh.w=6: mesh.w: a power of two expected, got 6");
}

TEST(Config, ValidateWithoutAFile) {
    Everything x;
    x.mesh.w = 5;
    EXPECT_EQ(error_of([&] { config::validate(x); }), "mesh.w: a power of two expected, got 5");
    Mesh mesh;
    config::apply(mesh, config::parse_yaml("h: 9", "part.yaml"));
    EXPECT_EQ(mesh, (Mesh{4, 9}));
    EXPECT_EQ(error_of([&] { config::apply(mesh, config::parse_yaml("w: 9", "part.yaml")); }),
              "part.yaml:1:4: w: a power of two expected, got 9");
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

TEST_F(ConfigFiles, ErrorsNameTheFileTheyAreIn) {
    const std::string root = write("root.yaml", "mesh: {w: 6}\nlinks: [{name: a}]\n");
    const std::string top = write("top.yaml", "base: root.yaml\nchannels: 4\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(top); }),
              root + ":1:11: mesh.w: a power of two expected, got 6");
    const std::string wrong = write("wrong.yaml", "base: root.yaml\nlinks: [{}, {}, {}, {}]\nmesh: {w: 2}\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(wrong); }),
              wrong + ":2:21: links[3].name: one link too many");
}

TEST_F(ConfigFiles, BaseErrors) {
    const std::string a = write("a.yaml", "base: b.yaml\n");
    const std::string b = write("b.yaml", "channels: 1\nbase: a.yaml\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(a); }),
              b + ":2:7: base: a file cannot derive from itself: " + a + " -> " + b + " -> " + a);
    const std::string endless = write("endless.yaml", "base: /dev/zero\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(endless); }),
              endless + ":1:7: base: cannot read \"/dev/zero\": Not a regular file");
    const std::string lost = write("lost.yaml", "base: nowhere.yaml\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(lost); }),
              lost + ":1:7: base: cannot read \"" + path("nowhere.yaml") + "\": No such file or directory");
    const std::string list = write("list.yaml", "base: [a.yaml]\n");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(list); }), list + ":1:7: base: expected text, got a list");
}

TEST_F(ConfigFiles, Unreadable) {
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(path("none.yaml")); }),
              path("none.yaml") + ": cannot read: No such file or directory");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(path("")); }), path("") + ": cannot read: Is a directory");
    const std::string empty = write("empty.yaml", "");
    EXPECT_EQ(error_of([&] { config::load_file<Everything>(empty); }), empty + ": the file is empty");
}

struct Based {
    unsigned base = 0;
    template <class V>
    void fields(V& v) {
        v("base", base, "");
    }
};

TEST(Config, BaseIsNoFieldName) { EXPECT_THROW(config::load_text<Based>("base: 1\n", "x.yaml"), std::logic_error); }

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

}  // namespace ahbm::config_test
