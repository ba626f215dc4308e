// SPDX-License-Identifier: Apache-2.0
#include "experiments/scenarios/stress_program.h"

#include "experiments/scenarios/reference.h"
#include "sw_runtime/process_group/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ahbm::scenarios {
namespace {

using runtime::Array;
using runtime::CollectiveOp;
using runtime::ReduceOp;
using runtime::Split;
using runtime::Tensor;

constexpr std::size_t most_held = 8;
constexpr Dtype dtypes[] = {Dtype::f16, Dtype::bf16, Dtype::f32};
constexpr Split splits[] = {Split::replicate, Split::row_wise, Split::column_wise, Split::tiled_row_major,
                            Split::tiled_column_major};

/// Elements of a part as they lie in the whole.
Array part_of(const Array& whole, runtime::Range rows, runtime::Range cols) {
    const std::size_t size = size_of(whole.dtype);
    Array part{{static_cast<std::uint32_t>(rows.count), static_cast<std::uint32_t>(cols.count)}, whole.dtype, {}};
    for (std::uint64_t row = rows.first; row < rows.first + rows.count; ++row) {
        const std::byte* first = &whole.bytes[(row * whole.shape.cols() + cols.first) * size];
        part.bytes.insert(part.bytes.end(), first, first + cols.count * size);
    }
    return part;
}

Array sum(const Array& x, const Array& y) {
    const std::vector<double> a = runtime::values_of(x), b = runtime::values_of(y);
    std::vector<float> both(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) both[i] = static_cast<float>(a[i]) + static_cast<float>(b[i]);
    return runtime::make_array(x.shape, x.dtype, both);
}

}  // namespace

StressProgram::StressProgram(runtime::Rank& rank, const RunRequest& request, std::uint32_t steps, StressTally& tally)
    : rank_(rank),
      request_(request),
      tally_(tally),
      steps_(steps),
      common_(request.seed),
      own_((request.seed + 1) * 1000003 + rank.rank()) {}

void StressProgram::run() {
    struct Choice {
        const char* name;
        Action action;
        std::uint32_t weight;
    };
    static constexpr Choice alone[] = {{"allocate", &StressProgram::allocate, 3},
                                       {"free", &StressProgram::free, 3},
                                       {"write", &StressProgram::write, 2},
                                       {"read", &StressProgram::read, 1},
                                       {"read part", &StressProgram::read_part, 2},
                                       {"copy", &StressProgram::copy, 3},
                                       {"add", &StressProgram::add, 3},
                                       {"multiply", &StressProgram::multiply, 2},
                                       {"move", &StressProgram::move, 2},
                                       {"wait", &StressProgram::wait, 1}};
    static constexpr Choice together[] = {{"collective", &StressProgram::collective, 6},
                                          {"send", &StressProgram::send, 2},
                                          {"regroup", &StressProgram::regroup, 1}};
    const auto roll = [](Dice& dice, const auto& choices) -> const Choice& {
        std::uint32_t all = 0;
        for (const Choice& each : choices) all += each.weight;
        std::uint32_t left = dice.below(all);
        const Choice* choice = choices;
        while (left >= choice->weight) left -= (choice++)->weight;
        return *choice;
    };
    rank_.set_device(rank_.rank());
    init_group();
    for (step_ = 0; step_ < steps_; ++step_) {
        const bool all_ranks = common_.one_in(5);
        const Choice& choice = all_ranks ? roll(common_, together) : roll(own_, alone);
        ++tally_.actions[choice.name];
        (this->*choice.action)();
    }
    for (const Held& held : held_) read(held);
    held_.clear();
    wait();
    rank_.destroy_process_group();
}

// --- alone --------------------------------------------------------------------------------------------------------

void StressProgram::allocate() {
    const Shape shape{1 + own_.below(48), 1 + own_.below(64)};
    runtime::TensorOptions options{{own_.pick(splits), own_.pick(splits)}, {}, fmt::format("t{}", arrays_)};
    if (own_.one_in(3)) options.policy.num_cubes = 1;
    if (own_.one_in(3)) options.policy.num_pes = 1 + own_.below(2);
    const Array values = random(shape, own_.pick(dtypes));
    keep({rank_.context().from_host(values, options), values, options, here()});
}

void StressProgram::free() {
    if (!held_.empty()) held_.erase(held_.begin() + own_.below(held_.size()));
}

void StressProgram::write() {
    Held& held = some();
    held.want = random(held.want.shape, held.want.dtype);
    held.origin = here();
    held.tensor.copy_(held.want);
}

void StressProgram::read(const Held& held) {
    if (rank_.context().has_data())
        expect(held.tensor.to_host(), held.want, held);
    else
        held.tensor.to_string();
}

void StressProgram::read_part() {
    const Held& held = some();
    if (!rank_.context().has_data()) return;
    const runtime::ShardSpec shard = own_.pick(held.tensor.shards()).spec;
    runtime::Range rows{own_.below(shard.rows), 0}, cols{own_.below(shard.cols), 0};
    rows.count = 1 + own_.below(shard.rows - rows.first);
    cols.count = 1 + own_.below(shard.cols - cols.first);
    rows.first += shard.first_row;
    cols.first += shard.first_col;
    expect(held.tensor.slice(rows, cols), part_of(held.want, rows, cols), held);
}

void StressProgram::copy() {
    const Held& from = some();
    Held to = empty_like(from, fmt::format("{} copied in {}", from.origin, here()));
    to.want = from.want;
    launch("copy", {from.tensor, to.tensor});
    keep(std::move(to));
}

void StressProgram::add() {
    const Held x = some();
    const Held& y = like(x);
    Held out = empty_like(x, fmt::format("({}) + ({}) in {}", x.origin, y.origin, here()));
    out.want = sum(x.want, y.want);
    launch("vector_add", {x.tensor, y.tensor, out.tensor});
    keep(std::move(out));
}

void StressProgram::multiply() {
    const std::uint32_t m = 1 + own_.below(70), k = 1 + own_.below(70), n = 1 + own_.below(40);
    const Dtype dtype = own_.pick(dtypes);
    const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "rows"};
    const Array a = random({m, k}, dtype), b = random({k, n}, dtype);
    runtime::Context& context = rank_.context();
    Held c{context.empty({m, n}, dtype, rows), reference_gemm(a, b, {}, GemmTail::none), rows, here() + " multiplied"};
    launch("gemm", {context.from_host(a, rows), context.from_host(b, {}), c.tensor});  // a and b are freed at once
    keep(std::move(c));
}

void StressProgram::move() {
    const Held& from = some();
    Held to = from;
    to.options = {{own_.pick(splits), own_.pick(splits)}, {}, fmt::format("t{}", arrays_++)};
    to.origin += " moved in " + here();
    to.tensor = rank_.context().empty(to.want.shape, to.want.dtype, to.options);
    to.tensor.copy_(from.tensor);
    keep(std::move(to));
}

void StressProgram::wait() {
    for (const runtime::LaunchHandle& each : launches_) rank_.context().wait(each);
    launches_.clear();
}

// --- together -----------------------------------------------------------------------------------------------------

void StressProgram::collective() {
    static constexpr CollectiveOp ops[] = {CollectiveOp::all_reduce,     CollectiveOp::all_gather,
                                           CollectiveOp::reduce_scatter, CollectiveOp::broadcast,
                                           CollectiveOp::reduce,         CollectiveOp::all_to_all};
    static constexpr ReduceOp reductions[] = {ReduceOp::sum, ReduceOp::max, ReduceOp::min, ReduceOp::avg};
    const CollectiveOp op = common_.pick(ops);
    const ReduceOp redop = common_.pick(reductions);
    const Dtype dtype = common_.pick(dtypes);
    const std::uint32_t root = common_.below(rank_.world_size()), elements = 1 + common_.below(600);
    const auto participation = rank_.group().participation(op);
    const CclCase ccl{op,
                      redop,
                      dtype,
                      rank_.world_size(),
                      participation.per_rank,
                      root,
                      elements,
                      in_place(op) || elements % 2 == 0};

    const Array values = random(rows_of(ccl, ccl.input_elements()), dtype);
    const auto [input, output] = make_tensors(rank_.context(), ccl, rank_.rank(), participation.policy, values);
    call_collective(rank_, ccl, output, input);
    if (!rank_.context().has_data()) return;
    const Array got = ccl.has_result(rank_.rank()) ? result_in(ccl, rank_.rank(), output.to_host()) : Array();
    if (collectives_ == tally_.collectives.size())
        tally_.collectives.push_back({ccl, std::vector<Array>(ccl.ranks), std::vector<Array>(ccl.ranks)});
    StressTally::Collective& call = tally_.collectives[collectives_++];
    call.inputs[rank_.rank()] = values;
    call.got[rank_.rank()] = got;
}

void StressProgram::send() {
    const std::uint32_t self = rank_.rank(), ranks = rank_.world_size(), elements = 1 + common_.below(600);
    if (ranks < 2) return;
    const std::uint32_t previous = (self + ranks - 1) % ranks, next = (self + 1) % ranks;
    const auto participation = rank_.group().participation(CollectiveOp::all_reduce);
    const Shape shape{participation.per_rank, elements};
    const runtime::TensorOptions options{participation.policy, {}, "sent"};
    // Everybody knows what everybody sends.
    const auto values = [&](std::uint32_t rank) {
        return random_array(shape, Dtype::f16, request_.seed, fmt::format("sent by {} in {}", rank, step_));
    };
    const Tensor mine = rank_.context().from_host(values(self), options);
    Held theirs{rank_.context().empty(shape, Dtype::f16, options), values(previous), options, here() + " received"};
    if (self % 2 == 0) rank_.send(mine, next);
    rank_.recv(theirs.tensor, previous);
    if (self % 2 == 1) rank_.send(mine, next);
    keep(std::move(theirs));
}

void StressProgram::regroup() {
    rank_.destroy_process_group();
    init_group();
}

// --- tools --------------------------------------------------------------------------------------------------------

void StressProgram::init_group() {
    std::vector<std::string> algorithms{"rank_ring"};
    for (const auto& [name, algorithm] : request_.ccl.algorithms)  // not every number of participants is a square
        if (algorithm.op == "all_reduce" && algorithm.topology != "mesh_2d") algorithms.push_back(name);
    rank_.init_process_group("ahbm", runtime::group_options(request_.ccl, CollectiveOp::all_reduce,
                                                            common_.pick(algorithms), {}, request_.collectives));
}

runtime::Array StressProgram::random(const Shape& shape, Dtype dtype) {
    return random_array(shape, dtype, request_.seed, fmt::format("{}.{}", rank_.rank(), arrays_++));
}

StressProgram::Held& StressProgram::keep(Held held) {
    if (held_.size() == most_held) free();
    held_.push_back(std::move(held));
    return held_.back();
}

StressProgram::Held& StressProgram::some() {
    if (held_.empty()) allocate();
    return held_[own_.below(held_.size())];
}

/// One that lies as `other` does; itself, if there is none.
StressProgram::Held& StressProgram::like(const Held& other) {
    std::vector<Held*> alike;
    for (Held& held : held_)
        if (held.want.shape == other.want.shape && held.want.dtype == other.want.dtype &&
            std::ranges::equal(held.tensor.shards(), other.tensor.shards(), {}, &runtime::PlacedShard::spec,
                               &runtime::PlacedShard::spec))
            alike.push_back(&held);
    return *own_.pick(alike);
}

StressProgram::Held StressProgram::empty_like(const Held& other, std::string origin) {
    runtime::TensorOptions options = other.options;
    options.name = fmt::format("t{}", arrays_++);
    return {rank_.context().empty(other.want.shape, other.want.dtype, options), {}, options, std::move(origin)};
}

void StressProgram::launch(const std::string& kernel, const std::vector<Tensor>& tensors) {
    launches_.push_back(rank_.context().launch(kernel, tensors));
    if (own_.one_in(4)) wait();
}

void StressProgram::expect(const Array& got, const Array& want, const Held& held) {
    const std::vector<double> have = runtime::values_of(got), wanted = runtime::values_of(want);
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (have[i] != wanted[i] && !(std::isnan(have[i]) && std::isnan(wanted[i]))) ++wrong;
    tally_.elements += wanted.size();
    tally_.mismatches += wrong;
    if (wrong != 0 && tally_.first_mismatch.empty())
        tally_.first_mismatch = fmt::format("{}: {} of {} elements of '{}' {} {}, made by {}, differ from the host's",
                                            here(), wrong, wanted.size(), held.tensor.name(),
                                            ahbm::to_string(want.shape), ahbm::to_string(want.dtype), held.origin);
}

std::string StressProgram::here() const { return fmt::format("step {} of rank {}", step_, rank_.rank()); }

}  // namespace ahbm::scenarios
