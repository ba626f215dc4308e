// SPDX-License-Identifier: Apache-2.0
/// First-fit allocation over one address range, from either end of it. It hands out addresses and never touches the
/// memory behind them. Not offered: resizing, compaction.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahbm::runtime {

/// [base, base + bytes)
struct AddressRange {
    std::uint64_t base = 0;
    std::uint64_t bytes = 0;
    constexpr bool contains(std::uint64_t address) const { return address >= base && address - base < bytes; }
    constexpr bool operator==(const AddressRange&) const = default;
};

/// A power of two.
struct Alignment {
    std::uint64_t bytes = 1;
};

/// The end of the free memory that an allocation is taken from.
enum class From : std::uint8_t { bottom, top };

class OutOfMemory : public std::runtime_error {
public:
    struct Details {
        std::string pool;
        std::string requester;
        std::uint64_t requested = 0;
        std::uint64_t alignment = 1;
        std::uint64_t free = 0;
        std::uint64_t largest_hole = 0;
    };
    explicit OutOfMemory(Details details);
    const Details& details() const { return details_; }

private:
    Details details_;
};

/// An address was freed that is not the start of a live allocation.
class BadFree : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

class Pool {
public:
    /// `name` as users know the memory: "sip0.cube3.pe5.hbm".
    Pool(std::string name, AddressRange range);

    /// The lowest fitting address, or the highest. `requester` is who the error names. Throws OutOfMemory, and
    /// std::invalid_argument for zero bytes or an alignment that is not a power of two.
    std::uint64_t allocate(std::uint64_t bytes, Alignment alignment, std::string_view requester,
                           From from = From::bottom);
    /// Returns the range that was freed; throws BadFree.
    AddressRange free(std::uint64_t address);

    const std::string& name() const { return name_; }
    AddressRange range() const { return range_; }
    std::uint64_t free_bytes() const { return free_bytes_; }
    std::uint64_t used_bytes() const { return range_.bytes - free_bytes_; }
    std::uint64_t largest_hole() const;
    std::size_t allocations() const { return live_.size(); }

private:
    std::uint64_t take(AddressRange hole, AddressRange part);
    void add_hole(AddressRange hole);
    [[noreturn]] void reject_free(std::uint64_t address) const;

    std::string name_;
    AddressRange range_;
    std::uint64_t free_bytes_;
    std::map<std::uint64_t, std::uint64_t> holes_;  ///< base -> bytes; never adjacent to one another
    std::map<std::uint64_t, std::uint64_t> live_;   ///< base -> bytes
};

}  // namespace ahbm::runtime
