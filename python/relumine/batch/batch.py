"""A batch from its arguments to its outcome: everything that can be wrong with all of it is found before the work."""

from __future__ import annotations

import argparse
import logging
import os
import sys

import numpy as np
import relumine
from relumine.batch import cli, failures, identity, local, sources, stores
from relumine.batch.cluster import Cluster
from relumine.batch.failures import Refused, told
from relumine.batch.plan import Plan, plan
from relumine.batch.run import Outcome, run
from relumine.batch.stores import Stores
from relumine.batch.work import Task, look_file

#: What is wrong with arguments alone.
OPTIONS = (relumine.OptionsError, argparse.ArgumentTypeError)


def begin(given: argparse.Namespace) -> Outcome:
    """Checks, plans and runs.

    Raises
    ------
    Refused
        If nothing can be begun.
    OptionsError
        If the options are out of range.
    """
    # What Daft logs of listings without a match is said here, where it matters.
    for name in ("daft_local_execution", "daft_io", "daft_scan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    store = Stores(given.endpoint_url, given.region, given.anonymous, given.tries)
    destination = given.destination
    if stores.scheme(destination) == "file":
        destination = os.path.abspath(stores.path(destination))
        local.remove_abandoned(destination)
    elif stores.scheme(destination) not in stores.WRITABLE:
        raise argparse.ArgumentTypeError(f"{destination}: nothing can be written there; there are folders, s3://, gs:// and az://")
    task = _task(given, destination, store)
    cluster = _cluster(given)
    found = sources.find(given.sources, given.recursive, store)
    if stores.scheme(destination) != "file":
        sources.check(destination, store)
    identity.settle(task, given.format, given.overwrite)

    def again() -> Plan:
        return plan(found, destination, given.format, store, given.overwrite)

    first = again()
    with _Bar(first, given.quiet) as bar:
        outcome = run(first, task, cluster, again, bar.at)
    if given.failures:
        store.write(given.failures, failures.table(outcome.failures))
    return outcome


def _task(given: argparse.Namespace, destination: str, store: Stores) -> Task:
    keywords = cli.keywords(given)
    data, name = None, "look"
    if given.look != "-":
        try:
            data, name = look_file(given.look, store)
            look = relumine.Look.from_bytes(data, name)
        except Exception as error:
            raise Refused(f"{given.look}: the look cannot be read ({told(error)})") from error
        # Options are checked by a photo of nothing.
        look.apply(np.zeros((8, 8, 3), np.uint8), **keywords)
    return Task(destination, data, name, keywords, store, given.jobs_per_node, given.threads_per_job, given.memory_per_job)


def _cluster(given: argparse.Namespace) -> Cluster:
    try:
        return Cluster(given.runner, given.address)
    except ImportError as error:
        raise Refused(f"{error.name} is missing; pip install 'relumine[ray]'") from error
    except Exception as error:
        raise Refused(f"{given.address or 'ray'}: there is no cluster to be had ({told(error)})") from error


class _Bar:
    """Progress on a terminal."""

    def __init__(self, first: Plan, quiet: bool) -> None:
        from tqdm import tqdm

        # On a terminal alone, unless it is to be quiet.
        self.bar = tqdm(total=first.total, initial=first.total - first.due, unit="photo", disable=True if quiet else None, file=sys.stderr)
        self.before = first.total - first.due

    def at(self, done: int, failed: int) -> None:
        self.bar.update(self.before + done + failed - self.bar.n)
        if failed:
            self.bar.set_postfix(failed=failed, refresh=False)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()
