// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/collectives/plan_text.h"

#include "interconnect/protocol/phys_addr.h"
#include "sim/config/codec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace ahbm::runtime {
namespace {

using config::name_of;

constexpr std::array<std::string_view, collective_args> kArgNames{
    "elements",     "redop",         "participants", "participants_per_sip",
    "pes_per_cube", "tile_room",     "sip",          "sips",
    "cube_w",       "cube_h",        "sip_w",        "sip_h",
    "sip_wiring",   "root",          "chunk",        "variant"};

template <class E>
E value_of(const nlohmann::json& name) {
    for (const auto& [each, value] : enum_names(E{}))
        if (name == each) return value;
    throw nlohmann::json::other_error::create(501, "unknown name " + name.dump(), nullptr);
}

nlohmann::json to_json(PeCoord at) { return {at.sip.value, at.cube.value, at.pe.value}; }
PeCoord pe_from_json(const nlohmann::json& json) {
    return {SipId{json.at(0).get<std::uint32_t>()}, CubeId{json.at(1).get<std::uint32_t>()},
            PeId{json.at(2).get<std::uint32_t>()}};
}

}  // namespace

std::string to_text(const InstallPlan& plan) {
    std::size_t pairs = 0;
    for (const PePlan& pe : plan.pes) pairs += pe.queues.size();
    std::string text =
        fmt::format("{}: {} by kernel {}, {} PEs, {} queue ends, {} slots of {} B in {}, credit {} by {}, {}\n",
                    plan.algorithm, plan.op, plan.kernel, plan.pes.size(), pairs, plan.policy.n_slots,
                    plan.policy.slot_size.value, name_of(plan.policy.buffer_kind), name_of(plan.policy.credit),
                    name_of(plan.policy.credit_path), name_of(plan.policy.backpressure));
    for (const PePlan& pe : plan.pes)
        for (const QueuePairPlan& queue : pe.queues)
            text += fmt::format("{:<18} {:<12} -> {:<18} {:<12} receives at {}\n", to_string(pe.at), queue.direction,
                                to_string(queue.peer), queue.peer_direction,
                                ahbm::to_string(PhysAddr::from_raw(queue.rx_base)));
    if (const RootChoice& root = plan.root; root.place == RootPlace::automatic) {
        const std::uint64_t tile = root.chunk == 0 ? root.slot_bytes : root.chunk * size_of(Dtype::f16);
        const auto place = [&](std::uint64_t tiles) { return name_of(root.chosen(tiles * tile / 2, 2)); };
        text += fmt::format(
            "root auto, by tiles of a call: one of 64 B {}, one of {} B {}, two {}, three {}, {} and more {}\n",
            name_of(root.chosen(std::min<std::uint64_t>(64, tile) / 2, 2)), tile, place(1), place(2), place(3),
            root.n_slots + 1, place(std::max<std::uint64_t>(root.n_slots + 1, 3)));
    }
    for (const SipLaunch& launch : plan.launches) {
        std::vector<std::string> scalars;
        for (std::size_t i = 0; i < launch.scalars.size(); ++i)
            scalars.push_back(fmt::format("{} {}", kArgNames[i], launch.scalars[i]));
        text += fmt::format("sip{} launches {} PEs with {}\n", launch.sip.value, launch.pes.size(),
                            fmt::join(scalars, ", "));
    }
    return text;
}

std::string to_dot(const InstallPlan& plan) {
    std::string text =
        "digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=sans, fontsize=10];\n  edge [fontname=sans, "
        "fontsize=8];\n";
    for (const PePlan& pe : plan.pes)
        for (const QueuePairPlan& queue : pe.queues)
            text += fmt::format("  \"{}\" -> \"{}\" [label=\"{}\"];\n", to_string(pe.at), to_string(queue.peer),
                                queue.direction);
    return text + "}\n";
}

nlohmann::json to_json(const InstallPlan& plan) {
    nlohmann::json json{
        {"algorithm", plan.algorithm}, {"op", plan.op}, {"kernel", plan.kernel}, {"validator", plan.validator}};
    const QueuePolicy& policy = plan.policy;
    json["policy"] = {{"buffer_kind", name_of(policy.buffer_kind)},    {"backpressure", name_of(policy.backpressure)},
                      {"poll_interval_ps", policy.poll_interval.ps()}, {"credit", name_of(policy.credit)},
                      {"credit_path", name_of(policy.credit_path)},    {"n_slots", policy.n_slots},
                      {"slot_size", policy.slot_size.value},           {"credit_bytes", policy.credit_bytes.value}};
    for (const PePlan& pe : plan.pes) {
        nlohmann::json queues = nlohmann::json::array();
        for (const QueuePairPlan& q : pe.queues)
            queues.push_back({{"direction", q.direction},
                              {"peer", to_json(q.peer)},
                              {"peer_direction", q.peer_direction},
                              {"buffer", name_of(q.buffer)},
                              {"rx_base", q.rx_base},
                              {"peer_rx_base", q.peer_rx_base},
                              {"n_slots", q.n_slots},
                              {"slot_size", q.slot_size}});
        json["pes"].push_back({{"at", to_json(pe.at)}, {"queues", std::move(queues)}});
    }
    const RootChoice& root = plan.root;
    json["root"] = {{"place", name_of(root.place)},
                    {"cube_w", root.cube_w},
                    {"cube_h", root.cube_h},
                    {"io_columns", root.io_columns},
                    {"walks", root.walks},
                    {"rounds", root.rounds},
                    {"slot_bytes", root.slot_bytes},
                    {"n_slots", root.n_slots},
                    {"chunk", root.chunk},
                    {"crossing_ps", root.hop.crossing_ps},
                    {"link_ps_per_kib", root.hop.link_ps_per_kib},
                    {"sum_ps_per_kib", root.hop.sum_ps_per_kib}};
    for (const SipLaunch& launch : plan.launches) {
        nlohmann::json pes = nlohmann::json::array();
        for (const PeCoord at : launch.pes) pes.push_back(to_json(at));
        json["launches"].push_back({{"sip", launch.sip.value}, {"pes", std::move(pes)}, {"scalars", launch.scalars}});
    }
    return json;
}

InstallPlan plan_from_json(const nlohmann::json& json) {
    InstallPlan plan;
    plan.algorithm = json.at("algorithm");
    plan.op = json.at("op");
    plan.kernel = json.at("kernel");
    plan.validator = json.at("validator");
    const nlohmann::json& policy = json.at("policy");
    plan.policy = {value_of<abi::BufferKind>(policy.at("buffer_kind")),
                   value_of<abi::Backpressure>(policy.at("backpressure")),
                   sim::Time::ps(policy.at("poll_interval_ps").get<std::int64_t>()),
                   value_of<abi::CreditPolicy>(policy.at("credit")),
                   value_of<abi::CreditPath>(policy.at("credit_path")),
                   policy.at("n_slots").get<std::uint32_t>(),
                   {policy.at("slot_size").get<std::uint64_t>()},
                   {policy.at("credit_bytes").get<std::uint64_t>()}};
    const nlohmann::json& root = json.at("root");
    plan.root = {value_of<RootPlace>(root.at("place")),
                 root.at("cube_w"),
                 root.at("cube_h"),
                 root.at("io_columns"),
                 root.at("walks"),
                 root.at("rounds"),
                 root.at("slot_bytes"),
                 root.at("n_slots"),
                 root.at("chunk"),
                 {root.at("crossing_ps"), root.at("link_ps_per_kib"), root.at("sum_ps_per_kib")}};
    for (const nlohmann::json& pe : json.value("pes", nlohmann::json::array())) {
        PePlan& into = plan.pes.emplace_back(PePlan{pe_from_json(pe.at("at")), {}});
        for (const nlohmann::json& q : pe.at("queues"))
            into.queues.push_back({q.at("direction"), pe_from_json(q.at("peer")), q.at("peer_direction"),
                                   value_of<abi::BufferKind>(q.at("buffer")), q.at("rx_base"), q.at("peer_rx_base"),
                                   q.at("n_slots"), q.at("slot_size")});
    }
    for (const nlohmann::json& launch : json.at("launches")) {
        SipLaunch& into = plan.launches.emplace_back(
            SipLaunch{SipId{launch.at("sip").get<std::uint32_t>()}, {}, launch.at("scalars")});
        for (const nlohmann::json& at : launch.at("pes")) into.pes.push_back(pe_from_json(at));
    }
    return plan;
}

}  // namespace ahbm::runtime
