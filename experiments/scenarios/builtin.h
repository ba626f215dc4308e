// SPDX-License-Identifier: Apache-2.0
/// The scenarios that ship with the platform, one function per file.
#pragma once

#include "experiments/scenarios/scenario.h"

namespace ahbm::scenarios {

void register_gemm(ScenarioRegistry& registry);  ///< gemm_sharded, gemm_single_pe
void register_ccl(ScenarioRegistry& registry);   ///< ccl_allreduce, ccl_all_gather ... ccl_barrier
void register_ccl_hello_send(ScenarioRegistry& registry);
void register_gpt3_qkv(ScenarioRegistry& registry);
void register_softmax_rows(ScenarioRegistry& registry);
void register_va_offset_verify(ScenarioRegistry& registry);
void register_pe_dma_probe(ScenarioRegistry& registry);
void register_noc_traffic(ScenarioRegistry& registry);
void register_stress(ScenarioRegistry& registry);

}  // namespace ahbm::scenarios
