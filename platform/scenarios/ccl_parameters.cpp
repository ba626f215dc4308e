// SPDX-License-Identifier: Apache-2.0
#include "platform/scenarios/ccl_parameters.h"

#include <array>

namespace ahbm {
namespace abi {

std::span<const std::pair<std::string_view, BufferKind>> enum_names(BufferKind) {
    static constexpr std::array<std::pair<std::string_view, BufferKind>, 3> names{
        {{"tcm", BufferKind::tcm}, {"hbm", BufferKind::hbm}, {"sram", BufferKind::sram}}};
    return names;
}
std::span<const std::pair<std::string_view, CreditPolicy>> enum_names(CreditPolicy) {
    static constexpr std::array<std::pair<std::string_view, CreditPolicy>, 2> names{
        {{"on_release", CreditPolicy::on_release}, {"on_recv", CreditPolicy::on_recv}}};
    return names;
}
std::span<const std::pair<std::string_view, CreditPath>> enum_names(CreditPath) {
    static constexpr std::array<std::pair<std::string_view, CreditPath>, 2> names{
        {{"fast", CreditPath::fast}, {"fabric", CreditPath::fabric}}};
    return names;
}
std::span<const std::pair<std::string_view, Backpressure>> enum_names(Backpressure) {
    static constexpr std::array<std::pair<std::string_view, Backpressure>, 2> names{
        {{"sleep", Backpressure::sleep}, {"poll", Backpressure::poll}}};
    return names;
}

}  // namespace abi

namespace runtime {

std::span<const std::pair<std::string_view, ReduceOp>> enum_names(ReduceOp) {
    static constexpr std::array<std::pair<std::string_view, ReduceOp>, 4> names{
        {{"sum", ReduceOp::sum}, {"max", ReduceOp::max}, {"min", ReduceOp::min}, {"avg", ReduceOp::avg}}};
    return names;
}

}  // namespace runtime
}  // namespace ahbm
