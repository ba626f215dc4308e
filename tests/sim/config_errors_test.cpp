// SPDX-License-Identifier: Apache-2.0
/// The configuration loader as its users meet it: exact messages.
#include "tests/sim/config_support.h"

#include <gmock/gmock.h>

namespace ahbm::config_test {

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

}  // namespace ahbm::config_test
