// SPDX-License-Identifier: Apache-2.0
/// A reader of VCD files after IEEE 1364, as far as scalars and vectors go; anything else fails the test.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahbm::test {

class Vcd {
public:
    struct Change {
        std::int64_t when;
        std::uint64_t value;
        bool operator==(const Change&) const = default;
        friend std::ostream& operator<<(std::ostream& out, const Change& change) {
            return out << change.value << " at " << change.when;
        }
    };

    explicit Vcd(const std::string& file) : in_(file) {
        std::string word;
        while (in_ >> word && word != "$enddefinitions") declaration(word);
        if (word != "$enddefinitions") throw std::runtime_error("no $enddefinitions");
        skip();
        while (in_ >> word) value(word);
    }

    int picoseconds_per_unit() const { return unit_; }
    std::set<std::string> names() const {
        std::set<std::string> all;
        for (const auto& [name, id] : ids_) all.insert(name);
        return all;
    }
    const std::vector<Change>& history(const std::string& name) const { return histories_.at(ids_.at(name)); }
    /// The same without what does not last: values of no duration, and ones that change nothing.
    std::vector<Change> settled(const std::string& name) const {
        std::vector<Change> lasting;
        for (const Change& change : history(name)) {
            if (!lasting.empty() && lasting.back().when == change.when) lasting.pop_back();
            if (lasting.empty() || lasting.back().value != change.value) lasting.push_back(change);
        }
        return lasting;
    }
    std::uint64_t at(const std::string& name, std::int64_t when) const {
        std::uint64_t value = 0;
        for (const Change& change : history(name))
            if (change.when <= when) value = change.value;
        return value;
    }
    std::size_t changes(const std::string& name) const { return history(name).size() - 1; }
    std::uint64_t last(const std::string& name) const { return history(name).back().value; }
    std::uint64_t highest(const std::string& name) const {
        std::uint64_t result = 0;
        for (const Change& change : history(name)) result = std::max(result, change.value);
        return result;
    }
    /// How long the signal had the value.
    std::int64_t time_at(const std::string& name, std::uint64_t wanted) const {
        return sum(name, [&](std::uint64_t has) { return has == wanted ? 1 : 0; });
    }
    /// Sum of value x time.
    std::int64_t integral(const std::string& name) const {
        return sum(name, [](std::uint64_t has) { return static_cast<std::int64_t>(has); });
    }

private:
    template <class Weight>
    std::int64_t sum(const std::string& name, Weight weight) const {
        const std::vector<Change>& all = history(name);
        std::int64_t total = 0;
        for (std::size_t i = 0; i < all.size(); ++i)
            total += weight(all[i].value) * ((i + 1 < all.size() ? all[i + 1].when : now_) - all[i].when);
        return total;
    }
    void skip() {
        for (std::string word; in_ >> word && word != "$end";) {
        }
    }
    void declaration(const std::string& kind) {
        std::string word;
        if (kind == "$scope") {
            in_ >> word >> word;
            scopes_.push_back(word);
        } else if (kind == "$upscope") {
            scopes_.pop_back();
        } else if (kind == "$timescale") {
            int count = 0;
            in_ >> count >> word;
            unit_ = word == "ps" ? count : 0;
        } else if (kind == "$var") {
            std::string type, width, id, name;
            in_ >> type >> width >> id >> name;
            std::string path;
            for (std::size_t i = 1; i < scopes_.size(); ++i) path += scopes_[i] + '.';  // below SystemC's own root
            if (!ids_.emplace(path + name, id).second) throw std::runtime_error("declared twice: " + path + name);
            histories_[id];
            widths_[id] = std::stoul(width);
        }
        skip();
    }
    void value(const std::string& word) {
        if (word[0] == '#') {
            const std::int64_t when = std::stoll(word.substr(1));
            if (when < now_) throw std::runtime_error("time runs backwards");
            now_ = when;
        } else if (word[0] == 'b') {
            std::string id;
            in_ >> id;
            record(id, bits(word.substr(1)));
        } else if (word[0] == '0' || word[0] == '1') {
            record(word.substr(1), bits(word.substr(0, 1)));
        } else if (word == "$comment") {
            skip();
        } else if (word != "$dumpvars" && word != "$end") {
            throw std::runtime_error("unexpected: " + word);
        }
    }
    static std::uint64_t bits(const std::string& text) {
        if (text.find_first_not_of("01") != std::string::npos) throw std::runtime_error("not a number: " + text);
        return std::stoull(text, nullptr, 2);
    }
    void record(const std::string& id, std::uint64_t has) {
        const unsigned long width = widths_.at(id);
        if (width < 64 && has >> width != 0) throw std::runtime_error(id + ": a value wider than declared");
        histories_.at(id).push_back({now_, has});
    }

    std::ifstream in_;
    int unit_ = 0;
    std::int64_t now_ = 0;
    std::vector<std::string> scopes_;
    std::map<std::string, std::string> ids_;  ///< by name
    std::map<std::string, std::vector<Change>> histories_;
    std::map<std::string, unsigned long> widths_;
};

}  // namespace ahbm::test
