// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/cross.h"

#include <fmt/format.h>

#include <iterator>

namespace ahbm::stress {
namespace {

using nlohmann::json;

std::string unequal_digest(const Run& again, const json& result, const std::string& what) {
    if (again.result.is_null()) return fmt::format("{}: {}", what, again.verdict.what);
    return again.result["digest"] == result["digest"] ? "" : what + ": another digest";
}

std::string without_values(const Program& program, const Case& what, const json& result) {
    const Run off = run(program, what, {"--data", "off"});
    if (off.result.is_null())
        return off.verdict.ending == Ending::refused ? "" : "with --data off: " + off.verdict.what;
    // Nobody reads a result back then; what the device does is the same.
    if (off.result["engines"] != result["engines"]) return "with --data off: other times of engines";
    for (std::size_t i = 0; i < result["launches"].size(); ++i)
        if (off.result["launches"][i]["execution_ps"] != result["launches"][i]["execution_ps"])
            return fmt::format("with --data off: launch {} takes another time", i);
    return {};
}

std::string other_timings(const Program& program, const Case& what) {
    const std::vector<std::string> output{"--output", "out.npy"};
    const Run here = run(program, what, output);
    if (here.output.empty()) return {};
    for (const char* timing : {"hop", "fast", "flit"}) {
        Case other = what;
        for (std::size_t i = 0; i + 1 < other.always.size(); ++i)
            if (other.always[i] == "--timing") other.always[i + 1] = timing;
        const Run there = run(program, other, output);
        if (there.verdict.ending == Ending::finding) return fmt::format("in {} timing: {}", timing, there.verdict.what);
        if (!there.output.empty() && there.output != here.output)
            return fmt::format("in {} timing: other values", timing);
    }
    return {};
}

}  // namespace

Run run(const Program& program, const Case& what, const std::vector<std::string>& extra) {
    const Folder folder;
    std::vector<std::string> arguments = what.arguments();
    arguments.insert(arguments.end(), {"--json", "result.json"});
    for (std::size_t i = 0; i < extra.size(); ++i) {
        // An option is given once: ours stands for the drawn one.
        for (std::size_t at = 0; extra[i] == "--data" && at + 1 < arguments.size(); ++at)
            if (arguments[at] == "--data")
                arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at),
                                arguments.begin() + static_cast<std::ptrdiff_t>(at) + 2);
        arguments.push_back(extra[i]);
    }
    const Outcome outcome = launch(program.path, arguments, program.limits, folder.path());
    const std::string text = content(folder.path() + "/result.json");
    Run finished{judge(what, program.names, outcome, text), {}, content(folder.path() + "/out.npy")};
    if (!text.empty() && outcome.code == 0) finished.result = json::parse(text, nullptr, false);
    return finished;
}

std::string broken_property(const Program& program, const Case& what, const json& result, std::uint64_t number) {
    switch (number % 4) {
        case 0: return unequal_digest(run(program, what), result, "run again");
        case 1: return without_values(program, what, result);
        case 2:
            return unequal_digest(run(program, what,
                                      {"--ledger", "--vcd", "w.vcd", "--trace", "t.pftrace", "--op-log", "o.jsonl",
                                       "--report", "r.html"}),
                                  result, "with all observers");
        default: return other_timings(program, what);
    }
}

}  // namespace ahbm::stress
