#!/bin/sh
# From photos and teacher to the file that is embedded: sh distil.sh FOLDER, which keeps what comes on the way.
# The runs go on where they were stopped.
set -eu
# Training that is interrupted writes a checkpoint and ends well: nothing is to follow it.
trap 'exit 130' INT TERM
here=$(dirname "$0")
data=$here/../../crates/relumine-weights/data
out=$1
mkdir -p "$out"

# run NAME MINUTES OPTIONS: trains and exports $out/NAME.safetensors
run() {
    name=$1 minutes=$2
    shift 2
    [ -f "$out/$name.safetensors" ] && return
    resume=
    [ -f "$out/$name.pt" ] && resume=--resume
    python3 "$here/train.py" --minutes "$minutes" --checkpoint "$out/$name.pt" $resume "$@"
    python3 "$here/export.py" --checkpoint "$out/$name.pt" --out "$out/$name.safetensors"
}

cargo build --release --manifest-path "$here/../../Cargo.toml" --package relumine-cli
run first 62
run second 48 --start "$out/first.safetensors" --frozen 3 --reuse 5
python3 "$here/rollouts.py" --pairs 250 --out "$out/rollouts/1" --network "$out/second.safetensors"
run third 25 --start "$out/second.safetensors" --frozen 2 --reuse 4 --rate 0.5 --rollouts "$out/rollouts"
python3 "$here/rollouts.py" --pairs 260 --out "$out/rollouts/2" --network "$out/third.safetensors" --seed 1
run fourth 46 --start "$out/third.safetensors" --frozen 2 --reuse 4 --rate 0.6 --rollouts "$out/rollouts"
python3 "$here/rollouts.py" --pairs 170 --out "$out/rollouts/3" --network "$out/fourth.safetensors" --seed 2
run fifth 36 --start "$out/fourth.safetensors" --frozen 2 --reuse 4 --rate 0.5 --rollouts "$out/rollouts/3"
python3 "$here/average.py" --start "$out/fourth.safetensors" --checkpoint "$out/fifth.pt" --out "$out/average.pt"
python3 "$here/export.py" --checkpoint "$out/average.pt" --out "$data/features.safetensors"
sha256sum "$data/features.safetensors" | cut -d ' ' -f 1 >"$data/features.sha256"
