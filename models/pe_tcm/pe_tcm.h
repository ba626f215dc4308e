// SPDX-License-Identifier: Apache-2.0
/// A PE's tightly coupled memory: timing and storage. One read and one write port, each a calendar that serves accesses
/// in the order of their calls. A write stream slower than the port leaves the port free between its bytes.
/// Not modelled: banks and their conflicts, ECC.
#pragma once

#include "models/endpoints/accepted_writes.h"
#include "models/pe_contract/tcm_access.h"
#include "models/pe_tcm/pe_tcm_config.h"
#include "shadow/recorder.h"
#include "sim/ring.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

class PeTcm : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeTcm> dma{"dma"};
    tlm_utils::simple_target_socket<PeTcm> fetch_store{"fetch_store"};
    tlm_utils::simple_target_socket<PeTcm> cpu{"cpu"};
    tlm_utils::simple_target_socket<PeTcm> ipcq{"ipcq"};

    PeTcm(const sc_core::sc_module_name& name, const PeTcmConfig& config, sim::WheelPump& wheel,
          shadow::Recorder& recorder);

    /// Forgets the content and frees the ports.
    void reset();

    /// What can be seen now; empty with the shadow off.
    const shadow::Memory& memory() {
        settle(wheel_.now());
        return memory_;
    }
    sim::Bytes size() const { return config_.size; }

    struct Traffic {
        std::uint64_t bytes_read = 0, bytes_written = 0;
    };
    const Traffic& traffic() const { return traffic_; }
    /// What kernels had of a port.
    struct PortUse {
        std::uint64_t accesses = 0;
        sim::Time busy, waited;  ///< waited: by accesses for earlier ones, in sum
    };
    const PortUse& kernel_reads() const { return reads_.kernel_use; }
    const PortUse& kernel_writes() const { return writes_.kernel_use; }

private:
    struct Port {
        sim::Time free_at;
        PortUse kernel_use;

        /// Takes the port from its start on, which is no earlier than `wanted`.
        void take(sim::Time wanted, sim::Time start, sim::Time duration, bool of_kernel);
    };
    struct PendingWrite {
        sim::Time visible;
        std::uint64_t address = 0, row_bytes = 0, row_pitch = 0;
        shadow::Bundle bytes;
    };

    void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    tlm::tlm_sync_enum nb_access(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    unsigned peek_or_poke(tlm::tlm_generic_payload& payload);
    bool inside(std::uint64_t address, std::uint64_t span) const;
    void read_rows(std::uint64_t address, std::uint64_t length, TcmAccess& access);
    void write_later(std::uint64_t address, TcmAccess& access, sim::Time visible);
    /// Writes into the memory what is visible at `time`. Nobody sees it earlier, so that needs no event of its own.
    void settle(sim::Time time);

    const PeTcmConfig config_;
    sim::WheelPump& wheel_;
    shadow::Recorder& recorder_;
    shadow::Memory memory_;
    Port reads_, writes_;
    Traffic traffic_;
    AcceptedWrites accepted_;
    sim::Ring<PendingWrite> pending_;  ///< in the order in which they become visible
};

}  // namespace ahbm
