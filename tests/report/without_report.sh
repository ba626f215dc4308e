#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Without npm, and without anything to fetch from, a build goes on with an empty page, whatever its folder is called, and
# so does ./ahbm, which is found through a symlink whatever CDPATH says.
set -euo pipefail
source=$1 compiler=$2 built=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build_page() {  # folder, options: configures, builds the page, prints its size
    local build=$work/$1
    shift
    cmake -S "$source" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DAHBM_BUILD_TESTS=OFF -DAHBM_BUILD_BENCH=OFF "$@" \
        >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    [[ ! -e $build/observe/report_page/node_modules ]] || { echo "something was fetched when configuring"; exit 1; }
    ninja -C "$build" ahbm_report_page >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    [[ -f $build/observe/report_page/report_page.html && ! -s $build/observe/report_page/report_page.html ]] ||
        { echo "an empty page is expected"; cat "$work/log"; exit 1; }
}
build_page "switched off" -DAHBM_REPORT=OFF
# An npm that has nothing to fetch from.
mkdir "$work/tools"
printf '#!/bin/sh\nexit 1\n' >"$work/tools/npm"
chmod +x "$work/tools/npm"
build_page "off 'line" -DNPM="$work/tools/npm"
grep -q 'the program will have no HTML report' "$work/log"

# A machine that has all packages but npm, and cannot install it.
mkdir "$work/bin"
ln -s /usr/bin/* /bin/* "$work/bin" 2>/dev/null || true
rm -f "$work"/bin/{npm,apt-get,dpkg-query,sudo}
printf '#!/bin/sh\nexit 100\n' >"$work/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
printf '#!/bin/sh\ncase "$*" in *npm) exit 1 ;; esac\nprintf "install ok installed"\n' >"$work/bin/dpkg-query"
chmod +x "$work"/bin/{apt-get,sudo,dpkg-query}
TMPDIR=$work PATH=$work/bin AHBM_BUILD=$built "$source/ahbm" list models >"$work/models" 2>"$work/said" || { cat "$work/said"; exit 1; }
grep -q 'builtin.pe_gemm' "$work/models"
grep -q 'the HTML report is left out' "$work/said"

ln -s "$source/ahbm" "$work/linked"
mkdir -p "$work/elsewhere/work"
cd "$work"
[[ $(CDPATH=$work/elsewhere ./linked test --help) == "ahbm test "* ]]
