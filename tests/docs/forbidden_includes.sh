#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# forbidden_includes.sh SOURCES BUILD COMPILER: tries, for each layer, a header of every other one, and sees the compile fail
# unless the layer uses that one (cmake/Layers.cmake); plain code is not given SystemC either.
set -euo pipefail
sources=$1 layers=$2/layers compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -A header root  # by layer
for file in "$layers"/*.dirs; do
    folder=$(head -n 1 "$file") name=$(basename "$file" .dirs)
    root[$folder]=$layers/$name
    header[$folder]=$(cd "${root[$folder]}" && find -L . -name '*.h' | LC_ALL=C sort | head -n 1 | cut -c 3-)
done
[[ ${#root[@]} -ge 20 ]] || { echo "${#root[@]} layers"; exit 1; }
bad=0 refused=0 tried=
for folder in "${!root[@]}"; do
    mapfile -t dirs < <(tail -n +2 "$layers/$(basename "${root[$folder]}").dirs" | sed '/^$/d')
    for other in "${!root[@]}"; do
        uses=0
        for dir in "${dirs[@]}"; do [[ $dir != "${root[$other]}" ]] || uses=1; done
        # No compile for what lies there or not: the preprocessor looks in these folders and nowhere else of ours.
        found=0
        for dir in "${dirs[@]}"; do [[ ! -e $dir/${header[$other]} ]] || found=1; done
        [[ $uses == "$found" ]] || { echo "$folder, ${header[$other]} of $other: uses $uses, found $found"; bad=1; }
        [[ $uses == 1 || $tried == "$folder" ]] && continue
        echo "#include \"${header[$other]}\"" >"$work/try.cpp"
        if "$compiler" -std=c++20 -fsyntax-only "${dirs[@]/#/-I}" "$work/try.cpp" 2>"$work/said"; then
            echo "$folder may include ${header[$other]} of $other"; bad=1
        fi
        grep -q "${header[$other]}: No such file\|'${header[$other]}' file not found" "$work/said" || { cat "$work/said"; bad=1; }
        refused=$((refused + 1)) tried=$folder
    done
done
[[ $refused -ge 18 ]] || { echo "$refused forbidden includes were tried"; bad=1; }
for systemc in systemc tlm; do
    echo "#include <$systemc>" >"$work/try.cpp"
    ! "$compiler" -std=c++20 -fsyntax-only -isystem "$sources/cmake/no_systemc" "$work/try.cpp" 2>"$work/said" || { echo "plain code sees $systemc"; bad=1; }
    grep -q "plain code has no sight of SystemC" "$work/said" || { cat "$work/said"; bad=1; }
done
# A way around the folders.
! grep -rnE '^#include "\.' --include='*.h' --include='*.cpp' "$sources"/{sim,numerics,shadow,firmware,interconnect,models,sw_runtime,platform,observe,experiments,app} || bad=1
exit $bad
