// SPDX-License-Identifier: Apache-2.0
#include "observe/waves/save_file.h"

#include "sim/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

namespace ahbm {
namespace {

constexpr std::size_t named_markers = 26;  // A to Z

// Flags of GTKWave 3.3: right-justified binary and decimal, decimal with words from a file, a group's begin and end.
constexpr const char *binary = "@28", *decimal = "@24", *with_words = "@2024";
constexpr const char *group = "@800200", *group_end = "@1000200";
constexpr const char *closed_group = "@c00200", *closed_group_end = "@1401200";

int colour(WaveSignal::Kind kind) {
    enum { red = 1, orange, yellow, green, blue, indigo, violet };
    switch (kind) {
        case WaveSignal::Kind::link: return blue;
        case WaveSignal::Kind::engine: return green;
        case WaveSignal::Kind::queue: return indigo;
        case WaveSignal::Kind::ipcq: return violet;
        case WaveSignal::Kind::mailbox: return red;
        case WaveSignal::Kind::hbm: return orange;
        case WaveSignal::Kind::kernel: return yellow;
    }
    return green;
}

/// A block with what it shows itself and its inner blocks.
struct Group {
    std::vector<const WaveSignal*> signals;
    std::map<std::string, Group> inner;
    /// Links are many: a block that has nothing else is folded.
    bool folded() const {
        return std::all_of(signals.begin(), signals.end(),
                           [](const WaveSignal* each) { return each->kind == WaveSignal::Kind::link; }) &&
               std::all_of(inner.begin(), inner.end(), [](const auto& each) { return each.second.folded(); });
    }
};

class GroupLines {
public:
    explicit GroupLines(std::string words_file) : words_file_(std::move(words_file)) {}

    void add(const Group& block, const std::string& path) {
        for (const WaveSignal* signal : block.signals) add(*signal);
        for (const auto& [name, inner] : block.inner) {
            const std::string inside = path.empty() ? name : path + '.' + name;
            if (inner.signals.empty() && inner.inner.size() == 1) {
                add(inner, inside);
                continue;
            }
            const bool folded = inner.folded();
            text += fmt::format("{}\n-{}\n", folded ? closed_group : group, inside);
            add(inner, inside);
            text += fmt::format("{}\n-{}\n", folded ? closed_group_end : group_end, inside);
        }
    }
    std::string text;

private:
    void add(const WaveSignal& signal) {
        text += fmt::format("{}\n", signal.words ? with_words : signal.width == 1 ? binary : decimal);
        if (signal.words) text += fmt::format("^1 {}\n", words_file_);
        std::string alias = signal.name.substr(signal.group.size() + 1);
        std::replace(alias.begin(), alias.end(), '.', '/');  // behind a dot it would be all that is shown
        text += fmt::format("[color] {}\n+{{{}}} system.{}", colour(signal.kind), alias, signal.name);
        if (signal.width > 1) text += fmt::format("[{}:0]", signal.width - 1);
        text += '\n';
    }
    std::string words_file_;
};

Group tree_of(const std::vector<WaveSignal>& signals) {
    Group root;
    for (const WaveSignal& signal : signals) {
        Group* at = &root;
        for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
            end = signal.group.find('.', begin);
            at = &at->inner[signal.group.substr(begin, end - begin)];
        }
        at->signals.push_back(&signal);
    }
    return root;
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

std::vector<std::string> save_files(const std::string& vcd) {
    const std::string base = vcd.substr(0, vcd.rfind('.'));
    return {base + ".gtkw", base + ".words.txt"};
}

std::string write_save_file(const std::string& vcd, const std::vector<WaveSignal>& signals,
                            const std::vector<std::string>& words, std::vector<WaveMarker> markers, sim::Time end) {
    namespace fs = std::filesystem;
    const std::vector<std::string> names = save_files(vcd);
    const std::string &save_file = names.front(), &words_file = names.back();
    std::string translation;
    for (std::size_t i = 0; i < words.size(); ++i) translation += fmt::format("{} {}\n", i, words[i]);

    markers.resize(std::min(markers.size(), named_markers));
    std::stable_sort(markers.begin(), markers.end(),
                     [](const WaveMarker& a, const WaveMarker& b) { return a.at < b.at; });
    GroupLines lines(fs::path(words_file).filename().string());
    lines.add(tree_of(signals), {});
    sim::write_files(
        {{words_file, translation},
         {save_file, fmt::format("[dumpfile] \"{}\"\n[timestart] 0\n{}[signals_width] 270\n{}",
                                 fs::path(vcd).filename().string(), view_lines(markers, end), lines.text)}});
    return save_file;
}

}  // namespace ahbm
