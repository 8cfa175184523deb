"""What is told of long work."""

from __future__ import annotations

from typing import Callable, Optional

#: Called with the stage (``"decode"``, ``"regions"``, ``"solve"``, ``"apply"`` …), how much of it is done, of how much at most, and the loss
#: where there is one; on the thread that does the work. An exception that it raises stops the work, and is raised.
Progress = Callable[[str, int, int, Optional[float]], object]
