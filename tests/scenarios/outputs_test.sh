#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Outputs as a user meets them: what is written through, what is refused before the run, what a full disk, a closed stream
# and a signal leave behind. Arguments: the program, a library of models. Says "skipped" for what needs a right that is not given.
set -uo pipefail
ahbm=$1 library=$2
folder=$(mktemp -d)
mounted=()
cleanup() {
    for mount in "${mounted[@]}"; do umount "$mount"; done
    rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
failed=0
fail() { echo "FAILED: $*"; failed=1; }
expect() { [ "$1" = "$2" ] || fail "$3: expected '$2', got '$1'"; }
# expect_error CODE TEXT COMMAND...: this exit code, and one line on standard error that contains the text.
expect_error() {
    local code=$1 text=$2
    shift 2
    "$@" >out 2>err
    expect $? "$code" "exit code of $*"
    expect "$(wc -l <err)" 1 "lines of $*: $(head -3 err)"
    case $(cat err) in "error: "*"$text"*) ;; *) fail "$*: '$(cat err)' does not say '$text'" ;; esac
}
leftovers() { find . -name '.ahbm-*' | wc -l; }
valid_json() { node -e "JSON.parse(require(\"fs\").readFileSync(\"$1\"))" 2>/dev/null || fail "$1 is no JSON"; }
run=("$ahbm" run gemm_single_pe --topology mini)

# --- written through ------------------------------------------------------------------------------------------------
mkfifo fifo
cat fifo >through & "${run[@]}" --json fifo >/dev/null || fail "--json to a FIFO"
wait $!
[ -p fifo ] || fail "the FIFO was replaced"
"${run[@]}" --json plain.json >/dev/null
cmp -s through plain.json || fail "what came through the FIFO differs from a file"

if mknod null c 1 3 2>/dev/null && echo >null 2>/dev/null; then
    "${run[@]}" --json null --op-log null >/dev/null || fail "--json to a device node"
    [ -c null ] || fail "the device node was replaced"
    mknod full c 1 7
    expect_error 2 "full: cannot be written: No space left on device" "${run[@]}" --json full
    [ -c full ] || fail "the node of the full device was replaced"
else
    echo "skipped: device nodes cannot be made or used here"
fi
rm -f null full

mkdir elsewhere
echo old >elsewhere/real.json
ln -s elsewhere/real.json link.json
ln -s elsewhere/new.json dangling.json
"${run[@]}" --json link.json >/dev/null
[ -L link.json ] && cmp -s elsewhere/real.json plain.json || fail "a symbolic link was replaced, or its target not"
"${run[@]}" --json dangling.json >/dev/null
[ -L dangling.json ] && cmp -s elsewhere/new.json plain.json || fail "a dangling link was replaced, or its target not made"

echo old >one.json
ln one.json two.json
"${run[@]}" --json one.json >/dev/null
cmp -s two.json plain.json || fail "the other name of a hard link holds something else now"

echo old >mode.json
chmod 604 mode.json
chown 12345:12346 mode.json 2>/dev/null || echo "skipped: owners cannot be given away here"
before=$(stat -c '%a %u %g' mode.json)
"${run[@]}" --json mode.json >/dev/null
expect "$(stat -c '%a %u %g' mode.json)" "$before" "mode and owner of a file that is written again"
(umask 027; "${run[@]}" --json masked.json >/dev/null)
expect "$(stat -c %a masked.json)" 640 "mode of a new file"
expect "$("${run[@]}" --json /dev/stdout | head -c 1)" "{" "/dev/stdout, a pipe"
"${run[@]}" --json /dev/stdout >both.txt
[ -f both.txt ] && grep -q '"schema"' both.txt && grep -q simulated both.txt || fail "/dev/stdout, a file: $(head -3 both.txt)"
"${run[@]}" --json - >only.json
cmp -s only.json plain.json || fail "--json - is not the result alone"
# Standard output has the document and nothing else, whoever writes it.
"$ahbm" run gemm_single_pe --topology mini --out folder --report page.html >/dev/null || fail "no folder"
alone() {  # option, command...: the same bytes in a file and on standard output
    local option=$1
    shift
    "$@" "$option" document >/dev/null || fail "$* $option document: exit code $?"
    "$@" "$option" - >alone || fail "$* $option -: exit code $?"
    cmp -s document alone || fail "$* $option - is not the document alone: $(head -2 alone)"
}
for option in --json --op-log --output; do alone $option "${run[@]}"; done
alone --json "$ahbm" bench ccl --topology mini -e 64
alone --csv "$ahbm" bench ccl --topology mini -e 64
alone --json "$ahbm" ccl plan --topology mini
alone --dot "$ahbm" ccl plan --topology mini
alone --dot "$ahbm" topo --topology mini
alone --svg "$ahbm" topo --topology mini
alone --json "$ahbm" validate --only links
alone --output "$ahbm" report folder
expect_error 2 "--dot - --svg -: one of them can have standard output" "$ahbm" topo --dot - --svg -
expect_error 2 "--csv - --json -: one of them can have standard output" "$ahbm" bench ccl --csv - --json -
expect_error 2 "--vcd -: GTKWave's save file stands beside the waves" "${run[@]}" --vcd -

# --- refused before the run -----------------------------------------------------------------------------------------
rm -rf a b; mkdir a
for option in --json --op-log --report; do
    expect_error 2 "$option: a: cannot be written: Is a directory" "${run[@]}" $option a
    expect_error 2 "$option: no/x: the folder $folder/no does not exist" "${run[@]}" $option no/x
done
expect_error 2 "--vcd: no/x.vcd: the folder" "${run[@]}" --vcd no/x.vcd
expect_error 2 "--trace: no/x.json: the folder" "${run[@]}" --trace no/x.json
expect_error 2 "no/x.npy: the folder" "${run[@]}" --output no/x.npy
for command in "bench ccl --topology mini --json" "bench ccl --topology mini --csv" "ccl plan --topology mini --json" \
    "ccl plan --topology mini --dot" "topo --topology mini --dot" "topo --topology mini --svg" "validate --json"; do
    expect_error 2 "a: cannot be written: Is a directory" "$ahbm" $command a
    expect "$(wc -c <out)" 0 "$command has done something first"
done
expect_error 2 "--op-log ./x.json: is the same file as --json x.json" "${run[@]}" --json x.json --op-log ./x.json
expect_error 2 "is the same file as" "${run[@]}" --json one.json --op-log two.json
expect_error 2 "is the same file as" "${run[@]}" --json link.json --op-log elsewhere/real.json
expect_error 2 "is the same file as --json" "${run[@]}" --json w.gtkw --vcd w.vcd
expect_error 2 "--json b/result.json: is the same file as --out" "${run[@]}" --out b --json b/result.json
[ -e b ] && fail "a refused run leaves the folder it made"
"$ahbm" run --topology mini --dump-config >topology.yaml
printf 'base: topology.yaml\n' >derived.yaml
printf 'scenario: gemm_single_pe\ntopology: mini\n' >scenario.yaml
"$ahbm" run ccl_allreduce --topology mini --out of_a_run >out
cp of_a_run/ccl.yaml own.yaml
"$ahbm" run gemm_single_pe --topology mini --m 8 --k 8 --n 8 --output a.npy >out
for command in "run gemm_single_pe --topology topology.yaml --json" "run gemm_single_pe --topology derived.yaml --json" \
    "bench ccl --topology topology.yaml --json" "bench ccl --topology topology.yaml --csv" "topo --topology topology.yaml --svg" \
    "topo --topology derived.yaml --dot" "ccl plan --topology topology.yaml --dot" "validate --topology topology.yaml --json"; do
    expect_error 2 "topology.yaml: would overwrite what --topology reads" "$ahbm" $command topology.yaml
done
expect_error 2 "own.yaml: would overwrite what --ccl reads" "$ahbm" run ccl_allreduce --topology mini --ccl own.yaml --vcd own.yaml
expect_error 2 "own.yaml: would overwrite what --ccl reads" "$ahbm" bench ccl --topology mini --ccl own.yaml --json own.yaml
expect_error 2 "would overwrite what the scenario file reads" "$ahbm" run scenario.yaml --json scenario.yaml
expect_error 2 "would overwrite what --input reads" "${run[@]}" --input a=a.npy --op-log a.npy
expect_error 2 "would overwrite what a library reads" "$ahbm" run gemm_single_pe --topology mini --models "$library" \
    --json "$library"
expect_error 2 "is the same file as" "$ahbm" ccl plan --topology mini --json p --dot p
expect_error 2 "is the same file as" "$ahbm" bench ccl --topology mini --json p --csv p
if [ "$(id -u)" != 0 ]; then
    touch locked.json; chmod 444 locked.json
    expect_error 2 "Permission denied" "${run[@]}" --json locked.json
fi

# --- a folder for results belongs to its runs ---------------------------------------------------------------------
mkdir mine; echo precious >mine/ccl.yaml
expect_error 2 "--out mine: ccl.yaml there is not of a run whose result.json is beside it" "${run[@]}" --out mine
expect "$(cat mine/ccl.yaml)" precious "a file of the user's"
"$ahbm" run ccl_allreduce --topology mini --out again >out
"${run[@]}" --out again >out
expect "$(ls again | tr '\n' ' ')" "config.yaml result.json " "after a run without collectives"
"$ahbm" run ccl_allreduce --topology mini --set no_progress=10ns --out again >out 2>err
expect $? 3 "exit code of a hang"
expect "$(ls again | tr '\n' ' ')" "deadlock.dot " "after a hang"
"${run[@]}" --out again >out
expect "$(ls again | tr '\n' ' ')" "config.yaml result.json " "after a run behind a hang"

# --- no room --------------------------------------------------------------------------------------------------------
mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
    mounted+=("$folder/small")
    head -c 65536 /dev/zero >small/filler 2>/dev/null
    for output in "--json small/r.json" "--op-log small/o.jsonl" "--vcd small/w.vcd" "--trace small/t.json" \
        "--trace small/t.pftrace" "--report small/r.html" "--output small/c.npy" "--out small/folder"; do
        expect_error 2 "No space left on device" "${run[@]}" $output
        expect "$(find small -mindepth 1 ! -name filler | wc -l)" 0 "files that $output leaves: $(ls -A small)"
    done
    rm small/filler; head -c 32768 /dev/zero >small/filler  # room for the config, not for the result
    "${run[@]}" --out small/folder --set sip.cube.noc.rows=6 >/dev/null 2>&1 ||
        expect "$(find small -mindepth 1 ! -name filler | wc -l)" 0 "half a result was left"
    "$ahbm" list >small/list 2>/dev/null; rm -f small/list
    head -c 65536 /dev/zero >small/filler 2>/dev/null
    for command in list "run gemm_single_pe --topology mini" --help "ccl plan" config-reference completion "addr --table" \
        "topo" "kernel test ring_allreduce --topology mini --elems 8" "bench ccl --topology mini -e 64"; do
        "$ahbm" $command >small/out 2>err
        expect $? 2 "$command with standard output on a full disk"
        expect "$(cat err)" "error: standard output: cannot be written: No space left on device" "$command"
    done
else
    echo "skipped: no right to mount a small file system"
fi
(ulimit -f 1; expect_error 2 "cannot be written: File too large" "${run[@]}" --trace big.json; exit $failed) || failed=1
[ -e big.json ] && fail "a file that grew too large is left"

# --- streams that are closed ----------------------------------------------------------------------------------------
{ "$ahbm" config-reference 2>err; echo $? >code; } | true
expect "$(cat code)" 2 "a closed pipe"
expect "$(cat err)" "error: standard output: cannot be written: Broken pipe" "a closed pipe"
"${run[@]}" --json closed.json 2>&- >out
expect $? 0 "standard error closed"
cmp -s closed.json plain.json || fail "what goes to standard error is in an output"
"${run[@]}" --json no/x 2>&- >out
expect $? 2 "an error without standard error"
for command in list "bench ccl --topology mini -e 64"; do
    expect_error 2 "" bash -c '"$0" $1 >&-' "$ahbm" "$command"
    expect "$(cat err)" "error: standard output: cannot be written: Bad file descriptor" "$command"
done
"${run[@]}" --json closed.json <&- >&- 2>&-
expect $? 2 "all streams closed"
cmp -s closed.json plain.json || fail "an output became a standard stream"

# --- signals --------------------------------------------------------------------------------------------------------
# The op log comes through a FIFO: with its first line the run is under way.
long=("$ahbm" run ccl_allreduce)  # writes more than a pipe and its buffers hold
rm fifo; mkfifo fifo
for signal in INT:130 TERM:143 HUP:129; do
    rm -f w.* t.*
    env --default-signal=INT,HUP "${long[@]}" --op-log fifo --trace t.json --vcd w.vcd --vcd-scope sip0.launch >out 2>err &
    child=$!
    exec 3<fifo
    read -r line <&3
    kill -"${signal%:*}" $child
    cat <&3 >log.jsonl
    exec 3<&-
    wait $child
    expect $? "${signal#*:}" "exit code after SIG${signal%:*}"
    why="interrupted by SIG${signal%:*} at "
    grep -q "^error: $why[0-9.]* ns" err || fail "SIG${signal%:*}: $(cat err)"
    grep -q "^\$comment partial: $why" w.vcd || fail "the VCD does not say that it is partial"
    grep -q "partial: $why" t.json || fail "the trace does not say that it is partial"
    tail -1 log.jsonl | grep -q '"record":"partial","records":[0-9]*,"reason":"'"$why" || fail "the op log does not say that it is partial"
    valid_json t.json
    expect "$(leftovers)" 0 "unfinished files after SIG${signal%:*}"
done

# Every other signal that ends a program: at once, and by the signal, with nothing left.
ulimit -c 0
deadly="QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 ALRM STKFLT XCPU VTALRM PROF IO PWR SYS RTMIN RTMIN+7 RTMAX"
for signal in $deadly; do
    env --default-signal "${long[@]}" --op-log fifo --vcd "$signal.vcd" --vcd-scope sip0.launch >out 2>err &
    child=$!
    exec 3<fifo
    read -r line <&3
    [ "$(leftovers)" -gt 0 ] || fail "SIG$signal: nothing is unfinished, so nothing is tested"
    kill -"$signal" $child
    cat <&3 >/dev/null
    exec 3<&-
    wait $child 2>/dev/null
    expect $? $((128 + $(kill -l "$signal"))) "exit code after SIG$signal"
    expect "$(leftovers)" 0 "unfinished files after SIG$signal: $(find . -name '.ahbm-*')"
    [ -e "$signal.vcd" ] && fail "SIG$signal: an output of a run that ended at once"
    find . -name '.ahbm-*' -delete
done

# --- at the same time -----------------------------------------------------------------------------------------------
children=()
for i in 1 2 3 4 5 6 7 8; do
    "$ahbm" run gemm_single_pe --topology mini --seed $i --out together >/dev/null 2>err$i & children[i]=$!
done
for i in 1 2 3 4 5 6 7 8; do
    wait "${children[i]}"
    case $? in
        0) ;;
        2) expect "$(cat err$i)" "error: --out together: another run writes there" "a refused run" ;;
        *) fail "run $i into one folder: $(cat err$i)" ;;
    esac
done
valid_json together/result.json
expect "$(leftovers)" 0 "unfinished files"
exit $failed
