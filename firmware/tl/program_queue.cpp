// SPDX-License-Identifier: Apache-2.0
/// The part of the kernel language that talks to other PEs.
#include "firmware/tl/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::tl {

/// The slot a tile was received in. Its end may come at any time, also while an exception unwinds, so it only notes
/// that the slot can go back.
class Program::Slot final : public TcmBytes {
public:
    Slot(std::shared_ptr<SlotReturns> returns, Command release)
        : TcmBytes(release.output.address), returns_(std::move(returns)), release_(std::move(release)) {}
    ~Slot() override { returns_->push_back(std::move(release_)); }

private:
    std::shared_ptr<SlotReturns> returns_;
    Command release_;
};

const QueueInfo* Program::find_queue(std::string_view direction) const {
    const std::vector<QueueInfo>& all = backend_.queues();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const QueueInfo& q) { return q.direction == direction; });
    return found == all.end() ? nullptr : &*found;
}

const QueueInfo& Program::queue(std::string_view direction) const {
    if (const QueueInfo* found = find_queue(direction)) return *found;
    std::string names;
    for (const QueueInfo& queue : backend_.queues()) names += (names.empty() ? "" : ", ") + queue.direction;
    throw KernelError(fmt::format("this PE has no queue in direction '{}'; it has {}", direction,
                                  names.empty() ? "none: is a process group set up?" : names));
}

std::uint64_t Program::slot_elements(std::string_view direction, Dtype dtype) const {
    return queue(direction).slot_bytes / size_of(dtype);
}

void Program::send(std::string_view direction, const Tensor& tile) {
    require("send", tile);
    const QueueInfo& to = queue(direction);
    if (tile.view().bytes() > to.slot_bytes) {
        throw KernelError(fmt::format("send {}: {} has {} B, a slot {} B", direction, describe(tile.view()),
                                      tile.view().bytes(), to.slot_bytes));
    }
    issue({CommandKind::ipcq_send, {}, {tile.region()}, Region::nowhere(), std::uint64_t{1} << to.index});
}

Tensor Program::recv(std::string_view direction) {
    const QueueInfo& from = queue(direction);
    return finish_receive("recv", start_receive(from, from.credit_on_recv || !from.in_tcm)).tile;
}

Tensor Program::recv_in_place(std::string_view direction) {
    const QueueInfo& from = queue(direction);
    if (!from.in_tcm) {
        throw KernelError(fmt::format("recv_in_place {}: the slots of this queue are not in TCM", direction));
    }
    return finish_receive("recv_in_place", start_receive(from, false)).tile;
}

void Program::recv(std::string_view direction, const Tensor& target) {
    require("recv", target);
    const QueueInfo& from = queue(direction);
    return_slots();
    const Receive receive{backend_.receive(receive_command(std::uint64_t{1} << from.index, target)), target};
    const Received tile = backend_.received(receive.id);
    if (!(tile.view == target.view())) {
        throw KernelError(fmt::format("recv {}: the peer sent {}, the target is {}", direction, describe(tile.view),
                                      describe(target.view())));
    }
}

Program::Arrival Program::recv_any(const std::vector<std::string>& directions) {
    std::uint64_t queues = 0, slot_bytes = 0;
    bool copy = false;
    for (const std::string& direction : directions) {
        const QueueInfo& from = queue(direction);
        queues |= std::uint64_t{1} << from.index;
        slot_bytes = std::max(slot_bytes, from.slot_bytes);
        copy |= from.credit_on_recv || !from.in_tcm;
    }
    if (queues == 0) throw KernelError("recv_any: no direction is given");
    Receive receive;
    if (copy) receive.buffer = allocate("recv_any", {{static_cast<std::uint32_t>(slot_bytes)}, Dtype::i8, {}});
    return_slots();
    receive.id = backend_.receive(receive_command(queues, receive.buffer));
    receiving_.insert(receive.id);
    return finish_receive("recv_any", receive);
}

Program::Receive Program::recv_async(std::string_view direction) {
    const QueueInfo& from = queue(direction);
    return start_receive(from, from.credit_on_recv || !from.in_tcm);
}

Tensor Program::wait(const Receive& receive) { return finish_receive("wait", receive).tile; }

Command Program::receive_command(std::uint64_t queues, const Tensor& buffer) const {
    return {CommandKind::ipcq_recv, {}, {}, buffer ? buffer.region() : Region::nowhere(), queues};
}

Program::Receive Program::start_receive(const QueueInfo& queue, bool copy) {
    Receive receive;
    if (copy) receive.buffer = allocate("recv", {{static_cast<std::uint32_t>(queue.slot_bytes)}, Dtype::i8, {}});
    return_slots();
    receive.id = backend_.receive(receive_command(std::uint64_t{1} << queue.index, receive.buffer));
    receiving_.insert(receive.id);
    return receive;
}

Program::Arrival Program::finish_receive(std::string_view call, const Receive& receive) {
    if (receiving_.erase(receive.id) == 0)
        throw KernelError(fmt::format("{}: no receive {} is under way: it was never started, or has been waited for",
                                      call, receive.id));
    return_slots();
    const Received tile = backend_.received(receive.id);
    const std::vector<QueueInfo>& all = backend_.queues();
    const auto from = std::find_if(all.begin(), all.end(), [&](const QueueInfo& q) { return q.index == tile.queue; });
    if (from == all.end())
        throw KernelError(fmt::format("{}: a tile from queue {}, which is not of this group", call, tile.queue));

    std::shared_ptr<const TcmBytes> bytes = receive.buffer.bytes_;
    if (bytes == nullptr) {
        Command release{CommandKind::ipcq_release,      {},           {}, {Space::tcm, tile.address, tile.view, 0},
                        std::uint64_t{1} << tile.queue, tile.sequence};
        bytes = std::make_shared<const Slot>(slot_returns_, std::move(release));
    }
    return {Tensor(*this, std::move(bytes), next_id_++, tile.view), from->direction};
}

void Program::return_slots() {
    // One at a time: issuing may fail, and what was not issued must not be issued twice.
    while (!slot_returns_->empty()) {
        Command release = std::move(slot_returns_->front());
        slot_returns_->erase(slot_returns_->begin());
        backend_.issue(std::move(release));
    }
}

}  // namespace ahbm::tl
