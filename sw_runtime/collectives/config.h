// SPDX-License-Identifier: Apache-2.0
/// configs/ccl.yaml as structs: which algorithm a collective uses, and how its queue pairs behave.
/// Priority: command line > algorithm > defaults > topology; what none of them says is the default of QueuePolicy.
#pragma once

#include "firmware/abi/descriptors.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ahbm::abi {

inline std::span<const std::pair<std::string_view, BufferKind>> enum_names(BufferKind) {
    static constexpr std::pair<std::string_view, BufferKind> names[] = {
        {"tcm", BufferKind::tcm}, {"hbm", BufferKind::hbm}, {"sram", BufferKind::sram}};
    return names;
}
inline std::span<const std::pair<std::string_view, Backpressure>> enum_names(Backpressure) {
    static constexpr std::pair<std::string_view, Backpressure> names[] = {{"sleep", Backpressure::sleep},
                                                                          {"poll", Backpressure::poll}};
    return names;
}
inline std::span<const std::pair<std::string_view, CreditPolicy>> enum_names(CreditPolicy) {
    static constexpr std::pair<std::string_view, CreditPolicy> names[] = {{"on_release", CreditPolicy::on_release},
                                                                          {"on_recv", CreditPolicy::on_recv}};
    return names;
}
inline std::span<const std::pair<std::string_view, CreditPath>> enum_names(CreditPath) {
    static constexpr std::pair<std::string_view, CreditPath> names[] = {{"fast", CreditPath::fast},
                                                                        {"fabric", CreditPath::fabric}};
    return names;
}

}  // namespace ahbm::abi

namespace ahbm::runtime {

/// How the queue pairs of a plan behave.
struct QueuePolicy {
    abi::BufferKind buffer_kind = abi::BufferKind::tcm;
    abi::Backpressure backpressure = abi::Backpressure::sleep;
    sim::Time poll_interval = sim::Time::ps(100'000);
    abi::CreditPolicy credit = abi::CreditPolicy::on_release;
    abi::CreditPath credit_path = abi::CreditPath::fast;
    std::uint32_t n_slots = 4;
    sim::Bytes slot_size{4096};
    sim::Bytes credit_bytes{16};
    bool operator==(const QueuePolicy&) const = default;
};

/// One layer's say in a QueuePolicy; `null` leaves a value to the next layer.
struct QueueSettings {
    std::optional<abi::BufferKind> buffer_kind;
    std::optional<abi::Backpressure> backpressure;
    std::optional<sim::Time> poll_interval;
    std::optional<abi::CreditPolicy> credit;
    std::optional<abi::CreditPath> credit_path;
    std::optional<std::uint32_t> n_slots;
    std::optional<sim::Bytes> slot_size;
    std::optional<sim::Bytes> credit_bytes;
    bool operator==(const QueueSettings&) const = default;

    template <class V>
    void fields(V& v) {
        v("buffer_kind", buffer_kind, "where the rings lie (specification)");
        v("backpressure", backpressure, "how PE_CPU waits for a tile or a free slot (specification)");
        v("poll_interval", poll_interval, "time between two looks with backpressure poll (assumption)",
          config::range(sim::Time::ps(1), sim::Time::ps(UINT32_MAX)));
        v("credit", credit, "when a slot is free again (specification)");
        v("credit_path", credit_path, "fast: sideband; fabric: control channel of the fabric (specification)");
        v("n_slots", n_slots, "slots of each ring (specification)", config::range(1, 65536));
        v("slot_size", slot_size, "the largest tile (specification)",
          config::range(sim::Bytes{4}, sim::Bytes{1 << 30}));
        v("credit_bytes", credit_bytes, "size of a credit on the wire (specification)",
          config::range(sim::Bytes{1}, sim::Bytes{UINT16_MAX}));
    }
    void validate(config::Check& check) const {
        if (n_slots == 0u) check.fail("n_slots", "at least one slot expected");
        if (slot_size == sim::Bytes{0}) check.fail("slot_size", "at least one byte expected");
        if (poll_interval && *poll_interval <= sim::Time{}) check.fail("poll_interval", "must be positive");
        if (credit_bytes && (credit_bytes->value == 0 || credit_bytes->value > UINT16_MAX))
            check.fail("credit_bytes", "1 B to 65535 B expected");
    }
    void apply_to(QueuePolicy& policy) const;
    /// This layer says how often to poll, and `policy`, which includes it, does not poll.
    bool polls_in_vain(const QueuePolicy& policy) const {
        return poll_interval && policy.backpressure != abi::Backpressure::poll;
    }
};

struct CclDefaults {
    std::string algorithm = "intercube_allreduce";
    QueueSettings queues;
    bool operator==(const CclDefaults&) const = default;

    template <class V>
    void fields(V& v) {
        v("algorithm", algorithm, "of all_reduce, unless the caller names one (assumption)");
        queues.fields(v);
    }
    void validate(config::Check& check) const { queues.validate(check); }
};

/// Where the root cube of a SIP is: in the middle of the row that faces the IO chiplet; in the middle of all; the first
/// cube, which faces the IO chiplet too; the last one, which is the farthest from it. Automatic: by size
/// (root_place.h).
enum class RootPlace : std::uint8_t { automatic, beside_io, centre, corner, far_corner };
enum class RingDirection : std::uint8_t { east, west };
inline std::span<const std::pair<std::string_view, RootPlace>> enum_names(RootPlace) {
    static constexpr std::pair<std::string_view, RootPlace> names[] = {{"auto", RootPlace::automatic},
                                                                       {"beside_io", RootPlace::beside_io},
                                                                       {"centre", RootPlace::centre},
                                                                       {"corner", RootPlace::corner},
                                                                       {"far_corner", RootPlace::far_corner}};
    return names;
}
inline std::span<const std::pair<std::string_view, RingDirection>> enum_names(RingDirection) {
    static constexpr std::pair<std::string_view, RingDirection> names[] = {{"east", RingDirection::east},
                                                                           {"west", RingDirection::west}};
    return names;
}

struct AlgorithmConfig {
    std::string op = "all_reduce";
    std::string kernel;
    std::string topology = "ring_1d";
    std::string mapper = "all_pes";
    std::string validator = "row_per_cube";
    std::uint32_t cubes = 0, pes = 0;
    std::uint64_t n_elem = 1024;
    RootPlace root = RootPlace::corner;
    std::uint64_t chunk = 0;
    RingDirection direction = RingDirection::east;
    QueueSettings queues;
    bool operator==(const AlgorithmConfig&) const = default;

    template <class V>
    void fields(V& v) {
        v("op", op, "the operation it carries out (specification)");
        v("kernel", kernel, "runs on every participant (specification)");
        v("topology", topology, "who neighbours whom (specification)");
        v("mapper", mapper, "which PEs of a SIP take part (specification)");
        v("validator", validator, "which layouts of a tensor it takes (specification)");
        v("cubes", cubes, "the first so many cubes of each SIP; 0: all (assumption)", config::range(0, 16));
        v("pes", pes, "the first so many PEs of each cube; 0: all (assumption)", config::range(0, 16));
        v("n_elem", n_elem, "elements per participant where the caller does not say (assumption)",
          config::range(1, UINT32_MAX));
        v("root", root,
          "root cube of a SIP: beside_io faces the IO chiplet, corner is the first cube (which faces it too), "
          "far_corner the last; auto: by size and shape, docs/collectives.md (assumption; specification: centre)");
        v("chunk", chunk, "elements per tile; 0: as many as fit a slot (specification)", config::range(0, UINT32_MAX));
        v("direction", direction, "which way a ring turns (specification)");
        queues.fields(v);
    }
    void validate(config::Check& check) const {
        if (kernel.empty()) check.fail("kernel", "the name of a kernel expected");
        queues.validate(check);
    }
};

struct CclConfig {
    CclDefaults defaults;
    std::map<std::string, AlgorithmConfig> algorithms;
    bool operator==(const CclConfig&) const = default;

    template <class V>
    void fields(V& v) {
        v("defaults", defaults, "of all algorithms");
        v("algorithms", algorithms, "by name");
    }
};

}  // namespace ahbm::runtime
