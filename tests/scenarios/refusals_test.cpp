// SPDX-License-Identifier: Apache-2.0
// Every way to get a command wrong: exit code 2, one line, nothing left behind.
#include "tests/scenarios/cli.h"

namespace ahbm::test {
namespace {

TEST_F(Cli, RefusesTrafficThatTheMeshHasNot) {
    const std::string run = "run noc_traffic --topology mini ";
    expect_refused(run + "--k 7", "k: 7: the mesh has 6 x 6 nodes");
    expect_refused(run + "--region sip --set sip.cube_mesh.h=1 --pattern transpose",
                   "pattern: a mesh of 1 x 2 nodes has no transpose: set k");
    expect_refused(run + "--packet 8KiB", "packet: at most 4096 B is expected (fabric.max_packet)");
    expect_refused(run + "--rates '[0.1, 0]'", "--rates [0.1, 0]: rates: more than 0 and at most 2 is expected");
    expect_refused(run + "--input x=x.npy", "--input x: no tensor of that name; there is none");
}

TEST_F(Cli, BadInputGetsOneLineAndLeavesNothing) {
    expect_refused("run gpt3_qkv --topology mini --output f.npy",
                   "--output f.npy: which tensor? NAME=FILE with one of q, k, v is expected");
    expect_refused("run pe_dma_probe --topology mini --output f.npy", "--output f.npy: there is no tensor to write");
    expect_refused("run pe_dma_probe --device sip:1", "--device: the probe measures from sip0");
    expect_refused("run va_offset_verify --topology mini --rows 1 --cols 1",
                   "offset 3: the smallest shard has 1 elements");
    expect_refused("run gpt3_qkv --topology mini --input w=a.npy",
                   "--input w: no tensor of that name; there is x, wq, wk, wv");
    expect_refused("run gemm_sharded --topology mini --device all",
                   "--device all: gemm_sharded runs on one SIP: name it, as in sip:0");
    expect_refused("run pe_dma_probe --topology mini --input x=a.npy",
                   "--input x: no tensor of that name; there is none");
    expect_refused("run --topology mini --algo ring_alreduce",
                   "no algorithm of all_reduce is named 'ring_alreduce'; did you mean 'ring_allreduce'?");
    expect_refused("run --topology mini --algo ring_broadcast", "ring_broadcast does broadcast, not all_reduce");
    expect_refused("run --topology mini --ccl nowhere.yaml", "nowhere.yaml: no such file");
    expect_refused("run gemm_shardet", "no scenario named 'gemm_shardet'; did you mean 'gemm_sharded'?");
    expect_refused("run --topology nowhere", "no topology named 'nowhere'; known here: default, full16, mini, torus6");
    expect_refused("run --topology nowhere.yaml", "nowhere.yaml: no such file");
    expect_refused("run --topology 'no\nwhere.yaml'", "no\\nwhere.yaml: no such file");
    for (const auto& [path, value, message] :
         {std::tuple{"sip.cube.hbm.slice", "1048576TiB", "\"1048576TiB\" is too large: at most 128 GiB"},
          {"sip.cube.hbm.slice", "127GiB", "the slices of a cube exceed the 128 GiB HBM window"},
          {"sip.cube.hbm.slice", "0B", "\"0B\" is too small: at least 4 KiB"},
          {"sip.cube.pe.tcm.size", "65537KiB", "\"65537KiB\" is too large: at most 64 MiB"},
          {"sip.cube.sram.size", "16385MiB", "\"16385MiB\" is too large: at most 16 GiB"},
          {"sip.cube.noc.rows", "4294967295", "expected an integer from 1 to 32, got \"4294967295\""},
          {"sip.cube.noc.columns", "33", "expected an integer from 1 to 32, got \"33\""},
          {"sip.ucie.connections", "4294967295", "expected an integer from 1 to 64, got \"4294967295\""},
          {"sip.io_noc.phys", "17", "expected an integer from 1 to 16, got \"17\""}})
        expect_refused(fmt::format("run --set {}={}", path, value),
                       fmt::format("--set {}={}: {}: {}", path, value, path, message));
    expect_refused("run --set sip.cube_mash.w=2",
                   "--set sip.cube_mash.w=2: sip.cube_mash: unknown field; did you mean 'cube_mesh'?");
    expect_refused("run --set sip.ucie.port_overhead=8",
                   "--set sip.ucie.port_overhead=8: sip.ucie.port_overhead: missing unit: expected a time such as \"45 "
                   "ns\", got \"8\"");
    expect_refused("run gemm_sharded --topology mini --dtype f15",
                   "--dtype f15: dtype: expected one of f16, bf16, f32, got \"f15\"");
    expect_refused("run gemm_sharded --topology mini --device sip:7", "--device sip:7: the system has 1 SIP(s)");
    expect_refused("run gemm_sharded --topology mini --input a=missing.npy", "missing.npy: no such file");
    expect_refused("run gemm_sharded --topology mini --input x=a.npy",
                   "--input x: no tensor of that name; there is a, b, bias");
    expect_refused("run gemm_sharded --topology mini --json nowhere/r.json",
                   "--json: nowhere/r.json: the folder " + (folder / "nowhere").string() + " does not exist");
    expect_refused("run --topology mini --seeed 3", "unknown option --seeed; did you mean --seed?");
    expect_refused("run --topology mnii", "no topology named 'mnii'; did you mean 'mini'?");
    expect_refused("runn", "no command is named 'runn'; did you mean 'run'?");
    expect_refused("bench cll", "bench: no command is named 'cll'; did you mean 'ccl'?");
    expect_refused("topo --toplogy mini", "topo: unknown option --toplogy; did you mean --topology?");
    expect_refused("run gemm_sharded --topology mini --dtpye f16",
                   "--dtpye f16: dtpye: unknown field; did you mean 'dtype'?");
    expect_refused(
        "run --topology mini --ccl-set algorithms.ring_allreduce.op=all_reduc",
        "--ccl-set algorithms.ring_allreduce.op=all_reduc: algorithms.ring_allreduce.op: nothing has the name "
        "'all_reduc'; did you mean 'all_reduce'?");
    expect_refused(
        "run --topology mini --ccl-set algorithms.ring_broadcast.kernel=ring_brodcast",
        "--ccl-set algorithms.ring_broadcast.kernel=ring_brodcast: algorithms.ring_broadcast.kernel: nothing "
        "has the name 'ring_brodcast'; did you mean 'ring_broadcast'?");
    expect_refused("run gemm_single_pe --topology mini --vcd-scope 'sip0.*'",
                   "--vcd-scope: is of no use without --vcd");
    expect_refused("run gemm_single_pe --topology mini --dump-config --json r.json",
                   "--json r.json: is of no use with --dump-config, which runs nothing");
    expect_refused("run --topology mini --set sips.count=2 --device sip:1",
                   "--device sip:1: ccl_allreduce runs on all SIPs");
    expect_refused("run gemm_sharded --topology mini --data off --output c.npy",
                   "--output needs values: run with --data on");
    expect_refused("addr --topology mini sip9.cube0.pe0.tcm",
                   "sip9.cube0.pe0.tcm: sip_id 9 is not populated (highest valid 0)");
    expect_refused("addr --topology mini sip0.cube9.sram+0x10",
                   "sip0.cube9.sram+0x10: cube 9 is not populated (highest valid 3)");
    expect_refused("addr --topology mini sip0.cube3.pe9.tcm",
                   "sip0.cube3.pe9.tcm: pe_id 9 is not populated (highest valid 3)");
    EXPECT_EQ(ahbm("addr --topology mini sip0.cube3.pe3.tcm").code, 0);
    write_matrix("a.npy", 4, 5, Dtype::f16);
    expect_refused("run gemm_sharded --topology mini --input a=a.npy --m 3", "--m 3: the input files make it 4");
    expect_refused("run gemm_sharded --topology mini --input a=a.npy --dtype f32",
                   "--dtype f32: the input files make it f16");
    EXPECT_EQ(ahbm("run gemm_sharded --topology mini --input a=a.npy --m 4 --n 7").code, 0);
    write_matrix("b.npy", 6, 4, Dtype::f16);
    expect_refused("run gemm_sharded --topology mini --input a=a.npy --input b=b.npy",
                   "A (4, 5) f16 and B (6, 4) f16 do not multiply");
    write("broken.npy", "\x93NUMPY and nothing else");
    EXPECT_EQ(ahbm("run gemm_sharded --topology mini --input a=broken.npy").code, 2);
    write("file", "");
    EXPECT_EQ(ahbm("run gemm_sharded --topology mini --out file/inside").code, 2);
}

TEST_F(Cli, ExhaustedMemoriesAreBadInput) {
    const Finished tcm =
        ahbm("run gemm_single_pe --topology mini --m 4096 --k 4096 --n 64 --mode load_load --data off");
    EXPECT_EQ(tcm.code, 2) << tcm.err;
    EXPECT_NE(tcm.err.find("TCM exhausted"), std::string::npos) << tcm.err;
    const Finished hbm = ahbm("run gemm_single_pe --topology mini --set sip.cube.hbm.slice='64 KiB' --data off");
    EXPECT_EQ(hbm.code, 2) << hbm.err;
    EXPECT_NE(hbm.err.find("sip0.cube0.pe0.hbm"), std::string::npos) << hbm.err;
}

}  // namespace
}  // namespace ahbm::test
