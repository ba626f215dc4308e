// SPDX-License-Identifier: Apache-2.0
// A scenario library: one scenario fails its verification, one reads what nobody has written, one was faster than its
// bound.
#include "experiments/scenarios/verify.h"
#include "sim/plugin_abi.h"

namespace {

struct NoParameters {
    template <class V>
    void fields(V&) {}
};

class WrongOnPurpose : public ahbm::ParameterisedScenario<NoParameters> {
public:
    void run(ahbm::ScenarioRun& run) override {
        using namespace ahbm;
        using runtime::Split;
        std::vector<float> values(32);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
        const runtime::Tensor x = run.context.from_host(runtime::make_array({8, 4}, Dtype::f16, values),
                                                        {{Split::row_wise, Split::replicate, 0, 1}, {}, "x"});
        values[1 * 4 + 3] += 1;
        values[5 * 4 + 2] += 64;
        run.result.verifications.push_back(scenarios::compare(
            x, x.to_host(), runtime::make_array({8, 4}, Dtype::f16, values), {}, "x against a reference that differs"));
    }
};

class UnwrittenOnPurpose : public ahbm::ParameterisedScenario<NoParameters> {
public:
    void run(ahbm::ScenarioRun& run) override {
        using namespace ahbm;
        run.context.empty({8, 4}, Dtype::f16, {{runtime::Split::row_wise, runtime::Split::replicate, 0, 1}, {}, "x"})
            .to_host();
        run.result.verifications.push_back(scenarios::not_verified("it only reads"));
    }
};

class TooFastOnPurpose : public ahbm::ParameterisedScenario<NoParameters> {
public:
    void run(ahbm::ScenarioRun& run) override {
        using namespace ahbm;
        run.context.zeros({8, 4}, Dtype::f16, {{runtime::Split::row_wise, runtime::Split::replicate, 0, 1}, {}, "x"});
        Measured measured;
        measured.what = "work of 2 ns";
        measured.times = {sim::Time::ps(1999)};
        measured.own = Measured::Bound{sim::Time::ps(2000), "what it takes"};
        record(run.result, std::move(measured));
    }
};

}  // namespace

AHBM_PLUGIN

extern "C" void ahbm_register_scenarios(ahbm::ScenarioRegistry& registry) {
    registry.add({"wrong_on_purpose", "fails its verification", [] { return std::make_unique<WrongOnPurpose>(); }});
    registry.add(
        {"too_fast_on_purpose", "is faster than its bound", [] { return std::make_unique<TooFastOnPurpose>(); }});
    registry.add({"unwritten_on_purpose", "reads what nobody has written",
                  [] { return std::make_unique<UnwrittenOnPurpose>(); }});
}
