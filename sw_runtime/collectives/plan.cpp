// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/plan.h"

#include "sim/config/codec.h"
#include "sim/config/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::runtime {
namespace {

template <class Map>
const typename Map::mapped_type& named(const Map& all, const std::string& name, std::string_view kind) {
    if (const auto found = all.find(name); found != all.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [each, info] : all) names.push_back(each);
    throw CollectiveError(fmt::format("no {} is named '{}'{}", kind, name, config::hint(name, names)));
}

/// Who takes part, and in what shape.
struct Cast {
    std::vector<PeCoord> participants;  ///< by (SIP, cube, PE)
    std::uint32_t cubes = 1, pes = 1;   ///< in use
    CollectiveMachine machine;          ///< with the mesh of the cubes in use
};

Cast cast(const AlgorithmConfig& config, const std::string& name, const CollectiveMachine& machine,
          const CollectiveRegistry& registry) {
    const MapperInfo& mapper = named(registry.mappers, config.mapper, "mapper");
    const std::uint32_t all_cubes = mapper.all_cubes ? machine.cube_w * machine.cube_h : 1,
                        all_pes = mapper.all_pes ? machine.pes : 1;
    Cast cast;
    cast.cubes = config.cubes == 0 ? all_cubes : config.cubes;
    cast.pes = config.pes == 0 ? all_pes : config.pes;
    if (cast.cubes > all_cubes || cast.pes > all_pes)
        throw CollectiveError(fmt::format("{}: {} cubes with {} PEs are asked for, {} with {} can take part", name,
                                          cast.cubes, cast.pes, all_cubes, all_pes));
    cast.machine = machine;
    cast.machine.pes = cast.pes;
    cast.machine.cube_w = std::min(cast.cubes, machine.cube_w);
    cast.machine.cube_h = cast.cubes / cast.machine.cube_w;
    if (cast.machine.cube_w * cast.machine.cube_h != cast.cubes)
        throw CollectiveError(fmt::format("{}: {} cubes are not whole rows of the {} x {} mesh", name, cast.cubes,
                                          machine.cube_w, machine.cube_h));
    for (const SipId sip : machine.sips)
        for (std::uint32_t cube = 0; cube < cast.cubes; ++cube)
            for (std::uint32_t pe = 0; pe < cast.pes; ++pe) cast.participants.push_back({sip, CubeId{cube}, PeId{pe}});
    return cast;
}

/// Of the participant with the most rings.
std::uint64_t least_tile_room(const InstallPlan& plan, std::uint64_t tcm) {
    std::uint64_t room = tcm;
    for (const PePlan& pe : plan.pes) room = std::min(room, tile_room(plan.policy, pe.at, pe.queues.size(), tcm));
    return room;
}

std::vector<double> scalars_of(const AlgorithmConfig& config, const Cast& cast, std::size_t sip,
                               const InstallPlan& plan) {
    const CollectiveMachine& machine = cast.machine;
    std::vector<double> scalars(collective_args);
    const auto set = [&](CollectiveArg arg, auto value) {
        scalars[static_cast<std::size_t>(arg)] = static_cast<double>(value);
    };
    set(CollectiveArg::elements, config.n_elem);
    set(CollectiveArg::participants, cast.participants.size());
    set(CollectiveArg::participants_per_sip, cast.cubes * cast.pes);
    set(CollectiveArg::pes_per_cube, cast.pes);
    set(CollectiveArg::tile_room, least_tile_room(plan, machine.tcm));
    set(CollectiveArg::sip, sip);
    set(CollectiveArg::sips, machine.sips.size());
    set(CollectiveArg::cube_w, machine.cube_w);
    set(CollectiveArg::cube_h, machine.cube_h);
    set(CollectiveArg::sip_w, machine.sip_w);
    set(CollectiveArg::sip_h, machine.sip_h);
    set(CollectiveArg::sip_wiring, static_cast<int>(machine.wiring));
    set(CollectiveArg::root, plan.root.cube(config.n_elem, size_of(Dtype::f16)) * cast.pes);
    set(CollectiveArg::chunk, config.chunk);
    set(CollectiveArg::variant, static_cast<int>(config.direction));
    return scalars;
}

/// No two rings share a byte.
void check_disjoint(const InstallPlan& plan) {
    struct Range {
        std::uint64_t base, end;
        std::string whose;
    };
    std::vector<Range> ranges;
    for (const PePlan& pe : plan.pes)
        for (const QueuePairPlan& queue : pe.queues)
            ranges.push_back({queue.rx_base, queue.rx_base + queue.n_slots * queue.slot_size,
                              to_string(pe.at) + " " + queue.direction});
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.base < b.base; });
    for (std::size_t i = 1; i < ranges.size(); ++i)
        if (ranges[i].base < ranges[i - 1].end)
            throw CollectiveError(fmt::format("the rings of {} and {} overlap at {:#x}", ranges[i - 1].whose,
                                              ranges[i].whose, ranges[i].base));
}

}  // namespace

std::uint64_t tile_room(const QueuePolicy& policy, PeCoord at, std::size_t queues, std::uint64_t tcm) {
    if (tcm == 0 || queues == 0) return tcm;
    const std::uint64_t slot = policy.slot_size.value;
    if (policy.buffer_kind != abi::BufferKind::tcm) {
        if (slot <= tcm / 4) return tcm;
        throw CollectiveError(
            fmt::format("slot_size {} B: what arrives in {} is copied out of its slot into TCM, a quarter of whose {} "
                        "bytes a slot may take (sip.cube.pe.tcm.size)",
                        slot, config::name_of(policy.buffer_kind), tcm));
    }
    const std::uint64_t rings = queues * policy.n_slots * slot;
    if (rings < tcm) return tcm - rings;
    throw CollectiveError(
        fmt::format("the rings of {} take {} bytes, {} of n_slots {} x slot_size {} B; they share {} bytes of TCM with "
                    "its kernels (sip.cube.pe.tcm.size)",
                    to_string(at), rings, queues, policy.n_slots, slot, tcm));
}

void QueueSettings::apply_to(QueuePolicy& policy) const {
    const auto apply = [](auto& value, const auto& setting) {
        if (setting) value = *setting;
    };
    apply(policy.buffer_kind, buffer_kind);
    apply(policy.backpressure, backpressure);
    apply(policy.poll_interval, poll_interval);
    apply(policy.credit, credit);
    apply(policy.credit_path, credit_path);
    apply(policy.n_slots, n_slots);
    apply(policy.slot_size, slot_size);
    apply(policy.credit_bytes, credit_bytes);
}

InstallPlan build_install_plan(const CclConfig& config, const std::string& algorithm, const CollectiveMachine& machine,
                               const RingAllocator& allocate, const CollectiveRegistry& registry) {
    InstallPlan plan;
    plan.algorithm = algorithm.empty() ? config.defaults.algorithm : algorithm;
    const AlgorithmConfig& chosen = named(config.algorithms, plan.algorithm, "algorithm");
    plan.op = chosen.op;
    plan.kernel = chosen.kernel;
    plan.validator = chosen.validator;
    named(registry.validators, chosen.validator, "validator");
    config.defaults.queues.apply_to(plan.policy);
    chosen.queues.apply_to(plan.policy);

    const Cast who = cast(chosen, plan.algorithm, machine, registry);
    const TopologyInfo& topology = named(registry.topologies, chosen.topology, "topology");
    const std::vector<Wire> wires = [&] {
        try {
            return topology.wires(who.machine, who.participants);
        } catch (const CollectiveError& error) {
            throw CollectiveError(fmt::format("{}: {}", plan.algorithm, error.what()));
        }
    }();
    const std::vector<Link> links = pair_wires(wires);
    std::map<std::pair<PeCoord, std::string>, std::uint64_t> rings;
    for (const Link& link : links)
        rings[{link.wire.from, link.wire.direction}] =
            allocate(link.wire.from, plan.policy.buffer_kind, plan.policy.n_slots * plan.policy.slot_size.value);
    for (const Link& link : links) {
        const Wire& wire = link.wire;
        if (plan.pes.empty() || plan.pes.back().at != wire.from) plan.pes.push_back({wire.from, {}});
        plan.pes.back().queues.push_back({wire.direction, wire.to, link.peer_direction, plan.policy.buffer_kind,
                                          rings[{wire.from, wire.direction}], rings[{wire.to, link.peer_direction}],
                                          plan.policy.n_slots, plan.policy.slot_size.value});
    }
    check_disjoint(plan);
    plan.root = root_choice(chosen, topology, who.machine, plan.policy);
    for (std::size_t s = 0; s < machine.sips.size(); ++s) {
        SipLaunch launch{machine.sips[s], {}, scalars_of(chosen, who, s, plan)};
        for (const PeCoord at : who.participants)
            if (at.sip == machine.sips[s]) launch.pes.push_back(at);
        if (!launch.pes.empty()) plan.launches.push_back(std::move(launch));
    }
    return plan;
}

}  // namespace ahbm::runtime
