// SPDX-License-Identifier: Apache-2.0
/// The kernel language: what a kernel sees as `tl`. Every call becomes at most a few commands for the PE; nothing is
/// computed here, so the same kernel runs on the platform and in the functional runner.
/// Calls return before their command is done; order follows from overlapping operands. Mistakes throw KernelError.
/// Not modelled: masks on loads and stores (views have exact extents), control flow on tensors except through item().
#pragma once

#include "firmware/tl/backend.h"
#include "firmware/tl/tensor.h"

#include <initializer_list>
#include <optional>
#include <set>

namespace ahbm::tl {

class Program {
public:
    explicit Program(Backend& backend);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // Where this program runs.
    std::uint32_t program_id(unsigned axis) const { return backend_.program_id(axis); }
    std::uint32_t num_programs(unsigned axis) const { return backend_.num_programs(axis); }
    Backend::GemmTile gemm_tile() const { return backend_.gemm_tile(); }
    /// Bytes of the largest tensor that TCM can take now.
    std::uint64_t tcm_room() const { return arena_->largest_hole(); }
    /// Elements per tensor when `tensors` of equal size share that room; at least a TCM line each.
    std::uint64_t elements_that_fit(Dtype dtype, std::uint64_t tensors) const;
    static constexpr std::uint64_t cdiv(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

    // Views of global memory.
    GlobalView view(const TensorArg& shard) const;
    /// rows x cols elements from (row, col) on. In a blocked shard: whole tiles, either in one row of tiles or over
    /// the shard's full width, so that the bytes are contiguous.
    GlobalView view(const TensorArg& shard, std::uint64_t row, std::uint64_t col, std::uint64_t rows,
                    std::uint64_t cols) const;
    /// Elements [first, first + count) in the order they lie in memory, as (1, count): for work that does not care
    /// where in the matrix an element is.
    GlobalView flat(const TensorArg& shard, std::uint64_t first, std::uint64_t count) const;

    // Movement. A loaded tensor keeps a blocked layout; a store changes the layout where it has to (one MATH copy).
    Tensor load(const GlobalView& source);
    void store(const GlobalView& target, const Tensor& tensor);
    static Ref ref(const GlobalView& source) { return {source}; }
    /// Through TCM, in chunks with two buffers.
    void copy(const GlobalView& target, const GlobalView& source);
    /// Returns when every earlier store of this PE is acknowledged.
    void fence();

    // Matrix products, accumulated in f32. dot: a `Ref` operand is loaded first; the result type is that of
    // infer_result unless given; with an accumulator the product is made in the accumulator's type and added to it.
    Tensor dot(const MatrixOperand& a, const MatrixOperand& b, std::optional<Dtype> dtype = std::nullopt);
    Tensor dot(const MatrixOperand& a, const MatrixOperand& b, const Tensor& accumulator);
    /// target = epilogues(a b), tiled and pipelined, rounded once to the target's type.
    void composite(const MatrixOperand& a, const MatrixOperand& b, const GlobalView& target,
                   const std::vector<EpilogueStep>& epilogues = {});

    // Element-wise; size-1 axes broadcast. A number becomes a one-element tensor (floating-point `mul`: `scale`).
    Tensor add(const Term& a, const Term& b) { return elementwise(OpCode::add, {&a, &b}); }
    Tensor sub(const Term& a, const Term& b) { return elementwise(OpCode::sub, {&a, &b}); }
    Tensor mul(const Term& a, const Term& b);
    Tensor div(const Term& a, const Term& b) { return elementwise(OpCode::div, {&a, &b}); }
    Tensor maximum(const Term& a, const Term& b) { return elementwise(OpCode::maximum, {&a, &b}); }
    Tensor minimum(const Term& a, const Term& b) { return elementwise(OpCode::minimum, {&a, &b}); }
    Tensor fma(const Term& a, const Term& b, const Term& c) { return elementwise(OpCode::fma, {&a, &b, &c}); }
    /// `a` where the condition is not zero, else `b`.
    Tensor where(const Tensor& condition, const Term& a, const Term& b);
    Tensor eq(const Term& a, const Term& b) { return elementwise(OpCode::compare_eq, {&a, &b}); }
    Tensor ne(const Term& a, const Term& b) { return elementwise(OpCode::compare_ne, {&a, &b}); }
    Tensor lt(const Term& a, const Term& b) { return elementwise(OpCode::compare_lt, {&a, &b}); }
    Tensor le(const Term& a, const Term& b) { return elementwise(OpCode::compare_le, {&a, &b}); }
    Tensor gt(const Term& a, const Term& b) { return elementwise(OpCode::compare_gt, {&a, &b}); }
    Tensor ge(const Term& a, const Term& b) { return elementwise(OpCode::compare_ge, {&a, &b}); }
    Tensor exp(const Tensor& a) { return unary(OpCode::exp, a); }
    Tensor log(const Tensor& a) { return unary(OpCode::log, a); }
    Tensor sqrt(const Tensor& a) { return unary(OpCode::sqrt, a); }
    Tensor rsqrt(const Tensor& a) { return unary(OpCode::rsqrt, a); }
    Tensor abs(const Tensor& a) { return unary(OpCode::abs, a); }
    Tensor neg(const Tensor& a) { return unary(OpCode::neg, a); }
    Tensor sigmoid(const Tensor& a) { return unary(OpCode::sigmoid, a); }
    Tensor tanh(const Tensor& a) { return unary(OpCode::tanh, a); }
    Tensor relu(const Tensor& a) { return unary(OpCode::relu, a); }
    Tensor gelu(const Tensor& a) { return unary(OpCode::gelu, a); }
    Tensor sin(const Tensor& a) { return unary(OpCode::sin, a); }
    Tensor cos(const Tensor& a) { return unary(OpCode::cos, a); }
    Tensor clamp(const Tensor& a, double low, double high) { return unary(OpCode::clamp, a, {low, high}); }
    Tensor scale(const Tensor& a, double factor) { return unary(OpCode::scale, a, {factor}); }
    Tensor cast(const Tensor& a, Dtype dtype);

    // Over one axis, negative from the end; reductions keep it with extent 1.
    Tensor sum(const Tensor& a, std::int32_t axis) { return along(OpCode::reduce_sum, a, axis); }
    Tensor max(const Tensor& a, std::int32_t axis) { return along(OpCode::reduce_max, a, axis); }
    Tensor min(const Tensor& a, std::int32_t axis) { return along(OpCode::reduce_min, a, axis); }
    Tensor softmax(const Tensor& a, std::int32_t axis = -1) { return along(OpCode::softmax, a, axis); }

    // Shape. reshape shares the bytes and costs nothing (a blocked tensor is made dense first).
    Tensor trans(const Tensor& a) { return unary(OpCode::transpose, a); }
    Tensor reshape(const Tensor& a, const Shape& shape);

    // Sources.
    Tensor arange(std::uint32_t count, Dtype dtype = Dtype::i32, double start = 0.0, double step = 1.0);
    Tensor full(const Shape& shape, double value, Dtype dtype);
    Tensor zeros(const Shape& shape, Dtype dtype) { return full(shape, 0.0, dtype); }
    /// TCM that nobody has written: reading it before writing it is a kernel error.
    Tensor empty(const Shape& shape, Dtype dtype) { return allocate("empty", {shape, dtype, {}}); }

    // Data for the control flow: both wait for the tensor's value.
    double item(const Tensor& a);
    void debug_print(std::string_view text, const Tensor& a);

    // Queues to other PEs. A queue pair is named by its direction ("E", "parent", "global_N" ...), as the process group
    // installed it; a name that is none is an error that lists those there are.
    bool has_queue(std::string_view direction) const { return find_queue(direction) != nullptr; }
    const QueueInfo& queue(std::string_view direction) const;
    /// Largest tile of the queue, in elements.
    std::uint64_t slot_elements(std::string_view direction, Dtype dtype) const;
    /// Hands the tile to the peer in this direction; waits only while the peer has no slot free. The tile's bytes may
    /// be overwritten afterwards: the PE keeps the order.
    void send(std::string_view direction, const Tensor& tile);
    /// The next tile from this direction; waits for it. The slot it lies in goes back to the sender with the last
    /// handle on it, unless the queue's slots are not in TCM or its credits go back on receipt: then the tile is
    /// copied.
    Tensor recv(std::string_view direction);
    /// Never copied. Where credits go back on receipt the sender may overwrite the tile at any time: that is a race,
    /// and reported as one when it happens. An error when the slots are not in TCM.
    Tensor recv_in_place(std::string_view direction);
    /// Copied into `target`, which has the shape and element type of what was sent.
    void recv(std::string_view direction, const Tensor& target);
    struct Arrival {
        Tensor tile;
        std::string direction;
    };
    /// The next tile from whichever of the directions has one; they take turns.
    Arrival recv_any(const std::vector<std::string>& directions);
    /// A receive that goes on while the kernel does something else; ends with wait().
    struct Receive {
        ReceiveId id = 0;
        Tensor buffer;  ///< where the tile is copied to; none: it stays in its slot
    };
    Receive recv_async(std::string_view direction);
    /// An error for a receive that was never started, or that has been waited for.
    Tensor wait(const Receive& receive);
    /// Gives up this handle now instead of at the end of its scope.
    void release(Tensor& tile) { tile = {}; }

    /// Says what the program does from here on, in a word or two ("reduce_scatter"): timelines, ledgers and reports
    /// tell their figures by it. Takes no time and changes nothing.
    void phase(const std::string& name) { backend_.phase(name); }

    /// Ends the program: waits for every command. Whoever runs a kernel calls it behind the kernel's body.
    void finish();

private:
    class Slot;
    using SlotReturns = std::vector<Command>;
    const QueueInfo* find_queue(std::string_view direction) const;
    Command receive_command(std::uint64_t queues, const Tensor& buffer) const;
    Receive start_receive(const QueueInfo& queue, bool copy);
    Arrival finish_receive(std::string_view call, const Receive& receive);
    /// Slots whose last handle went are given back with the next call: a handle's end must not wait.
    void return_slots();
    void issue(Command command);

    using Params = std::array<double, 2>;
    Tensor elementwise(OpCode code, std::initializer_list<const Term*> terms);
    std::vector<Tensor> as_tensors(std::initializer_list<const Term*> terms);
    Tensor unary(OpCode code, const Tensor& a, Params params = {});
    Tensor along(OpCode code, const Tensor& a, std::int32_t axis);
    /// Issues a MATH or GEMM command; the result view is that of infer_result unless given.
    Tensor compute(CommandKind kind, std::string_view call, OpSpec spec, const std::vector<Tensor>& operands,
                   std::optional<Dtype> dtype = std::nullopt);
    Tensor compute_into(CommandKind kind, std::string_view call, OpSpec spec, std::vector<Region> inputs,
                        const View& result);
    Tensor pinned(const MatrixOperand& operand);
    Tensor with_layout(std::string_view call, const Tensor& a, const Layout& layout);
    static void require(std::string_view call, const Tensor& a);
    /// The error for operands that infer_result does not take; `what` names the call and the operands.
    static KernelError refused(const std::string& what, OpCode code, const std::invalid_argument& reason);
    Tensor allocate(std::string_view call, const View& view);
    std::vector<double> values(const Tensor& a);

    Backend& backend_;
    std::shared_ptr<TcmArena> arena_;
    std::shared_ptr<SlotReturns> slot_returns_ = std::make_shared<SlotReturns>();
    std::uint32_t next_id_ = 0;
    std::set<ReceiveId> receiving_;  ///< started and not waited for
};

}  // namespace ahbm::tl
