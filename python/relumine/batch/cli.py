"""Arguments, and what is said: as of ``relumine apply``, where they overlap."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relumine.batch.run import Outcome

#: The exit code of what was stopped by Ctrl-C.
STOPPED = 130
#: Errors that are told one by one; a table has all of them.
_TOLD = 20
_EXAMPLES = """
examples:
  a folder, on all cores:
    python -m relumine.batch -r shoot/ dusk.look shoot-at-dusk/
  from one bucket to another, on a cluster, with what fails in a table:
    python -m relumine.batch --runner ray --address ray-head:6379 -r s3://raw/2026 dusk.look s3://made/2026 --failures failed.parquet
  a table of paths, with a look a row:
    python -m relumine.batch photos.parquet - out/

The same command goes on where a run was stopped. Ctrl-C once finishes the photos that are being worked on; twice stops without them.
Exit code: 0 done, 1 where a photo failed (the others are there) or nothing could be begun, 2 wrong usage, 130 stopped by Ctrl-C.
"""


def arguments() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m relumine.batch",
        description="Gives thousands of photos a look, on one machine or a cluster.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCES", help="folders, files, patterns; s3://, gs://, az://, hf://; or tables (.parquet, .csv) of a column `path`")
    add("look", metavar="LOOK", help="a .look file or a lookup table, also in a store; `-` where each row of a table has its `look` or `reference`")
    add("destination", metavar="DEST", help="folder or address to write below")
    look = parser.add_argument_group("look")
    look.add_argument("--strength", action="append", type=_strength, metavar="0..1|REGION=0..1", help="how much of the look; or of a region, as in sky=0.5")
    look.add_argument("--one", action="store_true", help="one grade for all pixels of all photos")
    files = parser.add_argument_group("files")
    files.add_argument("-r", "--recursive", action="store_true", help="take photos from folders within folders too")
    files.add_argument("--overwrite", action="store_true", help="make results anew that are there already")
    files.add_argument("--format", choices=("jpg", "png", "tif", "webp", "exr"), help="format of the results [that of each photo, else JPEG]")
    files.add_argument("--quality", type=int, metavar="1..100", help="quality of JPEG results [92]")
    files.add_argument("--failures", metavar="FILE.parquet", help="write what fails to a table: path, error, kind")
    machines = parser.add_argument_group("machines")
    machines.add_argument("--runner", choices=("native", "ray"), default="native", help="this machine, or a cluster of Ray [native]")
    machines.add_argument("--address", help="of the cluster's head, as ray.init takes it [that of the environment, else one on this machine]")
    machines.add_argument("--jobs-per-node", type=_count, metavar="N", help="photos at a time on each machine [one a core]; fewer where memory would not do")
    machines.add_argument("--threads-per-job", type=_count, metavar="N", help="threads for each of them [all cores shared]")
    machines.add_argument("--memory-per-job", type=_size, metavar="SIZE", help="memory for each of them, such as 2G [free memory, shared]")
    store = parser.add_argument_group("object stores (credentials are those of the environment)")
    store.add_argument("--endpoint-url", default=_endpoint(), help="of an S3 that is not Amazon's [AWS_ENDPOINT_URL]")
    store.add_argument("--region", help="of S3's buckets [AWS_REGION]")
    store.add_argument("--anonymous", action="store_true", help="use no credentials")
    store.add_argument("--tries", type=_count, default=6, metavar="N", help="how often a request is tried where what fails may pass [6]")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    return parser


def main(words: list[str] | None = None) -> int:
    """The program; returns its exit code."""
    parser = arguments()
    given = parser.parse_args(words)
    # Neither Daft nor Ray tells anybody of the run, unless they are told to.
    for name, value in (("DAFT_ANALYTICS_ENABLED", "0"), ("DO_NOT_TRACK", "1"), ("RAY_USAGE_STATS_ENABLED", "0"), ("DAFT_PROGRESS_BAR", "0")):
        os.environ.setdefault(name, value)
    try:
        import daft  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        print(f"error: {error.name} is missing; pip install 'relumine[batch]'", file=sys.stderr)
        return 1
    from relumine.batch.batch import OPTIONS, begin
    from relumine.batch.failures import Refused

    try:
        return _conclude(begin(given), given)
    except OPTIONS as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was begun", file=sys.stderr)
        return STOPPED


def _conclude(outcome: Outcome, given: argparse.Namespace) -> int:
    for failure in outcome.failures[:_TOLD]:
        print(f"error: {failure.path}: {failure.error}", file=sys.stderr)
    if len(outcome.failures) > _TOLD:
        where = given.failures or "--failures FILE.parquet, which would have them,"
        print(f"error: {len(outcome.failures) - _TOLD} more failed; see {where}", file=sys.stderr)
    if not given.quiet:
        print(_said(outcome, given.destination), file=sys.stderr)
    if outcome.is_stopped:
        return STOPPED
    return 1 if outcome.failures else 0


def _said(outcome: Outcome, destination: str) -> str:
    if outcome.before == outcome.total:
        return f"{destination}: nothing to do: all {outcome.total} photos were done before"
    line = f"{destination}: {outcome.done} of {outcome.total} photos in {outcome.seconds:.1f} s"
    if outcome.before:
        line += f", {outcome.before} were done before"
    if outcome.failures:
        line += f", {len(outcome.failures)} failed"
    return f"{line}; stopped, and the same command goes on" if outcome.is_stopped else line


def _endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _size(text: str) -> int:
    """Bytes: a number, or one of K, M, G."""
    unit = {"k": 10, "m": 20, "g": 30}.get(text[-1:].lower())
    try:
        size = int(float(text[:-1]) * (1 << unit)) if unit else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no size, such as 512M or 2G") from None
    if size < 128 << 20:
        raise argparse.ArgumentTypeError(f"{text} is less than the 128M that the smallest photo takes")
    return size


def keywords(given: argparse.Namespace) -> dict[str, Any]:
    """Those of ``Look.apply``."""
    chosen: dict[str, Any] = {}
    if given.strength:
        chosen["strength"] = given.strength
    if given.one:
        chosen["one"] = True
    if given.quality is not None:
        chosen["quality"] = given.quality
    return chosen


def _strength(text: str) -> float | dict[str, float]:
    region, separator, number = text.rpartition("=")
    return {region: float(number)} if separator else float(number)
