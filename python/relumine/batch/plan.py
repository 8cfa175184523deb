"""Which photos are due: those that were found, without those whose results are there; an anti-join of Daft's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from relumine.batch import local, naming, sources, stores
from relumine.batch.failures import Refused
from relumine.batch.identity import NAME
from relumine.batch.sources import Source
from relumine.batch.stores import Stores

if TYPE_CHECKING:
    from daft import DataFrame


class Plan(NamedTuple):
    """What is to be done."""

    rows: DataFrame
    """The photos that are due: `url`, `name` (of the result below the destination), `look`, `reference`."""
    due: int
    total: int


def plan(found: list[Source], destination: str, format: str | None, store: Stores, overwrite: bool) -> Plan:
    """Names the results, and leaves out the photos whose results are there.

    Raises
    ------
    Refused
        If two photos would be one file, or a result would be a source.
    """
    import daft

    found = [source for source in found if not _is_within(source.url, destination)]
    several = len({source.root for source in found}) > 1
    names = [naming.output(_relative(source, several), format) for source in found]
    _check_apart(found, names)
    columns: dict[str, list[str | None]] = {
        "url": [source.url for source in found],
        "name": [*names],
        "look": [source.look for source in found],
        "reference": [source.reference for source in found],
    }
    text = daft.DataType.string()
    rows = daft.from_pydict({name: daft.Series.from_pylist(values, name=name, dtype=text) for name, values in columns.items()})
    there = [] if overwrite else results(destination, store)
    if there:
        rows = rows.join(daft.from_pydict({"name": there}), on="name", how="anti")
    rows = rows.collect()
    return Plan(rows, rows.count_rows(), len(found))


def results(destination: str, store: Stores) -> list[str]:
    """The names of what is below a destination and not empty."""
    if stores.scheme(destination) != "file":
        # Of an address with a slash too many, or of none, only what is below counts.
        start = len(destination.rstrip("/")) + 1
        return [url[start:] for url, size in sources.listing(f"{destination.rstrip('/')}/**", store) if size and not url.endswith(NAME)]
    found = []
    for within, _, files in os.walk(destination):
        below = os.path.relpath(within, destination).replace(os.sep, "/")
        found += [f"{below}/{name}" if below != "." else name for name in files if _is_whole(within, name)]
    return found


def _is_whole(folder: str, name: str) -> bool:
    return not name.startswith(local.PREFIX) and os.path.getsize(os.path.join(folder, name)) > 0


def _relative(source: Source, several: bool) -> str:
    return f"{naming.own_folder(source.root)}/{source.relative}" if several and source.root else source.relative


def _is_within(url: str, destination: str) -> bool:
    return url.startswith(destination.rstrip("/") + "/")


def _check_apart(found: list[Source], names: list[str]) -> None:
    """Names that differ by case alone are one file to some systems."""
    taken: dict[str, Source] = {}
    for source, name in zip(found, names):
        other = taken.setdefault(name.lower(), source)
        if other is not source:
            raise Refused(f"{other.url} and {source.url} would both become {name}; give them in batches of their own")
