// SPDX-License-Identifier: Apache-2.0
/// A VCD file (IEEE 1364), in picoseconds. Variables may be declared as long as it is open, which is why what they do
/// is kept in a file without a name, and the VCD itself appears when it is closed. Holds nothing but what was
/// simulated: equal runs write equal files.
#pragma once

#include "sim/units.h"
#include "sim/whole_file.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ahbm {

class VcdFile {
public:
    /// Before the first change. Throws OutputError when the file cannot be written.
    void open(const std::string& file);

    /// Its number, from 0 up; names have dots between scopes. Its value is 0 at the beginning. 1 to 64 bits.
    std::uint32_t declare(const std::string& name, unsigned width);
    /// Times never decrease. A value that has more bits than the variable is an error of the model: readers would cut
    /// it.
    void change(sim::Time when, std::uint32_t variable, std::uint64_t value);
    /// Writes the file, which goes on until `end`; `partial`: the run did not, and why. Throws OutputError.
    void close(sim::Time end, const std::string& partial = {});

private:
    struct Variable {
        std::string name;
        unsigned width;
    };
    static std::string code(std::uint32_t variable);
    std::string header(const std::string& partial) const;
    void spill();

    std::string name_;
    std::optional<sim::WholeFile> out_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> body_{nullptr, &std::fclose};
    std::string text_;  ///< the end of the body
    std::vector<Variable> variables_;
    sim::Time at_;
};

}  // namespace ahbm
