// SPDX-License-Identifier: Apache-2.0
/// PE_MMU: translates PE_DMA's virtual addresses, one look-up at a time. PE_CPU programs it through a register window
/// (firmware/abi/mmu_registers.h).
/// Not modelled: translation cache; every look-up takes the same time.
#pragma once

#include "models/pe_mmu/page_table.h"
#include "sim/config/check.h"
#include "sim/config/codec.h"
#include "sim/units.h"
#include "sim/wheel_pump.h"

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

namespace ahbm {

using namespace sim::literals;

struct PeMmuConfig {
    sim::Bytes page = 4_KiB;
    sim::Time lookup = 0.5_ns;
    unsigned entries = 65536;

    template <class V>
    void fields(V& v) {
        v("page", page, "one look-up covers at most a page; a power of two (specification)",
          config::range(256_B, 1_GiB));
        v("lookup", lookup, "time of a look-up (specification)");
        v("entries", entries, "mappings a PE can hold (assumption)", config::range(1, 1 << 24));
    }
    void validate(config::Check& check) const {
        if (page < 256 || (page & (page - 1)) != 0) check.fail("page", "a power of two of at least 256 B is expected");
        if (entries == 0) check.fail("entries", "at least 1 is expected");
    }
};

class PeMmu : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<PeMmu> translate{"translate"};
    tlm_utils::simple_target_socket<PeMmu> registers{"registers"};

    PeMmu(const sc_core::sc_module_name& name, const PeMmuConfig& config);

    const PageTable& table() const { return table_; }
    std::uint64_t lookups() const { return lookups_; }
    void reset();

private:
    void look_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void access_registers(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    abi::MmuError execute(const abi::MmuCommand& command);

    PeMmuConfig config_;
    PageTable table_;
    sim::Time free_at_;
    abi::MmuRefusal refusal_;
    std::uint64_t lookups_ = 0;
};

}  // namespace ahbm
