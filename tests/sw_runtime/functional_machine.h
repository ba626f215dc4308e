// SPDX-License-Identifier: Apache-2.0
/// A machine without time behind a DevicePort: bytes per PE, a page table per PE, kernels run at once by the kernel
/// language. A request is carried out when somebody waits, never before, so a test sees what was pending.
/// It fails the test when a launch is handed over before everything in front of it is complete, and throws when
/// somebody waits although nothing is under way.
#pragma once

#include "firmware/tl/kernel.h"
#include "models/pe_mmu/page_table.h"
#include "sw_runtime/device_port.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace ahbm::runtime::test {

/// Bytes that know whether they were written.
class Bytes {
public:
    void write(std::uint64_t address, std::span<const std::byte> bytes);
    /// Throws std::runtime_error for bytes nobody has written.
    std::vector<std::byte> read(std::uint64_t address, std::uint64_t length) const;
    bool written(std::uint64_t address, std::uint64_t length) const;
    void forget(std::uint64_t address, std::uint64_t length);

private:
    std::vector<std::byte> bytes_;
    std::vector<bool> written_;
};

class FunctionalMachine final : public DevicePort {
public:
    struct Config {
        std::uint32_t sips = 2, cubes = 2, pes = 4;
        std::uint64_t hbm_slice = std::uint64_t{1} << 22;
        bool data = true;
        /// Which of the requests under way is carried out next. Mailboxes keep the order of a SIP's control requests.
        bool newest_first = false;
    };
    FunctionalMachine() : FunctionalMachine(Config{}) {}
    explicit FunctionalMachine(const Config& config);

    const Machine& machine() const override { return machine_; }
    sim::Time now() const override { return now_; }
    bool has_data() const override { return config_.data; }
    void write_host(std::uint64_t address, std::vector<std::byte> bytes) override { host_.write(address, bytes); }
    std::vector<std::byte> read_host(std::uint64_t address, std::uint64_t bytes) override;
    void submit(abi::Message request, Done done) override;
    void abort_launches(SipId) override {}  // launches end at once
    void wait() override;
    void wake() override;
    /// One thread runs at a time, in order; when all wait, a request is carried out.
    void spawn(std::vector<std::function<void()>> functions) override;
    void warn(const std::string& text) override { warnings.push_back(text); }
    void set_explainer(std::function<std::string()>) override {}
    void forget(PhysAddr address, std::uint64_t bytes) override;

    void run_all();
    std::uint64_t under_way() const { return requests_.size(); }

    /// Carried out, in order: "map", "unmap", "write", "read", "launch gemm".
    std::vector<std::string> log;
    std::vector<std::string> warnings;
    std::vector<abi::KernelLaunch> launches;
    std::vector<abi::MmuMap> maps;
    std::vector<abi::IpcqInit> inits;
    std::vector<abi::IpcqReset> resets;
    std::uint64_t forgotten = 0;  ///< bytes
    std::vector<std::byte> device_bytes(PhysAddr address, std::uint64_t bytes);
    PageTable& page_table(PeCoord at) { return pes_.at(at).table; }
    tl::KernelRegistry kernels;

private:
    friend class PeProgram;
    struct Pe {
        PageTable table{65536};
        Bytes hbm;
    };
    struct Request {
        abi::Message message;
        abi::Header header;
        Done done;
    };
    std::deque<Request>::iterator next_request();
    void carry_out();
    void pass_turn(std::size_t to);
    void execute(const Request& request, abi::Completion& answer);
    void execute(const abi::MemoryCopy& copy, abi::Completion& answer);
    void execute(const abi::MmuMap& map, abi::Completion& answer);
    void execute(const abi::MmuUnmap& unmap, abi::Completion& answer);
    void execute(const abi::IpcqInit& init, abi::Completion& answer);
    void execute(const abi::IpcqReset& reset, abi::Completion& answer);
    void execute(const abi::KernelLaunch& launch, abi::Completion& answer);
    struct Place {
        Pe& pe;
        std::uint64_t offset;
    };
    Place locate(std::uint64_t physical_address);

    Config config_;
    Machine machine_;
    sim::Time now_;
    std::map<PeCoord, Pe> pes_;
    Bytes host_;
    std::deque<Request> requests_;

    enum class ThreadState { ready, waiting, ended };
    static constexpr std::size_t nobody = ~std::size_t{0};
    std::mutex mutex_;
    std::condition_variable turn_changed_;
    std::size_t turn_ = nobody;  ///< the thread that runs; nobody: spawn()'s caller
    std::vector<ThreadState> threads_;
    bool stuck_ = false;
};

}  // namespace ahbm::runtime::test
