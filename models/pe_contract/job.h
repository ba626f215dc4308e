// SPDX-License-Identifier: Apache-2.0
/// What PE_SCHEDULER and the PE's engines say to each other: a generic payload with this extension.
/// Forward: BEGIN_REQ hands a job to an engine (never refused: engines queue). Backward: END_REQ when the engine has
/// accepted it for good (a store's bytes are on their way; only dma_write sends it), BEGIN_RESP when it is complete (a
/// store is acknowledged). nb_transport_fw returns TLM_ACCEPTED and the answers come later, never from inside it;
/// the scheduler answers BEGIN_RESP with TLM_COMPLETED and reuses the transaction from then on.
/// The job stays owned by the scheduler.
#pragma once

#include "firmware/tl/backend.h"
#include "shadow/recorder.h"
#include "sim/units.h"

#include <tlm>

#include <string>
#include <vector>

namespace ahbm {

enum class JobKind : std::uint8_t {
    dma_read,      ///< global -> tcm
    dma_write,     ///< tcm -> global
    fetch,         ///< tcm -> registers
    store,         ///< registers -> tcm
    gemm,          ///< multiply-accumulate of one tile
    math,          ///< one vector operation, or a chain of them, on registers
    fence,         ///< to PE_DMA: completes when all earlier stores are acknowledged, with `queues` all it has sent
    ipcq_reserve,  ///< to PE_IPCQ: a slot at the peer of `queues`; completes when there is a credit
    ipcq_send,     ///< tcm[0] into the reserved slot; completes when the bytes are on their way
    ipcq_recv,     ///< the next tile of one of `queues`, into tcm[0] or, without one, where it lies
    ipcq_release,  ///< slot of tile.sequence of `queues` is free
    ipcq_cancel,   ///< whatever waits fails
};
constexpr bool is_ipcq(JobKind kind) { return kind >= JobKind::ipcq_reserve; }

struct Job : tlm::tlm_extension<Job> {
    JobKind kind = JobKind::fetch;
    /// Jobs of one stream keep a DMA channel between them and are pipelined; a channel changes hands between streams.
    std::uint32_t stream = 0;

    std::uint64_t number = 0;  ///< dma: counts the channel's jobs, set when granted; its packets' cookie

    tl::Region global;                     ///< dma
    std::vector<tl::Region> tcm;           ///< dma, fetch, store: the TCM side (dma: one)
    std::uint64_t m = 0, k = 0, n = 0;     ///< gemm: A is m x k, B k x n
    Dtype dtype = Dtype::f16;              ///< gemm: of A and B
    std::uint64_t elements = 0;            ///< math: elements processed by the vector lanes
    std::uint32_t simple_ops = 0;          ///< math: operations on each element that take one pass of a lane
    std::uint32_t transcendental_ops = 0;  ///< math: operations that take several

    std::uint64_t queues = 0;  ///< ipcq, fence: bit q: queue pair q
    tl::Received tile;         ///< ipcq: reserve and recv fill it in; send and release take queue and sequence from it
    bool tile_is_loose = false;  ///< ipcq_recv fills it in: the tile lies in a slot that may be refilled
    sim::Time last_read;         ///< ipcq_release: when the tile was last read

    /// Values in flight, one per TCM region, empty with the shadow off: read and fetch fill them, store takes them
    /// from here, write takes them from TCM itself.
    std::vector<shadow::Bundle> values;

    sim::Time issued;   ///< handed to the engine
    sim::Time started;  ///< granted channel, port or unit: queueing is started - issued
    sim::Time ended;
    std::string error;  ///< set by the engine when the job failed (unmapped address, ...): one sentence

    std::uint64_t flop() const { return 2 * m * k * n; }
    tlm::tlm_extension_base* clone() const override { return new Job(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Job&>(other); }
    static Job& of(tlm::tlm_generic_payload& payload) { return *payload.get_extension<Job>(); }
};

}  // namespace ahbm
