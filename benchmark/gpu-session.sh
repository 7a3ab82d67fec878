#!/usr/bin/env bash
# Everything that has to be shown on a GPU, from one command, on a machine without Java.
#
#   benchmark/gpu-session.sh BUNDLE [STEP...]
#
# BUNDLE is what `./dg bundle` made, or a folder with it unpacked. Without steps all are run, the smallest
# first; `--list` lists them. Every command has a time limit and its exit code is recorded; the summary comes
# last. Nothing is started that would not be over by the deadline.
#
#   OUT       folder of the results (default ./gpu-session): summary.txt, logs.txt, results.tar.gz
#   DEADLINE  seconds for all of it (default 570)
#   COMMIT    what to record (default: what the bundle says)
#   PYTHON    one with PyTorch (default python3); only peers and the safetensors pair need it
#   EMULATE   1 tries the script's logic on a machine without a GPU, on small problems
#
# Estimated, not measured but for bench, for an H200 machine with 16 cores, in seconds: info 10, smoke 40, gemm 20, switch
# 40, pair 60, check 100, host 15, cold16 15, bench 300, pdl 150, assembly 60, ttft 120, sanitize 300, agree 60,
# sweep 200, spills 30, conformance 200, kinds (guessed) 400. Where a call may last ten minutes only, four calls do:
#   info smoke gemm switch pair host cold16 bench | check assembly ttft agree sweep spills | pdl sanitize conformance | kinds
set -uo pipefail

STEPS=(info smoke gemm switch pair check host cold16 bench pdl assembly ttft sanitize agree sweep spills conformance kinds)

SHAPES=2112x7168,24576x1536,32768x512,7168x16384,4096x7168,7168x2048,576x7168,129280x7168,1536x7168,3072x1536,7168x4608,128x7168

# Weight gradients of five projections, 4,096 tokens each.
GRADIENTS=2112x7168x4096,24576x1536x4096,7168x16384x4096,4096x7168x4096,7168x2048x4096

if [ "${1:-}" = --list ] || [ $# -lt 1 ]; then
  echo "usage: $0 BUNDLE [STEP...]; steps: ${STEPS[*]}"
  exit 2
fi
bundle="$1"
shift
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=("${STEPS[@]}")

here="$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
OUT="${OUT:-$PWD/gpu-session}"
PYTHON="${PYTHON:-python3}"
EMULATE="${EMULATE:-0}"
deadline=$((SECONDS + ${DEADLINE:-570}))
work="$(mktemp -d)"
results="$work/results"
logs="$work/logs"
codes="$work/codes.tsv"
mkdir -p "$OUT" "$results" "$logs"
: >"$codes"

if [ -d "$bundle" ]; then
  root="$bundle"
else
  tar -xf "$bundle" -C "$work" || exit 2
  root="$work/dg-bundle"
fi
[ -x "$root/bin/dg" ] || {
  echo "$0: $root has no bin/dg" >&2
  exit 2
}
dg="$root/bin/dg"
commit=()
[ -z "${COMMIT:-}" ] || commit=(--commit "$COMMIT")
export DG_JIT_CACHE_DIR="$work/cache"

# Runs a command: run STEP LABEL SECONDS COMMAND...; its output goes to a log, its exit code to the table.
run() {
  local step="$1" label="$2" limit="$3" log code left began
  shift 3
  log="$logs/$step.$label.log"
  left=$((deadline - SECONDS))
  if [ "$left" -lt 5 ]; then
    printf '%s\t%s\t-\t0\tno time left\n' "$step" "$label" >>"$codes"
    return 1
  fi
  [ "$limit" -le "$left" ] || limit="$left"
  began=$SECONDS
  printf '$ %s\n' "$*" >"$log"
  timeout -k 10 "$limit" "$@" >>"$log" 2>&1 </dev/null
  code=$?
  note "$step" "$label" "$code" $((SECONDS - began)) "$log"
  save
  return "$code"
}

# A line of the table: of a success the line that sums it up, of a failure the first complaint.
note() {
  local said=""
  if [ "$3" = 0 ]; then
    said="$(grep -E '^  assembler |^spills  |^all  |^[0-9]+ processes' "$5" | tail -n 1)"
  else
    said="$(grep -m 1 -E '^dg: |[Ee]rror|ERROR|FAILED|WRONG' "$5")"
  fi
  [ -n "$said" ] || said="$(grep -v -e '^[[:space:]]*$' -e '^\$ ' "$5" | tail -n 1)"
  said="$(tr '\t' ' ' <<<"$said" | cut -c 1-110)"
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$said" >>"$codes"
  printf '%-12s %-16s rc %-3s %4s s  %s\n' "$1" "$2" "$3" "$4" "$said"
}

# Few files come back from some machines, and a machine may stop at any time: all of it, after every command.
save() {
  tar -czf "$OUT/results.tar.gz.part" -C "$work" results && mv -f "$OUT/results.tar.gz.part" "$OUT/results.tar.gz"
  (cd "$logs" && for f in *.log; do
    printf '\n======== %s\n' "$f"
    tail -c 200000 "$f"
  done) >"$OUT/logs.txt" 2>/dev/null
  column -t -s "$(printf '\t')" "$codes" >"$OUT/summary.txt" 2>/dev/null || cp "$codes" "$OUT/summary.txt"
}

# ------------------------------------------------------------------------------------------------ steps

step_info() {
  run info dg 60 "$dg" info
  if command -v nvidia-smi >/dev/null; then
    run info nvidia-smi 30 nvidia-smi
  fi
}

step_smoke() {
  if [ "$EMULATE" = 1 ]; then
    run smoke gemm 120 "$dg" gemm --device emulator --m 64 --n 128 --k 256
    return
  fi
  run smoke gpu-test 240 "$root/bin/gpu-test" --details=summary
  # Tests that were skipped did not pass.
  run smoke some-ran 5 grep -E '[1-9][0-9]* tests successful' "$logs/smoke.gpu-test.log"
}

step_gemm() {
  if [ "$EMULATE" = 1 ]; then
    run gemm fp8 120 "$dg" gemm --device emulator --m 64 --n 128 --k 256 --json
    return
  fi
  run gemm default 120 "$dg" gemm
  run gemm fp8 120 "$dg" gemm --json
  run gemm bf16 120 "$dg" gemm --dtype bf16 --json
  run gemm bf16-fp32 120 "$dg" gemm --dtype bf16 --out-dtype fp32 --json
}

# All products of the baseline against the reference, in every type.
step_check() {
  run check baseline 240 "$dg" bench --baseline --dtype all --check-only \
    --json "$results/check.json" "${commit[@]}"
}

# The same kernels for both values of the switch: listed, and compiled.
step_switch() {
  local value type span=1-16384
  [ "$EMULATE" = 1 ] && span=1-64
  for type in fp8 bf16; do
    for value in 1 0; do
      run switch "list-$type-$value" 60 env DG_MINIMIZE_NUM_SMS="$value" "$dg" kernels --arch sm90 \
        --dtype "$type" --shapes "$SHAPES" --m 1-16384 --sms 132 --count
      grep -o '^sm90_[a-z0-9_]*' "$logs/switch.list-$type-$value.log" | sort >"$work/kernels-$type-$value"
      run switch "compile-$type-$value" 150 env DG_MINIMIZE_NUM_SMS="$value" \
        DG_JIT_CACHE_DIR="$work/switch-$type-$value" "$dg" warmup --dtype "$type" --shapes "$SHAPES" \
        --m "$span" --sms 132 --assembler ptxas
      (cd "$work/switch-$type-$value" 2>/dev/null && find . -name '*.cubin' | sort) >"$work/cubins-$type-$value"
    done
    run switch "same-list-$type" 10 cmp "$work/kernels-$type-1" "$work/kernels-$type-0"
    run switch "same-cubins-$type" 10 cmp "$work/cubins-$type-1" "$work/cubins-$type-0"
    wc -l "$work/kernels-$type-1" "$work/cubins-$type-1" >"$results/switch-$type.txt"
  done
}

# Files made by PyTorch, multiplied by dg, judged by PyTorch.
step_pair() {
  local shape type name
  for shape in 257x4096x7168 64x2112x7168 1x7168x2048 1000x1536x512; do
    for type in fp8 bf16; do
      name="$type-$shape"
      run pair "make-$name" 90 "$PYTHON" "$here/pair.py" make "$work/$name.in" --dtype "$type" --shape "$shape" &&
        run pair "dg-$name" 60 "$dg" gemm --in "$work/$name.in" --out "$work/$name.out" &&
        run pair "judge-$name" 90 "$PYTHON" "$here/pair.py" judge "$work/$name.in" "$work/$name.out" &&
        tail -n 1 "$logs/pair.judge-$name.log" >>"$results/pair.jsonl"
      rm -f "$work/$name.in" "$work/$name.out"
    done
  done
}

# Host time of a launch: C, and a call of the library.
step_host() {
  if run host build 60 cc -O2 -o "$work/launch" "$here/launch.c" -ldl; then
    run host emit 60 "$dg" emit --m 64 --n 2112 --k 7168 --out "$work/launch.ptx" &&
      run host c 60 "$work/launch" "$work/launch.ptx"
  fi
  run host java 120 "$dg" bench host --json "$results/host.json"
  cat "$logs/host.c.log" "$logs/host.java.log" 2>/dev/null | grep -v '^\$' >"$results/host.txt"
}

# Sixteen processes, one empty folder: each kernel is assembled once in all.
step_cold16() {
  local dir="$work/cold16" i log="$logs/cold16.all.log" began=$SECONDS built kernels code=0
  local count=16 span=1-1024
  [ "$EMULATE" = 1 ] && count=2 && span=1-64
  mkdir -p "$dir/logs"
  for ((i = 0; i < count; i++)); do
    DG_JIT_CACHE_DIR="$dir/cache" timeout -k 10 120 "$dg" warmup --dtype fp8 --shapes 2112x7168,4096x7168 \
      --m "$span" --sms 132 --threads 2 --assembler ptxas >"$dir/logs/$i" 2>&1 </dev/null &
  done
  wait
  cat "$dir"/logs/* >"$log"
  built="$(sed -n 's/^[0-9]* kernels: \([0-9]*\) built.*/\1/p' "$dir"/logs/* | awk '{ sum += $1 } END { print sum }')"
  kernels="$(sed -n 's/^\([0-9]*\) kernels: [0-9]* built.*/\1/p' "$dir/logs/0")"
  echo "$count processes, $kernels kernels, $built assembled in all" >>"$log"
  if [ -z "$kernels" ] || [ "$built" != "$kernels" ]; then
    code=1
  fi
  note cold16 all "$code" $((SECONDS - began)) "$log"
  tail -n 1 "$log" >"$results/cold16.txt"
  save
}

# The table of the baseline: both policies, B constant or not, and cuBLASLt, in turn.
step_bench() {
  local peer=()
  "$PYTHON" -c 'import torch' 2>/dev/null && peer=(--peer "$PYTHON $here/peer.py")
  run bench baseline 400 "$dg" bench --baseline --dtype both --policy classic,tuned --constant-weights --rounds 6 \
    "${peer[@]}" --json "$results/bench.json" --svg "$results/roofline.svg" "${commit[@]}"
}

# The same without peers, each launch after the one before it.
step_pdl() {
  run pdl baseline 240 env DG_JIT_PDL=0 "$dg" bench --baseline --dtype both --rounds 2 \
    --json "$results/bench-pdl.json" "${commit[@]}"
}

# What a cold kernel costs, with one thread, per assembler.
step_assembly() {
  local name type span=1-16384
  [ "$EMULATE" = 1 ] && span=1-16
  for name in driver ptxas; do
    for type in fp8 bf16; do
      run assembly "$name-$type" 120 env DG_JIT_CACHE_DIR="$work/asm-$name" CUDA_CACHE_DISABLE=1 "$dg" warmup \
        --dtype "$type" --shapes "$SHAPES" --m "$span" --sms 132 --threads 1 --assembler "$name"
    done
  done
  # What each makes of a large kernel: registers, spills, and what it says of the speed itself.
  for name in driver ptxas embedded linker; do
    run assembly "code-$name" 60 env DG_JIT_CACHE_DIR="$work/asm-code" "$dg" compile --dtype fp8 \
      --m 4096 --n 4096 --k 7168 --sms 132 --assembler "$name"
  done
  # Slow, and only for machines without a better one: a few kernels tell enough.
  run assembly embedded-fp8 120 env DG_JIT_CACHE_DIR="$work/asm-embedded" "$dg" warmup --dtype fp8 \
    --shapes 2112x7168 --m 1-64 --sms 132 --threads 4 --assembler embedded
}

step_ttft() {
  local trace
  for trace in mixed decode; do
    run ttft "$trace" 240 "$dg" bench ttft --trace "$trace" --json "$results/ttft-$trace.json" \
      --svg "$results/ttft-$trace.svg" "${commit[@]}"
  done
}

step_sanitize() {
  local tool type few=6
  command -v compute-sanitizer >/dev/null || {
    run sanitize missing 5 false
    return
  }
  for tool in memcheck synccheck racecheck; do
    [ "$tool" = racecheck ] && few=3
    for type in fp8 bf16; do
      run sanitize "$tool-$type" 120 compute-sanitizer --tool "$tool" --target-processes all \
        --error-exitcode 9 "$dg" sweep --device cuda --dtype "$type" --limit "$few" --assembler ptxas
    done
  done
}

step_agree() {
  local where=cuda few=24
  [ "$EMULATE" = 1 ] && where=emulator && few=1
  run agree all 240 "$dg" agree --device "$where" --limit "$few" --json "$results/agree.json"
}

# Every legal tile, depth and multicast on ragged shapes.
step_sweep() {
  local type
  for type in fp8 bf16 bf16-fp32; do
    if [ "$EMULATE" = 1 ]; then
      run sweep "$type" 300 "$dg" sweep --device emulator --dtype "$type" --limit 2
    else
      run sweep "$type" 300 "$dg" sweep --device cuda --dtype "$type" \
        --assembler ptxas --json "$results/sweep-$type.jsonl"
      run sweep "$type-constant" 120 env DG_CONSTANT_WEIGHTS=1 "$dg" sweep --device cuda \
        --dtype "$type" --assembler ptxas --json "$results/sweep-$type-constant.jsonl"
    fi
  done
}

# Registers and spills of every legal kernel; after the sweep they are in the cache.
step_spills() {
  local type limit=100000
  [ "$EMULATE" = 1 ] && limit=3
  for type in fp8 bf16 bf16-fp32; do
    run spills "$type" 300 "$dg" sweep --check-spills --dtype "$type" \
      --assembler ptxas --limit "$limit"
  done
}

# What training multiplies: weight gradients in FP8, layouts other than NT, accumulation, beside torch.mm and addmm;
# which tiles are faster than those that the classic rules choose; and a part of every legal configuration.
step_kinds() {
  local peer=()
  if [ "$EMULATE" = 1 ]; then
    run kinds sweep 300 "$dg" sweep --device emulator --dtype all --limit 8
    return
  fi
  "$PYTHON" -c 'import torch' 2>/dev/null && peer=(--peer "$PYTHON $here/peer.py")
  run kinds bench 300 "$dg" bench --shapes "$GRADIENTS" \
    --dtype fp8-1d1d,bf16-nn,bf16-tn,bf16-tt,bf16-nt-acc,bf16-nn-acc,bf16-tn-acc,bf16-tt-acc,bf16-tn-fp32-acc \
    "${peer[@]}" --json "$results/bench-kinds.json" "${commit[@]}"
  run kinds sweep 120 "$dg" sweep --device cuda --dtype all --limit 400 --assembler ptxas --json "$results/sweep-kinds.jsonl"
  run kinds tune 180 "$dg" tune --shapes "$GRADIENTS" --dtype fp8-1d1d,bf16-nn,bf16-tn,bf16-tn-acc --top 24 --explore 4 \
    --budget 160 --json "$results/tune-kinds.json" "${commit[@]}"
}

step_conformance() {
  [ "$EMULATE" = 1 ] && return
  run conformance sm90 240 "$dg" conformance --arch sm90 --device --json "$results/conformance.json"
}

# -------------------------------------------------------------------------------------------------- all

for step in "${wanted[@]}"; do
  if ! declare -F "step_$step" >/dev/null; then
    echo "$0: no step \"$step\"; there are: ${STEPS[*]}" >&2
    exit 2
  fi
done
for step in "${wanted[@]}"; do
  "step_$step"
done
save

# Tables last: whoever sees the end of the output alone sees them.
show() {
  [ -f "$logs/$1" ] || return 0
  printf '\n== %s\n' "$1"
  grep -v '^\$' "$logs/$1" | tail -n "$2" | cut -c 1-180
}
{
  show ttft.mixed.log 16
  show agree.all.log 8
  show assembly.driver-fp8.log 5
  show assembly.ptxas-fp8.log 5
  show host.c.log 4
  show host.java.log 8
  show pdl.baseline.log 8
  show bench.baseline.log 16
  show kinds.bench.log 40
  show kinds.tune.log 24
  printf '\n'
  cat "$OUT/summary.txt"
  printf '%s s of %s, %s\n' "$SECONDS" "${DEADLINE:-570}" "$(tr '\n' ' ' <"$root/VERSION")"
} | tee "$work/end.txt"
cat "$work/end.txt" >"$OUT/summary.txt"
failed="$(awk -F '\t' '$3 != "0"' "$codes" | wc -l)"
echo "$failed of $(wc -l <"$codes") commands failed"
rm -rf "$work"
[ "$failed" -eq 0 ]
