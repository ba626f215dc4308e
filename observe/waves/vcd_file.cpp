// SPDX-License-Identifier: Apache-2.0
#include "observe/waves/vcd_file.h"

#include "sim/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <numeric>
#include <ostream>
#include <string_view>

namespace ahbm {
namespace {

constexpr std::size_t kSpill = 1 << 16;  // bytes

std::vector<std::string_view> parts_of(std::string_view name) {
    std::vector<std::string_view> parts;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        parts.push_back(name.substr(0, dot));
        name.remove_prefix(dot + 1);
    }
    parts.push_back(name);
    return parts;
}

void append_value(std::string& text, std::uint64_t value, unsigned width, const std::string& code) {
    if (width == 1)
        fmt::format_to(std::back_inserter(text), "{}{}\n", value, code);
    else
        fmt::format_to(std::back_inserter(text), "b{:b} {}\n", value, code);
}

}  // namespace

void VcdFile::open(const std::string& file) {
    out_.emplace(name_ = file);
    body_.reset(fdopen(sim::scratch_file(file), "w+b"));
}

std::uint32_t VcdFile::declare(const std::string& name, unsigned width) {
    variables_.push_back({name, width});
    return static_cast<std::uint32_t>(variables_.size() - 1);
}

void VcdFile::change(sim::Time when, std::uint32_t variable, std::uint64_t value) {
    const auto& [name, width] = variables_[variable];
    SIM_CHECK(
        static_cast<unsigned>(std::bit_width(value)) <= width,
        fmt::format("{} is {} at {} ps, more than its {} bits in the VCD can say", name, value, when.ps(), width));
    if (when != at_) fmt::format_to(std::back_inserter(text_), "#{}\n", (at_ = when).ps());
    append_value(text_, value, width, code(variable));
    if (text_.size() >= kSpill) spill();
}

void VcdFile::spill() {
    std::fwrite(text_.data(), 1, text_.size(), body_.get());
    text_.clear();
}

void VcdFile::close(sim::Time end, const std::string& partial) {
    if (end != at_) text_ += fmt::format("#{}\n", end.ps());
    spill();
    if (std::fflush(body_.get()) != 0 || std::ferror(body_.get()) != 0)
        throw sim::OutputError(name_ + ": cannot be written: " + std::strerror(errno != 0 ? errno : EIO));
    std::ostream& out = out_->stream();
    out << header(partial);
    std::rewind(body_.get());
    std::array<char, kSpill> block{};
    while (const std::size_t bytes = std::fread(block.data(), 1, block.size(), body_.get()))
        out.write(block.data(), static_cast<std::streamsize>(bytes));
    if (std::ferror(body_.get()) != 0) throw sim::OutputError(name_ + ": what was collected for it cannot be read");
    out_->place();
}

std::string VcdFile::code(std::uint32_t variable) {
    constexpr std::uint32_t first = '!', count = '~' - first + 1;
    std::string code;
    for (++variable; variable > 0; variable = (variable - 1) / count)
        code += static_cast<char>(first + (variable - 1) % count);
    return code;
}

std::string VcdFile::header(const std::string& partial) const {
    std::vector<std::vector<std::string_view>> paths;
    for (const Variable& variable : variables_) paths.push_back(parts_of(variable.name));
    std::vector<std::uint32_t> order(variables_.size());
    std::iota(order.begin(), order.end(), 0);
    // Scope by scope, and in a scope its variables before its inner scopes.
    std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
        const auto &a = paths[left], &b = paths[right];
        const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
        const bool last_of_a = in_a + 1 == a.end(), last_of_b = in_b + 1 == b.end();
        return last_of_a != last_of_b ? last_of_a : *in_a < *in_b;
    });

    std::string text = "$version AHBM-VP $end\n";
    if (!partial.empty()) text += fmt::format("$comment partial: {} $end\n", partial);
    text += "$timescale 1 ps $end\n$scope module system $end\n";
    std::vector<std::string_view> open;
    const auto close_down_to = [&](std::size_t depth) {
        for (; open.size() > depth; open.pop_back()) text += "$upscope $end\n";
    };
    for (const std::uint32_t variable : order) {
        const auto scope_end = paths[variable].end() - 1;
        const auto there = std::mismatch(open.begin(), open.end(), paths[variable].begin(), scope_end);
        close_down_to(static_cast<std::size_t>(there.first - open.begin()));
        for (auto scope = there.second; scope != scope_end; ++scope) {
            open.push_back(*scope);
            text += fmt::format("$scope module {} $end\n", *scope);
        }
        const unsigned width = variables_[variable].width;
        text += fmt::format("$var wire {} {} {}", width, code(variable), *scope_end);
        text += width == 1 ? " $end\n" : fmt::format(" [{}:0] $end\n", width - 1);
    }
    close_down_to(0);
    text += "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n";
    for (const std::uint32_t variable : order) append_value(text, 0, variables_[variable].width, code(variable));
    return text + "$end\n";
}

}  // namespace ahbm
