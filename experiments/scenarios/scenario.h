// SPDX-License-Identifier: Apache-2.0
/// Scenarios by name: what `ahbm run` runs. A scenario is a host program with parameters; it may be built in, in a
/// plug-in library, or in a user's own sc_main.
/// A plug-in library exports `extern "C" void ahbm_register_scenarios(ahbm::ScenarioRegistry&)`, and says AHBM_PLUGIN
/// (sim/plugin_abi.h) once.
#pragma once

#include "experiments/table.h"
#include "platform/input_error.h"
#include "platform/launch_record.h"
#include "platform/session.h"
#include "sim/config/config.h"
#include "sim/config/node.h"
#include "sw_runtime/collectives/config.h"
#include "sw_runtime/collectives/registry.h"
#include "sw_runtime/context/context.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ahbm {

/// What the user asked for, besides the scenario's own parameters.
struct RunRequest {
    bool verify = true;
    std::uint64_t seed = 1;
    runtime::DeviceSelector device;
    runtime::CclConfig ccl;                                                    ///< algorithms of collectives
    runtime::CollectiveRegistry collectives = runtime::builtin_collectives();  ///< what they are made of
    std::map<std::string, std::filesystem::path> inputs;                       ///< tensor name -> .npy
    std::map<std::string, std::filesystem::path> outputs;  ///< tensor name -> .npy; "" = the scenario's main result
    bool data = true;                                      ///< values are simulated
};

/// Outcome of comparing a result with its reference.
struct Verification {
    enum class Verdict : std::uint8_t { not_run, passed, failed };
    Verdict verdict = Verdict::not_run;
    std::string what;                   ///< what was compared with what
    std::uint64_t elements = 0;         ///< compared; 0: nothing that is counted
    std::string_view noun = "element";  ///< what is counted
    std::uint64_t mismatches = 0;
    std::uint64_t nan = 0, infinite = 0;  ///< expected as such and found: equal kinds at equal places match
    std::string report;                   ///< for people, several lines; empty when passed
    nlohmann::json json;                  ///< twin of the report
};

/// A figure a scenario reports: name, value, unit.
struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
};

/// A piece of work beside what it cannot be faster than.
struct Measured {
    std::string name;              ///< begins the names of its figures; empty for the only one
    std::string what;              ///< "C[1024 x 1024] = A B, f16"
    std::vector<sim::Time> times;  ///< of each repeat
    std::string rate;              ///< of the last one: "129.1 TFLOP/s"
    struct Bound {
        sim::Time time;
        std::string words;  ///< how it was computed
    };
    std::optional<Bound> own;      ///< of the way it was done, on what it used
    std::optional<Bound> machine;  ///< of any way, on all PEs, each operand moved once
    std::uint64_t pes_used = 0, pes = 0;
    std::string idle;  ///< when PEs are idle: what would use them
};

struct ScenarioResult {
    std::vector<Measured> measured;
    std::vector<LaunchRecord> launches;
    std::vector<Verification> verifications;
    std::vector<Figure> figures;
    std::vector<Table> tables;
    std::vector<std::string> notes;            ///< sentences for the summary
    std::vector<std::filesystem::path> files;  ///< written by the scenario
};

/// Takes it in, with its figures: kernel_time, bound_time, of_bound, machine_bound_time, of_machine, pes_used.
void record(ScenarioResult& result, Measured measured);

/// What a running scenario has at hand.
struct ScenarioRun {
    Session& session;
    runtime::Context& context;
    const RunRequest& request;
    ScenarioResult& result;
};

class Scenario {
public:
    virtual ~Scenario() = default;
    /// Sets parameters from "name=value"; throws ConfigError for an unknown name or a wrong value.
    virtual void set(const std::vector<std::string>& assignments) = 0;
    /// The parameters in effect, as YAML.
    virtual std::string parameters() const = 0;
    /// Markdown table of the parameters, for --help and the docs.
    virtual std::string reference() const = 0;
    /// All values of each parameter that has few, by its name.
    virtual std::map<std::string, std::vector<std::string>> choices() const { return {}; }
    /// What can be told wrong before anything is elaborated (shapes, input files): throws InputError or NpyError.
    virtual void check(const PlatformConfig&, const RunRequest&) {}
    /// What the system is built with for it, besides its configuration.
    virtual void equip(SystemOptions&) const {}
    /// Whether it runs on all SIPs together, or on the one that the user names.
    virtual bool uses_all_sips() const { return false; }
    /// Whether the seed decides more than values, so that it counts without them.
    virtual bool is_random() const { return false; }
    /// Whether it moves values: --data has an effect.
    virtual bool has_values() const { return true; }
    /// The settings of collectives that it runs with, as far as it uses them, after all that the user said; nothing: it
    /// makes no collectives.
    virtual std::optional<runtime::CclConfig> collectives(const RunRequest&) const { return std::nullopt; }
    /// Runs on a SystemC thread.
    virtual void run(ScenarioRun& run) = 0;
};

struct ScenarioInfo {
    std::string name;
    std::string description;  ///< one line
    std::function<std::unique_ptr<Scenario>()> make;
};

class ScenarioRegistry {
public:
    /// Throws std::invalid_argument when the name is taken.
    void add(ScenarioInfo info);
    const ScenarioInfo* find(const std::string& name) const;
    std::vector<const ScenarioInfo*> all() const;  ///< sorted by name

private:
    std::map<std::string, ScenarioInfo> scenarios_;
};

void register_builtin_scenarios(ScenarioRegistry& registry);

/// A scenario whose parameters are a struct with a field list.
template <class Parameters>
class ParameterisedScenario : public Scenario {
public:
    void set(const std::vector<std::string>& assignments) override {
        for (const std::string& each : assignments)
            for (const std::string& path : config::paths_of_override(each)) given_.insert(path);
        parameters_ = config::load_text<Parameters>(config::dump(parameters_), "parameters", assignments);
    }
    std::string parameters() const override { return config::dump(parameters_); }
    std::string reference() const override { return config::reference<Parameters>("Parameters"); }
    std::map<std::string, std::vector<std::string>> choices() const override { return config::choices<Parameters>(); }

protected:
    /// Whether somebody says this parameter, be it its default.
    bool given(const std::string& name) const { return given_.contains(name); }

    Parameters parameters_;

private:
    std::set<std::string> given_;
};

}  // namespace ahbm
