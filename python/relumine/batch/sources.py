"""Which photos there are: of folders, patterns and single files, here or in object stores, and of tables (Parquet, CSV) with a photo a row."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from relumine.batch import naming, stores
from relumine.batch.failures import Refused, told
from relumine.batch.stores import Stores

#: What a photo is told by in folders: the extensions that ``relumine apply`` takes.
PHOTOS = frozenset(
    "jpg jpeg jpe jfif png tif tiff webp jxl exr 3fr arw cr2 dcr dng erf fff iiq kdc nef nrw orf pef raf rw2 rwl sr2 srf srw x3f".split()
)
_GLOB = re.compile(r"[*?\[{]")


class Source(NamedTuple):
    """A photo of the batch."""

    url: str
    """The path of a file from the root, or the URL of an object."""
    relative: str
    """Its path below what was named."""
    root: str
    """What was named: the folder, or that which a pattern begins with; empty for rows of tables."""
    look: str | None = None
    """The look of this photo alone."""
    reference: str | None = None
    """The photo whose look this one is to get by a solution of its own."""


def find(named: list[str], recursive: bool, store: Stores) -> list[Source]:
    """The photos of what was named, without any that was found before.

    Raises
    ------
    Refused
        If something is not there, cannot be listed, or has no photos.
    """
    found: dict[str, Source] = {}
    for one in named:
        some = False
        for source in _of(one, recursive, store):
            some = True
            key = f"{source.url}\0{source.look or ''}\0{source.reference or ''}"
            found.setdefault(key, source)
        if not some:
            below = "" if recursive else " (--recursive looks below it, too)"
            raise Refused(f"{one}: there are no photos in it{below}; photos are told by extensions like jpg, png, tif, webp, dng or nef")
    return list(found.values())


def _of(named: str, recursive: bool, store: Stores) -> Iterator[Source]:
    if naming.extension(named) in ("parquet", "csv"):
        yield from _of_table(named, store)
    elif stores.scheme(named) == "file":
        yield from _of_files(os.path.abspath(stores.path(named)), recursive)
    else:
        yield from _of_store(named, recursive, store)


def _of_files(path: str, recursive: bool) -> Iterator[Source]:
    if os.path.isfile(path):
        yield _below(os.path.dirname(path), path)
    elif os.path.isdir(path):
        for within, folders, names in os.walk(path, followlinks=False):
            folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
            for name in sorted(names):
                if _is_photo(name):
                    yield _below(path, os.path.join(within, name))
    elif _GLOB.search(path):
        root = os.path.dirname(path[: _GLOB.search(path).start()])  # type: ignore[union-attr]
        for match in sorted(glob.iglob(path, recursive=True)):
            if os.path.isfile(match):
                yield _below(root, match)
    else:
        raise Refused(f"{path}: there is no such file or folder")


def _of_store(url: str, recursive: bool, store: Stores) -> Iterator[Source]:
    url = url.rstrip("/")
    check(url, store)
    pattern = _GLOB.search(url)
    if pattern:
        root, listed = url[: pattern.start()].rpartition("/")[0], url
    elif _is_photo(url):
        root, listed = url.rpartition("/")[0], url
    else:
        root, listed = url, f"{url}/{'**' if recursive else '*'}"
    for one, _ in listing(listed, store):
        if _is_photo(one) or (pattern and not one.endswith("/")):
            yield _below(root, one)


def _of_table(url: str, store: Stores) -> Iterator[Source]:
    """Rows of a column `path` (or `url`), with `look` or `reference` where a row has its own; paths are below the table's folder."""
    import daft

    if stores.scheme(url) == "file":
        url = os.path.abspath(stores.path(url))
        if not os.path.isfile(url):
            raise Refused(f"{url}: there is no such file")
    else:
        check(url, store)
    read = daft.read_csv if naming.extension(url) == "csv" else daft.read_parquet
    try:
        table = read(url, io_config=store.io_config())
        names = set(table.column_names)
        column = next((name for name in ("path", "url") if name in names), None)
        if column is None:
            raise Refused(f"{url}: it has no column `path` with the photos; it has {', '.join(sorted(names))}")
        columns = [column, *(name for name in ("look", "reference") if name in names)]
        rows = table.select(*columns).to_pydict()
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"{url}: the table cannot be read ({told(error)})") from error
    folder = url.rpartition("/")[0]
    for number, path in enumerate(rows[column]):
        if path:
            own = {name: _absolute(rows[name][number], folder) for name in columns[1:] if rows[name][number]}
            source = _absolute(path, folder)
            yield Source(source, naming.whole(source), "", own.get("look"), own.get("reference"))


def _absolute(path: str, folder: str) -> str:
    if "://" in path and not path.startswith("file://"):
        return path
    path = stores.path(path)
    return path if os.path.isabs(path) else stores.joined(folder, path)


def listing(pattern: str, store: Stores) -> list[tuple[str, int]]:
    """URLs and bytes of what a pattern of an object store matches."""
    import daft

    try:
        # An empty listing breaks other ways to take the rows.
        found = daft.from_glob_path(pattern, io_config=store.io_config()).to_arrow()
    except FileNotFoundError:
        return []
    except Exception as error:
        raise Refused(f"{pattern}: cannot be listed ({told(error)})") from error
    return list(zip(found["path"].to_pylist(), found["size"].to_pylist()))


def check(url: str, store: Stores) -> None:
    """Asks whether a bucket is there and open to us.

    Raises
    ------
    Refused
        If not.
    """
    try:
        there = store.has_bucket(url)
    except Exception as error:
        raise Refused(f"{url}: the store cannot be asked ({told(error)})") from error
    if not there:
        raise Refused(f"{url}: there is no such bucket")


def _is_photo(name: str) -> bool:
    return naming.extension(name) in PHOTOS and not name.rpartition("/")[2].startswith(".")


def _below(root: str, url: str) -> Source:
    return Source(url, url[len(root) :].replace(os.sep, "/").lstrip("/"), root)
