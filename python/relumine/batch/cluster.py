"""Where a batch is done: on this machine by Daft's native runner, or on the machines of a cluster by Ray."""

from __future__ import annotations

import logging
import math
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daft import DataFrame

#: Photos of one task on a cluster at most: what is done again where a machine is lost.
A_TASK = 64
#: Tasks for each machine at least, so that none waits long for the last.
TASKS = 4
#: How variables with credentials begin.
_CREDENTIALS = ("AWS_", "AZURE_", "GOOGLE_", "HF_")


class Cluster:
    """Where it is done: on this machine, or on the machines of Ray."""

    def __init__(self, runner: str, address: str | None) -> None:
        import daft
        from daft.runners import get_or_create_runner

        self.is_ray = runner == "ray"
        if not self.is_ray:
            # Daft chooses once a process; setting it a second time is an error, even to the same.
            os.environ["DAFT_RUNNER"] = "native"
            if get_or_create_runner().name != "native":
                raise RuntimeError("this process has begun to work on a cluster")
            return
        import ray

        if not ray.is_initialized():
            # Credentials that variables hold go along; those of profiles and machines are each machine's own.
            variables = {name: value for name, value in os.environ.items() if name.startswith(_CREDENTIALS)}
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": variables})
        daft.set_runner_ray(noop_if_initialized=True)

    def parted(self, rows: DataFrame, count: int) -> DataFrame:
        """Rows in as many parts as make good tasks."""
        if not self.is_ray:
            return rows
        import ray

        nodes: Any = ray.nodes
        machines = len([one for one in nodes() if one["Alive"] and one["Resources"].get("CPU")])
        return rows.into_partitions(max(1, min(count, max(math.ceil(count / A_TASK), TASKS * machines))))
