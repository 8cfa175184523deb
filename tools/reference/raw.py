"""Camera RAW files of many makes, as far as their previews go: the layouts of directories, without any sensor's samples.

Written with Python 3.11, requirements: numpy==2.4.6 pillow==13.0.0. Layouts: DNG 1.7; TIFF/EP; for the makers' own formats what
ExifTool's documentation of tags tells of them.

Writes crates/relumine/tests/fixtures/raw. The sensor is said to have 64×48 pixels; a good preview has 60×45, a poor one 30×22, the
thumbnail 16×12; `preview.png` is the good one as libjpeg decodes it.
"""

import io
import pathlib
import struct

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "crates/relumine/tests/fixtures/raw"
SENSOR, GOOD, POOR, THUMBNAIL = (64, 48), (60, 45), (30, 22), (16, 12)
ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7


def jpeg(size):
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    picture = np.rint(np.stack([x, y, (x + y) / 2], -1) * 255).astype("u1")
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90, subsampling=0)
    return file.getvalue()


class File:
    """Directories and data one after the other, in either byte order, under any signature."""

    def __init__(self, order="<", signature=None):
        self.order = order
        self.data = bytearray(signature or {"<": b"II*\0", ">": b"MM\0*"}[order]) + bytes(4)

    def put(self, data):
        at = len(self.data)
        self.data += data + bytes(len(data) % 2)
        return at

    def directory(self, entries, following=0):
        """Entries of (tag, kind, values); gives where the directory is."""
        rows = []
        for tag, kind, values in sorted(entries):
            if isinstance(values, int):
                values = [values]
            stored = bytes(values) if kind in (ASCII, UNDEFINED) else struct.pack(
                f"{self.order}{len(values)}{'H' if kind == SHORT else 'I'}", *values)
            count = len(values)
            value = stored.ljust(4, b"\0") if len(stored) <= 4 else struct.pack(self.order + "I", self.put(stored))
            rows.append(struct.pack(self.order + "HHI", tag, kind, count) + value)
        return self.put(struct.pack(self.order + "H", len(rows)) + b"".join(rows) + struct.pack(self.order + "I", following))

    def save(self, name, first):
        struct.pack_into(self.order + "I", self.data, 4, first)
        (FOLDER / name).write_bytes(self.data)


def sized(size):
    return [(256, LONG, size[0]), (257, LONG, size[1])]


def sensor(file, compression=1):
    """The page of the sensor's samples: a mosaic (photometric interpretation 32803), of which a few bytes stand for all."""
    samples = file.put(bytes(range(64)))
    return [(254, LONG, 0), *sized(SENSOR), (258, SHORT, 14), (259, SHORT, compression), (262, SHORT, 32803), (277, SHORT, 1),
            (273, LONG, samples), (279, LONG, 64), (33421, SHORT, [2, 2]), (33422, UNDEFINED, [0, 1, 1, 2])]


def thumbnail(file, make, orientation=1):
    """The first page: a thumbnail in plain RGB, and what is told of the photo."""
    samples = file.put(bytes(16 * 12 * 3))
    return [(254, LONG, 1), *sized(THUMBNAIL), (258, SHORT, [8, 8, 8]), (259, SHORT, 1), (262, SHORT, 2), (277, SHORT, 3),
            (273, LONG, samples), (279, LONG, 16 * 12 * 3), (271, ASCII, make + b"\0"), (274, SHORT, orientation)]


def linked(file, stream):
    """A JPEG stream as thumbnails of EXIF data are kept."""
    return [(259, SHORT, 6), (513, LONG, file.put(stream)), (514, LONG, len(stream))]


def strip(file, stream, size, compression=7):
    """A JPEG stream as the one strip of a page."""
    return [(254, LONG, 1), *sized(size), (258, SHORT, [8, 8, 8]), (259, SHORT, compression), (262, SHORT, 6), (277, SHORT, 3),
            (278, LONG, size[1]), (273, LONG, file.put(stream)), (279, LONG, len(stream))]


def below(name, make, pages, order="<", extra=(), orientation=1):
    """A thumbnail with everything else in directories below it (DNG, NEF, SRW, ARW)."""
    file = File(order)
    places = [file.directory(page(file)) for page in pages]
    file.save(name, file.directory(thumbnail(file, make, orientation) + [(330, LONG, places), *extra]))


def make_all():
    version = [(50706, UNDEFINED, [1, 4, 0, 0])]
    good, poor = jpeg(GOOD), jpeg(POOR)
    below("good.dng", b"Canon", [sensor, lambda f: strip(f, poor, POOR), lambda f: strip(f, good, GOOD)], extra=version)
    below("turned.dng", b"Canon", [sensor, lambda f: strip(f, good, GOOD)], extra=version, orientation=6)
    below("poor.dng", b"Canon", [sensor, lambda f: strip(f, poor, POOR)], extra=version)
    # Converted without a mosaic, in which nothing but the version tells that it is one.
    linear = lambda f: [(254, LONG, 0), *sized(SENSOR), (258, SHORT, [16] * 3), (262, SHORT, 34892), (277, SHORT, 3), (273, LONG, f.put(bytes(64))), (279, LONG, 64)]
    below("linear.dng", b"Canon", [linear], extra=version)
    below("good.nef", b"NIKON CORPORATION", [lambda f: [(254, LONG, 1), *linked(f, good)], lambda f: sensor(f, 34713)], ">")
    below("good.srw", b"SAMSUNG", [lambda f: linked(f, good), lambda f: sensor(f, 32770)])
    below("none.arw", b"SONY", [lambda f: sensor(f, 32767)])

    file = File()
    second = file.directory(linked(file, good))
    raw = file.directory(sensor(file, 32767))
    file.save("good.arw", file.directory([(254, LONG, 1), *linked(file, poor), (271, ASCII, b"SONY\0"), (330, LONG, raw)], second))

    # The mosaic first, previews behind.
    file = File(">")
    third = file.directory(linked(file, good))
    second = file.directory(linked(file, poor), third)
    file.save("good.pef", file.directory(sensor(file, 65535) + [(271, ASCII, b"PENTAX\0")], second))

    # The preview first; lossless JPEG, which is none, last. Behind the header comes a mark of Canon's.
    file = File()
    file.put(b"CR\2\0" + bytes(4))
    lossless = file.put(b"\xff\xd8\xff\xc3\0\x0b\x0e" + struct.pack(">HH", 48, 64) + b"\1\1\x11\0\xff\xd9")
    last = file.directory([(259, SHORT, 6), (273, LONG, lossless), (279, LONG, 15)])
    second = file.directory(linked(file, jpeg(THUMBNAIL)), last)
    first = strip(file, good, SENSOR, 6)[1:] + [(271, ASCII, b"Canon\0")]
    file.save("good.cr2", file.directory(first, second))

    file = File(signature=b"IIRO")
    file.save("none.orf", file.directory([*sized(SENSOR), (271, ASCII, b"OLYMPUS\0"), (273, LONG, 8), (279, LONG, 4)]))

    file = File(signature=b"IIU\0")
    file.save("good.rw2", file.directory([(2, SHORT, SENSOR[0]), (3, SHORT, SENSOR[1]), (0x2E, UNDEFINED, good), (271, ASCII, b"Panasonic\0")]))

    header = bytearray(b"FUJIFILMCCD-RAW 0201FF000000X-T5".ljust(148, b"\0"))
    sizes = struct.pack(">IHHHHHHHH", 2, 0x110, 4, 0, 0, 0x100, 4, SENSOR[1], SENSOR[0])
    struct.pack_into(">IIII", header, 84, 148, len(good), 148 + len(good), len(sizes))
    (FOLDER / "good.raf").write_bytes(header + good + sizes)
    Image.open(io.BytesIO(good)).save(FOLDER / "preview.png")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make_all()
    print(sum(file.stat().st_size for file in FOLDER.iterdir()), "bytes")
