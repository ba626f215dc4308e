// SPDX-License-Identifier: Apache-2.0
/// Printing and parsing of addresses: sip<n>.<die><n>.<window>[.<resource>]+0x<offset>.
#include "interconnect/protocol/phys_addr.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace ahbm {
namespace {

std::optional<std::uint64_t> number(std::string_view digits, int base) {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// Decimal, or hexadecimal with 0x.
std::optional<std::uint64_t> number(std::string_view text) {
    return text.starts_with("0x") ? number(text.substr(2), 16) : number(text, 10);
}

/// Reads an address text from left to right; every expectation that fails names what was expected where.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {
        const std::size_t plus = std::min(text.find('+'), text.size());
        path_ = text.substr(0, plus);
        offset_ = plus < text.size() ? text.substr(plus + 1) : "0";
        if (path_.ends_with('.')) fail(path_, "no '.' at the end");
        if (path_.starts_with("system.")) path_.remove_prefix(7);
    }

    [[noreturn]] void fail(std::string_view found, std::string_view expected) const {
        throw PhysAddrError(fmt::format("address '{}': '{}' found, expected {}", text_, found, expected));
    }
    /// The next component between dots; empty at the end.
    std::string_view next() {
        const std::size_t dot = std::min(path_.find('.'), path_.size());
        const std::string_view component = path_.substr(0, dot);
        path_.remove_prefix(std::min(dot + 1, path_.size()));
        return component;
    }
    /// The number n if `component` is <name><n>.
    std::optional<std::uint32_t> indexed(std::string_view component, std::string_view name) const {
        if (!component.starts_with(name)) return std::nullopt;
        const auto index = number(component.substr(name.size()), 10);
        return index && *index <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*index)) : std::nullopt;
    }
    std::uint64_t offset() const {
        if (const auto value = number(offset_)) return *value;
        fail(offset_, "an offset such as 0x40");
    }
    void expect_end() const {
        if (!path_.empty()) fail(path_, "'+' and an offset");
    }

private:
    std::string_view text_;
    std::string_view path_;
    std::string_view offset_;
};

/// The window that `component` names on this kind of die, with the PE number if it carries one.
struct NamedWindow {
    const abi::Window* window;
    PeId pe;
};
NamedWindow find_window(const Reader& reader, abi::DieKind die, std::string_view component) {
    std::string names;
    for (const abi::Window& w : abi::windows) {
        if (w.die != die) continue;
        if (w.pe.width() == 0 && component == w.name) return {&w, {}};
        if (w.pe.width() != 0)
            if (const auto pe = reader.indexed(component, w.name)) return {&w, PeId{*pe}};
        names += fmt::format("{}{}{}", names.empty() ? "" : ", ", w.name, w.pe.width() != 0 ? "<n>" : "");
    }
    reader.fail(component, "one of " + names);
}

std::uint8_t find_resource(const Reader& reader, const abi::Window& window, std::string_view name) {
    std::string names;
    for (std::size_t code = 0; code < window.resources.size(); ++code) {
        if (window.resources[code].name == name) return static_cast<std::uint8_t>(code);
        names += fmt::format("{}{}", code == 0 ? "" : ", ", window.resources[code].name);
    }
    reader.fail(name, "one of " + names);
}

}  // namespace

PhysAddr PhysAddr::parse(std::string_view text, const MemoryMap& map) {
    if (text.starts_with("0x")) {
        if (const auto raw = number(text)) return from_raw(*raw);
        throw PhysAddrError(fmt::format("address '{}': not a 64-bit hexadecimal number", text));
    }
    Reader reader(text);
    Domain domain{.offset = reader.offset()};

    const std::string_view sip = reader.next();
    const auto sip_number = reader.indexed(sip, "sip");
    if (!sip_number) reader.fail(sip, "sip<n>");
    domain.sip = SipId{*sip_number};

    const std::string_view die = reader.next();
    const auto cube = reader.indexed(die, abi::die_of(abi::DieKind::cube).name);
    const auto io = reader.indexed(die, abi::die_of(abi::DieKind::io).name);
    if (!cube && !io) reader.fail(die, "cube<n> or io<n>");
    domain.cube = CubeId{cube.value_or(0)};
    domain.io = IoChipletId{io.value_or(0)};

    const NamedWindow named = find_window(reader, cube ? abi::DieKind::cube : abi::DieKind::io, reader.next());
    domain.window = named.window->kind;
    domain.pe = named.pe;
    if (!named.window->resources.empty()) {
        const std::string_view resource = reader.next();
        if (domain.window == abi::WindowKind::pe_local && resource == "hbm") {
            if (map.hbm_slice == 0) reader.fail("hbm", "a known slice size, or sip<n>.cube<n>.hbm");
            reader.expect_end();
            return pe_hbm(domain.pe_coord(), map.hbm_slice, domain.offset);
        }
        domain.resource = find_resource(reader, *named.window, resource);
    }
    reader.expect_end();
    return encode(domain);
}

std::string memory_of(const Domain& d) {
    const abi::Window& window = abi::window_of(d.window);
    std::string text = fmt::format("sip{}.{}{}.{}", d.sip.value, abi::die_of(window.die).name,
                                   d.on_cube() ? d.cube.value : d.io.value, window.name);
    if (window.pe.width() != 0) text += fmt::format("{}", d.pe.value);
    if (!window.resources.empty()) text += fmt::format(".{}", window.resources[d.resource].name);
    return text;
}

std::string to_string(const Domain& domain) { return memory_of(domain) + fmt::format("+{:#x}", domain.offset); }

std::string to_string(PhysAddr address) { return to_string(address.domain()); }

}  // namespace ahbm
