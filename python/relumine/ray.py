"""Looks for Ray Data: ``dataset.map_batches(Apply, fn_constructor_args=("dusk.look",), concurrency=4, batch_size=8)``.

Batches hold the bytes of photos' files in a column, as ``ray.data.read_binary_files`` gives them in `bytes`.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from relumine._engine import Engine
from relumine._look import Look


class Apply:
    """Gives photos a look: a callable class for ``map_batches``, made once on each worker.

    Parameters
    ----------
    look : path, bytes or Look
        The look; a path is read on the worker, bytes and looks travel with the class.
    column : str
        The column of photos, which becomes that of results: ``None`` where a photo failed.
    error : str, optional
        The column for what went wrong, ``None`` where nothing did; without it the first photo that fails ends the run.
    threads : int
        Threads of each worker: as many as the `num_cpus` that ``map_batches`` is given, which is 1.
    **keywords
        ``strength``, ``one``, ``format``, ``quality`` … of `relumine.Look.apply`.

    Raises
    ------
    LookError, OSError
        If the look cannot be read.
    """

    def __init__(
        self, look: str | os.PathLike[str] | bytes | Look, *, column: str = "bytes", error: str | None = "error", threads: int = 1, **keywords: Any
    ) -> None:
        self.look = look if isinstance(look, Look) else Look.load(look)
        self.column, self.error, self.keywords = column, error, keywords
        self.engine = Engine(threads=threads)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch, column by column, with its photos in the look."""
        made: list[bytes | None] = []
        errors: list[str | None] = []
        for image in batch[self.column]:
            try:
                made.append(None if image is None else self.look.apply(bytes(image), engine=self.engine, **self.keywords))
                errors.append(None)
            except Exception as problem:
                if self.error is None:
                    raise
                made.append(None)
                errors.append(f"{type(problem).__name__}: {problem}")
        told = {} if self.error is None else {self.error: np.array(errors, dtype=object)}
        return {**batch, self.column: np.array(made, dtype=object), **told}
