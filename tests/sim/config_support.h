// SPDX-License-Identifier: Apache-2.0
/// A configuration with every type of field, and the errors that loading it ends in.
#pragma once

#include "sim/config/config.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ahbm::config_test {

using namespace sim;

enum class Topology { ring_1d, torus_2d, mesh_2d_no_wrap };

inline std::span<const std::pair<std::string_view, Topology>> enum_names(Topology) {
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

inline Everything load(const std::string& text, const std::vector<std::string>& overrides = {}) {
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

inline std::string error_in(const std::string& text) {
    return error_of([&] { load(text); });
}

inline std::string error_of_set(const std::string& override_text) {
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

}  // namespace ahbm::config_test
