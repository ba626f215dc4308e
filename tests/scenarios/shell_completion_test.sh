#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bash with the completion loaded, asked as readline asks it. Argument: the program.
set -uo pipefail
PATH=$(dirname "$1"):$PATH
eval "$(ahbm completion)"
failed=0
compopt() { :; }  # means nothing outside of readline
# expect WORD... : after these words, the last of them unfinished, $wanted is among what is offered, and $unwanted is not.
expect() {
    COMP_WORDS=(ahbm "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _ahbm
    for word in $wanted; do
        [[ " ${COMPREPLY[*]} " == *" $word "* ]] || { echo "FAILED: ahbm $*: no '$word' in '${COMPREPLY[*]}'"; failed=1; }
    done
    for word in $unwanted; do
        [[ " ${COMPREPLY[*]} " != *" $word "* ]] || { echo "FAILED: ahbm $*: '$word' is offered"; failed=1; }
    done
}
complete -p ahbm >/dev/null || failed=1
wanted="run report" unwanted=list expect r
wanted="gemm_sharded gemm_single_pe" unwanted="softmax_rows run" expect run gemm
wanted="mini default torus6" unwanted=gemm_sharded expect run gemm_sharded --topology ""
wanted=mini unwanted=default expect topo --topology = mi
wanted="sip.cube.hbm.channels= sip.cube.hbm.channel_bandwidth=" unwanted=sip.cube.sram.size= expect run --set sip.cube.hbm.ch
wanted="algorithms.ring_allreduce.n_slots=" unwanted=defaults.n_slots= expect run --ccl-set algorithms.ring_allreduce.n
wanted="ring_allreduce ring_broadcast" unwanted=tree_allreduce expect bench ccl --algo ring
wanted="--m --k --n --dtype" unwanted="--rows --csv" expect run gemm_sharded --
wanted="--rows --topology" unwanted="--m" expect run softmax_rows --
wanted="--csv --op" unwanted="--vcd" expect bench ccl --
wanted="hop fast flit" unwanted= expect run --timing ""
wanted=ccl unwanted=run expect bench c
wanted="mini" unwanted= expect run --set a=b --topology m
wanted= unwanted="gemm_sharded mini" expect run --json ""
# Values of what has few: those that the program takes.
wanted="all_reduce broadcast all_to_all" unwanted=sum expect bench ccl --op ""
wanted="sum avg" unwanted=all_reduce expect run ccl_reduce --op ""
wanted="sum avg" unwanted= expect run --op ""
wanted="blocked dense" unwanted= expect run gemm_sharded --layout ""
wanted="true false" unwanted= expect run softmax_rows --fused ""
wanted="tcm sram" unwanted=sleep expect run --buffer_kind = ""
wanted="all sip:0 sip:5" unwanted=sip:6 expect run --topology torus6 --device ""
wanted="sip:0" unwanted=sip:1 expect run --topology mini --device si
wanted="hop fast flit" unwanted=sip expect run --set fabric.timing = ""
wanted="fast flit" unwanted=hop expect run --set fabric.timing = f
wanted="all_gather" unwanted=broadcast expect run --ccl-set algorithms.ring_allreduce.op = all_
wanted="ring_1d" unwanted=tcm expect run --ccl-set algorithms.ring_allreduce.topology = ""
wanted="poll sleep" unwanted= expect run --ccl-set defaults.backpressure = ""
wanted= unwanted="mini run" expect run --set sip.cube.hbm.channels = ""
wanted="f16 bf16 f32" unwanted= expect bench ccl -d ""
wanted="f16 bf16 f32" unwanted= expect run gemm_sharded --dtype ""
wanted="on off" unwanted=background expect bench ccl --data ""
wanted="background" unwanted= expect run --data ""
wanted="fail warn" unwanted= expect run --findings ""
wanted="debug off" unwanted= expect run --log-level ""
wanted="links hbm" unwanted= expect validate --only ""
wanted="kernels models" unwanted= expect list ""
exit $failed
