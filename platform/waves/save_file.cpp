// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/save_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ahbm {
namespace {

constexpr std::size_t named_markers = 26;  // A to Z

// Flags of GTKWave 3.3: right-justified binary and decimal, decimal with words from a file, a group's begin and end.
constexpr const char *binary = "@28", *decimal = "@24", *words = "@2024", *group = "@800200", *group_end = "@1000200";

void write(const std::string& name, const std::string& text) {
    std::ofstream file(name);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(name + ": cannot be written");
}

/// The block a signal belongs to: all but the last two parts of "sip0.cube0.pe0.gemm.state".
std::string block_of(const std::string& signal) {
    const std::size_t last = signal.rfind('.');
    const std::size_t before = last == std::string::npos || last == 0 ? std::string::npos : signal.rfind('.', last - 1);
    return before == std::string::npos ? signal.substr(0, last) : signal.substr(0, before);
}

/// Zoom, the primary marker at the first of the named ones, and these. A zoom of -n shows 2^n units in 200 pixels.
std::string view_lines(const std::vector<WaveMarker>& markers, sim::Time end) {
    const double frames = 3, zoom = -std::log2(std::max(1.0, static_cast<double>(end.ps()) / frames));
    std::string times = fmt::format("*{:.6f} {}", zoom, markers.empty() ? -1 : markers.front().at.ps()), names;
    for (std::size_t i = 0; i < named_markers; ++i) {
        times += fmt::format(" {}", i < markers.size() ? markers[i].at.ps() : -1);
        if (i < markers.size())
            names += fmt::format("[markername] {}{}\n", static_cast<char>('A' + i), markers[i].name);
    }
    return times + "\n" + names;
}

}  // namespace

std::string write_save_file(const std::string& vcd, std::vector<WaveSignal> signals,
                            const std::vector<WaveMarker>& markers, sim::Time end) {
    namespace fs = std::filesystem;
    const std::string base = vcd.substr(0, vcd.rfind('.'));
    const std::string save_file = base + ".gtkw", states = base + ".states.txt";
    write(states, "0 idle\n1 busy\n2 stalled\n");
    // Stable: within a block the signals keep their order.
    std::stable_sort(signals.begin(), signals.end(),
                     [](const WaveSignal& a, const WaveSignal& b) { return block_of(a.name) < block_of(b.name); });
    std::string text = fmt::format("[dumpfile] \"{}\"\n[timestart] 0\n", fs::path(vcd).filename().string());
    text += view_lines(markers, end);
    std::string open;
    for (const WaveSignal& signal : signals) {
        if (const std::string block = block_of(signal.name); block != open) {
            if (!open.empty()) text += fmt::format("{}\n-{}\n", group_end, open);
            text += fmt::format("{}\n-{}\n", group, open = block);
        }
        if (signal.is_state())
            text += fmt::format("{}\n^1 {}\n", words, fs::path(states).filename().string());
        else
            text += fmt::format("{}\n", signal.width == 1 ? binary : decimal);
        std::string alias = signal.name.substr(open.size() + 1);
        std::replace(alias.begin(), alias.end(), '.', '/');  // behind a dot it would be all that is shown
        text += fmt::format("+{{{}}} SystemC.{}", alias, signal.name);
        if (signal.width > 1) text += fmt::format("[{}:0]", signal.width - 1);
        text += '\n';
    }
    if (!open.empty()) text += fmt::format("{}\n-{}\n", group_end, open);
    write(save_file, text);
    return save_file;
}

}  // namespace ahbm
