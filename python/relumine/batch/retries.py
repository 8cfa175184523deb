"""What may pass when it is tried again, and the trying: exponential waits with jitter, as AWS recommends for S3."""

from __future__ import annotations

import errno
import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds before the second try; doubled before each that follows, up to `LONGEST`.
FIRST = 0.2
LONGEST = 20.0

_PASSING_NUMBERS = {
    errno.ECONNABORTED,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EPIPE,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
# As object stores' clients say it: names of S3's errors, HTTP's statuses, and libcurl's words.
_PASSING = re.compile(
    r"slow_?down|throttl|service_?unavailable|internal_?(failure|error|server)|request_?time(d_?)?out|network_connection|"
    r"(http|status)[a-z_ ]{0,12}(code)?:? ?(408|429|5\d\d)|reduce your request rate|timed? ?out|connection (was )?(reset|closed|refused|aborted)|"
    r"broken pipe|couldn'?t connect|curlcode: (6|7|18|28|35|52|55|56)\b|premature|unexpected end of (file|stream)|transient",
    re.IGNORECASE,
)
_LASTING = re.compile(r"access_?denied|invalid_?access_?key|signature_?does_?not_?match|no_?such_?(bucket|key)|expired_?token", re.IGNORECASE)


def may_pass(error: BaseException) -> bool:
    """Whether what went wrong may be right when it is tried again: timeouts, throttles, 5xx, broken connections.

    What is forbidden, missing or damaged stays so.
    """
    if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)):
        return False
    said = str(error)
    if _LASTING.search(said):
        return False
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    if isinstance(error, OSError) and error.errno in _PASSING_NUMBERS:
        return True
    return bool(_PASSING.search(said)) or any(kind.__name__ == "DaftTransientError" for kind in type(error).__mro__)


def retried(call: Callable[[], T], tries: int, *, sleep: Callable[[float], object] = time.sleep) -> T:
    """What a call gives, tried up to `tries` times where what goes wrong may pass.

    Raises
    ------
    Exception
        What the last try raised.
    """
    wait = FIRST
    for left in reversed(range(tries)):
        try:
            return call()
        except Exception as error:
            if left == 0 or not may_pass(error):
                raise
        # A part of the wait is chance, so that many workers do not come back at once.
        sleep(wait * random.uniform(0.5, 1.0))
        wait = min(wait * 2, LONGEST)
    raise ValueError(f"tries is {tries}, but must be at least 1")
