// SPDX-License-Identifier: Apache-2.0
// Legal settings that make something slow or scarce: what is stored is visible when a kernel has completed, nobody is
// late for a barrier, nothing hangs.
#include "tests/scenarios/process.h"

#include <gmock/gmock.h>

namespace ahbm::test {
namespace {

using ::testing::HasSubstr;

class TightSettings : public InFolder, public ::testing::WithParamInterface<std::string> {};

TEST_P(TightSettings, AreVerifiedInEveryTiming) {
    for (const char* timing : {"hop", "fast", "flit"}) {
        const Finished run = ahbm("run " + GetParam() + " --topology mini --timing " + timing);
        EXPECT_EQ(run.code, 0) << timing << '\n' << run.out << run.err;
        EXPECT_THAT(run.out, HasSubstr("\nVERIFIED ")) << timing;
    }
}

std::vector<std::string> collectives_on_slow_memory() {
    std::vector<std::string> all;
    for (const char* op : {"allreduce", "all_gather", "reduce_scatter", "broadcast", "reduce", "all_to_all"})
        for (const char* buffer : {"tcm", "hbm"})
            all.push_back(std::string("ccl_") + op + " --set 'sip.cube.hbm.channel_bandwidth=100 MB/s' --buffer_kind " +
                          buffer);
    return all;
}
std::vector<std::string> few_posted_writes() {
    std::vector<std::string> all;
    for (int writes = 1; writes <= 8; ++writes)
        all.push_back("ccl_allreduce --set cpu.posted_writes=" + std::to_string(writes));
    return all;
}
INSTANTIATE_TEST_SUITE_P(SlowMemory, TightSettings,
                         ::testing::Values("softmax_rows --set 'sip.cube.hbm.link_bandwidth=64 GB/s'",
                                           "va_offset_verify --set 'sip.cube.hbm.channel_bandwidth=4 GB/s'",
                                           "softmax_rows --set 'sip.cube.hbm.channel_bandwidth=100 MB/s'",
                                           "gemm_sharded --m 64 --k 64 --n 64 --layout dense"));
INSTANTIATE_TEST_SUITE_P(SlowMemoryCollectives, TightSettings, ::testing::ValuesIn(collectives_on_slow_memory()));
INSTANTIATE_TEST_SUITE_P(FewPostedWrites, TightSettings, ::testing::ValuesIn(few_posted_writes()));
INSTANTIATE_TEST_SUITE_P(LateForABarrier, TightSettings,
                         ::testing::Values("ccl_allreduce --set sip.io_noc.link_bandwidth=1GB/s",
                                           "ccl_reduce_scatter --set sips.count=3 --algo rank_ring --elems 1000",
                                           "ccl_barrier --n_slots 1 --set sips.count=3",
                                           "ccl_allreduce --set sips.count=3 --n_slots 1"));

class Refusals : public InFolder, public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};
TEST_P(Refusals, NameTheFieldThatIsTooSmall) {
    const Finished run = ahbm(std::string("run ") + GetParam().first);
    EXPECT_EQ(run.code, 2) << run.out;
    EXPECT_THAT(run.err, HasSubstr(GetParam().second));
}
INSTANTIATE_TEST_SUITE_P(
    Tables, Refusals,
    ::testing::Values(std::pair("ccl_allreduce --topology mini --set sip.cube.pe.mmu.entries=1", "entries"),
                      std::pair("gemm_sharded --topology mini --set sip.cube.pe.mmu.entries=1", "entries"),
                      std::pair("ccl_allreduce --topology mini --set firmware.max_in_flight=0", "max_in_flight")));

class Findings : public InFolder {};
TEST_F(Findings, EndWithCode1UnlessTheyAreOnlyToBePrinted) {
    const Finished failed = ahbm("run unwritten_on_purpose --topology mini --scenarios " AHBM_WRONG_SCENARIO);
    EXPECT_EQ(failed.code, 1) << failed.out << failed.err;
    EXPECT_THAT(failed.out, HasSubstr("\nfinding      "));
    const Finished warned =
        ahbm("run unwritten_on_purpose --topology mini --findings warn --scenarios " AHBM_WRONG_SCENARIO);
    EXPECT_EQ(warned.code, 0) << warned.out << warned.err;
    EXPECT_THAT(warned.out, HasSubstr("\nfinding      "));
}

}  // namespace
}  // namespace ahbm::test
