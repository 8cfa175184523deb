"""Looks as expressions of Daft: ``df.with_column("made", transfer(col("image"), look="dusk.look"))``.

Columns are the bytes of photos' files, such as ``daft.functions.download`` gives: each is decoded, given the look, and encoded in its own format with its
profile and metadata, as `relumine.Look.apply` does with bytes.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Union, cast

import daft
from daft import DataType, Expression
from relumine._engine import Engine
from relumine._errors import OptionsError
from relumine._look import Look
from relumine._transfer import analyse
from relumine._transfer import transfer as transferred

if TYPE_CHECKING:
    from daft import Series

#: A look: its file, what is in its file, or itself.
AnyLook = Union[str, "os.PathLike[str]", bytes, Look]

#: Photos of one call on a worker.
_A_CALL = 8


def transfer(
    image: Expression,
    *,
    look: AnyLook | Expression | None = None,
    reference: Expression | None = None,
    on_error: Literal["raise", "null", "tell"] = "raise",
    threads: int | None = None,
    **keywords: Any,
) -> Expression:
    """Photos in a look, as an expression.

    Parameters
    ----------
    image : Expression of binary
        The bytes of photos' files; null stays null.
    look : path, bytes, Look or Expression of string, optional
        The look of all photos; or a column of paths, with a look for each.
    reference : Expression of binary, optional
        Instead of a look: photos whose look each is to get, by a solution of its own.
    on_error : {"raise", "null", "tell"}
        What becomes of a photo that fails: it ends the query, it is null, or its error is told beside it.
    threads : int, optional
        Threads of each worker process; one a core where it is not given.
    **keywords
        ``strength``, ``one``, ``format``, ``quality`` … of `relumine.Look.apply`, or of `relumine.transfer` with a reference.

    Returns
    -------
    Expression
        Of binary; with ``on_error="tell"`` of a struct of `image` (binary) and `error` (string), for ``.unnest()``.

    Raises
    ------
    OptionsError
        If neither a look nor a reference is given, or both.
    LookError, OSError
        If the look cannot be read.
    """
    if (look is None) == (reference is None):
        raise OptionsError("give either a look or a reference")
    binary, text = DataType.binary(), DataType.string()
    of_rows: Any = daft.method.batch(
        return_dtype=DataType.struct({"image": binary, "error": text}) if on_error == "tell" else binary, batch_size=_A_CALL
    )
    # What is told of the method is of this call alone.
    apply: Any = daft.cls(type("Apply", (_Apply,), {"apply": of_rows(_applied())}), use_process=False)
    if isinstance(look, Expression):
        made = apply("looks", None, on_error, threads, keywords).apply(image, look)
    elif look is not None:
        made = apply("look", _file(look), on_error, threads, keywords).apply(image, daft.lit(None))
    else:
        made = apply("references", None, on_error, threads, keywords).apply(image, reference)
    return cast("Expression", made)


class _Apply:
    """What a worker does; made anew on each."""

    def __init__(self, kind: str, file: tuple[bytes, str] | None, on_error: str, threads: int | None, keywords: dict[str, Any]) -> None:
        self.kind, self.on_error, self.keywords = kind, on_error, keywords
        self.look = Look.from_bytes(*file) if file else None
        self.engine = engine(threads)

    def one(self, image: bytes | None, other: Any) -> Any:
        """The result of a photo, or what is told of it."""
        made, error = None, None
        try:
            made = None if image is None else self._made(image, other)
        except Exception as problem:
            if self.on_error == "raise":
                raise
            error = f"{type(problem).__name__}: {problem}"
        return {"image": made, "error": error} if self.on_error == "tell" else made

    def _made(self, image: bytes, other: Any) -> bytes:
        if self.kind == "references":
            return bytes(transferred(image, _reference(other), engine=self.engine, **self.keywords))
        look = _look(other) if self.look is None else self.look
        return look.apply(image, engine=self.engine, **self.keywords)


def _applied() -> Any:
    def apply(self: _Apply, images: Series, others: Series) -> list[Any]:
        return [self.one(image, other) for image, other in zip(images.to_pylist(), others.to_pylist())]

    return apply


def engine(threads: int | None) -> Engine:
    """That of a worker process, whose networks are loaded once."""
    # Many threads ask at once.
    with _making:
        return _engine(threads)


_making = threading.Lock()
_engine = lru_cache(maxsize=1)(Engine)


def _file(look: AnyLook) -> tuple[bytes, str]:
    """The bytes of a look's file and its name, which go to workers."""
    if isinstance(look, Look):
        return look.to_bytes(pictures=False), "look"
    if isinstance(look, bytes):
        data, name = look, "look"
    else:
        path = os.fspath(look)
        with open(path, "rb") as file:
            data, name = file.read(), os.path.splitext(os.path.basename(path))[0]
    # What is wrong with it is said here, and not on a worker.
    Look.from_bytes(data, name)
    return data, name


@lru_cache(maxsize=64)
def _look(path: str) -> Look:
    return Look.load(path)


@lru_cache(maxsize=16)
def _reference(data: bytes) -> Any:
    return analyse(data)
