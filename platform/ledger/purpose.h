// SPDX-License-Identifier: Apache-2.0
/// What a transaction is for: kernels' own data apart from the messages that make them run, and from the host's
/// transfers.
#pragma once

#include "platform/system.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ahbm {

enum class Purpose : std::uint8_t {
    kernel,      ///< data that a kernel reads, writes or sends through a queue
    credit,      ///< a slot given back to the sender of a tile
    transfer,    ///< the host's data, and what firmware reads from memory
    mailbox,     ///< requests to control processors, on their way down
    completion,  ///< answers to them, on their way up
    registers,   ///< queue pairs, page tables and other registers of blocks
    injected,    ///< synthetic traffic
};
inline constexpr std::size_t kPurposes = 7;
constexpr std::array<std::string_view, kPurposes> kPurposeNames{"kernel",     "credit",    "transfer", "mailbox",
                                                                "completion", "registers", "injected"};
/// Belongs to a running kernel.
constexpr bool of_kernels(Purpose purpose) { return purpose == Purpose::kernel || purpose == Purpose::credit; }

/// A row of the ledger: "read own_slice" of kernels, "transfer write host", "credit same_cube".
struct TrafficClass {
    Purpose purpose = Purpose::kernel;
    Access access = Access::read;
    PathClass path = PathClass::own_slice;
    constexpr auto operator<=>(const TrafficClass&) const = default;
    constexpr std::size_t index() const {
        return (static_cast<std::size_t>(purpose) * 2 + static_cast<std::size_t>(access)) * kPathClasses +
               static_cast<std::size_t>(path);
    }
    static constexpr std::size_t count = kPurposes * 2 * kPathClasses;
    static constexpr TrafficClass at(std::size_t index) {
        return {static_cast<Purpose>(index / (2 * kPathClasses)), static_cast<Access>(index / kPathClasses % 2),
                static_cast<PathClass>(index % kPathClasses)};
    }
};
std::string_view name_of(Access access);
std::string to_string(const TrafficClass& traffic);

/// Tells the purposes of a platform's packets.
class Purposes {
public:
    explicit Purposes(System& system);
    Purpose of(const Packet& packet) const;
    TrafficClass traffic(const Packet& packet) const;

private:
    const Fabric& fabric_;
    bool injectors_;
    std::uint32_t routers_;              ///< of a cube
    std::vector<unsigned> local_ports_;  ///< of each router; an injector has the one behind them
    unsigned ports_ = 0;                 ///< the most of them
    std::vector<bool> pes_;              ///< by router of a cube and local port: a PE is there
};

}  // namespace ahbm
