// SPDX-License-Identifier: Apache-2.0
/// What is done with bytes that nobody has checked. A target returns whatever the bytes are: what they describe is
/// taken or refused with one clear line; anything else (a crash, a sanitizer's report, another exception, Broken) is a
/// finding. libfuzzer.cpp makes a program of each, corpus_test.cpp replays the corpus and mutants of it.
#pragma once

#include <cstdint>
#include <span>

namespace ahbm::fuzz {

using Bytes = std::span<const std::uint8_t>;

void address(Bytes bytes);   ///< physical addresses: number, fields and text there and back
void config(Bytes bytes);    ///< topology, scenario file, ccl.yaml, overrides: load, dump, load
void log(Bytes bytes);       ///< an op log, and every question of `ahbm log`
void messages(Bytes bytes);  ///< mail to the programs of IO_CPU, M_CPU and PE_CPU, and PE_MMU's commands
void npy(Bytes bytes);       ///< a .npy file: load, save, load
void options(Bytes bytes);   ///< quantities, scopes, trace windows
void result(Bytes bytes);    ///< two results for `ahbm diff`, separated by an empty line

struct Target {
    const char* name;
    void (*run)(Bytes);
};
inline constexpr Target targets[] = {{"address", address},   {"config", config}, {"log", log},
                                     {"messages", messages}, {"npy", npy},       {"options", options},
                                     {"result", result}};

}  // namespace ahbm::fuzz
