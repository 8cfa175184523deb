"""What went wrong: with a photo, which is a row of a table, or with all of it, which is one sentence before the work."""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple

import relumine
from relumine.batch.retries import may_pass

_DENIED = re.compile(r"access_?denied|forbidden|invalid_?access_?key|signature_?does_?not_?match|expired_?token|no credentials|\b403\b", re.IGNORECASE)
_MISSING = re.compile(r"no_?such_?(bucket|key)|not_?found|does not exist|\b404\b", re.IGNORECASE)
_CODED = re.compile(r'code: "(?P<code>[^"]+)", message: "(?P<message>[^"]+)"')


class Refused(Exception):
    """Why nothing is begun: one sentence for the user."""


class Failure(NamedTuple):
    """A photo that has no result."""

    path: str
    error: str
    kind: str


def kind(error: BaseException) -> str:
    """One word for what went wrong.

    Returns
    -------
    str
        ``photo`` (damaged, or none), ``look``, ``options``, ``machine`` (memory, threads, a GPU), ``missing``, ``denied``, ``network`` (what might have
        passed, and did not), ``storage`` (anything else of reading and writing), or ``other``.
    """
    for known, name in (
        (relumine.PhotoError, "photo"),
        (relumine.LookError, "look"),
        (relumine.OptionsError, "options"),
        (relumine.MachineError, "machine"),
        (MemoryError, "machine"),
        (FileNotFoundError, "missing"),
        (PermissionError, "denied"),
    ):
        if isinstance(error, known):
            return name
    said = str(error)
    if _DENIED.search(said):
        return "denied"
    if may_pass(error):
        return "network"
    if _MISSING.search(said):
        return "missing"
    return "storage" if isinstance(error, OSError) or "daft" in type(error).__module__ else "other"


def told(error: BaseException) -> str:
    """What an error says, on one line, without the insides of clients of object stores."""
    said = str(error) or type(error).__name__
    coded = _CODED.search(said)
    if coded:
        said = f"{coded['code']}: {coded['message']}"
    said = " ".join(said.split())
    said = re.sub(r"\s*\(Request ID: [^)]*\)|\s*No response body\.?", "", said)
    hint = "; are the environment's credentials those of this store?" if _DENIED.search(said) else ""
    return (said if len(said) <= 400 else f"{said[:400]} …").rstrip(".: ") + hint


def table(failures: list[Failure]) -> bytes:
    """Parquet of `path`, `error` and `kind`, a photo a row."""
    import pyarrow
    from pyarrow import parquet

    columns: dict[str, Any] = {name: [getattr(one, name) for one in failures] for name in Failure._fields}
    schema = pyarrow.schema([(name, pyarrow.string()) for name in Failure._fields])
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns, schema=schema), file)
    return file.getvalue()
