// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include "app/address_command.h"
#include "app/arguments.h"
#include "app/ccl_command.h"
#include "app/completion.h"
#include "app/diff_command.h"
#include "app/failure.h"
#include "app/list_command.h"
#include "app/log_command.h"
#include "app/option_values.h"
#include "app/report_command.h"
#include "app/result.h"
#include "app/run_command.h"
#include "app/topo_command.h"
#include "app/validate_command.h"
#include "experiments/configs.h"
#include "experiments/scenarios/probe_report.h"
#include "platform/interrupted.h"
#include "sim/interrupt.h"
#include "sim/whole_file.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>

namespace ahbm::cli {
namespace {

int fail(ExitCode code, const std::string& text) {
    std::fputs(fmt::format("error: {}\n", text).c_str(), stderr);  // whoever closed standard error wants none
    return code;
}

/// Every way a command can end, as an exit code and one line on standard error (details after it).
int guarded(const std::function<int()>& command) {
    try {
        return command();
    } catch (const Interrupted& end) {
        fail(ok, end.what());
        return 128 + end.signal();
    } catch (...) {
        const Failure failure = judge(std::current_exception());
        return fail(failure.code, failure.text);
    }
}

struct Commands {
    CLI::App app{"Virtual platform of the AHBM accelerator"};
    Libraries libraries;
    RunOptions run_options;
    std::string list_what = "all", topology = "default", dot_file, svg_file;
    std::vector<std::string> overrides;
    bool help_parameters = false;
    AddressOptions address;
    CclOptions ccl;
    CLI::App *bench, *bench_ccl, *ccl_group, *ccl_plan, *kernel, *kernel_test;
    CLI::App *run, *list, *topo, *addr, *probe, *diff, *log, *report, *reference, *completion, *validate;
    std::string before, after;
    std::string report_folder, report_file;
    std::vector<std::string> words;
    LogOptions log_options;
    ValidateOptions validation;

    Commands() {
        app.require_subcommand(1);
        app.set_version_flag("--version", AHBM_VERSION);
        app.footer(
            "Exit codes: 0 ok, 1 verification failed or a finding, 2 bad input, 3 hang, 4 model error, 5 a figure is "
            "off without a reason (validate).");
        define_run();
        list = app.add_subcommand("list", "What there is: scenarios, kernels, algorithms, topologies, models");
        list->add_option("what", list_what, "one of them")
            ->check(one_of({"all", "scenarios", "kernels", "algorithms", "topologies", "models"}));
        topo = app.add_subcommand("topo", "Inventory of a topology, and drawings of it");
        add_topology(topo);
        topo->add_option("--dot", dot_file, "write the connections for Graphviz")->check(named_file());
        topo->add_option("--svg", svg_file, "write a floor plan to scale")->check(named_file());
        addr = app.add_subcommand("addr", "Decode or encode a physical address");
        addr->add_option("address", address.text, "0x... or sip0.cube3.pe5.tcm+0x100");
        addr->add_flag("--table", address.table, "print the whole address map");
        add_topology(addr);
        probe = app.add_subcommand("probe", "Reference points and the hops of every path class");
        add_topology(probe);
        diff = app.add_subcommand("diff", "What two results differ in, and which classes of work got slower");
        diff->add_option("before", before, "result.json, or a folder of --out")->required();
        diff->add_option("after", after, "the other one")->required();
        diff->footer("Exit code 0: equal, 1: different.");
        log = app.add_subcommand("log", "Questions to an op log (`run --op-log`)");
        log->add_option("file", log_options.file, "the log")->required();
        log->add_option("--at", log_options.at, "who last wrote there? sip0.cube0.hbm0+0x1000");
        log->add_option("--bytes", log_options.bytes, "how many bytes from there (1)")
            ->check(natural_up_to(UINT64_MAX, 1));
        log->add_option("--before", log_options.before, "as seen at this time: 12.5us");
        log->add_option("--waits", log_options.waits,
                        "what did it wait for, and why did it go on? sip0.cube0.pe0, or a part of it");
        log->add_option("--value", log_options.value, "who made this value, where was it seen, what depends on it?")
            ->check(natural_up_to(UINT64_MAX));
        report = app.add_subcommand("report", "HTML report from a folder of `run --out DIR --report FILE`");
        report->add_option("folder", report_folder, "the folder")->required();
        report->add_option("-o,--output", report_file, "file to write (default: report.html in the folder)")
            ->check(named_file());
        define_ccl();
        define_validate();
        reference =
            app.add_subcommand("config-reference", "Every configuration value as Markdown (docs/configuration.md)");
        completion = app.add_subcommand("completion", "Bash completion: eval \"$(ahbm completion)\"");
        completion->add_option("--words", words, "what its script asks: how may the last of these words go on?");
        take_one_value_each(app);
    }

    /// `--set a=b gemm_sharded`: the scenario is no second value. And "" is none: an option that is given does
    /// something.
    static void take_one_value_each(CLI::App& command) {
        for (CLI::Option* option : command.get_options())
            if (!option->get_lnames().empty() && option->get_delimiter() == '\0')
                option->allow_extra_args(false)->check(some_value());
        for (CLI::App* each : command.get_subcommands([](CLI::App*) { return true; })) take_one_value_each(*each);
    }

    void add_topology(CLI::App* command) {
        command->add_option("--topology", topology, "name or YAML file");
        command->add_option("--set", overrides, "override a value: sip.cube_mesh.w=2");
    }

    void add_ccl_options(CLI::App* command) {
        command->add_option("--algo,--algorithm", ccl.algorithm, "algorithm (default: as ccl.yaml says)");
        command->add_option("--topology", ccl.topology, "name or YAML file");
        command->add_option("--set", ccl.overrides, "override a configuration value");
        command->add_option("--ccl", ccl.ccl, "YAML file with the algorithms of collectives");
        command->add_option("--ccl-set", ccl.ccl_overrides,
                            "override a value of it: algorithms.ring_allreduce.n_slots=8");
        command->add_option("--kernels", libraries.kernels, "library with kernels of your own");
        command->add_option("--collectives", libraries.collectives,
                            "library with topologies, mappers, validators of your own");
    }

    void add_timing_option(CLI::App* command, std::string& timing) {
        command->add_option("--timing", timing, "how the fabric takes time")->check(one_of(names_of<Timing>()));
    }
    template <class Seed>
    static void add_seed_option(CLI::App* command, Seed& seed) {
        command->add_option("--seed", seed, "of random inputs")->check(natural_up_to(UINT64_MAX));
    }
    void add_json_option(CLI::App* command) {
        command->add_option("--json", ccl.json, "write it as JSON")->check(named_file());
    }

    void add_case_options(CLI::App* command, const std::string& dtype, const std::string& redop) {
        command->add_option("-d,--dtype", ccl.dtype, "element type (default: " + dtype + ")")
            ->check(one_of(names_of<Dtype>()));
        command->add_option("-o,--redop", ccl.redop, "how to reduce (default: " + redop + ")")
            ->check(one_of(names_of<runtime::ReduceOp>()));
        command->add_option("-r,--root", ccl.root, "rank")->check(natural_up_to(15));
        add_seed_option(command, ccl.seed);
    }

    void define_ccl() {
        bench = app.add_subcommand("bench", "Tables of simulated performance");
        bench->require_subcommand(1);
        bench_ccl = bench->add_subcommand("ccl", "A collective over a range of sizes, in the columns of nccl-tests");
        add_ccl_options(bench_ccl);
        bench_ccl->add_option("--op", ccl.op, "operation (default: all_reduce)")->check(one_of(bench_operations()));
        bench_ccl->add_option("-b,--minbytes", ccl.begin, "first size: 64, 4K, 1M");
        bench_ccl->add_option("-e,--maxbytes", ccl.end, "last size");
        bench_ccl->add_option("-f,--stepfactor", ccl.factor, "from one size to the next");
        add_case_options(bench_ccl, "f16", "sum");
        bench_ccl->add_flag_function(
            "-c,--check,!--no-check", [this](std::int64_t asked) { ccl.check = asked > 0; },
            "compare every element with the reference (default)");
        bench_ccl->add_option("--data", ccl.data, "values")->check(one_of({"on", "off"}));
        add_timing_option(bench_ccl, ccl.timing);
        bench_ccl->add_option("--csv", ccl.csv, "write it as CSV; -: to standard output")->check(named_file());
        add_json_option(bench_ccl);
        ccl_group = app.add_subcommand("ccl", "Collectives: what a configuration comes to");
        ccl_group->require_subcommand(1);
        ccl_plan = ccl_group->add_subcommand("plan", "Queue pairs, launches and arguments of an algorithm");
        add_ccl_options(ccl_plan);
        ccl_plan->add_option("--dot", ccl.dot, "write a Graphviz drawing of the queue pairs")->check(named_file());
        add_json_option(ccl_plan);
        kernel = app.add_subcommand("kernel", "Kernels without the platform");
        kernel->require_subcommand(1);
        kernel_test =
            kernel->add_subcommand("test", "Verify a collective's kernel in the functional runner, in milliseconds");
        CLI::Option* name =
            kernel_test->add_option("name", ccl.algorithm, "algorithm of ccl.yaml (default: as it says)");
        add_ccl_options(kernel_test);
        kernel_test->get_option("--algo")->excludes(name);
        kernel_test->add_option("--elems", ccl.elements, "elements per participant (default: sizes around a slot)")
            ->check(natural_up_to(UINT32_MAX, 1));
        add_case_options(kernel_test, "all", "all");
        kernel_test->footer(
            "Exit code 1 when a case fails, 2 when there is nobody to test it with. Example: ahbm kernel test "
            "ring_allreduce --topology mini");
    }

    void define_validate() {
        ValidateOptions& o = validation;
        validate = app.add_subcommand("validate", "The platform against closed forms, in every timing");
        std::vector<CLI::Option*> of_cases{
            validate->add_option("--topology", o.topology, "name or YAML file"),
            validate->add_option("--set", o.overrides, "override a value: sip.cube.hbm.channels=4"),
            validate->add_option("--only", o.only, "groups of cases: links,hbm")
                ->check(one_of(validation_groups()))
                ->delimiter(',')};
        CLI::Option* modes = validate->add_flag(
            "--modes", o.modes,
            "instead: every scenario in every timing, beside flit, as its file in configs/scenarios");
        for (CLI::Option* option : of_cases) modes->excludes(option);
        validate->add_flag("--defaults", o.defaults, "with --modes: as `ahbm run NAME` runs it (minutes)")
            ->needs(modes);
        validate->add_option("--json", o.json, "write it as JSON")->check(named_file());
        validate->add_flag("--markdown", o.markdown, "print it as Markdown");
        validate->footer("Exit code 5 when a figure is off by more than its bound and no reason is given.");
    }

    void define_run() {
        run = app.add_subcommand("run", "Run a scenario and verify it (default: ccl_allreduce)");
        run->footer(
            "Parameters of the scenario are options too: ahbm run gemm_sharded --m 512 --dtype bf16\n"
            "ahbm run gemm_sharded --help-parameters lists them. Lists are in brackets: --rates '[0.1, 0.2]'\n"
            "Example: ahbm run gemm_sharded --input a=a.npy --input b=b.npy --output c=c.npy --topology mini");
        RunOptions& o = run_options;
        run->add_option("scenario", o.scenario, "name, or a YAML file");
        run->add_option("--topology", o.topology, "name or YAML file (default: default)");
        run->add_option("--set", o.overrides, "override a configuration value: sip.cube_mesh.w=2");
        run->add_option("--ccl", o.ccl, "YAML file with the algorithms of collectives (default: the one that ships)");
        run->add_option("--ccl-set", o.ccl_overrides, "override a value of it: algorithms.ring_allreduce.n_slots=8");
        run->add_option("--device", o.device, "of a scenario that runs on one SIP, which: sip:1 (default: sip:0)");
        run->add_flag_function(
            "--verify,!--no-verify", [&o](std::int64_t asked) { o.verify = asked > 0; },
            "compare with the independent reference (default)");
        run->add_option("--data", o.data, "values; background: on a second thread")
            ->check(one_of({"on", "off", "background"}));
        add_timing_option(run, o.timing);
        add_seed_option(run, o.seed);
        run->add_option("--input", o.inputs, "NAME=FILE.npy");
        run->add_option("--output", o.outputs, "[NAME=]FILE.npy");
        run->add_option("--out", o.out, "folder for result.json and config.yaml")->check(named_file());
        run->add_option("--json", o.json, "file for the result")->check(named_file());
        run->add_option("--op-log", o.observers.op_log, "file for the log of data operations")->check(named_file());
        run->add_flag("--details", o.details, "tables behind the summary: phases of the run, engines, paths, links");
        run->add_flag("--ledger", o.observers.ledger,
                      "where time went: percentiles by path and phase, waits of jobs, who delayed whom");
        run->add_option("--vcd", o.observers.vcd, "file for waves")->check(named_file());
        run->add_option("--vcd-scope", o.observers.vcd_scope, "which: sip0.cube0.pe0.*,sip0.launch");
        run->add_option("--trace", o.observers.trace.file, "file for a timeline: .pftrace (Perfetto), .json (Chrome)")
            ->check(named_file());
        run->add_option("--trace-window", o.observers.trace.window, "only this time: 2us..4us, 2us.., ..4us");
        run->add_option("--trace-scope", o.observers.trace.scope, "only what has such a name: sip0.cube0.*,host");
        run->add_option("--trace-limit", o.observers.trace.limit, "how many events are recorded (default: 10 million)")
            ->check(natural_up_to(UINT64_MAX, 1));
        run->add_option("--report", o.observers.report, "file for the report, HTML (docs/report.md)")
            ->check(named_file());
        run->add_option("--kernels", libraries.kernels, "library with kernels of your own");
        run->add_option("--scenarios", libraries.scenarios, "library with scenarios of your own");
        run->add_option("--collectives", libraries.collectives,
                        "library with topologies, mappers, validators of your own");
        run->add_option("--models", libraries.models, "library with implementations of blocks of your own");
        run->add_option("--findings", o.findings,
                        "reads of unwritten bytes, races and the like: fail (exit code 1), warn (print them only)")
            ->check(one_of({"fail", "warn"}));
        run->add_option("--log-level", o.log_level, "what is logged (default: warning)")->check(one_of(log_levels()));
        run->add_option("--log-scope", o.log_scope, "with --log-level: only names that begin with this");
        run->add_flag("--dump-config", o.dump_config, "print the effective configuration and stop");
        run->add_flag("--help-parameters", help_parameters, "print the scenario's parameters and stop");
    }
};

int probe_command(const Commands& c, const Registries& registries) {
    const auto config = config::load_file<PlatformConfig>(find_config("topology", c.topology).string(), c.overrides);
    Session session(config, registries.kernels, {});
    std::vector<Table> tables;
    session.run([&] { tables = scenarios::probe_report(session); });
    for (const Table& table : tables) fmt::print("{}\n", format_table(table));
    return tell_findings(session.system());
}

int run_command(Commands& c, Registries& registries) {
    if (c.help_parameters) {
        const ScenarioInfo* info = registries.scenarios.find(c.run_options.scenario);
        if (info == nullptr) throw no_scenario(registries.scenarios, c.run_options.scenario);
        const std::string page = info->make()->reference();
        fmt::print("{}: {}\n{}", info->name, info->description, page);
        if (page.find("| list of ") != std::string::npos)
            fmt::print("\nA list is given in brackets, quoted for the shell: --name '[first, second]'\n");
        return ok;
    }
    return run_scenario(c.run_options, registries);
}

}  // namespace

int run(int argc, char** argv) {
    Registries registries = builtin_registries();
    return run(argc, argv, registries);
}

namespace {

int parse_and_run(int argc, char** argv, Registries& registries) {
    Commands c;
    std::vector<std::string> arguments(argv + 1, argv + argc);
    c.run_options.observers.command = as_typed(arguments);
    try {
        if (arguments.size() > 1 && arguments[0] == "completion" && arguments[1] == "--words") {
            arguments.erase(arguments.begin(), arguments.begin() + 2);
            for (const std::string& each : completions(c.app, arguments, registries)) fmt::print("{}\n", each);
            return ok;
        }
        if (!arguments.empty() && arguments.front() == "run")
            c.run_options.parameters = take_parameters(arguments, option_names(*c.run));
        check_names(c.app, arguments);
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
        c.app.parse(arguments);
    } catch (const InputError& error) {
        return fail(bad_input, error.what());
    } catch (const CLI::Success& help) {
        return c.app.exit(help);
    } catch (const CLI::ParseError& error) {
        return fail(bad_input, fmt::format("{} (ahbm --help shows what there is)", error.what()));
    }
    return guarded([&] {
        load(c.libraries, registries);
        if (c.run->parsed()) return run_command(c, registries);
        if (c.list->parsed()) return list_command(c.list_what, registries);
        if (c.addr->parsed()) return address_command(c.address, c.topology, c.overrides);
        if (c.probe->parsed()) return probe_command(c, registries);
        if (c.bench_ccl->parsed()) return bench_ccl_command(c.ccl, registries);
        if (c.ccl_plan->parsed()) return ccl_plan_command(c.ccl, registries);
        if (c.kernel_test->parsed()) return kernel_test_command(c.ccl, registries);
        if (c.log->parsed()) return log_command(c.log_options);
        if (c.diff->parsed()) return diff_command(c.before, c.after);
        if (c.report->parsed()) return report_command(c.report_folder, c.report_file);
        if (c.completion->parsed()) {
            fmt::print("{}", completion_script());
            return static_cast<int>(ok);
        }
        if (c.validate->parsed())
            return c.validation.modes ? compare_timings(c.validation, registries)
                                      : validate_command(c.validation, registries);
        if (c.reference->parsed()) {
            fmt::print("{}\n{}\n{}\n{}", config::reference<PlatformConfig>("Configuration reference"),
                       config::reference<runtime::CclDefaults>("Collectives: `defaults` of ccl.yaml"),
                       config::reference<runtime::AlgorithmConfig>("Collectives: `algorithms.<name>` of ccl.yaml"),
                       "Priority: command line, then the algorithm, then the defaults.\n");
            return static_cast<int>(ok);
        }
        const auto config =
            config::load_file<PlatformConfig>(find_config("topology", c.topology).string(), c.overrides);
        return topo_command(find_config("topology", c.topology).string(), config, c.dot_file, c.svg_file);
    });
}

}  // namespace

int run(int argc, char** argv, Registries& registries) {
    install_report_policy();
    sim::prepare_standard_streams();
    sim::handle_signals();
    const int code = parse_and_run(argc, argv, registries);
    try {
        sim::flush_standard_output();
        return code;
    } catch (const sim::OutputError& error) {  // whatever else was wrong has been said already
        return code != ok ? code : fail(bad_input, error.what());
    }
}

}  // namespace ahbm::cli
