"""What a photo's result is called: by its source alone, so that a run that goes on calls it the same.

A folder or a pattern is mirrored: the result has the path that its source has below it. Of several, each is mirrored into a folder of its own, which is
called after it with six digits of a hash of where it is. The photos of tables keep their whole path. A name keeps its extension where that is of a format
that results have, and gets another behind it where not, so ``a.png`` and ``a.nef`` do not both become ``a.jpg``.
"""

from __future__ import annotations

import hashlib

from relumine.batch import stores

#: The extensions of what is written, and the format that each says.
FORMATS = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "tif": "tif", "tiff": "tif", "webp": "webp", "exr": "exr"}


def output(relative: str, format: str | None) -> str:
    """The name of a result below the destination.

    Parameters
    ----------
    relative : str
        The path of its source below the folder or pattern that it came from, with ``/``.
    format : str, optional
        That of the result, one of `FORMATS`; the source's own where it is not given, and JPEG where that is not written.
    """
    # Nothing leads out of the destination.
    relative = "/".join("__" if part == ".." else part for part in relative.split("/") if part not in ("", "."))
    own = FORMATS.get(extension(relative))
    if own is not None and format in (None, own):
        return relative
    return f"{relative}.{format or 'jpg'}"


def extension(name: str) -> str:
    """That of a name, in small letters, without the dot; empty where there is none."""
    stem, dot, behind = name.rpartition("/")[2].rpartition(".")
    return behind.lower() if dot and stem else ""


def own_folder(root: str) -> str:
    """The folder for what comes from one of several sources."""
    name = stores.path(root).rstrip("/").rpartition("/")[2] or "photos"
    return f"{name}-{hashlib.sha256(root.encode()).hexdigest()[:6]}"


def whole(url: str) -> str:
    """The path of a photo that came by itself: its bucket and key, or its path from the root of the file system."""
    return stores.path(url).lstrip("/")
