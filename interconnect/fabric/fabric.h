// SPDX-License-Identifier: Apache-2.0
/// What every block on the fabric shares: the event wheel, pooled payloads, the routing tables, the map from decoded
/// addresses to nodes, and the books that must close at the end of a run. One per platform.
#pragma once

#include "interconnect/fabric/fabric_config.h"
#include "interconnect/protocol/packet.h"
#include "interconnect/topology/directory.h"
#include "interconnect/topology/routing.h"
#include "sim/observers.h"
#include "sim/wheel_pump.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ahbm {

class NetworkInterface;
struct FlitQueue;
class OutputPort;

/// How far apart requester and target are; the classes of the latency ledger.
enum class PathClass : std::uint8_t { own_slice, same_cube, same_sip, other_sip, io, host };
inline constexpr std::size_t kPathClasses = 6;
constexpr std::array<std::string_view, kPathClasses> kPathClassNames{"own_slice", "same_cube", "same_sip",
                                                                     "other_sip", "io",        "host"};

/// Told what transactions do at their ends; what they do on links, LinkObserver is told (output_port.h).
class FabricObserver {
public:
    virtual ~FabricObserver() = default;
    /// The head of a request is at its target, which takes it up now.
    virtual void arrived(const Packet& /*packet*/) {}
    /// A target answers: the request's head and tail were there at packet.head and packet.tail, the answer leaves from
    /// `head` to `tail`.
    virtual void served(const Packet& packet, sim::Time head, sim::Time tail) = 0;
    /// A transaction is complete and its ledger closed; the packet is its response.
    virtual void completed(const Packet& packet, PathClass path, sim::Time end) = 0;
};

class Fabric final : public tlm::tlm_mm_interface {
public:
    Fabric(sim::WheelPump& wheel, const FabricConfig& config, const Directory& directory);
    ~Fabric() override;

    sim::WheelPump& wheel() const { return wheel_; }
    sim::Time now() const { return wheel_.now(); }
    const FabricConfig& config() const { return config_; }
    const Directory& directory() const { return directory_; }
    bool fast() const { return config_.timing == Timing::fast; }

    /// `flit` timing: the FIFO out of which a head is being handed to a block, with the rest of its packet still
    /// behind. A block that does not send the packet on is called again when all of it is here. Null: the packet is
    /// whole.
    FlitQueue* handing_over() const { return handing_over_; }
    void set_handing_over(FlitQueue* from) { handing_over_ = from; }

    /// A cleared payload with its packet, owned by the caller until release().
    Payload& acquire();
    void free(Payload* payload) override;

    /// Opens the books of a transaction: gives it an identity and its start time.
    void begin(Packet& packet, sim::Time issued);
    /// Closes them at the requester: the ledger must sum to the latency.
    void complete(const Packet& packet, sim::Time end);

    /// The path from one node's interface to another node, as a packet would take it now. Cached.
    const PathProbe& path(NodeId from, NodeId to);
    PathClass path_class(NodeId requester, NodeId target) const;
    void enlist(NodeId node, NetworkInterface& interface) { interfaces_[node] = &interface; }

    /// Every sending port of the platform, in the order of construction.
    const std::vector<OutputPort*>& ports() const { return ports_; }
    void enlist(OutputPort& port) { ports_.push_back(&port); }

    struct Totals {
        std::uint64_t transactions = 0;
        std::uint64_t bytes = 0;
        sim::Time latency;
        sim::Time max_latency;
        Ledger ledger;
    };
    const Totals& totals(Access access, PathClass path) const {
        return totals_[static_cast<std::size_t>(access)][static_cast<std::size_t>(path)];
    }
    sim::Observers<FabricObserver>& observers() { return observers_; }
    std::uint64_t begun() const { return begun_; }
    std::uint64_t completed() const { return completed_; }
    std::uint64_t hops() const { return hops_; }
    void count_hop() { ++hops_; }
    /// Links crossed by flits, in `flit` timing.
    std::uint64_t flit_hops() const { return flit_hops_; }
    void count_flit_hop() { ++flit_hops_; }
    std::size_t payloads_allocated() const { return all_.size(); }

private:
    sim::WheelPump& wheel_;
    FabricConfig config_;
    const Directory& directory_;
    FlitQueue* handing_over_ = nullptr;
    std::map<NodeId, NetworkInterface*> interfaces_;
    std::map<std::pair<NodeId, NodeId>, PathProbe> paths_;
    std::vector<OutputPort*> ports_;
    std::deque<PacketPayload> all_;
    std::vector<Payload*> idle_;
    std::array<std::array<Totals, kPathClasses>, 2> totals_{};
    sim::Observers<FabricObserver> observers_;
    std::uint64_t begun_ = 0;
    std::uint64_t completed_ = 0;
    std::uint64_t hops_ = 0;
    std::uint64_t flit_hops_ = 0;
};

}  // namespace ahbm
