#!/usr/bin/env python3
"""A batch of many photos: what analysing the look once saves, how much memory it takes, and whether being killed leaves any trace.

    python3 batch.py RELUMINE PHOTOS... [--count 300] [--bad 24] [--large 3] [--kills 20] [--jobs 2]

Makes a folder of `--count` photos of about 1 megapixel from those given, `--bad` of which are damaged in one way or another, and `--large` have 45
megapixels; learns a look, and applies it: all of it, one process a photo (of the first 30), and `--kills` times killed with SIGKILL at a random
moment and gone on with. Needs: pillow.
"""
import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parent / "../../examples/photos"
DAMAGES = [
    lambda data: b"",
    lambda data: data[: len(data) // 3],
    lambda data: b"GIF89a" + data[6:200],
    lambda data: b"not a photo at all",
    lambda data: data[:2] + bytes(500) + data[502:],
    lambda data: b"\xff\xd8\xff\xd9",
]


def shoot(folder, sources, count, bad, large):
    """Photos, each a crop of its own."""
    draw = random.Random(1)
    for number in range(count):
        picture = Image.open(sources[number % len(sources)]).convert("RGB")
        share = draw.uniform(0.7, 1.0)
        width, height = (int(side * share) for side in picture.size)
        left, top = draw.randrange(picture.width - width + 1), draw.randrange(picture.height - height + 1)
        size = (8256, 5504) if number < large else (1216, 816)
        path = folder / f"{number:04}.jpg"
        picture.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.BICUBIC).save(path, quality=92)
        if large <= number < large + bad:
            path.write_bytes(DAMAGES[number % len(DAMAGES)](path.read_bytes()))


def outputs(folder, manifest=".relumine-batch.jsonl"):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != manifest}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("relumine")
    a.add_argument("photos", nargs="*", default=[EXAMPLES / f"{name}.jpg" for name in ("day", "autumn", "winter", "dusk")])
    for name, default in (("count", 300), ("bad", 24), ("large", 3), ("kills", 20), ("jobs", 2)):
        a.add_argument(f"--{name}", type=int, default=default)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        photos, whole, broken, single = (folder / name for name in ("photos", "whole", "broken", "single"))
        photos.mkdir()
        shoot(photos, a.photos, a.count, a.bad, a.large)
        look = folder / "dusk.look"
        subprocess.run([a.relumine, "learn", EXAMPLES / "day.jpg", EXAMPLES / "dusk.jpg", "-o", look, "-q"], check=True)

        def batch(out, *words):
            return [a.relumine, "apply", look, photos, "-o", out, "--jobs", str(a.jobs), *words]

        began = time.monotonic()
        done = subprocess.Popen(batch(whole, "--log", folder / "log.jsonl"), stderr=subprocess.PIPE, text=True)
        told = done.stderr.read()
        _, status, usage = os.wait4(done.pid, 0)
        seconds = time.monotonic() - began
        lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        failed = sum(line["status"] == "failed" for line in lines)
        listed = sum(line.startswith("error: ") for line in told.splitlines())
        print(f"{a.count} photos, {a.jobs} jobs: {seconds:.1f} s, {seconds / a.count * 1000:.0f} ms a photo, {usage.ru_maxrss / 2**20:.2f} GiB; "
              f"exit code {os.waitstatus_to_exitcode(status)}, {failed} failed, {listed} lines of errors, {len(outputs(whole))} results", flush=True)

        first = [path for path in sorted(photos.iterdir())[a.large + a.bad:]][:30]
        single.mkdir()
        began = time.monotonic()
        for path in first:
            subprocess.run([a.relumine, "apply", look, path, "-o", single / path.name, "-q"], check=True)
        alone = (time.monotonic() - began) / len(first)
        began = time.monotonic()
        subprocess.run([a.relumine, "apply", look, *first, "-o", folder / "few", "--jobs", str(a.jobs), "-q"], check=True)
        together = (time.monotonic() - began) / len(first)
        print(f"one process a photo: {1000 * alone:.0f} ms; the same {len(first)} in one batch: {1000 * together:.0f} ms a photo", flush=True)

        expected, draw, killed = outputs(whole), random.Random(2), 0
        while killed < a.kills:
            run = subprocess.Popen(batch(broken, "--skip-existing", "-q"), stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0.02, seconds / 12))
            if run.poll() is None:
                run.send_signal(signal.SIGKILL)
                killed += 1
            run.wait()
            found = outputs(broken) if broken.exists() else {}
            half = [name for name, digest in found.items() if not name.startswith(".relumine-") and expected.get(name) != digest]
            if half:
                raise SystemExit(f"not whole after being killed: {half}")
            if run.returncode in (0, 1):
                break
        subprocess.run(batch(broken, "--skip-existing", "-q"), stderr=subprocess.DEVNULL)
        same = outputs(broken) == expected
        print(f"killed {killed} times: results {'equal, none left over' if same else 'DIFFER'}", flush=True)


if __name__ == "__main__":
    main()
