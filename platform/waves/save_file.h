// SPDX-License-Identifier: Apache-2.0
/// A GTKWave save file that opens a VCD ready to read: signals in groups as the blocks are, states as words, markers.
#pragma once

#include "sim/units.h"

#include <string>
#include <vector>

namespace ahbm {

struct WaveSignal {
    std::string name;  ///< "sip0.cube0.pe0.gemm.state"
    unsigned width = 1;
    bool is_state() const { return name.ends_with(".state"); }
};
struct WaveMarker {
    std::string name;
    sim::Time at;
};

/// Beside "w.vcd": "w.gtkw", and "w.states.txt", which has the words of the states. GTKWave names 26 markers at most;
/// the first ones are taken. `end` of the waves: all of them fit the window. Returns the save file's name. Throws
/// std::runtime_error when one cannot be written.
std::string write_save_file(const std::string& vcd, std::vector<WaveSignal> signals,
                            const std::vector<WaveMarker>& markers, sim::Time end);

}  // namespace ahbm
