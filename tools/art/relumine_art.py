#!/usr/bin/env python3
"""Writes a look as the table that ART asks for.

    python3 relumine_art.py LOOK PARAMETERS.json OUTPUT

ART calls it with the last two: what its sliders say, and where the table, a CLF in ACES 2065-1, is to be. `RELUMINE` names the program where it is not on the path.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    look, parameters, output = sys.argv[1:]
    with open(parameters) as file:
        strength = float(json.load(file).get("strength", 1.0))
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "look.clf")
        subprocess.run([os.environ.get("RELUMINE", "relumine"), "lut", look, "-o", table, "--aces", "--strength", str(strength), "-q"], check=True)
        shutil.move(table, output)


if __name__ == "__main__":
    main()
