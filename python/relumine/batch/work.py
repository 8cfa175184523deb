"""What is done to each photo, wherever it is done: read, given the look, and written; with what went wrong as its row."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import relumine
from relumine.batch import naming, stores
from relumine.batch.failures import kind, told
from relumine.batch.node import Node, node, stopped
from relumine.batch.stores import Stores

if TYPE_CHECKING:
    from daft import Series

#: A photo that was not begun, because all of it was stopped.
STOPPED = "stopped"
#: How errors name a photo that is larger than its share of memory allows.
_TOO_LARGE = "above the limit of"
#: Looks and references of rows that are kept in a process.
_KEPT = 64


@dataclass(frozen=True)
class Task:
    """What all photos of a batch have in common; it goes to every worker.

    Attributes
    ----------
    destination : str
        The folder or URL below which results are.
    look, look_name : bytes and str, optional
        The file of the look, and its name without an extension; none where each row has its own.
    keywords : dict
        Of ``Look.apply``: ``strength``, ``one``, ``quality``.
    store : Stores
        How object stores are spoken to.
    jobs, threads, memory : int, optional
        Photos at a time on each machine, threads for each, and bytes for each.
    """

    destination: str
    look: bytes | None = None
    look_name: str = "look"
    keywords: dict[str, Any] = field(default_factory=dict)
    store: Stores = Stores()
    jobs: int | None = None
    threads: int | None = None
    memory: int | None = None


class Photos:
    """Gives photos their look, on the pool of this process: a class of Daft's, made anew on each worker."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.look = None if task.look is None else relumine.Look.from_bytes(task.look, task.look_name)

    def make(self, urls: Series, names: Series, looks: Series, references: Series) -> list[dict[str, Any]]:
        """Makes the results of some photos at once.

        Parameters
        ----------
        urls, names : Series of string
            Where photos are, and what their results are called below the destination.
        looks, references : Series of string
            The look of each, or the photo whose look it is to get; null where it is the look of all.

        Returns
        -------
        list of dict
            For each its `path`, and `error` and `kind`, which are ``None`` where its result is written.
        """
        own = node(self.task.jobs, self.task.threads, self.task.memory)
        return list(own.pool.map(lambda row: self._row(own, *row), zip(*(column.to_pylist() for column in (urls, names, looks, references)))))

    def _row(self, own: Node, url: str, name: str, look: str | None, reference: str | None) -> dict[str, Any]:
        if stopped.is_set():
            return {"path": url, "error": None, "kind": STOPPED}
        try:
            data = self.task.store.read(url)
            result = self._made(own, data, naming.FORMATS[naming.extension(name)], look, reference)
            self.task.store.write(stores.joined(self.task.destination, name), result)
        except Exception as error:
            return {"path": url, "error": told(error).removeprefix("image: "), "kind": kind(error)}
        return {"path": url, "error": None, "kind": None}

    def _made(self, own: Node, data: bytes, format: str, look: str | None, reference: str | None) -> bytes:
        try:
            with own.gate.entered():
                return self._in_look(own, data, format, look, reference, own.megapixels)
        except (relumine.MemoryLimitError, relumine.PhotoError) as error:
            if isinstance(error, relumine.PhotoError) and _TOO_LARGE not in str(error):
                raise
        # What does not fit beside others may do so alone.
        with own.gate.entered(alone=True):
            return self._in_look(own, data, format, look, reference, own.megapixels_alone)

    def _in_look(self, own: Node, data: bytes, format: str, look: str | None, reference: str | None, megapixels: int) -> bytes:
        megapixels = min(megapixels, self.task.keywords.get("max_megapixels", 200))
        keywords = {**self.task.keywords, "format": format, "max_megapixels": megapixels, "engine": own.engine}
        if reference is not None:
            keywords.pop("one", None)
            return bytes(relumine.transfer(data, _reference(reference, self.task.store), **keywords))
        chosen = self.look if look is None else load(look, self.task.store)
        if chosen is None:
            raise relumine.LookError("its row has neither a look nor a reference, and there is none for all")
        return chosen.apply(data, **keywords)


@lru_cache(maxsize=_KEPT)
def load(url: str, store: Stores) -> relumine.Look:
    """A look or a lookup table from anywhere."""
    return relumine.Look.from_bytes(*look_file(url, store))


def look_file(url: str, store: Stores) -> tuple[bytes, str]:
    """The bytes of a look's file, and what it is called."""
    return store.read(url), url.rpartition("/")[2].rpartition(".")[0] or url


@lru_cache(maxsize=_KEPT)
def _reference(url: str, store: Stores) -> Any:
    """A reference, looked at once for any number of photos."""
    return relumine.analyse(store.read(url))
