// SPDX-License-Identifier: Apache-2.0
/// A GTKWave save file that opens a VCD ready to read: signals in groups as the blocks are, colours by kind, numbers as
/// words, markers.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ahbm {

struct WaveSignal {
    enum class Kind : std::uint8_t { link, engine, queue, ipcq, mailbox, hbm, kernel };
    std::string name;   ///< "sip0.cube0.pe0.gemm.state"
    std::string group;  ///< the block: "sip0.cube0.pe0"
    unsigned width = 1;
    Kind kind = Kind::engine;
    bool words = false;  ///< its values stand for words
};
struct WaveMarker {
    std::string name;
    sim::Time at;
};

/// Names of what is written beside "w.vcd": "w.gtkw", "w.words.txt".
std::vector<std::string> save_files(const std::string& vcd);
/// Beside "w.vcd": "w.gtkw", and "w.words.txt", which has the words by number. GTKWave names 26 markers at most; the
/// first ones are taken and shown in the order of time. `end` of the waves: all of them fit the window. Returns the
/// save file's name. Throws std::runtime_error when one cannot be written.
std::string write_save_file(const std::string& vcd, const std::vector<WaveSignal>& signals,
                            const std::vector<std::string>& words, std::vector<WaveMarker> markers, sim::Time end);

}  // namespace ahbm
