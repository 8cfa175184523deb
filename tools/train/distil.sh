#!/bin/sh
# From photos and teacher to the file that is embedded: sh distil.sh FOLDER [MINUTES [DEVICE [SIZE]]]. FOLDER keeps the checkpoint,
# from which training goes on where it was stopped. A CPU does it too, with SIZE 1 and hours for minutes.
set -eu
# Training that is interrupted writes a checkpoint and ends well: nothing is to follow it.
trap 'exit 130' INT TERM
here=$(dirname "$0")
data=$here/../../crates/relumine-weights/data
out=$1
mkdir -p "$out"
resume=
[ -f "$out/features.pt" ] && resume=--resume
python3 "$here/train.py" --minutes "${2:-15}" --device "${3:-cuda}" --size "${4:-48}" --checkpoint "$out/features.pt" $resume
python3 "$here/export.py" --checkpoint "$out/features.pt" --out "$data/features.safetensors"
sha256sum "$data/features.safetensors" | cut -d ' ' -f 1 >"$data/features.sha256"
