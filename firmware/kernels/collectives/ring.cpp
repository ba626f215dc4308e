// SPDX-License-Identifier: Apache-2.0
#include "firmware/kernels/collectives/ring.h"

#include <utility>

namespace ahbm::kernels {

RingPlace ring_of_all(const CollectiveArguments& args) {
    RingPlace ring{"E", "W", args.participants, args.self};
    if (!args.west) return ring;
    std::swap(ring.to, ring.from);
    ring.self = args.participants - 1 - args.self;
    return ring;
}

std::vector<tl::Tensor> ring_exchange(tl::Program& tl, const Reducer& reducer, const RingPlace& ring,
                                      const std::vector<tl::Tensor>& mine) {
    tl.phase("exchange");
    std::vector<std::vector<tl::Tensor>> parts(mine.size(), std::vector<tl::Tensor>(ring.size));
    for (std::size_t t = 0; t < mine.size(); ++t) parts[t][ring.self] = mine[t];
    for (std::uint32_t round = 1; round < ring.size; ++round) {
        for (const auto& part : parts) tl.send(ring.to, part[ring.back(round - 1)]);
        // Copied out of their slots: they are needed until all are there.
        for (std::size_t t = 0; t < mine.size(); ++t) {
            tl::Tensor& tile = parts[t][ring.back(round)] = tl.empty(mine[t].shape(), mine[t].dtype());
            tl.recv(ring.from, tile);
        }
    }
    tl.phase("reduce");
    std::vector<tl::Tensor> totals;
    for (std::vector<tl::Tensor>& part : parts) {
        tl::Tensor total = part[0];
        for (std::uint32_t i = 1; i < ring.size; ++i) total = reducer.combine(total, part[i]);
        part.clear();
        totals.push_back(std::move(total));
    }
    return totals;
}

tl::Tensor chain_exchange(tl::Program& tl, const Reducer& reducer, const RingPlace& chain, const tl::Tensor& mine) {
    tl::Tensor total = mine;
    const bool above = chain.self + 1 < chain.size;
    if (above) total = reducer.combine(total, tl.recv(chain.to));
    if (chain.self > 0) {
        tl.send(chain.from, total);
        // Copied out of its slot: the caller keeps more results than there are slots.
        tl::Tensor result = tl.empty(mine.shape(), mine.dtype());
        tl.recv(chain.from, result);
        total = std::move(result);
    }
    if (above) tl.send(chain.to, total);
    return total;
}

tl::Tensor exchange_between_sips(tl::Program& tl, const CollectiveArguments& args, const tl::Tensor& mine) {
    using Wiring = CollectiveArguments::SipWiring;
    const Reducer reducer(tl, args);
    if (args.sip_wiring == Wiring::ring)
        return ring_exchange(tl, reducer, {"global_E", "global_W", args.sips, args.sip}, {mine}).front();
    const RingPlace row{"global_E", "global_W", args.sip_w, args.sip % args.sip_w};
    const RingPlace column{"global_S", "global_N", args.sip_h, args.sip / args.sip_w};
    if (args.sip_wiring == Wiring::open_mesh)
        return chain_exchange(tl, reducer, column, chain_exchange(tl, reducer, row, mine));
    return ring_exchange(tl, reducer, column, ring_exchange(tl, reducer, row, {mine})).front();
}

}  // namespace ahbm::kernels
