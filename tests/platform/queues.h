// SPDX-License-Identifier: Apache-2.0
/// A platform whose kernel "body" is what the test says.
#pragma once

#include "tests/platform/queue_driver.h"
#include "tests/platform/session_test.h"

#include <string>
#include <vector>

namespace ahbm::test {

inline constexpr std::uint32_t kCols = 16;

class Queues : public SessionTest {
protected:
    Queues() {
        kernels.add(
            {"body", "what the test says", [this](tl::Program& tl, const tl::KernelArgs& args) { body(tl, args); }});
    }
    /// Values of a tensor as the kernel sees them.
    static std::vector<double> values(tl::Program& tl, const tl::Tensor& tensor) {
        std::vector<double> all;
        tl::Tensor row = tl.reshape(tensor, {1, static_cast<std::uint32_t>(tensor.shape().elements())});
        all.push_back(tl.item(tl.sum(row, 1)));
        all.push_back(tl.item(tl.max(row, 1)));
        return all;
    }
    static bool is(const tl::Program& tl, PeCoord at) {
        return tl.program_id(0) == at.pe.value && tl.program_id(1) == at.cube.value;
    }
    static tl::Tensor filled(tl::Program& tl, double value) { return tl.full({1, kCols}, value, Dtype::f16); }

    Body body;
    const PeCoord left = pe(0, 0, 0), right = pe(0, 1, 1);
};

}  // namespace ahbm::test
