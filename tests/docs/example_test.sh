#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the package into an empty folder and builds and runs examples/own_kernel against it, as a user would.
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/log"
cmake -S "$source/examples/own_kernel" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Debug >>"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" -j 2 >>"$work/log" || { cat "$work/log"; exit 1; }
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
"$work/build/own_program" | tee "$work/out"
grep -q '^saxpy on 32 PEs' "$work/out"
grep -q '^verified$' "$work/out"
# The plug-in is found by the installed program, which finds the installed configurations.
"$work/prefix/bin/ahbm" list topologies | grep -q torus6
"$work/prefix/bin/ahbm" run gemm_single_pe --topology mini --kernels "$work/build/libsaxpy.so" >/dev/null
