// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/launch/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ahbm::runtime {
namespace {

std::exception_ptr error_of(const Work& work) {
    const abi::Completion& answer = work.completion;
    if (answer.status == abi::Status::ok) return nullptr;
    const std::string reporter = abi::to_string(answer.reporter);
    const bool named = answer.text.find(reporter) != std::string::npos;
    const std::string text =
        fmt::format("{} failed: {}{}{}", work.what, named ? "" : reporter, named ? "" : ": ",
                    answer.text.empty() ? abi::to_string(answer.status) : std::string_view(answer.text));
    if (work.kind == WorkKind::launch) return std::make_exception_ptr(LaunchError(text, answer.status));
    return std::make_exception_ptr(DeviceError(text, answer.status));
}

}  // namespace

void Stream::enqueue(WorkRef work) {
    queue_.push_back(std::move(work));
    advance();
}

/// Only the front of the queue can start: what stands behind a launch or a transfer waits for it, and mappings leave
/// the queue when they start.
void Stream::advance() {
    while (!queue_.empty()) {
        ++steps_;
        const WorkRef work = queue_.front();
        if (work->kind == WorkKind::mapping) {
            queue_.pop_front();
            work->number = numbers_++;
            mappings_.emplace(work->number, work);
            start(work);
            continue;
        }
        const bool behind_mapping = work->kind == WorkKind::launch && !mappings_.empty();
        if (!work->started && !work->held && !behind_mapping) start(work);
        return;
    }
}

const WorkRef* Stream::front() const {
    if (!mappings_.empty()) return &mappings_.begin()->second;
    return queue_.empty() ? nullptr : &queue_.front();
}

void Stream::start(const WorkRef& work) {
    work->started = true;
    work->submitted = port_.now();
    work->open = work->requests.size();
    // The port keeps the stream alive: what is queued behind is carried out even if the host has dropped everything.
    for (abi::Message& request : std::exchange(work->requests, {}))
        port_.submit(std::move(request), [self = shared_from_this(), work](const abi::Completion& completion) {
            self->answered(work, completion);
        });
}

void Stream::answered(const WorkRef& work, const abi::Completion& completion) {
    if (completion.status >= work->completion.status) work->completion = completion;
    if (--work->open == 0) finish(work, error_of(*work));
}

void Stream::finish(const WorkRef& work, std::exception_ptr error) {
    work->complete = true;
    work->completed = port_.now();
    work->error = std::move(error);
    if (work->error) failed_.push_back(work);
    if (work->kind == WorkKind::mapping)
        mappings_.erase(work->number);
    else
        queue_.erase(std::find(queue_.begin(), queue_.end(), work));  // the front, unless it has failed unstarted
    if (const auto done = std::exchange(work->done, nullptr)) done(*work);
    advance();
}

void Stream::wait(const WorkRef& work) {
    waiting_.until([&] { return work->complete; });
    if (!work->error) return;
    // Something in front of it may have failed without anybody asking, a mapping say: that is the cause.
    const auto before = [&](const WorkRef& other) { return other->completed <= work->completed; };
    const auto found = std::find_if(failed_.begin(), failed_.end(), before);
    const WorkRef first = found == failed_.end() ? work : *found;
    std::erase(failed_, work);
    std::erase(failed_, first);
    std::rethrow_exception(first->error);
}

void Stream::barrier() {
    std::vector<WorkRef> pending;
    std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(pending),
                 [](const WorkRef& work) { return work->kind != WorkKind::mapping; });
    for (const WorkRef& work : pending) waiting_.until([&] { return work->complete; });
    if (!failed_.empty()) wait(WorkRef(failed_.front()));
}

void Stream::synchronize() {
    barrier();
    std::vector<WorkRef> pending;
    for (const auto& [number, work] : mappings_) pending.push_back(work);
    for (const WorkRef& work : pending) waiting_.until([&] { return work->complete; });
    if (!failed_.empty()) wait(WorkRef(failed_.front()));
}

bool Stream::wait_for_front() {
    if (front() == nullptr) return false;
    const WorkRef oldest = *front();
    waiting_.until([&] { return oldest->complete; });
    return true;
}

void Stream::release(const WorkRef& work) {
    work->held = false;
    advance();
}

void Stream::fail(const WorkRef& work, std::exception_ptr error) {
    if (work->started) return;
    work->started = true;
    work->completion.status = abi::Status::kernel_error;
    finish(work, std::move(error));
    waiting_.changed();
}

void Stream::drop(const std::string& why) {
    std::vector<WorkRef> waiting;
    std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(waiting),
                 [](const WorkRef& work) { return !work->started && work->kind != WorkKind::mapping; });
    // From the back, so that nothing starts because what was in front of it has gone.
    for (auto work = waiting.rbegin(); work != waiting.rend(); ++work)
        fail(*work, std::make_exception_ptr(DeviceError(fmt::format("{} was dropped: {}", (*work)->what, why))));
}

bool Stream::launch_under_way() const {
    return !queue_.empty() && queue_.front()->started && queue_.front()->kind == WorkKind::launch;
}

void Stream::drain() {
    while (wait_for_front()) {
    }
    failed_.clear();
}

}  // namespace ahbm::runtime
