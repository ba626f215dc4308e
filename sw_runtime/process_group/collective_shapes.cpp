// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/process_group/collective_shapes.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ahbm::runtime {

std::uint64_t elements_per_participant(CollectiveOp op, const CollectiveTensor& input, const CollectiveTensor& output,
                                       std::uint32_t participants, std::uint32_t per_rank, bool in_place) {
    const auto reject = [&](const std::string& why) {
        throw std::invalid_argument(fmt::format("{}: {}", to_string(op), why));
    };
    if (!is_float(input.dtype))
        reject(fmt::format("f16, bf16 or f32 is expected, not {}", ahbm::to_string(input.dtype)));
    if (input.dtype != output.dtype)
        reject(
            fmt::format("the input is {}, the output {}", ahbm::to_string(input.dtype), ahbm::to_string(output.dtype)));

    const bool gathers = op == CollectiveOp::all_gather, scatters = op == CollectiveOp::reduce_scatter;
    const std::uint64_t expected = in_place   ? input.elements
                                   : gathers  ? input.elements * participants
                                   : scatters ? input.elements / participants
                                              : input.elements;
    if (output.elements != expected)
        reject(
            fmt::format("{} participants, {} elements of input on each rank: {} elements of output are expected, "
                        "not {}",
                        participants, input.elements, expected, output.elements));
    const bool in_parts = scatters || op == CollectiveOp::all_to_all || (gathers && in_place);
    const std::uint64_t parts = in_parts ? participants : 1;
    if (input.elements % (std::uint64_t{per_rank} * parts) != 0 || input.elements == 0)
        reject(fmt::format("{} elements on each rank do not divide among {} participants{}", input.elements, per_rank,
                           parts == 1 ? "" : fmt::format(" with {} parts each", parts)));
    return input.elements / per_rank / parts;
}

}  // namespace ahbm::runtime
