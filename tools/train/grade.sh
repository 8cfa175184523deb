#!/bin/sh
# From photos to the file that is embedded: sh grade.sh FOLDER [MINUTES]. FOLDER keeps the checkpoint, from which training goes on where
# it was stopped.
set -eu
# Training that is interrupted writes a checkpoint and ends well: nothing is to follow it.
trap 'exit 130' INT TERM
here=$(dirname "$0")
data=$here/../../crates/relumine-weights/data
out=$1
mkdir -p "$out"
resume=
[ -f "$out/grade.pt" ] && resume=--resume
python3 "$here/grade_train.py" --minutes "${2:-100}" --checkpoint "$out/grade.pt" $resume
python3 "$here/grade_export.py" --checkpoint "$out/grade.pt" --out "$data/grade.safetensors"
sha256sum "$data/grade.safetensors" | cut -d ' ' -f 1 >"$data/grade.sha256"
