// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/ranks/rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ahbm::runtime {
namespace {

std::string text_of(const std::exception_ptr& cause) {
    try {
        std::rethrow_exception(cause);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

std::string summary(const SpawnError::Causes& causes) {
    std::string text;
    for (const auto& [rank, cause] : causes)
        text += fmt::format("{}rank {}: {}", text.empty() ? "" : "\n", rank, text_of(cause));
    return text;
}

void run(World& world, std::uint32_t number, const std::function<void(Rank&)>& program) {
    if (world.devices().waiting().unwinding()) return;  // failed before this rank was started
    try {
        Rank rank(world, number);
        program(rank);
        world.end(number);
    } catch (const Unwound&) {
    } catch (...) {
        world.failed(number, std::current_exception());
    }
}

}  // namespace

void Rank::init_process_group(const std::string& backend, const ProcessGroupOptions& options) {
    if (backend != "ahbm")
        throw ProcessGroupError(fmt::format("init_process_group: unknown backend '{}': 'ahbm' is expected", backend));
    if (is_initialized())
        throw ProcessGroupError(
            "init_process_group: the process group is initialised already; "
            "destroy_process_group() comes first");
    world_.place(rank_, context_.choose_device());
    world_.agree(rank_, fmt::format("init_process_group('{}', {})", backend, describe(options)),
                 [&] { world_.init(options); });
    group().install();
}

void Rank::destroy_process_group() {
    group();
    world_.remove_queues(rank_);
    world_.agree(rank_, "destroy_process_group()", [&] { world_.forget_groups(); });
}

ProcessGroup Rank::new_group(const std::vector<std::uint32_t>& ranks) {
    group();
    world_.agree(rank_, fmt::format("new_group({})", fmt::join(ranks, ", ")), [&] { world_.make_group(ranks); });
    const bool member = std::find(ranks.begin(), ranks.end(), rank_) != ranks.end();
    if (!member) return {};
    ProcessGroup made = ProcessGroup::owned(world_.newest_group(), rank_);
    made.install();
    return made;
}

void Rank::meet() {
    world_.agree(rank_, "meet()", [] {});
}

ProcessGroup Rank::group() {
    if (!is_initialized())
        throw ProcessGroupError("there is no process group: init_process_group(\"ahbm\") comes first");
    return {world_.world_group(), rank_};
}

SpawnError::SpawnError(Causes causes) : std::runtime_error(summary(causes)), causes_(std::move(causes)) {}

void spawn(Context& context, const std::function<void(Rank&)>& program, std::uint32_t nprocs) {
    World world(context, nprocs);
    std::vector<std::function<void()>> threads;
    for (std::uint32_t rank = 0; rank < nprocs; ++rank)
        threads.emplace_back([&world, &program, rank] { run(world, rank, program); });
    world.devices().port().spawn(std::move(threads));
    const SpawnError error(world.causes());
    world.clean_up();
    if (!error.causes().empty()) throw error;
}

}  // namespace ahbm::runtime
