// SPDX-License-Identifier: Apache-2.0
#include "models/pe_mmu/pe_mmu.h"

#include "interconnect/protocol/phys_addr.h"
#include "models/pe_contract/translation.h"
#include "sim/kernel_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <variant>

namespace ahbm {
PeMmu::PeMmu(const sc_core::sc_module_name& name, const PeMmuConfig& config)
    : sc_module(name), config_(config), table_(config.entries) {
    translate.register_b_transport(this, &PeMmu::look_up);
    registers.register_b_transport(this, &PeMmu::access_registers);
}

void PeMmu::look_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    auto& translation = *payload.get_extension<Translation>();
    const std::uint64_t address = payload.get_address();
    const sim::Time base = sim::from_sc_time(sc_core::sc_time_stamp());
    free_at_ = std::max(base + sim::from_sc_time(delay), free_at_) + config_.lookup;
    delay = sim::to_sc_time(free_at_ - base);
    ++lookups_;

    const std::optional<PageTable::Hit> hit = table_.find(address);
    if (!hit) {
        const std::optional<PageTable::Region> nearest = table_.nearest(address);
        translation.fault = fmt::format("virtual address {:#x} is not mapped; ", address) +
                            (nearest ? fmt::format("the nearest mapping is [{:#x}, {:#x})", nearest->virtual_address,
                                                   nearest->virtual_address + nearest->bytes)
                                     : "nothing is mapped");
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    const std::uint64_t page_rest = config_.page - (address & (config_.page - 1));
    translation.physical_address = hit->physical_address;
    translation.bytes = std::min(hit->bytes, page_rest);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void PeMmu::access_registers(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const std::uint64_t offset = payload.get_address();
    const std::size_t length = payload.get_data_length();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.is_write() && offset == abi::mmu_command_offset) {
        abi::MmuCommand command;
        abi::MmuError error = abi::MmuError::bad_command;
        if (length == sizeof command) {
            std::memcpy(&command, payload.get_data_ptr(), sizeof command);
            error = execute(command);
        }
        if (error == abi::MmuError::none) return;
        if (refusal_.error == abi::MmuError::none) refusal_ = {error, 0, command.virtual_address};
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else if (payload.is_read() && offset == abi::mmu_refusal_offset && length == sizeof refusal_) {
        std::memcpy(payload.get_data_ptr(), &refusal_, sizeof refusal_);
        refusal_ = {};
    } else {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
}

abi::MmuError PeMmu::execute(const abi::MmuCommand& command) {
    switch (command.operation) {
        case abi::MmuOperation::map: {
            if (!std::holds_alternative<Domain>(try_decode(command.physical_address)))
                return abi::MmuError::physical_address;
            return table_.map({command.virtual_address, command.physical_address, command.bytes});
        }
        case abi::MmuOperation::unmap: return table_.unmap(command.virtual_address, command.bytes);
    }
    return abi::MmuError::bad_command;
}

void PeMmu::reset() {
    table_.clear();
    refusal_ = {};
}

}  // namespace ahbm
