#!/usr/bin/env bash
# Every measurement that needs a GPU, into WORK/logs: one table or log each. With two GPUs tensor parallel too.
#   bash benchmarks/on_gpu.sh WORK [SMALL_BASE]
# WORK should lie on a fast disk or in memory (35 GB: the base of Qwen2.5-7B's shape and its adapters).
# SMALL_BASE: a folder with Qwen2.5-0.5B-Instruct or the like; with it a reader of claims is trained, and two adapters
# are trained, asked and judged. A step that fails, or takes more than its seconds, is told and the next one goes on.
# LM_EVAL_PYTHON: the Python of an environment with lm-eval (README.md here); left out, lm-eval is not run.
set -uo pipefail
work=$(mkdir -p "$1" && cd "$1" && pwd)
small=${2:+$(cd "$2" && pwd)}
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
logs=$work/logs
mkdir -p "$logs"
gpus=$("$python" -c 'import torch; print(torch.cuda.device_count())')

step() { # NAME SECONDS COMMAND...
  local name=$1 seconds=$2 begun=$SECONDS status=0
  shift 2
  PYTHONUNBUFFERED=1 timeout "$seconds" "$@" > "$logs/$name.txt" 2>&1 || status=$?
  printf '%-18s %4d s   %s\n' "$name" "$((SECONDS - begun))" "$([ "$status" = 0 ] && echo done || echo "ended with $status")"
}

base=$work/qwen2.5-7b
step base 300 "$python" -c "
from pathlib import Path
from benchmarks.made_models import write_base
from harness.models import bundled_model, find_model
find_model(str(write_base(Path('$base'), 'qwen2.5-7b', bundled_model())))"
against=("$python" -m benchmarks.against_lm_eval --work "$work/speed" --base "$base" --backend vllm
  --prompts 250 --max-new-tokens 128 --measured 1 ${LM_EVAL_PYTHON:+--lm-eval-python "$LM_EVAL_PYTHON"})
raw=("$python" -m benchmarks.against_raw_vllm --base "$base" --random-adapters 4 --limit 6000 --cap 64
  --engine-option dtype=bfloat16)
same=("$python" -m benchmarks.batch_invariance --random-adapters 2 --tier standard --limit 600 --cap 64
  --engine-option dtype=bfloat16 --engine-option enforce_eager=true)

[ "$gpus" -lt 2 ] || step tensor-parallel 500 "${raw[@]}" --repeats 1 --engine-option tensor_parallel_size=2
step raw 500 "${raw[@]}" --repeats 3
step adapters 1200 "${against[@]}" --adapters 1,8,16
step adapters-eager 900 "${against[@]}" --adapters 1,8 --eager
step order 400 "$python" -m benchmarks.request_order --base "$base" --random-adapters 4 --limit 1500 --cap 64 --repeats 2 \
  --engine-option dtype=bfloat16
step invariance 600 "${same[@]}"
step products 60 "$python" -m benchmarks.batch_invariance --products --base "$base"
[ -n "$small" ] || exit 0
step reader 600 "$python" -m harness scorers train-reader "$work/reader" --base "$small" --device cuda
step train 300 "$python" -m harness train configs/qwen2.5-0.5b.yaml --set "base=$small" --set name=mixed
step asked 600 "$python" -m pytest suites -q --tb=no -r N --tier standard --engine vllm --base "$small" \
  --reports "$work/reports" --engine-option dtype=bfloat16 --adapter "mixed=$(tail -n 1 "$logs/train.txt")"
