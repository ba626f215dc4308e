// SPDX-License-Identifier: Apache-2.0
/// What PE_IPCQ asks of PE_DMA's `comm` virtual channel, and what PE_DMA tells PE_IPCQ: extensions of generic payloads.
#pragma once

#include "firmware/abi/ipcq_registers.h"
#include "sim/ids.h"
#include "sim/units.h"

#include <tlm>

#include <string>

namespace ahbm {

/// nb_transport_fw BEGIN_REQ hands a job over. A credit is taken with TLM_COMPLETED; the others with TLM_ACCEPTED, then
/// END_REQ (send: the last byte has left TCM) and BEGIN_RESP (send: acknowledged; fetch: copied). Jobs of a kind are
/// served in order.
struct CommJob : tlm::tlm_extension<CommJob> {
    enum class Kind : std::uint8_t {
        send,    ///< tile from TCM to the peer
        fetch,   ///< tile out of a slot in HBM or SRAM into TCM
        credit,  ///< to the peer's doorbell
    };
    Kind kind = Kind::send;
    PeCoord peer;
    abi::IpcqTile tile;             ///< send, fetch
    std::uint64_t tcm_address = 0;  ///< send: from; fetch: to
    abi::IpcqCredit credit;
    std::uint16_t credit_bytes = 0;
    bool sideband = false;  ///< credit: latency of the path, no queueing

    sim::Time issued;
    sim::Time started;  ///< first access to TCM
    std::string error;

    tlm::tlm_extension_base* clone() const override { return new CommJob(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const CommJob&>(other); }
    static CommJob& of(tlm::tlm_generic_payload& payload) { return *payload.get_extension<CommJob>(); }
};

/// b_transport from PE_DMA to PE_IPCQ, twice per packet of a tile; the calls take no time. A refused tile is answered
/// with an address error and a sentence, and is not written.
struct TileArrival : tlm::tlm_extension<TileArrival> {
    enum class Step : std::uint8_t {
        admit,    ///< may it be written into the slot it is addressed to?
        visible,  ///< its bytes can be read
    };
    Step step = Step::admit;
    abi::IpcqTile tile;
    std::uint32_t bytes = 0;  ///< of this packet
    std::string error;

    tlm::tlm_extension_base* clone() const override { return new TileArrival(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const TileArrival&>(other); }
};

}  // namespace ahbm
