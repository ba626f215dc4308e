// SPDX-License-Identifier: Apache-2.0
/// What PE_DMA asks of PE_MMU: extension of a b_transport to `translate`, whose payload address is the virtual address.
/// The call returns at once; the delay argument (in: when the look-up may start; out: when it is done) counts from
/// sc_time_stamp().
#pragma once

#include <tlm>

#include <cstdint>
#include <string>

namespace ahbm {

struct Translation : tlm::tlm_extension<Translation> {
    std::uint64_t physical_address = 0;  ///< out
    std::uint64_t bytes = 0;             ///< out: valid from there on, at most to the end of the page
    std::string fault;                   ///< out: why there is no translation

    tlm::tlm_extension_base* clone() const override { return new Translation(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Translation&>(other); }
};

}  // namespace ahbm
