// SPDX-License-Identifier: Apache-2.0
#include "app/log_command.h"

#include "app/command_line.h"
#include "app/json_file.h"
#include "experiments/table.h"
#include "platform/input_error.h"
#include "sim/config/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <regex>
#include <set>

namespace ahbm::cli {
namespace {

using nlohmann::json;

std::string time(const json& picoseconds) {
    return fmt::format("{:.3f} ns", static_cast<double>(integer(picoseconds)) / 1000);
}
/// The netlist's root says nothing.
std::string short_name(const std::string& name) { return name.starts_with("system.") ? name.substr(7) : name; }
std::string place_text(const json& place) {
    return fmt::format("{}+{:#x}", short_name(place.at("memory")), natural(place.at("address")));
}

/// What every record must be, whoever asks what (shadow/op_log.h). Wrong types are json::exceptions.
class Checker {
public:
    /// Why this is not what may come next; empty: it is.
    std::string why_not(const json& record) {
        if (ended_) return "a line behind the log's end";
        const std::string& is = text(record, "record");
        if (is == "end" || is == "partial") {
            ended_ = true;
            if (is == "partial") text(record, "reason");
            const std::uint64_t expected = natural(record.at("records"));
            return expected == records_ ? ""
                                        : fmt::format("{} records are expected before it, not {}", expected, records_);
        }
        ++records_;
        text(record, "component");
        text(record, "kind");
        const json& end = record.at(is == "visible" ? "t_visible_ps" : "t_end_ps");
        if (natural(record.at("t_start_ps")) > INT64_MAX || natural(end) > INT64_MAX) return "a time that is none";
        if (natural(record.at("t_start_ps")) > natural(end)) return fmt::format("a {} that ends before it begins", is);
        if (is == "wait") {
            text(record, "ended_by");
            return {};
        }
        if (is == "visible") {
            place(record.at("place"));
            return values(record.at("values"), &record.at("length"));
        }
        if (is == "copy") {
            natural(record.at("id"));
            place(record.at("from"));
            place(record.at("to"));
            return values(record.at("values"));
        }
        if (is == "constant") natural(record.at("bytes"));
        if (is == "op") {
            text(record, "op");
            place(record.at("result").at("place"));
            for (const json& operand : record.at("operands")) {
                place(operand.at("place"));
                if (std::string why = values(operand.at("values")); !why.empty()) return why;
            }
        }
        if (is != "constant" && is != "op") return fmt::format("no record is named '{}'", is);
        const std::uint64_t id = natural(record.at("id"));
        if (id <= (made_.empty() ? 0 : made_.back())) return fmt::format("value #{} is made again", id);
        made_.push_back(id);
        return {};
    }
    bool ended() const { return ended_; }

private:
    static const std::string& text(const json& object, const char* name) {
        return object.at(name).get_ref<const std::string&>();
    }
    static void place(const json& place) {
        text(place, "memory");
        natural(place.at("address"));
    }
    std::string values(const json& all, const json* length = nullptr) const {
        std::uint64_t sum = 0;
        for (const json& value : all) {
            const std::uint64_t id = natural(value.at(0));
            natural(value.at(1));
            sum += natural(value.at(2));
            if (id != 0 && !std::binary_search(made_.begin(), made_.end(), id))
                return fmt::format("value #{} has not been made", id);
        }
        return length == nullptr || natural(*length) == sum
                   ? ""
                   : fmt::format("{} bytes are said to be {}", sum, length->dump());
    }

    std::vector<std::uint64_t> made_;  ///< values, ascending
    std::uint64_t records_ = 0;
    bool ended_ = false;
};

/// Calls `visit` for every record but the last one; what is no log is told by file and line. Returns why the log is
/// partial, empty for a whole one.
std::string for_each_record(const std::string& file, const std::function<void(const json&)>& visit) {
    std::ifstream in(file);
    if (!in) throw InputError(fmt::format("{}: no such file", file));
    if (std::filesystem::is_directory(file))
        throw InputError(fmt::format("{}: a file is expected, not a folder", file));
    std::uint64_t number = 0;
    std::string partial;
    Checker checker;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const auto fail = [&](const std::string& why) {
            return InputError(fmt::format("{}:{}: {}", file, number, why));
        };
        const json record = json::parse(line, nullptr, false);
        if (record.is_discarded() && in.eof()) throw fail("the log was cut off in this line");
        if (!record.is_object()) throw fail("one JSON object per line is expected");
        if (number == 1) {
            if (!has_schema(record, "ahbm-op-log"))
                throw fail("no op log: {\"schema\": \"ahbm-op-log\", \"version\": 1} is expected");
            continue;
        }
        try {
            if (const std::string why = checker.why_not(record); !why.empty()) throw fail(why);
            if (!checker.ended())
                visit(record);
            else if (record.at("record") == "partial")
                partial = record.at("reason");
        } catch (const json::exception&) {
            throw fail("a record that lacks something, or has it of another type");
        }
    }
    if (number == 0) throw InputError(fmt::format("{}:1: no op log: the file is empty", file));
    if (!checker.ended())
        throw InputError(
            fmt::format("{}:{}: the log was cut off: a last record 'end' or 'partial' is missing", file, number + 1));
    return partial;
}

/// Behind the answer.
int answered(const std::string& partial) {
    if (!partial.empty()) fmt::print("the log is partial: {}\n", partial);
    return ok;
}

bool uses(const json& values, std::uint64_t id) {
    return std::any_of(values.begin(), values.end(), [&](const json& value) { return value.at(0) == id; });
}

std::string describe_producer(const json& record) {
    if (record.at("record") == "constant")
        return fmt::format("{} by {}, {} B, at {}", record.at("kind").get<std::string>(),
                           short_name(record.at("component")), natural(record.at("bytes")),
                           time(record.at("t_end_ps")));
    return fmt::format("{} ({}) by {}, {} to {}", record.at("op").get<std::string>(),
                       record.at("kind").get<std::string>(), short_name(record.at("component")),
                       time(record.at("t_start_ps")), time(record.at("t_end_ps")));
}

/// What a range of bytes holds, piece by piece, the latest writer on top.
class Range {
public:
    struct Piece {
        std::uint64_t end = 0, value = 0, offset = 0;
        std::int64_t visible_ps = 0;
        std::string writer;
    };
    Range(std::uint64_t begin, std::uint64_t end) : begin_(begin), end_(end) {}

    void write(std::uint64_t begin, Piece piece) {
        const std::uint64_t first = std::max(begin, begin_), last = std::min(piece.end, end_);
        if (first >= last) return;
        piece.offset += first - begin;
        piece.end = last;
        cut(first);
        cut(last);
        pieces_.erase(pieces_.lower_bound(first), pieces_.lower_bound(last));
        pieces_[first] = std::move(piece);
    }
    const std::map<std::uint64_t, Piece>& pieces() const { return pieces_; }

private:
    /// Makes `at` a border.
    void cut(std::uint64_t at) {
        const auto next = pieces_.lower_bound(at);
        if (next == pieces_.begin()) return;
        Piece& left = std::prev(next)->second;
        const std::uint64_t inside = at - std::prev(next)->first;
        if (at >= left.end) return;
        Piece right = left;
        right.offset += inside;
        left.end = at;
        pieces_[at] = std::move(right);
    }
    std::uint64_t begin_, end_;
    std::map<std::uint64_t, Piece> pieces_;
};

struct Place {
    std::string memory;
    std::uint64_t address = 0;
};
Place parse_place(const std::string& given) {
    static const std::regex of_pe(R"(\.pe(\d+)\.hbm(?=\+|$))");  // as the library's addresses name it
    const std::string text = std::regex_replace(given, of_pe, ".hbm$1");
    const std::size_t plus = text.rfind('+');
    Place place{short_name(text.substr(0, plus)), 0};
    if (plus == std::string::npos) return place;
    const bool hex = text.compare(plus + 1, 2, "0x") == 0;
    const char *first = text.data() + plus + (hex ? 3 : 1), *last = text.data() + text.size();
    const auto [stop, error] = std::from_chars(first, last, place.address, hex ? 16 : 10);
    if (error != std::errc{} || stop != last)
        throw InputError(fmt::format("--at {}: MEMORY+OFFSET is expected, as in sip0.cube0.hbm0+0x1000", text));
    return place;
}

std::int64_t parse_time(const std::string& text) {
    if (text.empty()) return std::numeric_limits<std::int64_t>::max();
    const auto parsed = config::parse_quantity<sim::Time>(text);
    if (!parsed) throw InputError(fmt::format("--before {}: {}", text, parsed.error));
    return parsed.value.ps();
}

/// The longest waits, in order of time.
int waits(const LogOptions& options) {
    struct Wait {
        std::int64_t start, length;
        std::string who, what, why;
    };
    std::vector<Wait> all;
    bool known = false;
    const std::int64_t before = parse_time(options.before);
    const std::string partial = for_each_record(options.file, [&](const json& record) {
        const std::string who = short_name(record.at("component"));
        known = known || who.starts_with(options.waits);
        if (record.at("record") != "wait") return;
        if (!who.starts_with(options.waits) || integer(record.at("t_end_ps")) > before) return;
        all.push_back({integer(record.at("t_start_ps")),
                       integer(record.at("t_end_ps")) - integer(record.at("t_start_ps")), who, record.at("kind"),
                       record.at("ended_by")});
    });
    if (!known)
        throw InputError(fmt::format("--waits {}: no component of the log has a name that begins so", options.waits));
    constexpr std::size_t shown = 32;
    const std::size_t found = all.size();
    std::stable_sort(all.begin(), all.end(), [](const Wait& a, const Wait& b) { return a.length > b.length; });
    if (found > shown) all.resize(shown);
    std::stable_sort(all.begin(), all.end(), [](const Wait& a, const Wait& b) { return a.start < b.start; });
    for (const Wait& wait : all)
        fmt::print("{:>14} +{:>12}  {} {}: {}\n", time(wait.start), time(wait.length), wait.who, wait.what, wait.why);
    if (found > shown) fmt::print("these are the {} longest of {}\n", shown, found);
    if (found == 0) fmt::print("no wait of {} has ended; one that lasts is not in the log\n", options.waits);
    return answered(partial);
}

int last_writers(const LogOptions& options) {
    const Place place = parse_place(options.at);
    const std::int64_t before = parse_time(options.before);
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - place.address;
    Range range(place.address, place.address + std::min(options.bytes.value_or(1), most));
    std::vector<std::pair<std::uint64_t, Range::Piece>> writes;
    std::map<std::uint64_t, std::string> producers;
    std::set<std::string> memories;
    const std::string partial = for_each_record(options.file, [&](const json& record) {
        if (record.at("record") == "op" || record.at("record") == "constant")
            producers[natural(record.at("id"))] = describe_producer(record);
        if (record.at("record") != "visible") return;
        const std::string memory = short_name(record.at("place").at("memory"));
        memories.insert(memory);
        if (memory != place.memory || integer(record.at("t_visible_ps")) > before) return;
        std::uint64_t at = natural(record.at("place").at("address"));
        for (const json& value : record.at("values")) {
            const std::uint64_t length = natural(value.at(2));
            writes.push_back({at,
                              {at + length, natural(value.at(0)), natural(value.at(1)),
                               integer(record.at("t_visible_ps")), short_name(record.at("component"))}});
            at += length;
        }
    });
    // A write is recorded when it becomes visible or, by some memories, when it is accepted.
    std::stable_sort(writes.begin(), writes.end(),
                     [](const auto& a, const auto& b) { return a.second.visible_ps < b.second.visible_ps; });
    for (auto& [at, piece] : writes) range.write(at, std::move(piece));
    if (!memories.contains(place.memory))
        throw InputError(fmt::format("--at {}: nothing was written there; the log has writes to {}", options.at,
                                     fmt::join(memories, ", ")));
    for (const auto& [begin, piece] : range.pieces())
        fmt::print("{}+{:#x}..{:#x}  value #{} from byte {}, visible at {}: {}\n", place.memory, begin, piece.end,
                   piece.value, piece.offset, time(piece.visible_ps),
                   piece.value == 0 ? "bytes nobody has written" : producers[piece.value]);
    if (range.pieces().empty()) fmt::print("nobody wrote there before\n");
    return answered(partial);
}

int history(const LogOptions& options) {
    std::string made, seen, used;
    std::uint64_t sightings = 0, users = 0;
    constexpr std::uint64_t shown = 16;
    const std::string partial = for_each_record(options.file, [&](const json& record) {
        const std::string kind = record.at("record");
        if ((kind == "op" || kind == "constant") && record.at("id") == *options.value) {
            made = "made by    " + describe_producer(record) + "\n";
            for (const json& operand : record.value("operands", json::array())) {
                made += fmt::format("  from     {}:", place_text(operand.at("place")));
                for (const json& value : operand.at("values"))
                    made += fmt::format(" #{}[{}..{})", natural(value.at(0)), natural(value.at(1)),
                                        natural(value.at(1)) + natural(value.at(2)));
                made += '\n';
            }
        }
        if (kind == "visible" && uses(record.at("values"), *options.value) && ++sightings <= shown)
            seen += fmt::format("visible    {}, {} B, from {}\n", place_text(record.at("place")),
                                natural(record.at("length")), time(record.at("t_visible_ps")));
        if (kind == "copy" && uses(record.at("values"), *options.value) && ++users <= shown)
            used +=
                fmt::format("moved by   {} of {}, {} -> {}, {} to {}\n", record.at("kind").get<std::string>(),
                            short_name(record.at("component")), place_text(record.at("from")),
                            place_text(record.at("to")), time(record.at("t_start_ps")), time(record.at("t_end_ps")));
        if (kind == "op")
            for (const json& operand : record.at("operands"))
                if (uses(operand.at("values"), *options.value) && ++users <= shown)
                    used += fmt::format("used by    #{}: {}\n", natural(record.at("id")), describe_producer(record));
    });
    if (made.empty()) throw InputError(fmt::format("--value {}: the log has no such value", *options.value));
    fmt::print("{}{}{}", made, seen,
               sightings > shown ? fmt::format("visible    {} more times\n", sightings - shown) : "");
    fmt::print("{}{}", used, users > shown ? fmt::format("used       {} more times\n", users - shown) : "");
    return answered(partial);
}

int overview(const LogOptions& options) {
    std::map<std::string, std::uint64_t> kinds;
    std::map<std::string, std::uint64_t> memories;
    std::int64_t last = 0;
    const std::string partial = for_each_record(options.file, [&](const json& record) {
        const std::string kind = record.at("record");
        ++kinds[kind == "visible" ? "visible" : fmt::format("{} {}", kind, record.at("kind").get<std::string>())];
        if (kind == "visible") memories[short_name(record.at("place").at("memory"))] += natural(record.at("length"));
        last = std::max(last, integer(record.at(kind == "visible" ? "t_visible_ps" : "t_end_ps")));
    });
    Table records{"records, until " + time(last), {{"kind", "count"}}}, written{"written", {{"memory", "bytes"}}};
    for (const auto& [kind, count] : kinds) records.rows.push_back({kind, std::to_string(count)});
    for (const auto& [memory, bytes] : memories) written.rows.push_back({memory, std::to_string(bytes)});
    fmt::print("{}\n{}", format_table(records), format_table(written));
    return answered(partial);
}

}  // namespace

int log_command(const LogOptions& options) {
    if (options.at.empty() && options.bytes) throw InputError("--bytes belongs to --at");
    if (options.at.empty() && options.waits.empty() && !options.before.empty())
        throw InputError("--before belongs to --at or --waits");
    if (!options.at.empty() + !options.waits.empty() + options.value.has_value() > 1)
        throw InputError("--at, --value and --waits are different questions: ask one");
    if (!options.waits.empty()) return waits(options);
    if (!options.at.empty()) return last_writers(options);
    return options.value ? history(options) : overview(options);
}

}  // namespace ahbm::cli
