// SPDX-License-Identifier: Apache-2.0
#include "sim/plugin.h"

#include "sim/config/text.h"

#include <fmt/format.h>

#include <dlfcn.h>
#include <elf.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace ahbm::sim {

void plugin_failed(const std::string& kind, const std::string& path, const std::string& why) {
    throw std::runtime_error(fmt::format("{} library '{}': {}", kind, path, why));
}

namespace {

template <class T>
std::optional<T> read_at(const std::string& file, std::uint64_t offset) {
    T value;
    if (offset > file.size() || file.size() - offset < sizeof value) return std::nullopt;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

/// What the section of this name holds, up to its first zero; "" without one. Nothing: no library of this machine's
/// kind, which the loader tells better.
std::optional<std::string> section_text(const std::string& file, std::string_view wanted) {
    const auto header = read_at<Elf64_Ehdr>(file, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
        return std::nullopt;
    const auto section = [&](std::uint64_t index) {
        return read_at<Elf64_Shdr>(file, header->e_shoff + index * sizeof(Elf64_Shdr));
    };
    const auto text_at = [&](std::uint64_t offset) { return offset < file.size() ? file.c_str() + offset : ""; };
    const auto names = section(header->e_shstrndx);
    for (std::uint64_t i = 0; names && i < header->e_shnum; ++i)
        if (const auto each = section(i); each && text_at(names->sh_offset + each->sh_name) == wanted)
            return text_at(each->sh_offset);
    return "";
}

/// Static constructors run inside dlopen(), which no exception can leave: while one of these lives, such an exception
/// is told and ends the program as bad input does.
class ConstructorsMayThrow {
public:
    ConstructorsMayThrow(const std::string& kind, const std::string& path) : before_(std::set_terminate(&tell)) {
        library() = fmt::format("{} library '{}'", kind, path);
    }
    ~ConstructorsMayThrow() { std::set_terminate(before_); }
    ConstructorsMayThrow(const ConstructorsMayThrow&) = delete;

private:
    static std::string& library() {
        static std::string name;
        return name;
    }
    [[noreturn]] static void tell() {
        std::string text = "what is no std::exception";
        try {
            std::rethrow_exception(std::current_exception());
        } catch (const std::exception& error) {
            text = config::one_line(error.what());
        } catch (...) {
        }
        fmt::print(stderr, "error: {}: a static constructor threw {}\n", library(), text);
        std::fflush(stderr);
        std::_Exit(bad_input);
    }
    static constexpr int bad_input = 2;
    std::terminate_handler before_;
};

}  // namespace

void* plugin_entry(const std::string& kind, const std::string& path, const char* symbol, const char* registry_type) {
    const std::filesystem::path file = std::filesystem::absolute(path);
    if (std::filesystem::is_directory(file)) plugin_failed(kind, path, "a library is expected, not a folder");
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (const auto built_with = section_text(bytes, AHBM_PLUGIN_SECTION)) {
        if (built_with->empty())
            plugin_failed(kind, path, "does not say what it was built with: AHBM_PLUGIN (sim/plugin_abi.h) is missing");
        if (*built_with != AHBM_PLUGIN_ABI)
            plugin_failed(
                kind, path,
                fmt::format("was built with {}; this platform is {}", config::one_line(*built_with), AHBM_PLUGIN_ABI));
    }
    void* library = [&] {
        const ConstructorsMayThrow told(kind, path);
        return dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    }();
    if (library == nullptr) plugin_failed(kind, path, dlerror());
    void* entry = dlsym(library, symbol);
    if (entry != nullptr) return entry;
    dlclose(library);
    plugin_failed(kind, path, fmt::format("does not export extern \"C\" void {}({}&)", symbol, registry_type));
}

}  // namespace ahbm::sim
