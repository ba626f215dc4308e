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
exit $failed
