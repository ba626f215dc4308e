// SPDX-License-Identifier: Apache-2.0
/// The channel-dependency graph of a set of routes (Dally and Seitz): a route holds one channel while it asks for the
/// next. If the graph has no cycle, no set of packets can wait for each other for ever, however small the buffers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ahbm {

class DependencyGraph {
public:
    /// A link direction on a layer, named by any number the caller likes.
    using Channel = std::uint64_t;

    void add_route(const std::vector<Channel>& channels) {
        std::uint32_t held = 0;
        for (std::size_t i = 0; i < channels.size(); ++i) {
            const std::uint32_t wanted = index(channels[i]);
            if (i > 0) add(held, wanted);
            held = wanted;
        }
    }
    void add_dependency(Channel held, Channel wanted) {
        const std::uint32_t from = index(held);
        add(from, index(wanted));
    }

    std::size_t channels() const { return successors_.size(); }
    std::vector<std::pair<Channel, Channel>> dependencies() const {
        std::vector<std::pair<Channel, Channel>> all;
        for (std::size_t from = 0; from < successors_.size(); ++from)
            for (const std::uint32_t to : successors_[from]) all.emplace_back(names_[from], names_[to]);
        return all;
    }

    /// Topological sort: whatever cannot be sorted lies on a cycle or behind one.
    bool acyclic() const {
        std::vector<std::uint32_t> waiting(successors_.size(), 0);
        for (const auto& all : successors_)
            for (const std::uint32_t to : all) ++waiting[to];
        std::vector<std::uint32_t> ready;
        for (std::uint32_t c = 0; c < waiting.size(); ++c)
            if (waiting[c] == 0) ready.push_back(c);
        for (std::size_t i = 0; i < ready.size(); ++i)
            for (const std::uint32_t to : successors_[ready[i]])
                if (--waiting[to] == 0) ready.push_back(to);
        return ready.size() == successors_.size();
    }

private:
    std::uint32_t index(Channel channel) {
        const auto [at, is_new] = index_.try_emplace(channel, static_cast<std::uint32_t>(successors_.size()));
        if (is_new) {
            successors_.emplace_back();
            names_.push_back(channel);
        }
        return at->second;
    }
    void add(std::uint32_t held,
             std::uint32_t wanted) {  // a channel has so few successors that a search is the fastest
        auto& known = successors_[held];
        if (std::find(known.begin(), known.end(), wanted) == known.end()) known.push_back(wanted);
    }

    std::unordered_map<Channel, std::uint32_t> index_;
    std::vector<std::vector<std::uint32_t>> successors_;
    std::vector<Channel> names_;
};

}  // namespace ahbm
