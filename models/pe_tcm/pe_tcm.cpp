// SPDX-License-Identifier: Apache-2.0
#include "models/pe_tcm/pe_tcm.h"

#include "sim/check.h"

#include <algorithm>
#include <cstring>

namespace ahbm {

PeTcm::PeTcm(const sc_core::sc_module_name& name, const PeTcmConfig& config, sim::WheelPump& wheel,
             shadow::Recorder& recorder)
    : sc_module(name), config_(config), wheel_(wheel), recorder_(recorder) {
    for (auto* socket : {&dma, &fetch_store, &cpu, &ipcq}) {
        socket->register_b_transport(this, &PeTcm::access);
        socket->register_nb_transport_fw(this, &PeTcm::nb_access);
        socket->register_transport_dbg(this, &PeTcm::peek_or_poke);
    }
}

void PeTcm::Port::take(sim::Time wanted, sim::Time start, sim::Time duration, bool of_kernel) {
    free_at = start + duration;
    if (!of_kernel) return;
    ++kernel_use.accesses;
    kernel_use.busy += duration;
    kernel_use.waited += start - wanted;
}

void PeTcm::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    TcmAccess* access = payload.get_extension<TcmAccess>();
    SIM_CHECK(access != nullptr, std::string(name()) + ": an access without TcmAccess extension");
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    const bool pitched = access->row_bytes != 0 && length > access->row_bytes;
    const std::uint64_t span =
        pitched ? (length / access->row_bytes - 1) * access->row_pitch + access->row_bytes : length;
    access->memory = name();
    if (!inside(address, span)) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }

    const bool write = payload.is_write();
    Port& port = write ? writes_ : reads_;
    const sim::Bandwidth bandwidth = write ? config_.write_bandwidth : config_.read_bandwidth;
    const sim::Time now = sim::from_sc_time(sc_core::sc_time_stamp());
    const sim::Time wanted = now + sim::from_sc_time(delay) - access->early;
    access->started = std::max(wanted, port.free_at);
    // What the PE's own engines store has arrived when it is written, and PE_SCHEDULER sees to their order.
    const bool from_outside = write && access->not_before > sim::Time{};
    const sim::Time arrival = from_outside ? access->not_before : access->started,
                    in_order = accepted_.earliest(address, span, arrival, wheel_.now());
    if (!write) access->started = std::max(access->started, in_order);
    port.take(wanted, access->started, bandwidth.time_for(length), access->of_kernel);
    const sim::Time end = write ? std::max({port.free_at, access->not_before, in_order}) : port.free_at;
    if (from_outside) accepted_.add(address, span, arrival, end);
    (write ? traffic_.bytes_written : traffic_.bytes_read) += length;

    if (access->bundle != nullptr) {
        if (write)
            write_later(address, *access, end);
        else
            read_rows(address, length, *access);
    }
    delay = sim::to_sc_time(end - now);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

tlm::tlm_sync_enum PeTcm::nb_access(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time& delay) {
    access(payload, delay);
    return tlm::TLM_COMPLETED;
}

bool PeTcm::inside(std::uint64_t address, std::uint64_t span) const {
    return address <= config_.size && span <= config_.size - address;
}

void PeTcm::read_rows(std::uint64_t address, std::uint64_t length, TcmAccess& access) {
    settle(std::max(access.started, wheel_.now()));  // bytes that come in flits are read before the call
    const std::uint64_t step = access.row_bytes == 0 ? length : access.row_bytes;
    for (std::uint64_t done = 0; done < length; done += step, address += access.row_pitch) {
        memory_.read(address, step, *access.bundle);
    }
}

void PeTcm::write_later(std::uint64_t address, TcmAccess& access, sim::Time visible) {
    settle(wheel_.now());
    const std::uint64_t length = access.bundle->size(), step = access.row_bytes == 0 ? length : access.row_bytes;
    if (recorder_.logging()) {
        for (std::uint64_t done = 0, row = address; done < length; done += step, row += access.row_pitch)
            recorder_.record_visible({name(), "visible", visible, visible}, {name(), row},
                                     access.bundle->part(done, step));
    }
    memory_.expect(address);
    PendingWrite& write = pending_.extend();
    write.visible = visible;
    write.address = address;
    write.row_bytes = step;
    write.row_pitch = access.row_pitch;
    write.bytes = std::move(*access.bundle);
    for (std::size_t i = pending_.size() - 1; i > 0 && visible < pending_[i - 1].visible; --i)
        std::swap(pending_[i - 1], pending_[i]);
}

void PeTcm::settle(sim::Time time) {
    for (; !pending_.empty() && pending_.front().visible <= time; pending_.drop()) {
        PendingWrite& write = pending_.front();
        std::uint64_t address = write.address;
        for (std::uint64_t done = 0; done < write.bytes.size(); done += write.row_bytes, address += write.row_pitch)
            memory_.write(address, write.bytes, done, write.row_bytes, write.visible);
        write.bytes.clear();
    }
}

unsigned PeTcm::peek_or_poke(tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (!recorder_.enabled()) return 0;
    if (!inside(address, length)) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return 0;
    }
    settle(wheel_.now());
    auto* data = reinterpret_cast<std::byte*>(payload.get_data_ptr());
    if (payload.is_write()) {
        memory_.write(address, recorder_.constant({data, data + length}), 0, length, wheel_.now());
    } else {
        shadow::Bundle bytes;
        memory_.read(address, length, bytes);
        std::memcpy(data, recorder_.materialize(bytes).data(), length);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return length;
}

void PeTcm::reset() {
    memory_.clear();
    reads_ = writes_ = {wheel_.now(), {}};
    traffic_ = {};
    pending_.clear();
    accepted_.clear();
}

}  // namespace ahbm
