// SPDX-License-Identifier: Apache-2.0
/// A program of one's own: elaborates a platform, runs a kernel of one's own on every PE of it, checks every element.
#include "platform/session.h"
#include "sw_runtime/context/context.h"

#include <systemc>

#include <cstdio>
#include <vector>

extern "C" void ahbm_register_kernels(ahbm::tl::KernelRegistry& registry);

int sc_main(int, char**) {
    using namespace ahbm;
    using runtime::Split;
    install_report_policy();
    tl::KernelRegistry kernels;
    ahbm_register_kernels(kernels);

    PlatformConfig config;
    config.sips.count = 1;
    config.sip.cube_mesh = {2, 2};
    Session session(config, kernels);

    std::size_t wrong = 0;
    session.run([&] {
        runtime::Context ctx(session.port());
        std::vector<float> xs(64 * 64), ys(64 * 64);
        for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i % 100), ys[i] = 1;
        const runtime::TensorOptions rows{{Split::row_wise, Split::row_wise}, {}, "x"};
        const runtime::Tensor x = ctx.from_host(runtime::make_array({64, 64}, Dtype::f16, xs), rows);
        const runtime::Tensor y = ctx.from_host(runtime::make_array({64, 64}, Dtype::f16, ys), rows);
        const runtime::LaunchResult launch = ctx.wait(ctx.launch("saxpy", {x, y}, {2.0}));
        std::printf("saxpy on %zu PEs: %.3f ns\n", launch.spans.size(), launch.execution().ns());
        const std::vector<double> result = runtime::values_of(y.to_host());
        for (std::size_t i = 0; i < result.size(); ++i) wrong += result[i] != 2.0 * xs[i] + 1 ? 1 : 0;
    });
    std::printf("%s\n", wrong == 0 ? "verified" : "WRONG");
    return wrong == 0 ? 0 : 1;
}
