// SPDX-License-Identifier: Apache-2.0
/// The inside of a PE on a bench: scheduler, engines and TCM as in the platform, a DMA with a fixed latency and
/// bandwidth in front of a memory, and a driver in the place of PE_CPU.
#pragma once

#include "models/pe_fetch_store/pe_fetch_store.h"
#include "models/pe_gemm/pe_gemm.h"
#include "models/pe_math/pe_math.h"
#include "models/pe_scheduler/pe_scheduler.h"
#include "models/pe_tcm/pe_tcm.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <random>

namespace ahbm::test {

using namespace sim::literals;

/// Reads and writes a memory; jobs of all streams are pipelined, each direction serves in order.
class FakeDma : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<FakeDma> control{"control"};
    tlm_utils::simple_initiator_socket<FakeDma> tcm{"tcm"};

    sim::Time latency = 0_ns;  ///< one way
    sim::Bandwidth bandwidth = 256_GBps;
    std::optional<std::uint64_t> unmapped;  ///< a job that starts here fails
    std::uint64_t jobs = 0;
    shadow::Memory memory;

    FakeDma(const sc_core::sc_module_name& name, sim::WheelPump& wheel, shadow::Recorder& recorder)
        : sc_module(name), wheel_(wheel), recorder_(recorder) {
        control.register_nb_transport_fw(this, &FakeDma::accept);
        control.register_b_transport(this, &FakeDma::refuse);
    }

private:
    tlm::tlm_sync_enum accept(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
        Job& job = Job::of(payload);
        ++jobs;
        job.values.resize(1);
        if (job.kind != JobKind::fence && unmapped == job.global.address) {
            job.error = "unmapped address";
            job.started = job.ended = wheel_.now();
            at(wheel_.now(), &FakeDma::complete, payload);
        } else if (job.kind == JobKind::fence) {
            at(std::max(wheel_.now(), last_acknowledge_), &FakeDma::complete, payload);
        } else if (job.kind == JobKind::dma_read) {
            job.started = grant(read_free_at_, job);
            at(job.started, &FakeDma::read, payload);
        } else {
            job.started = grant(write_free_at_, job);
            at(job.started, &FakeDma::write, payload);
        }
        return tlm::TLM_ACCEPTED;
    }
    void refuse(tlm::tlm_generic_payload&, sc_core::sc_time&) {}

    sim::Time grant(sim::Time& free_at, const Job& job) {
        const sim::Time start = std::max(wheel_.now(), free_at);
        free_at = start + time_for(job);
        return start;
    }
    sim::Time time_for(const Job& job) const { return bandwidth.time_for(job.global.view.bytes()); }

    void read(tlm::tlm_generic_payload& payload) {
        Job& job = Job::of(payload);
        if (recorder_.enabled()) {
            for_rows(job.global,
                     [&](std::uint64_t address, std::uint64_t bytes) { memory.read(address, bytes, job.values[0]); });
        }
        at(job.started + latency, &FakeDma::arrive, payload);
    }
    void arrive(tlm::tlm_generic_payload& payload) {
        Job& job = Job::of(payload);
        job.ended = access(job, tlm::TLM_WRITE_COMMAND, wheel_.now(), wheel_.now() + time_for(job));
        at(job.ended, &FakeDma::complete, payload);
    }
    void write(tlm::tlm_generic_payload& payload) {
        Job& job = Job::of(payload);
        job.ended = job.started + time_for(job) + latency * 2;
        access(job, tlm::TLM_READ_COMMAND, job.started, {});
        last_acknowledge_ = std::max(last_acknowledge_, job.ended);
        at(job.started + time_for(job), &FakeDma::take, payload);
        if (recorder_.enabled()) at(job.ended - latency, &FakeDma::show, payload);
        at(job.ended, &FakeDma::complete, payload);
    }
    sim::Time access(Job& job, tlm::tlm_command command, sim::Time start, sim::Time not_before) {
        const tl::Region& region = job.tcm.at(0);
        TcmAccess access;
        access.bundle = recorder_.enabled() ? &job.values[0] : nullptr;
        access.not_before = not_before;
        access.row_bytes = region.contiguous() ? 0 : region.row_bytes();
        access.row_pitch = region.row_pitch;
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(region.address);
        payload.set_data_length(static_cast<unsigned>(region.view.bytes()));
        payload.set_extension(&access);
        sc_core::sc_time delay = sim::to_sc_time(start) - sc_core::sc_time_stamp();
        tcm->b_transport(payload, delay);
        payload.clear_extension(&access);
        EXPECT_TRUE(payload.is_response_ok());
        return sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    }
    void show(tlm::tlm_generic_payload& payload) {
        const Job& job = Job::of(payload);
        std::uint64_t offset = 0;
        for_rows(job.global, [&](std::uint64_t address, std::uint64_t bytes) {
            memory.write(address, job.values[0], offset, bytes, wheel_.now());
            offset += bytes;
        });
    }
    template <class F>
    static void for_rows(const tl::Region& region, F f) {
        if (region.contiguous()) return f(region.address, region.view.bytes());
        for (std::uint64_t row = 0; row < region.rows(); ++row)
            f(region.address + row * region.row_pitch, region.row_bytes());
    }
    void take(tlm::tlm_generic_payload& payload) { answer(payload, tlm::END_REQ); }
    void complete(tlm::tlm_generic_payload& payload) { answer(payload, tlm::BEGIN_RESP); }
    void answer(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase) {
        sc_core::sc_time delay = wheel_.delay();
        control->nb_transport_bw(payload, phase, delay);
    }

    struct Step {
        void (FakeDma::*action)(tlm::tlm_generic_payload&);
        tlm::tlm_generic_payload* payload;
    };
    void at(sim::Time when, void (FakeDma::*action)(tlm::tlm_generic_payload&), tlm::tlm_generic_payload& payload) {
        steps_.push_back({action, &payload});
        wheel_.at<&FakeDma::step>(when, sim::Priority::engine, this, steps_.size() - 1);
    }
    void step(std::uint64_t index) { (this->*steps_[index].action)(*steps_[index].payload); }

    sim::WheelPump& wheel_;
    shadow::Recorder& recorder_;
    sim::Time read_free_at_, write_free_at_, last_acknowledge_;
    std::deque<Step> steps_;
};

/// Submits commands from a thread and remembers when they were taken and complete.
class CommandDriver : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<CommandDriver> scheduler{"scheduler"};

    struct Record {
        tl::Command command;
        CommandTicket ticket;
        tlm::tlm_generic_payload payload;
        std::optional<sim::Time> taken, done;
        ~Record() { payload.clear_extension(&ticket); }
    };
    std::uint64_t kernel = 1;

    CommandDriver(const sc_core::sc_module_name& name, sim::WheelPump& wheel) : sc_module(name), wheel_(wheel) {
        scheduler.register_nb_transport_bw(this, &CommandDriver::answered);
    }

    /// Returns when the scheduler has taken the command.
    const Record& submit(tl::Command command) {
        Record& record = records_.emplace_back();
        record.command = std::move(command);
        record.ticket.command = &record.command;
        record.ticket.id = records_.size();
        record.ticket.kernel = kernel;
        record.payload.set_extension(&record.ticket);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        if (scheduler->nb_transport_fw(record.payload, phase, delay) == tlm::TLM_UPDATED) record.taken = wheel_.now();
        while (!record.taken) sc_core::wait(changed_);
        return record;
    }
    void wait_for(const Record& record) {
        while (!record.done) sc_core::wait(changed_);
    }
    const Record& run(tl::Command command) {
        const Record& record = submit(std::move(command));
        wait_for(record);
        return record;
    }

private:
    tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
        for (Record& record : records_) {
            if (&record.payload != &payload) continue;
            (phase == tlm::END_REQ ? record.taken : record.done) = wheel_.now();
        }
        wheel_.notify(changed_);
        return phase == tlm::END_REQ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
    }

    sim::WheelPump& wheel_;
    std::deque<Record> records_;
    sc_core::sc_event changed_{"changed"};
};

/// An initiator on one of TCM's ports.
struct TcmPort : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<TcmPort> tcm{"tcm"};
    explicit TcmPort(const sc_core::sc_module_name& name) : sc_module(name) {}
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;

    sim::Time access(tlm::tlm_command command, std::uint64_t address, unsigned bytes, sim::Time start,
                     sim::Time not_before = {}, shadow::Bundle* bundle = nullptr) {
        TcmAccess extension;
        extension.bundle = bundle;
        extension.not_before = not_before;
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_length(bytes);
        payload.set_extension(&extension);
        sc_core::sc_time delay = sim::to_sc_time(start) - sc_core::sc_time_stamp();
        tcm->b_transport(payload, delay);
        payload.clear_extension(&extension);
        status = payload.get_response_status();
        return sim::from_sc_time(sc_core::sc_time_stamp() + delay);
    }
};

/// In the place of PE_IPCQ where no command is for it.
struct NoQueues : sc_core::sc_module {
    tlm_utils::simple_target_socket<NoQueues> control{"control"};
    explicit NoQueues(const sc_core::sc_module_name& name) : sc_module(name) {
        control.register_nb_transport_fw(this, &NoQueues::refuse);
    }
    tlm::tlm_sync_enum refuse(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
        return tlm::TLM_COMPLETED;
    }
};

struct PeRig {
    PeSchedulerConfig scheduler_config;
    PeGemmConfig gemm_config;
    PeMathConfig math_config;
    PeTcmConfig tcm_config;
    sim::WheelPump wheel{"wheel"};
    shadow::Recorder recorder;
    PeTcm tcm;
    PeFetchStore fetch_store;
    PeGemm gemm;
    PeMath math;
    FakeDma dma;
    PeScheduler scheduler;
    CommandDriver cpu;
    TcmPort cpu_tcm{"cpu_tcm"}, ipcq_tcm{"ipcq_tcm"};
    NoQueues ipcq{"ipcq"};

    explicit PeRig(PeSchedulerConfig config = {}, shadow::Mode mode = shadow::Mode::off, PeGemmConfig of_gemm = {})
        : scheduler_config(config),
          gemm_config(of_gemm),
          recorder(with_mode(mode)),
          tcm("tcm", tcm_config, wheel, recorder),
          fetch_store("fetch_store", {}, wheel, recorder),
          gemm("gemm", gemm_config, wheel),
          math("math", math_config, wheel),
          dma("dma", wheel, recorder),
          scheduler("scheduler", scheduler_config, gemm_config, tcm_config, tcm.name(), wheel, recorder),
          cpu("cpu", wheel) {
        wheel.set_run_ahead(true);
        cpu.scheduler.bind(scheduler.commands);
        scheduler.dma.bind(dma.control);
        scheduler.fetch_store.bind(fetch_store.control);
        scheduler.gemm.bind(gemm.control);
        scheduler.math.bind(math.control);
        dma.tcm.bind(tcm.dma);
        cpu_tcm.tcm.bind(tcm.cpu);
        ipcq_tcm.tcm.bind(tcm.ipcq);
        scheduler.ipcq.bind(ipcq.control);
        fetch_store.tcm.bind(tcm.fetch_store);
    }
    static shadow::RecorderConfig with_mode(shadow::Mode mode) {
        shadow::RecorderConfig config;
        config.mode = mode;
        return config;
    }
};

inline tl::Region region(tl::Space space, std::uint64_t address, Shape shape, Dtype dtype = Dtype::f16,
                         Layout layout = {}) {
    return {space, address, {shape, dtype, layout}, 0};
}
inline tl::Region in_tcm(std::uint64_t address, Shape shape, Dtype dtype = Dtype::f16, Layout layout = {}) {
    return region(tl::Space::tcm, address, shape, dtype, layout);
}
inline tl::Region in_global(std::uint64_t address, Shape shape, Dtype dtype = Dtype::f16, Layout layout = {}) {
    return region(tl::Space::global, address, shape, dtype, layout);
}
inline OpSpec op(OpCode code) {
    OpSpec spec;
    spec.code = code;
    return spec;
}
inline tl::Command product(tl::CommandKind kind, const tl::Region& a, const tl::Region& b, const tl::Region& c) {
    return {kind, op(OpCode::matmul), {a, b}, c};
}
inline tl::Command read(const tl::Region& from, const tl::Region& to) {
    return {tl::CommandKind::dma_read, {}, {from}, to};
}
inline tl::Command write(const tl::Region& from, const tl::Region& to) {
    return {tl::CommandKind::dma_write, {}, {from}, to};
}
inline tl::Command math_of(OpCode code, std::vector<tl::Region> inputs, const tl::Region& output) {
    return {tl::CommandKind::math, op(code), std::move(inputs), output};
}

/// f16 numbers between 1/8 and 4 of either sign.
inline std::vector<std::byte> random_f16(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t r = random();
        const auto bits = static_cast<std::uint16_t>((r & 0x83FF) | (12 + (r >> 20) % 5) << 10);
        bytes.push_back(static_cast<std::byte>(bits & 0xFF));
        bytes.push_back(static_cast<std::byte>(bits >> 8));
    }
    return bytes;
}

}  // namespace ahbm::test
