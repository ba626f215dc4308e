// SPDX-License-Identifier: Apache-2.0
// A plug-in with collectives of the user's own: a star, a kernel that works on it, and some that do not.
#include "firmware/tl/kernel.h"
#include "firmware/tl/program.h"
#include "sim/plugin_abi.h"
#include "sw_runtime/collectives/registry.h"

#include <new>
#include <stdexcept>

using namespace ahbm;

namespace {

/// The first participant is the hub; the others call it by "hub", it calls them "spoke1", "spoke2" ...
std::vector<runtime::Wire> star(const runtime::CollectiveMachine&, std::span<const PeCoord> participants) {
    std::vector<runtime::Wire> wires;
    for (std::size_t i = 1; i < participants.size(); ++i) {
        wires.push_back({participants[0], "spoke" + std::to_string(i), participants[i]});
        wires.push_back({participants[i], "hub", participants[0]});
    }
    return wires;
}

tl::Tensor whole(tl::Program& tl, const tl::KernelArgs& args) { return tl.load(tl.view(args.tensor(0, "tensor"))); }
bool is_hub(const tl::Program& tl) { return !tl.has_queue("hub"); }

void star_allreduce(tl::Program& tl, const tl::KernelArgs& args) {
    tl::Tensor total = whole(tl, args);
    if (is_hub(tl)) {
        for (int i = 1; tl.has_queue("spoke" + std::to_string(i)); ++i)
            total = tl.add(total, tl.recv("spoke" + std::to_string(i)));
        for (int i = 1; tl.has_queue("spoke" + std::to_string(i)); ++i) tl.send("spoke" + std::to_string(i), total);
    } else {
        tl.send("hub", total);
        total = tl.recv("hub");
    }
    tl.store(tl.view(args.tensor(args.tensors.size() - 1, "output")), total);
}

}  // namespace

AHBM_PLUGIN

extern "C" void ahbm_register_kernels(tl::KernelRegistry& registry) {
    registry.add({"star_allreduce", "sums at a hub", star_allreduce});
    registry.add({"star_silent", "everybody waits for the hub, which waits for everybody",
                  [](tl::Program& tl, const tl::KernelArgs&) { tl.recv(is_hub(tl) ? "spoke1" : "hub"); }});
    registry.add({"star_forgetful", "the hub keeps the sum to itself", [](tl::Program& tl, const tl::KernelArgs& args) {
                      if (!is_hub(tl)) tl.send("hub", whole(tl, args));
                  }});
    registry.add({"star_int", "throws", [](tl::Program&, const tl::KernelArgs&) { throw 42; }});
    registry.add({"star_memory", "throws", [](tl::Program&, const tl::KernelArgs&) { throw std::bad_alloc(); }});
    registry.add({"star_logic", "throws", [](tl::Program&, const tl::KernelArgs&) { throw std::logic_error("no"); }});
}

extern "C" void ahbm_register_collectives(runtime::CollectiveRegistry& registry) {
    registry.topologies["test.star"] = {"one hub", star};
    registry.mappers["test.first_cube"] = {"all PEs of cube 0", false, true};
    registry.validators["test.any"] = {"whatever the layout", [](std::span<const runtime::ShardSpec>,
                                                                 std::span<const PeCoord>) { return std::string(); }};
}
