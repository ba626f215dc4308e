// SPDX-License-Identifier: Apache-2.0
// Every number that a user can set has a range, stated where it is listed, and is refused outside of it.
#include "experiments/registries.h"
#include "experiments/scenarios/host_memory.h"
#include "experiments/scenarios/scenario.h"
#include "platform/config.h"
#include "sw_runtime/tensor/npy.h"
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <regex>
#include <vector>

namespace ahbm::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A row of a reference page.
struct Listed {
    std::string path, type;
};

std::vector<Listed> listed(const std::string& page) {
    std::vector<Listed> fields;
    static const std::regex row(R"(\| `([^`]+)` \| ([^|]+) \|[^\n]*)");
    for (std::sregex_iterator each(page.begin(), page.end(), row), end; each != end; ++each)
        fields.push_back({(*each)[1], (*each)[2]});
    return fields;
}

/// What a field of this type must not take; empty: it has no order.
std::vector<std::string> outside(const Listed& field) {
    static const std::regex integer(R"((?:list of |optional )*(?:unsigned )?integer, (-?\d+) to (\d+))");
    static const std::regex number(R"((?:list of |optional )*number, (\S+) to (\S+))");
    static const std::regex quantity(R"((?:list of |optional )*(?:time|size), (\d+) (\S+) to (\d+) (\S+))");
    std::smatch range;
    std::vector<std::string> values;
    if (std::regex_match(field.type, range, integer))
        values = {std::to_string(std::stoll(range[1]) - 1),
                  std::to_string(std::stoull(range[2]) + 1),
                  "4294967296",
                  "18446744073709551616",
                  "-4294967295",
                  "1.5"};
    else if (std::regex_match(field.type, range, number))
        values = {std::to_string(std::stod(range[1]) - 0.5), std::to_string(std::stod(range[2]) + 0.5), "nan"};
    else if (std::regex_match(field.type, range, quantity))
        values = {std::to_string(std::stoll(range[1]) - 1) + " " + range[2].str(),
                  std::to_string(std::stoull(range[3]) + 1) + " " + range[4].str(), "-1 " + range[2].str()};
    else if (field.type.find("integer") != std::string::npos || field.type.find("number") != std::string::npos)
        ADD_FAILURE() << field.path << " has no range: " << field.type;
    else if (field.type.find("time") != std::string::npos)
        values = {"1001 s", "-1 ns"};
    else if (field.type.find("size") != std::string::npos)
        values = {"129 TiB", "-1 B"};
    else if (field.type.find("bandwidth") != std::string::npos)
        values = {"0 GB/s", "1001 TB/s"};
    else if (field.type.find("frequency") != std::string::npos)
        values = {"0 GHz", "1001 GHz"};
    else if (field.type.find("compute rate") != std::string::npos)
        values = {"0 TFLOP/s", "1001 PFLOP/s"};
    else if (field.type.find("wire delay") != std::string::npos)
        values = {"1000001 ns/mm"};
    else if (field.type == "length")
        values = {"1000001 mm", "-1 mm"};
    if (field.type.starts_with("list of "))
        for (std::string& value : values) value = "[" + value + "]";
    return values;
}

/// `set(prefix + path, value)` must throw a ConfigError that names the field, for all of them. Returns how many were
/// tried.
template <class Set>
unsigned refuse_all(const std::string& page, Set set, const std::string& prefix = {}) {
    unsigned tried = 0;
    for (const Listed& field : listed(page))
        for (const std::string& value : outside(field)) {
            ++tried;
            try {
                set(prefix + field.path, value);
                ADD_FAILURE() << field.path << "=" << value << " is accepted: " << field.type;
            } catch (const ConfigError& error) {
                EXPECT_THAT(error.what(), HasSubstr("--set " + prefix + field.path + "=")) << value;
                EXPECT_THAT(error.what(), Not(HasSubstr("missing unit"))) << value;
            }
        }
    return tried;
}

TEST(Ranges, EveryValueOfThePlatformIsRefusedOutsideOfItsRange) {
    EXPECT_GT(refuse_all(config::reference<PlatformConfig>("all"),
                         [](const std::string& path, const std::string& value) {
                             config::load_text<PlatformConfig>("sips: {count: 2}", "x", {path + "=" + value});
                         }),
              200u);
}

TEST(Ranges, EveryValueOfACollectiveIsRefusedOutsideOfItsRange) {
    const auto set = [](const std::string& path, const std::string& value) {
        config::load_text<runtime::CclConfig>("algorithms: {a: {kernel: k}}", "x", {path + "=" + value});
    };
    EXPECT_GT(refuse_all(config::reference<runtime::CclDefaults>("all"), set, "defaults."), 10u);
    EXPECT_GT(refuse_all(config::reference<runtime::AlgorithmConfig>("all"), set, "algorithms.a."), 20u);
}

TEST(Ranges, EveryParameterOfEveryScenarioIsRefusedOutsideOfItsRange) {
    const Registries registries = builtin_registries();
    for (const ScenarioInfo* info : registries.scenarios.all())
        EXPECT_GT(refuse_all(info->make()->reference(),
                             [&](const std::string& name, const std::string& value) {
                                 info->make()->set({name + "=" + value});
                             }),
                  0u)
            << info->name;
}

struct Refused : InFolder {
    /// Exit code 2 and one line, whatever it says.
    std::string refused(const std::string& arguments) {
        const Finished finished = ahbm(arguments);
        EXPECT_EQ(finished.code, 2) << arguments << "\n" << finished.out << finished.err;
        EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
        return finished.err;
    }
};

TEST_F(Refused, NothingWrapsAround) {
    EXPECT_THAT(refused("run --topology mini --set fabric.flit.vc_depth=4294967280"),
                HasSubstr("expected an integer from 1 to 65536, got \"4294967280\""));
    EXPECT_THAT(refused("run ccl_allreduce --topology mini --slot_size 4294967297B"), HasSubstr("at most 1 GiB"));
    EXPECT_THAT(refused("run ccl_allreduce --topology mini --slot_size 1B"), HasSubstr("at least 4 B"));
    EXPECT_THAT(refused("run ccl_allreduce --topology mini --n_slots 0"), HasSubstr("from 1 to 65536"));
    EXPECT_THAT(refused("run ccl_allreduce --topology mini --poll_interval 4.29s"), HasSubstr("too large"));
    EXPECT_THAT(refused("run ccl_allreduce --topology mini --poll_interval '4.295 ms'"), HasSubstr("4294967295 ps"));
    for (const char* command : {"run gemm_single_pe --topology mini --seed -1", "bench ccl --topology mini --seed -1",
                                "kernel test --topology mini --seed -1", "bench ccl --topology mini --root=-1"})
        EXPECT_THAT(refused(command), HasSubstr("-1: 0 to "));
    EXPECT_THAT(refused("run va_offset_verify --topology mini --rows 4294967296"), HasSubstr("from 1 to 4294967295"));
}

TEST_F(Refused, APlanWhoseRingsDoNotFitSaysWhichAndWhy) {
    for (const char* setting : {"slot_size=1GiB", "n_slots=65536"})
        EXPECT_THAT(
            refused("ccl plan --algorithm ring_allreduce --topology mini --ccl-set algorithms.ring_allreduce." +
                    std::string(setting)),
            testing::AllOf(HasSubstr("the rings of sip0.cube0.pe0 take more than the 16777216 bytes of its tcm"),
                           HasSubstr("n_slots x slot_size is ")));
}

TEST_F(Refused, AMemoryThatIsTooSmallNamesItsSize) {
    const Finished small =
        ahbm("run softmax_rows --topology mini --rows 2 --cols 25 --set 'sip.cube.hbm.slice=4096 B'");
    EXPECT_EQ(small.code, 2);
    EXPECT_THAT(small.err, HasSubstr("sip0.cube0.pe0.hbm: out of memory: tensor 'y' asks for 50 bytes"));
    EXPECT_THAT(small.err, testing::EndsWith(" (sip.cube.hbm.slice)\n"));
}

TEST_F(Refused, WhatHasNoEffectIsNotTaken) {
    const std::pair<const char*, const char*> cases[] = {
        {"run ccl_allreduce --poll_interval 5ns", "poll_interval: used with backpressure poll only"},
        {"run ccl_allreduce --algo rank_ring --poll_interval 5ns", "poll_interval: used with backpressure poll only"},
        {"run ccl_allreduce --ccl-set algorithms.ring_allreduce.poll_interval=5ns",
         "error: --ccl-set algorithms.ring_allreduce.poll_interval=5ns: algorithms.ring_allreduce.poll_interval: used "
         "with backpressure poll only"},
        {"run ccl_allreduce --ccl-set algorithms.ring_allreduce.backpressure=poll --ccl-set "
         "algorithms.ring_allreduce.poll_interval=5ns --ccl-set algorithms.ring_allreduce.backpressure=sleep",
         "error: --ccl-set algorithms.ring_allreduce.poll_interval=5ns: "},
        {"run ccl_allreduce --ccl-set defaults.poll_interval=5ns", "error: --ccl-set defaults.poll_interval=5ns: "},
        {"run ccl_allreduce --ccl-set algorithms.ring_allreduce.n_slots=8",
         "ccl_allreduce runs by intercube_allreduce"},
        {"run ccl_allreduce --algo rank_ring --ccl-set algorithms.ring_allreduce.n_slots=8",
         "ccl_allreduce runs by rank_ring"},
        {"run ccl_allreduce --root 0", "--root: all_reduce has no root"},
        {"run ccl_all_gather --op sum", "--op: all_gather does not reduce"},
        {"run ccl_barrier --elems 1024", "--elems: barrier has no elements"},
        {"run ccl_allreduce --data off --seed 1", "--seed 1: there are no values to draw with --data off"},
        {"run ccl_allreduce --algo ring_allreduce_bw --ccl-set defaults.n_slots=2",
         "--ccl-set defaults.n_slots=2: changes nothing: ccl_allreduce runs by ring_allreduce_bw"},
        {"run ccl_allreduce --algo tree_allreduce --ccl-set defaults.algorithm=ring_allreduce", "changes nothing"},
        {"run ccl_allreduce --algo ring_allreduce_bw --ccl-set algorithms.ring_allreduce_bw.root=centre",
         "changes nothing: its kernel has no root cube"},
        {"run ccl_allreduce --ccl-set algorithms.intercube_allreduce.n_elem=7",
         "changes nothing: callers say how many elements there are"},
        {"run ccl_allreduce --n_slots 2 --ccl-set algorithms.intercube_allreduce.n_slots=8", "changes nothing"},
        {"run ccl_allreduce --set no_progress=0ns", "no_progress: must be above 0"},
        {"run pe_dma_probe --sizes '[]'", "sizes: at least one is expected"},
        {"run ccl_hello_send --set sips.count=2 --ccl-set algorithms.intercube_allreduce.root=centre",
         "changes nothing"},
        {"run ccl_allreduce --ccl-set 'algorithms.ring_allreduce={op: all_reduc}'",
         "--ccl-set algorithms.ring_allreduce={op: all_reduc}: algorithms.ring_allreduce.op: nothing has the name"},
        {"run ccl_allreduce --timing flit --set 'fabric={timing: hop}'", "the timing is said twice"},
        {"bench ccl --algo ring_allreduce --ccl-set algorithms.tree_allreduce.n_slots=8", "runs by ring_allreduce"},
        {"ccl plan --algo ring_allreduce --ccl-set algorithms.tree_allreduce.n_slots=8", "runs by ring_allreduce"},
        {"kernel test ring_allreduce --ccl-set algorithms.tree_allreduce.n_slots=8", "runs by ring_allreduce"},
        {"run gemm_single_pe --ccl-set defaults.n_slots=8", "gemm_single_pe makes no collectives"},
        {"run ccl_allreduce --device sip0", "--device sip0: ccl_allreduce runs on all SIPs"},
        {"run stress --device sip:1", "--device sip:1: stress runs on all SIPs"},
        {"run noc_traffic --hot_share 0.2", "hot_share: used with pattern hotspot only"},
        {"run gemm_single_pe --log-scope sip0", "--log-scope: is of no use without --log-level"},
        {"run gemm_single_pe --verify --data off", "--verify: there are no values to compare with --data off"},
        {"run gemm_single_pe --details --json -", "--details: is of no use when"},
        {"validate --only links --markdown --json -", "--markdown: is of no use when"},
        {"kernel test ring_allreduce --algo tree_allreduce", "excludes"},
        {"addr --table", "addr --table: the map is the same for every topology"},
        {"run ccl_allreduce --root 1", "--root: all_reduce has no root"},
        {"run ccl_all_gather --op max", "--op: all_gather does not reduce"},
        {"run ccl_barrier --elems 5", "--elems: barrier has no elements"},
        {"run ccl_barrier --dtype f32", "--dtype: barrier has no elements"},
        {"run ccl_barrier --in_place true", "--in_place: barrier has no tensor"},
        {"run ccl_allreduce --timing fast --set fabric.timing=hop", "--timing fast and --set fabric.timing=hop"},
        {"bench ccl --timing fast --set fabric.timing=fast", "--timing fast and --set fabric.timing=fast"},
        {"bench ccl --root 1", "--root 1: all_reduce has no root"},
        {"bench ccl --op broadcast --redop max", "--redop max: broadcast does not reduce"},
        {"bench ccl --check --data off", "--check: there are no values to compare with --data off"},
        {"kernel test ring_all_gather --redop max", "--redop max: all_gather does not reduce"},
        {"kernel test ring_allreduce --root 1", "--root 1: all_reduce has no root"},
        {"kernel test ring_allreduce --algo tree_allreduce", "name excludes --algo"},
        {"kernel test ring_allreduce --elems 0", "--elems: 0: 1 to 4294967295 is expected"},
        {"kernel test ring_allreduce --redop ''", "--redop: : expected one of sum, max, min, avg"},
        {"run noc_traffic --data off", "--data off: noc_traffic moves no values"},
        {"run --trace t.json --trace-limit 0", "--trace-limit: 0: 1 to "},
        {"bench ccl --seed 3 --data off", "--seed 3: there are no values to draw with --data off"},
        {"bench ccl -b 8G", "-b 8G, -e "},
        {"bench ccl -b 0", "-b 0: a whole number above 0 is expected"},
        {"bench ccl -f 1.5", "-f 1.5: a whole number above 0 is expected"},
        {"run --kernels .", "kernel library '.': a library is expected, not a folder"},
        {"run --kernels " AHBM_THROWING_LIBRARY, "throwing_library.so': registers nothing"},
        {"run ccl_allreduce --algo mesh_allreduce", "mesh_allreduce: 32 participants do not form a square mesh"},
        {"run --device ''", "--device: a value is expected"}};
    for (const auto& [command, why] : cases)
        EXPECT_THAT(refused(std::string(command) + " --topology mini --set sips.count=2"), HasSubstr(why)) << command;
}

TEST_F(Refused, ALibraryWhoseConstructorThrows) {
    setenv("AHBM_TEST_THROWS", "1", 1);
    EXPECT_THAT(refused("run --topology mini --kernels " AHBM_THROWING_LIBRARY),
                HasSubstr("throwing_library.so': a static constructor threw two\\nlines\n"));
    unsetenv("AHBM_TEST_THROWS");
}

TEST_F(Refused, WhatNoRunHasWrittenIsNotReplaced) {
    for (const char* file : {"result.json", "activity.json", "deadlock.dot"}) {
        std::filesystem::create_directories(folder / "mine");
        std::ofstream(folder / "mine" / file) << "hi";
        EXPECT_THAT(refused("run gemm_single_pe --topology mini --out mine"),
                    HasSubstr(std::string("--out mine: ") + file + " there was not written by a run"));
        EXPECT_EQ(content(folder / "mine" / file), "hi");
        std::filesystem::remove_all(folder / "mine");
    }
}

TEST_F(Refused, WhatDoesNotFitIsToldWithBothNumbersBeforeItIsTaken) {
    // 4294967295 f16 in place: 8589934590 bytes of a slice of 6 GiB. Without values nothing of it is allocated.
    for (const char* data : {"on", "off"})
        EXPECT_THAT(refused(std::string("run ccl_allreduce --elems 4294967295 --data ") + data),
                    HasSubstr("take 8589934590 bytes, its PE's slice of HBM has 6442450944"));
    // More elements per participant than a row can have: 2 SIPs, 1 PE each.
    EXPECT_THAT(refused("run ccl_all_to_all --algo rank_ring --elems 4294967295 --data off"),
                HasSubstr("8589934590 elements, at most 4294967295"));
    EXPECT_THAT(refused("run ccl_all_to_all --elems 1073741825 --data off"), HasSubstr("at most 4294967295"));
    for (const char* huge : {"run gemm_sharded --m 4294967295 --k 4294967295", "run softmax_rows --rows 4294967295",
                             "run gpt3_qkv --d_model 4294967295"})
        EXPECT_THAT(refused(std::string(huge) + " --topology mini"), HasSubstr(" available"));
    for (const char* huge :
         {"run gemm_sharded --m 4294967295 --k 4294967295", "run softmax_rows --rows 4294967295 --cols 4096",
          "run va_offset_verify --rows 4294967295 --cols 4294967295"})
        EXPECT_THAT(refused(std::string(huge) + " --topology mini --data off"),
                    testing::AnyOf(HasSubstr("elements, at most"), HasSubstr("out of memory")));
}

TEST(HostMemory, IsAskedForWithBothNumbers) {
    EXPECT_NO_THROW(scenarios::require_host_memory("'a'", 1000, 8, 8000));
    try {
        scenarios::require_host_memory("'a'", 1001, 8, 8000);
        FAIL() << "taken";
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(),
                     "'a' needs about 8008 bytes of this machine's memory, 8000 are available; --data off simulates "
                     "times only");
    }
    EXPECT_GT(scenarios::host_memory_available(), 0u);
}

TEST_F(Refused, APlatformThatNobodyCouldElaborate) {
    EXPECT_THAT(refused("run ccl_allreduce --set sip.cube.noc.rows=32 --set sip.cube.noc.columns=32"),
                HasSubstr("sip.cube.noc: 16 cubes of 32 x 32 routers: 16384 in a SIP, at most 2048 can be elaborated"));
}

TEST_F(Refused, WhatUsedToCrash) {
    // One participant has nobody to send to: no way, no bound, no division by its bandwidth.
    const Finished alone = ahbm("bench ccl --topology mini --op broadcast --algo rank_ring -e 64");
    EXPECT_EQ(alone.code, 0) << alone.err;
    EXPECT_THAT(alone.out, HasSubstr("n = 1 participants"));
    EXPECT_EQ(ahbm("bench ccl --topology mini --op broadcast -e 64").code, 0);
    // Rings that TCM has no room for, which left a group without its wires behind.
    EXPECT_THAT(
        refused("run ccl_allreduce --topology mini --slot_size 2MiB --n_slots 64"),
        HasSubstr("the rings of sip0.cube0.pe0 take 268435456 bytes, 2 of n_slots 64 x slot_size 2097152 B; they "
                  "share 12582912 bytes of TCM with its kernels (sip.cube.pe.tcm.size)"));
    EXPECT_THAT(
        refused("run ccl_allreduce --algo tree_allreduce --topology mini --slot_size '4 MiB' --buffer_kind hbm"),
        HasSubstr("slot_size 4194304 B: what arrives in hbm is copied out of its slot into TCM, a quarter"));
    EXPECT_THAT(refused("run ccl_barrier --topology mini --set sips.count=3 --slot_size '4 MiB' --buffer_kind hbm"),
                HasSubstr("slot_size 4194304 B: what arrives in hbm is copied out of its slot into TCM, a quarter"));
    EXPECT_EQ(ahbm("run ccl_allreduce --topology mini --slot_size 4B --elems 33").code, 0);
}

/// One NaN and both infinities in the input. By hand: the rows of softmax with NaN or +inf are NaN throughout, -inf
/// gives 0; the rows of A with them make NaN or infinity of every product.
TEST_F(Refused, NanAndInfinityInAnInputAreExpectedInTheResult) {
    std::vector<float> values(8 * 16, 0.5F);
    values[0 * 16 + 3] = std::nanf("");
    values[2 * 16 + 5] = HUGE_VALF;
    values[4 * 16 + 7] = -HUGE_VALF;
    runtime::save_npy(folder / "x.npy", runtime::make_array({8, 16}, Dtype::f32, values));
    const Finished softmax = ahbm("run softmax_rows --topology mini --input x=x.npy --json s.json");
    EXPECT_EQ(softmax.code, 0) << softmax.out << softmax.err;
    EXPECT_EQ(nlohmann::json::parse(content(folder / "s.json"))["verifications"][0]["as_expected"],
              nlohmann::json::parse(R"({"nan": 32, "infinite": 0})"));
    runtime::save_npy(folder / "b.npy", runtime::make_array({16, 4}, Dtype::f32, std::vector<float>(64, 1)));
    const Finished gemm = ahbm("run gemm_single_pe --topology mini --input a=x.npy --input b=b.npy --json g.json");
    EXPECT_EQ(gemm.code, 0) << gemm.out << gemm.err;
    EXPECT_EQ(nlohmann::json::parse(content(folder / "g.json"))["verifications"][0]["as_expected"],
              nlohmann::json::parse(R"({"nan": 4, "infinite": 8})"));
}

}  // namespace
}  // namespace ahbm::test
