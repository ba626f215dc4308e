// SPDX-License-Identifier: Apache-2.0
/// The op log: a file of JSON lines that says which operation made which value, from which values, and which write made
/// it visible where and when. All times in picoseconds, in `*_ps` keys.
///
/// Line 1: {"schema": "ahbm-op-log", "version": 1}
/// Then, in the order of recording, one object per line, told apart by "record":
///   constant  id, component, kind, t_start_ps, t_end_ps, bytes
///   op        id, component, kind, t_start_ps, t_end_ps, op, epilogues [name] (if any),
///             operands [{place, shape, dtype, layout (if blocked), values}],
///             result {value, place, shape, dtype, layout (if blocked)}
///   copy      id, component, kind, t_start_ps, t_end_ps, from, to, values
///   visible   component, kind, t_start_ps, t_visible_ps, place, length, values
///   wait      component, kind, t_start_ps, t_end_ps, ended_by: a sentence
/// and as the last line, with how many lines are between the first and it:
///   end       records
///   partial   records, reason: a sentence; of a run that did not come to its end
/// place:  {"memory": name, "address": byte offset in that memory}
/// layout: [block rows, block columns]
/// values: [[value id, offset in the value, length], ...] in address order; id 0 stands for bytes nobody has written. A
///         value is made, by a constant or an op, before a line uses it; ids increase
///
/// "Who last wrote [a, b) of a memory before t": for each byte the `visible` record with the greatest t_visible_ps <= t
/// (of equal ones the last in the file: a write may be recorded before it becomes visible); its values lead to the `op`
/// or `constant` record of the same id, and from its operands on to all it depends on. `ahbm log`
/// (app/log_command.h) reads it.
#pragma once

#include "shadow/value.h"
#include "sim/whole_file.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ahbm::shadow {

class OpLog {
public:
    /// Throws OutputError when the file cannot be written. It is in its place when it is closed; one that is not closed
    /// leaves nothing.
    explicit OpLog(const std::string& path);

    void constant(std::uint64_t id, const Provenance& who, std::uint64_t bytes);
    void operation(std::uint64_t id, const Provenance& who, const OpSpec& spec,
                   const std::vector<BoundOperand>& operands, const View& result, const Place& where);
    void copy(std::uint64_t id, const Provenance& who, const Bundle& bytes, const Place& from, const Place& to);
    /// `who.end` is the instant from which readers see the bytes.
    void visible(const Provenance& who, const Place& where, const Bundle& bytes);
    /// `who` waited, and why it went on.
    void wait(const Provenance& who, const std::string& ended_by);
    /// `partial`: why the run did not come to its end. Throws OutputError when something could not be written.
    void close(const std::string& partial = {});

private:
    void write(const std::string& line);

    sim::WholeFile file_;
    std::uint64_t lines_ = 0;
};

}  // namespace ahbm::shadow
