// SPDX-License-Identifier: Apache-2.0
/// A timeline as plain data: tracks with slices, arrows between slices, counters. What writers are given.
#pragma once

#include "sim/units.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ahbm::timeline {

/// Slices of one engine, or samples of one counter. The hierarchy's top is the process.
struct Track {
    std::string process;                   ///< "host", "sip0"
    std::string name;                      ///< in it: "cube3.pe5.gemm"
    std::string category;                  ///< of its slices; a counter's: its unit
    std::array<std::string, 2> arguments;  ///< what the numbers of its slices are; "": none
};

struct Slice {
    sim::Time begin, end;
    std::array<std::uint64_t, 2> arguments;
    std::uint32_t track;       ///< index
    std::uint32_t name : 31;   ///< index
    std::uint32_t nested : 1;  ///< inside the latest slice before it that is not
};

enum class FlowKind : std::uint8_t { launch, send, receive, access };
inline constexpr std::array<const char*, 4> kFlowNames{"launch", "send", "receive", "access"};

/// An arrow from one slice to one that does not begin before it.
struct Flow {
    FlowKind kind;
    std::uint32_t from, to;  ///< slices
};

struct Sample {
    sim::Time at;
    std::int64_t value;
    std::uint32_t counter;
};

/// Slices that overlap need lanes of their own; within a lane they follow one another, or are nested.
struct Lane {
    std::uint32_t track;
    unsigned number;                    ///< of the track's lanes, from 1
    std::vector<std::uint32_t> slices;  ///< in order of time, nested ones behind theirs
};

struct Trace {
    std::vector<std::string> names;
    std::vector<std::string> processes;  ///< those of lanes and counters, in order
    std::vector<Track> tracks, counters;
    std::vector<Slice> slices;
    std::vector<Lane> lanes;  ///< by track; a track without slices has none
    std::vector<Flow> flows;
    std::vector<Sample> samples;  ///< by counter, then time; each changes the value

    std::size_t process_of(const Track& track) const;
};

/// Fills in `lanes` and `processes`.
void arrange(Trace& trace);
/// An arranged trace says that it is partial: a process of that name, whose one slice, until `end`, says why.
void mark_partial(Trace& trace, const std::string& why, sim::Time end);

}  // namespace ahbm::timeline
