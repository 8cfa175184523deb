#!/usr/bin/env python3
"""Batches on Daft and Ray: as fast as the program's own, whole after being killed, from one worker to two, with an object store, and on a cluster.

    python batch_daft.py speed      [--count 500] [--rounds 3]   Daft's native runner against `relumine apply --jobs 2`
    python batch_daft.py kills      [--count 200] [--kills 10]   killed with SIGKILL at random moments, and run again
    python batch_daft.py workers    [--count 120] [--rounds 3]   one worker with one thread, pinned to a core, and two
    python batch_daft.py store      [--count 120]                 from and to an S3 on loopback: CPU seconds a photo of each process
    python batch_daft.py cluster    [--count 300]                 three machines of Ray, of which one is lost, and a store that fails and is slow

Each makes a folder of photos of about 1 megapixel, as batch.py does, and needs the package with the extras `batch`, `ray` and `test` (moto). Figures are of one
machine that may have other work: what is told are ratios of runs in turn, and CPU seconds.
"""
from __future__ import annotations

import argparse
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from batch import EXAMPLES, outputs, shoot

QUIET = {"DAFT_ANALYTICS_ENABLED": "0", "DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
TICK = os.sysconf("SC_CLK_TCK")
TESTS = Path(__file__).resolve().parents[2] / "python" / "tests"


def prepared(folder: Path, count: int) -> tuple[Path, Path]:
    """A folder of photos, and a look."""
    photos, look = folder / "photos", folder / "dusk.look"
    photos.mkdir()
    shoot(photos, [EXAMPLES / f"{name}.jpg" for name in ("day", "autumn", "winter", "dusk")], count, 0, 0)
    run([sys.executable, "-m", "relumine", "learn", EXAMPLES / "day.jpg", EXAMPLES / "dusk.jpg", "-o", look, "-q"])
    return photos, look


def run(command: list[Any], cores: str | None = None, **environment: str) -> tuple[float, float, str]:
    """Seconds, CPU seconds and what was said of a run that must end well."""
    command = [*(["taskset", "-c", cores] if cores else []), *map(str, command)]
    began = time.monotonic()
    done = subprocess.Popen(command, env={**os.environ, **QUIET, **environment}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    told = done.stderr.read() if done.stderr else ""
    _, status, usage = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{told}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, told


def batch(*words: Any) -> list[Any]:
    return [sys.executable, "-m", "relumine.batch", *words]


def photo_seconds(told: str) -> float:
    """The seconds that a run says it took, start-up left out."""
    found = re.search(r"photos in ([\d.]+) s", told)
    if not found:
        raise SystemExit(f"it does not say how long it took: {told}")
    return float(found[1])


def speed(folder: Path, a: argparse.Namespace) -> None:
    photos, look = prepared(folder, a.count)
    ratios, cpus = [], []
    for number in range(a.rounds):
        own, daft = folder / f"own-{number}", folder / f"daft-{number}"
        apply = [sys.executable, "-m", "relumine", "apply", look, photos, "-o", own, "--name", "{name}.{ext}", "--jobs", "2", "-q"]
        first, first_cpu, _ = run(apply)
        second, second_cpu, _ = run(batch(photos, look, daft, "--jobs-per-node", "2", "-q"))
        ratios.append(second / first)
        cpus.append(second_cpu / first_cpu)
        same = outputs(own) == outputs(daft, ".relumine-batch.json")
        print(
            f"{a.count} photos: relumine apply --jobs 2 {first:.1f} s (CPU {first_cpu:.1f} s), Daft native {second:.1f} s (CPU {second_cpu:.1f} s): "
            f"{ratios[-1]:.3f}, of CPU {cpus[-1]:.3f}; results {'equal' if same else 'DIFFER'}",
            flush=True,
        )
    print(f"median ratio of time {statistics.median(ratios):.3f}, of CPU {statistics.median(cpus):.3f}")


def kills(folder: Path, a: argparse.Namespace) -> None:
    photos, look = prepared(folder, a.count)
    whole, broken = folder / "whole", folder / "broken"
    seconds, _, _ = run(batch(photos, look, whole, "-q"))
    expected, draw, killed = outputs(whole, ".relumine-batch.json"), random.Random(3), 0
    command = list(map(str, batch(photos, look, broken, "-q")))
    while killed < a.kills:
        going = subprocess.Popen(command, env={**os.environ, **QUIET}, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 2.5 + seconds / a.kills))
        if going.poll() is None:
            going.send_signal(signal.SIGKILL)
            killed += 1
        going.wait()
        found = outputs(broken, ".relumine-batch.json") if broken.exists() else {}
        there = {name: digest for name, digest in found.items() if not name.startswith(".relumine-")}
        print(f"killed {killed} times: {len(there)} of {a.count} there", flush=True)
        if not there.items() <= expected.items():
            raise SystemExit("not whole after being killed")
        if going.returncode == 0:
            break
    run([*command])
    same = outputs(broken, ".relumine-batch.json") == expected
    print(f"killed {killed} times and run again: results {'equal, none left over' if same else 'DIFFER'}")


def workers(folder: Path, a: argparse.Namespace) -> None:
    photos, look = prepared(folder, a.count)
    halves = [folder / "first", folder / "second"]
    for number, path in enumerate(sorted(photos.iterdir())):
        half = halves[number % 2]
        half.mkdir(exist_ok=True)
        (half / path.name).symlink_to(path)
    words = ("--jobs-per-node", "1", "--threads-per-job", "1")
    ratios = []
    for number in range(a.rounds):
        _, _, told = run(batch(photos, look, folder / f"one-{number}", *words), cores="0")
        one = a.count / photo_seconds(told)
        both = [
            subprocess.Popen(
                ["taskset", "-c", str(core), *map(str, batch(half, look, folder / f"two-{number}", *words))],
                env={**os.environ, **QUIET},
                stderr=subprocess.PIPE,
                text=True,
            )
            for core, half in enumerate(halves)
        ]
        two = sum(a.count / 2 / photo_seconds(worker.communicate()[1]) for worker in both)
        ratios.append(two / one)
        print(f"one worker {one:.2f} photos a second, two {two:.2f}: {two / one:.2f} ×", flush=True)
    print(f"median: {statistics.median(ratios):.2f} ×")


def served(*words: str) -> tuple[subprocess.Popen[str], str]:
    """A store in a process of its own, and its address."""
    server = subprocess.Popen([sys.executable, TESTS / "store.py", *words], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


def client(url: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 20}),
    )


def uploaded(s3: Any, photos: Path, look: Path) -> None:
    s3.create_bucket(Bucket="photos")
    for path in sorted(photos.iterdir()):
        s3.upload_file(str(path), "photos", f"raw/{path.name}")
    s3.upload_file(str(look), "photos", "dusk.look")


def made(s3: Any) -> dict[str, int]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="photos", Prefix="made/")
    found = {one["Key"].removeprefix("made/"): one["Size"] for page in pages for one in page.get("Contents", [])}
    return {name: size for name, size in found.items() if not name.startswith(".")}


def cpu(process: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def store(folder: Path, a: argparse.Namespace) -> None:
    photos, look = prepared(folder, a.count)
    words = ("--jobs-per-node", "1", "--threads-per-job", "1")
    _, own, _ = run(batch(photos, look, folder / "files", *words), cores="0")
    server, url = served()
    try:
        uploaded(client(url), photos, look)
        before = cpu(server.pid)
        _, worker, told = run(
            batch("s3://photos/raw", "s3://photos/dusk.look", "s3://photos/made", "--endpoint-url", url, *words), cores="0", **KEYS
        )
        serving = cpu(server.pid) - before
        assert len(made(client(url))) == a.count
    finally:
        server.terminate()
    print(
        f"{a.count} photos, CPU seconds a photo: worker {worker / a.count:.3f} with the store, {own / a.count:.3f} with files "
        f"({worker / own:.2f} ×); the store {serving / a.count:.3f}; {a.count / photo_seconds(told):.2f} photos a second"
    )


def cluster(folder: Path, a: argparse.Namespace) -> None:
    from ray.cluster_utils import Cluster

    os.environ.update(QUIET)
    photos, look = prepared(folder, a.count)
    server, url = served("--fail-every", "20", "--delay", "0.02")
    small = {"num_cpus": 1, "object_store_memory": 80 << 20}
    machines = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    try:
        nodes = [machines.add_node(**small) for _ in range(2)]
        machines.wait_for_nodes()
        s3 = client(url)
        uploaded(s3, photos, look)
        words = ("--runner", "ray", "--address", machines.address, "--jobs-per-node", "1", "--threads-per-job", "1", "--endpoint-url", url)
        command = [*map(str, batch("s3://photos/raw", "s3://photos/dusk.look", "s3://photos/made", *words))]
        began = time.monotonic()
        going = subprocess.Popen(command, env={**os.environ, **KEYS}, stderr=subprocess.PIPE, text=True)
        while going.poll() is None and len(made(s3)) < a.count // 3:
            time.sleep(0.5)
        print(f"{len(made(s3))} of {a.count} photos after {time.monotonic() - began:.0f} s; a machine is lost", flush=True)
        machines.remove_node(nodes[-1], allow_graceful=False)
        told = going.communicate()[1]
        names = {path.name for path in photos.iterdir()}
        print(f"exit code {going.returncode} after {time.monotonic() - began:.0f} s: {told.strip().splitlines()[-1]}")
        print(f"results: {'all there' if set(made(s3)) == names else f'{len(made(s3))} of {len(names)}'}")
        _, _, again = run(command, **KEYS)
        print(f"run again: {again.strip().splitlines()[-1]}")
    finally:
        machines.shutdown()
        server.terminate()


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = a.add_subparsers(dest="what", required=True)
    for name, call, count in (("speed", speed, 500), ("kills", kills, 200), ("workers", workers, 120), ("store", store, 120), ("cluster", cluster, 300)):
        one = what.add_parser(name)
        one.set_defaults(call=call)
        one.add_argument("--count", type=int, default=count)
        one.add_argument("--rounds", type=int, default=3)
        one.add_argument("--kills", type=int, default=10)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        a.call(Path(folder), a)


if __name__ == "__main__":
    main()
