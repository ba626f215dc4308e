// SPDX-License-Identifier: Apache-2.0
#include "observe/report/link_activity.h"

#include "observe/report/packed.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace ahbm::report {
namespace {

/// Names in two parts, each kept once: "sip0.cube3" and "r0c0.to_east".
class Names {
public:
    explicit Names(const char* key) : key_(key) {}
    std::uint16_t of(const std::string& name) {
        const auto [entry, fresh] = ids_.try_emplace(name, static_cast<std::uint16_t>(names_.size()));
        if (fresh) names_.push_back(name);
        return entry->second;
    }
    void to(nlohmann::json& json) const { json[key_] = names_; }

private:
    const char* key_;
    std::map<std::string, std::uint16_t> ids_;
    std::vector<std::string> names_;
};

/// Behind the block of a SIP; 0 for what belongs to no SIP.
std::size_t owner_length(const std::string& name) {
    if (!name.starts_with("sip")) return 0;
    return std::min(name.find('.', name.find('.') + 1), name.size());
}

double in_ps(sim::Time time) { return static_cast<double>(time.ps()); }

}  // namespace

class LinkActivity::Port final : public LinkObserver {
public:
    Port(LinkActivity& owner, OutputPort& of) : port(of), owner_(owner) { port.observers().add(*this); }
    ~Port() override { port.observers().remove(*this); }
    void reserved(const OutputPort&, const Packet&, const Reservation& reservation) override {
        track.add(owner_.axis_, owner_.system_.wheel().now(), reservation.from, reservation.until);
    }

    OutputPort& port;
    BusyTrack track;

private:
    LinkActivity& owner_;
};

/// The mean of the slice's pseudo-channels.
class LinkActivity::Hbm final : public HbmObserver {
public:
    Hbm(LinkActivity& owner, HbmController& of) : controller(of), owner_(owner) { controller.observers().add(*this); }
    ~Hbm() override { controller.observers().remove(*this); }
    void burst(unsigned, bool, sim::Time from, sim::Time until) override {
        track.add(owner_.axis_, owner_.system_.wheel().now(), from, until);
        busy += until - from;
        ++bursts;
    }

    HbmController& controller;
    BusyTrack track;
    sim::Time busy;
    std::uint64_t bursts = 0;

private:
    LinkActivity& owner_;
};

LinkActivity::LinkActivity(System& system)
    : system_(system), axis_(kBins, [this](const TimeAxis::Merge& map) { merged(map); }) {
    for (OutputPort* port : system.fabric().ports())
        if (port->connected()) ports_.emplace_back(*this, *port);
    for (const PeCoord at : system.pes()) hbms_.emplace_back(*this, system.hbm(at));
}

LinkActivity::~LinkActivity() = default;

void LinkActivity::merged(const TimeAxis::Merge& map) {
    for (Port& each : ports_) each.track.merged(map);
    for (Hbm& each : hbms_) each.track.merged(map);
}

void LinkActivity::finish() {
    axis_.close(system_.wheel().now());
    for (Port& each : ports_) each.track.finish(axis_);
    for (Hbm& each : hbms_) each.track.finish(axis_);
}

const BusyTrack* LinkActivity::find(const std::string& name) const {
    for (const Port& each : ports_)
        if (each.track.used() && name_within_system(each.port.name()) == name) return &each.track;
    for (const Hbm& each : hbms_)
        if (each.track.used() && name_within_system(each.controller.name()) == name) return &each.track;
    return nullptr;
}

nlohmann::json LinkActivity::axis_json() const {
    std::vector<std::int64_t> ends;
    std::vector<int> kernels;
    for (const TimeAxis::Bin& bin : axis_.bins()) {
        ends.push_back(bin.end.ps());
        kernels.push_back(bin.kernels ? 1 : 0);
    }
    return {{"ends_ps", ends}, {"kernels", kernels}};
}

nlohmann::json LinkActivity::links_json() const {
    nlohmann::json json;
    Names owners("owners"), locals("locals");
    std::vector<std::uint16_t> owner, local, shares;
    std::vector<std::uint32_t> bandwidth;
    std::vector<double> busy, queueing, bytes, packets;
    const auto add = [&](const std::string& full_name, const BusyTrack& track, double lanes) {
        const std::string name = name_within_system(full_name);
        const std::size_t length = owner_length(name);
        owner.push_back(owners.of(name.substr(0, length)));
        local.push_back(locals.of(name.substr(length == 0 ? 0 : length + 1)));
        for (std::size_t i = 0; i < axis_.bins().size(); ++i) {
            const sim::Time used = i < track.bins().size() ? track.bins()[i] : sim::Time{};
            const double whole = in_ps(axis_.bins()[i].end - axis_.begin_of(i)) * lanes;
            shares.push_back(static_cast<std::uint16_t>(std::ceil(65535 * std::min(1.0, in_ps(used) / whole))));
        }
    };
    for (const Port& each : ports_) {
        if (!each.track.used()) continue;
        const Link::Stats& stats = each.port.link().stats();
        add(each.port.name(), each.track, 1);
        bandwidth.push_back(static_cast<std::uint32_t>(each.port.link().bandwidth().megabytes_per_second));
        busy.push_back(in_ps(stats.busy));
        queueing.push_back(in_ps(stats.queueing));
        bytes.push_back(static_cast<double>(stats.bytes));
        packets.push_back(static_cast<double>(stats.packets));
    }
    const HbmConfig& hbm = system_.config().sip.cube.hbm;
    for (const Hbm& each : hbms_) {
        if (!each.track.used()) continue;
        add(each.controller.name(), each.track, hbm.channels);
        bandwidth.push_back(static_cast<std::uint32_t>(hbm.channels * hbm.channel_bandwidth.megabytes_per_second));
        busy.push_back(in_ps(each.busy) / hbm.channels);
        queueing.push_back(0);
        bytes.push_back(static_cast<double>(each.bursts * hbm.burst.value));
        packets.push_back(static_cast<double>(each.bursts));
    }
    owners.to(json);
    locals.to(json);
    json.update({{"count", owner.size()},
                 {"owner", packed(owner)},
                 {"local", packed(local)},
                 {"megabytes_per_second", packed(bandwidth)},
                 {"busy_ps", packed(busy)},
                 {"queueing_ps", packed(queueing)},
                 {"bytes", packed(bytes)},
                 {"packets", packed(packets)},
                 {"shares", packed(shares)}});
    return json;
}

}  // namespace ahbm::report
