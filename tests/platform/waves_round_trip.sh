#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A VCD read by others: GTKWave's vcd2fst, and its fst2vcd for the way back. Both sides have the same scopes and signals of
# the same widths, and every change of each at the same time. Arguments: the program, vcd2fst, fst2vcd.
set -euo pipefail
ahbm=$1 vcd2fst=$2 fst2vcd=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$ahbm" run ccl_allreduce --topology mini --set sips.count=2 --elems 8192 --data off --vcd waves.vcd >/dev/null
"$vcd2fst" waves.vcd waves.fst >converted 2>&1
"$fst2vcd" waves.fst >back.vcd 2>>converted
! grep -i -E 'error|warning|cannot|unknown' converted

# "signal width" of every variable; then "signal time value" of every change, without those at the beginning.
list() {
    awk '
        $1 == "$scope" { path[++depth] = $3; next }
        $1 == "$upscope" { --depth; next }
        $1 == "$var" {
            name = path[1]
            for (i = 2; i <= depth; ++i) name = name "." path[i]
            sub(/\[.*/, "", $5)
            names[$4] = name "." $5
            print names[$4], $3
            next
        }
        /^#/ { now = substr($1, 2) + 0; next }
        /^b/ { value = substr($1, 2); sub(/^0+/, "", value); id = $2 }
        /^[01]/ { value = substr($1, 1, 1); sub(/^0/, "", value); id = substr($1, 2) }
        /^[b01]/ && now > 0 { print names[id], now, "=" value }' "$1" | sort
}
list waves.vcd >ours
list back.vcd >theirs
diff ours theirs | head
[[ $(grep -c '^system\.sip1\.cube3\.pe2\..* [0-9]*$' ours) -gt 20 && $(grep -c = ours) -gt 10000 ]]
