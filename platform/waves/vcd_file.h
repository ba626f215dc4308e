// SPDX-License-Identifier: Apache-2.0
/// A VCD file (IEEE 1364), in picoseconds. Variables may be declared as long as it is open, which is why what they do
/// is kept in a file without a name, and the VCD itself appears when it is closed. Holds nothing but what was
/// simulated: equal runs write equal files.
#pragma once

#include "sim/units.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace ahbm {

class VcdFile {
public:
    /// Before the first change. Throws ConfigError("--vcd", ...) when the file cannot be written.
    void open(const std::string& file);

    /// Its number, from 0 up; names have dots between scopes. Its value is 0 at the beginning.
    std::uint32_t declare(const std::string& name, unsigned width);
    /// Times never decrease.
    void change(sim::Time when, std::uint32_t variable, std::uint32_t value);
    /// Writes the file, which goes on until `end`. Throws std::runtime_error when that fails.
    void close(sim::Time end);

private:
    struct Variable {
        std::string name;
        unsigned width;
    };
    static std::string code(std::uint32_t variable);
    std::string header() const;
    void spill();

    std::string name_;
    std::ofstream out_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> body_{nullptr, &std::fclose};
    std::string text_;  ///< the end of the body
    std::vector<Variable> variables_;
    sim::Time at_;
};

}  // namespace ahbm
