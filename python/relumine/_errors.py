"""Exceptions and warnings. Each exception is also what Python has for the like."""

from __future__ import annotations


class RelumineError(Exception):
    """Anything that relumine could not do."""


class OptionsError(RelumineError, ValueError):
    """Keywords are out of range, contradict each other, or name what is not there."""


class PhotoError(RelumineError, OSError):
    """A photo or mask cannot be used as it is: not there, damaged, too large, of a kind that is not read."""


class LookError(RelumineError, ValueError):
    """A file of a look, or of a lookup table, cannot be used."""


class WeightsError(RelumineError, OSError):
    """A file of network weights cannot be used."""


class WriteError(RelumineError, OSError):
    """An output cannot be written, or would be written over an input."""


class MachineError(RelumineError, RuntimeError):
    """The machine could not do it: threads, a GPU."""


class MemoryLimitError(MachineError, MemoryError):
    """What was asked for does not fit the memory that is free."""


class Cancelled(RelumineError):
    """The work was stopped before there was a result."""


class RelumineWarning(UserWarning):
    """A keyword that the method makes no use of, or something that a file could not keep."""
