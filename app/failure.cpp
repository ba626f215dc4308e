// SPDX-License-Identifier: Apache-2.0
#include "app/failure.h"

#include "app/result.h"
#include "platform/diagnostics/queue_state.h"

#include "platform/session.h"
#include "sw_runtime/launch/stream.h"
#include "sw_runtime/memory/pool.h"
#include "sw_runtime/ranks/rank.h"

#include <cstdio>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace ahbm::cli {

namespace {

/// " (sip.cube.hbm.slice)": what says how large a memory is; empty for other pools.
std::string size_of_pool(const std::string& pool) {
    for (const auto& [memory, field] :
         {std::pair{".hbm", "sip.cube.hbm.slice"}, {".tcm", "sip.cube.pe.tcm.size"}, {".sram", "sip.cube.sram.size"}})
        if (pool.ends_with(memory)) return fmt::format(" ({})", field);
    return {};
}

}  // namespace

Failure judge(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const Hang& hang) {
        return {ExitCode::hang, hang.what()};
    } catch (const ModelError& error) {
        return {model_error, error.what()};
    } catch (const runtime::SpawnError& error) {
        const Failure first = judge(error.causes().front().second);
        const bool printing = std::ferror(stdout) != 0;  // which is no rank's own
        return {first.code, printing ? first.text : error.what()};
    } catch (const runtime::DeviceError& error) {
        // A kernel that stops itself was given something it cannot do, and a table that is full is configured too
        // small; anything else is the platform's fault.
        const abi::Status status = error.status();
        const bool users = status == abi::Status::kernel_error || status == abi::Status::mmu_fault ||
                           status == abi::Status::ipcq_refused || status == abi::Status::unknown_kernel;
        return {users ? bad_input : model_error, error.what()};
    } catch (const runtime::OutOfMemory& error) {
        return {bad_input, error.what() + size_of_pool(error.details().pool)};
    } catch (const std::logic_error& error) {
        return {dynamic_cast<const std::invalid_argument*>(&error) == nullptr ? model_error : bad_input, error.what()};
    } catch (const std::system_error& error) {
        const bool printing = std::ferror(stdout) != 0;  // fmt::print() names no file
        return {bad_input, printing ? "standard output: cannot be written: " + error.code().message() : error.what()};
    } catch (const std::bad_alloc&) {
        return {bad_input, "this machine has no memory left for it; --data off simulates times only"};
    } catch (const std::exception& error) {
        return {bad_input, error.what()};  // ConfigError, InputError, NpyError, OutOfMemory, PhysAddrError, ...
    } catch (...) {                        // of a library of the user's
        return {model_error, "an exception that is no std::exception"};
    }
}

ExitCode tell_findings(System& system) {
    const std::vector<std::string> findings = findings_of(system);
    fmt::print(stderr, "{}", findings_text(findings));
    return findings.empty() ? ok : verification_failed;
}

}  // namespace ahbm::cli
