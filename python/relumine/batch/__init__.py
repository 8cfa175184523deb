"""Thousands of photos in a look, on one machine or a cluster: ``python -m relumine.batch SOURCES LOOK DEST``.

The work is planned and spread by `Daft <https://www.daft.ai>`_, on its native runner or on Ray; each photo is decoded, changed and encoded by relumine.
What is at the destination says what is done: a run that was stopped in any way is gone on with by the same command.

In the order in which data flows: `cli` (arguments), `sources` (which photos there are), `naming` (what becomes of their names), `plan` (which of them are
due), `run` (Daft) on a `cluster`, `work` (one photo) with `node` (threads and memory of a machine), `stores` and `retries` (bytes in and out), and `failures`
(what went wrong).
"""
