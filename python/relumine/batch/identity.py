"""The look and options of a batch, kept at its destination: a run goes on only with the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from relumine.batch import stores
from relumine.batch.failures import Refused, told
from relumine.batch.stores import Stores
from relumine.batch.work import Task

NAME = ".relumine-batch.json"


def of(task: Task) -> dict[str, Any]:
    """What tells one batch from another."""
    look = None if task.look is None else hashlib.sha256(task.look).hexdigest()
    return {"format": "relumine-batch", "look": look, "options": dict(sorted(task.keywords.items()))}


def settle(task: Task, format: str | None, overwrite: bool) -> None:
    """Looks whether the destination is that of another batch, and writes down whose it is, which shows that it can be written to.

    Raises
    ------
    Refused
        If it is another's and not to be overwritten, and if it cannot be written to.
    """
    own = of(task)
    own["options"]["format"] = format
    url = stores.joined(task.destination, NAME)
    known = None if overwrite else _known(url, task.store)
    if known is not None and known != own:
        raise Refused(
            f"{task.destination}: its results are of {_difference(known, own)}; choose another destination, or make all of it anew with --overwrite"
        )
    if known is None:
        try:
            task.store.write(url, json.dumps(own, indent=1).encode())
        except Exception as error:
            raise Refused(f"{task.destination}: cannot be written to ({told(error)})") from error


def _known(url: str, store: Stores) -> dict[str, Any] | None:
    try:
        return dict(json.loads(store.read(url)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise Refused(f"{url}: is damaged ({error}); remove it") from error
    except Exception as error:
        raise Refused(f"{url}: cannot be read ({told(error)})") from error


def _difference(known: dict[str, Any], own: dict[str, Any]) -> str:
    if known.get("look") != own["look"]:
        return "another look"
    before, now = known.get("options", {}), own["options"]
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return "other options: " + ", ".join(f"{name} was {before.get(name, 'not given')} and is {now.get(name, 'not given')}" for name in names)
