// SPDX-License-Identifier: Apache-2.0
#include "tests/stress/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <regex>

#include <csignal>

namespace ahbm::stress {
namespace {

using nlohmann::json;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What the sanitizers say, and what a library says before it gives up.
bool has_sanitizer_words(const std::string& text) {
    static const std::regex words(R"(AddressSanitizer|runtime error:|LeakSanitizer|terminate called|Assertion)");
    return std::regex_search(text, words);
}

/// An option, a dotted path or a field by its name, or a value of this run.
bool names_something(const std::string& line, const Case& run, const std::set<std::string>& names) {
    static const std::regex option(R"(--[a-z]|[a-z_]+\.[a-z_]+\.[a-z_]+)"), word("[A-Za-z_0-9]+");
    if (std::regex_search(line, option)) return true;
    for (std::sregex_iterator each(line.begin(), line.end(), word), end; each != end; ++each)
        if (names.contains(each->str())) return true;
    return std::any_of(run.assignments.begin(), run.assignments.end(), [&](const auto& each) {
        const std::string value = each.back().substr(each.back().find('=') + 1);  // all of it, if there is none
        return value.size() > 3 && line.find(value) != std::string::npos;
    });
}

Verdict finding(const std::string& kind, const std::string& text) {
    return {Ending::finding, text.empty() ? kind : kind + ": " + text};
}

Verdict judge_refusal(const Case& run, const std::set<std::string>& names, const std::string& err) {
    const std::string line = first_line(err);
    if (!line.starts_with("error: ")) return finding("refused without a word", line);
    if (std::count(err.begin(), err.end(), '\n') != 1) return finding("refused with more than a line", line);
    if (!names_something(line, run, names)) return finding("refused without naming a field or option", line);
    return {Ending::refused, line};
}

Verdict judge_hang(const std::string& err) {
    static const std::regex cause(R"((sip\d|rank \d|group).*\bwait|\bwait.*(sip\d|rank \d))");
    const std::string line = first_line(err);
    return std::regex_search(line, cause) ? Verdict{Ending::hang, line} : finding("hang without a cause", line);
}

Verdict judge_success(const Outcome& outcome, const std::string& text) {
    if (!outcome.err.empty()) return finding("exit 0 with words on standard error", first_line(outcome.err));
    const json result = json::parse(text, nullptr, false);
    if (result.is_discarded()) return finding("exit 0 without a result", "");
    if (!result["findings"].empty()) return finding("exit 0 with findings", result["findings"][0].dump());
    if (const std::string wrong = impossible_in(result); !wrong.empty()) return finding("impossible figure", wrong);
    bool verified = false;
    for (const json& each : result["verifications"]) {
        if (each["verdict"] == "failed") return finding("exit 0 with a failed verification", each.dump());
        verified = verified || each["verdict"] == "passed";
    }
    if (verified) return {Ending::verified, ""};
    if (result["figures"].empty() && result["tables"].empty()) return finding("neither verified nor measured", "");
    const std::string scenario = result.value("scenario", "");
    if (scenario != "noc_traffic" && scenario != "pe_dma_probe") return finding("nothing was verified", scenario);
    return {Ending::measured, ""};
}

/// Visits every number and text, with the path to it.
template <class Visit>
void each_leaf(const json& value, const std::string& path, const Visit& visit) {
    if (value.is_structured()) {
        for (const auto& [key, inner] : value.items()) each_leaf(inner, path + "/" + key, visit);
    } else {
        visit(path, value);
    }
}

/// The configuration and the parameters are what the user said.
bool is_input(const std::string& path) {
    return path.starts_with("/configuration") || path.starts_with("/collectives") || path.starts_with("/parameters") ||
           path.starts_with("/seed");
}

std::string impossible_leaf(const std::string& path, const json& value) {
    if (value.is_null()) return path + " is not a number";
    if (value.is_number() && value.get<double>() < 0) return fmt::format("{} is {}", path, value.dump());
    if (!value.is_string()) return {};
    const std::string text = value;
    static const std::regex number(R"((^|[^\w.])(-?)(nan|inf|\d+(\.\d+)?(e[+-]?\d+)?)( %|$|[ ,;)]))");
    for (std::sregex_iterator each(text.begin(), text.end(), number), end; each != end; ++each) {
        const std::string digits = (*each)[3];
        const bool whole_text = each->length(0) == static_cast<std::ptrdiff_t>(text.size());
        if (digits == "nan" || digits == "inf") return fmt::format("{} says '{}'", path, text);
        if ((*each)[2] == "-" && whole_text) return fmt::format("{} is {}", path, text);
        if ((*each)[6] == " %" && std::stod(digits) > 100.05) return fmt::format("{} says '{}'", path, text);
    }
    return {};
}

std::string impossible_launch(const json& launch) {
    const char* const order[] = {"submitted_ps", "target_start_ps", "exec_start_ps", "exec_end_ps", "completed_ps"};
    for (std::size_t i = 1; i < std::size(order); ++i)
        if (launch[order[i]] < launch[order[i - 1]])
            return fmt::format("a launch's {} is before its {}", order[i], order[i - 1]);
    return {};
}

}  // namespace

std::string Verdict::kind() const {
    std::string text = what.substr(0, 160);
    static const std::regex numbers(R"([0-9][0-9.]*( (ps|ns|us|ms|B|KiB|MiB|GiB|[GM]B/s))?)");
    const std::size_t words = text.find(": ");
    return words == std::string::npos ? text
                                      : text.substr(0, words) + std::regex_replace(text.substr(words), numbers, "#");
}

std::string impossible_in(const json& result) {
    std::string wrong;
    each_leaf(result, "", [&](const std::string& path, const json& value) {
        if (wrong.empty() && !is_input(path)) wrong = impossible_leaf(path, value);
    });
    if (!wrong.empty()) return wrong;
    for (const auto& [name, figure] : result["figures"].items())
        if (name.ends_with("_percent") && figure > 100.0005) return fmt::format("{} is {} %", name, figure.dump());
    for (const json& launch : result["launches"])
        if (std::string text = impossible_launch(launch); !text.empty()) return text;
    const std::int64_t simulated = result["simulated_ps"];
    for (const json& path : result["fabric"]["paths"]) {
        std::int64_t sum = 0;
        for (const json& part : path["parts_ps"]) sum += part.get<std::int64_t>();
        if (sum != path["latency_ps"])
            return fmt::format("parts of {} {} do not sum", path["access"].dump(), path["path"].dump());
        if (path["max_latency_ps"] > path["latency_ps"]) return "a latency beyond the sum of all";
    }
    for (const char* list : {"busiest_links", "top_contenders"})
        for (const json& link : result["fabric"][list])
            if (link["busy_ps"] > simulated)
                return link["port"].get<std::string>() + " is busy for longer than the run";
    for (const auto& [name, engine] : result["engines"].items())
        if (engine.is_object() && (engine["busiest_ps"] > simulated || engine["mean_ps"] > engine["busiest_ps"]))
            return name + " is busy for longer than the run";
    return {};
}

Verdict judge(const Case& run, const std::set<std::string>& names, const Outcome& outcome, const std::string& result) {
    if (has_sanitizer_words(outcome.err)) return finding("sanitizer", first_line(outcome.err));
    if (outcome.signal == SIGXCPU || outcome.signal == SIGKILL) return finding("time-out", "CPU time");
    if (outcome.signal == SIGALRM) return finding("time-out", "waits for ever");
    if (outcome.signal != 0) return finding(fmt::format("signal {}", outcome.signal), first_line(outcome.err));
    switch (outcome.code) {
        case 0: return judge_success(outcome, result);
        case 2: return judge_refusal(run, names, outcome.err);
        case 3: return judge_hang(outcome.err);
        default: {
            const std::size_t error = outcome.err.find("error: ");  // warnings may come first
            std::string why = first_line(error == std::string::npos ? outcome.err : outcome.err.substr(error));
            if (const std::size_t at = outcome.out.find("FAILED"); why.empty() && at != std::string::npos)
                why = first_line(outcome.out.substr(at));
            if (why.empty() && !result.empty()) {
                const json document = json::parse(result, nullptr, false);
                if (!document.is_discarded() && !document["findings"].empty()) why = document["findings"][0];
            }
            return finding(fmt::format("exit {}", outcome.code), why);
        }
    }
}

}  // namespace ahbm::stress
