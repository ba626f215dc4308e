#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Without npm, and without anything to fetch from, a build goes on with an empty page; ./ahbm is found through a symlink
# whatever CDPATH says.
set -euo pipefail
source=$1 compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build_page() {  # folder, options: configures, builds the page, prints its size
    local build=$work/$1
    shift
    cmake -S "$source" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DAHBM_BUILD_TESTS=OFF -DAHBM_BUILD_BENCH=OFF "$@" \
        >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    [[ ! -e $build/platform/report_page/node_modules ]] || { echo "something was fetched when configuring"; exit 1; }
    ninja -C "$build" ahbm_report_page >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    [[ -f $build/platform/report_page/report_page.html && ! -s $build/platform/report_page/report_page.html ]] ||
        { echo "an empty page is expected"; cat "$work/log"; exit 1; }
}
build_page off -DAHBM_REPORT=OFF
# An npm that has nothing to fetch from.
mkdir "$work/tools"
printf '#!/bin/sh\nexit 1\n' >"$work/tools/npm"
chmod +x "$work/tools/npm"
build_page offline -DNPM="$work/tools/npm"
grep -q 'the program will have no HTML report' "$work/log"

ln -s "$source/ahbm" "$work/linked"
mkdir -p "$work/elsewhere/work"
cd "$work"
[[ $(CDPATH=$work/elsewhere ./linked test --help) == "ahbm test "* ]]
