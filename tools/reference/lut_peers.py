#!/usr/bin/env python3
"""One photo by one LUT, as other programs render it, against our own picture.

    pip install numpy pillow imageio-ffmpeg opencolorio colour-science
    python3 lut_peers.py LUT.cube HALD.png PHOTO OURS.png OURS_BY_HALD.png

Prints a line for each program: the share of pixels of which no channel is more than one of 256 levels from ours, by the same table, and the largest difference; exits with 1 where a
share is below 99.9 %. Programs that are not installed are SKIPPED, and said to be. PHOTO is lossless, of 8 bits. Photo and picture are taken as bare numbers, whatever their profiles, and everything is
computed on 16 bits or more, so nothing but the look-up can differ.

Ran with ffmpeg 9.0.2, OpenColorIO 2.6.0, colour-science 0.4.7, ImageMagick 6.9.11 (Q16, which interpolates Hald pictures linearly along each axis).
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ENOUGH = 0.999


class Absent(Exception):
    """What is not installed."""


def run(command, data):
    done = subprocess.run(command, input=data, capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def program(name):
    path = shutil.which(name)
    if not path:
        raise Absent(name)
    return path


def ffmpeg(photo, cube, hald):
    try:
        command = program("ffmpeg")
    except Absent:
        try:
            import imageio_ffmpeg
            command = imageio_ffmpeg.get_ffmpeg_exe()
        except ImportError:
            raise Absent("ffmpeg, or imageio-ffmpeg") from None
    height, width = photo.shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb48le"]
    with tempfile.TemporaryDirectory() as folder:
        # Filters have a syntax of their own, in which few paths are safe.
        shutil.copy(cube, os.path.join(folder, "lut.cube"))
        filters = f"lut3d=file='{folder}/lut.cube':interp=tetrahedral"
        found = run([command, "-v", "error", *raw, "-s", f"{width}x{height}", "-i", "-", "-vf", filters, *raw, "-"],
                    np.rint(photo * 65535).astype("<u2").tobytes())
    return np.frombuffer(found, "<u2").reshape(photo.shape) / 65535


def opencolorio(photo, cube, hald):
    try:
        import PyOpenColorIO as ocio
    except ImportError:
        raise Absent("PyOpenColorIO (opencolorio)") from None
    transform = ocio.FileTransform(os.path.abspath(cube), interpolation=ocio.INTERP_TETRAHEDRAL)
    processor = ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor()
    found = np.ascontiguousarray(photo, np.float32)
    processor.applyRGB(found)
    return found


def colour_science(photo, cube, hald):
    try:
        import colour
    except ImportError:
        raise Absent("colour-science") from None
    lut = colour.io.read_LUT_IridasCube(cube)
    # Without this it needs more memory than most machines have.
    rows = [lut.apply(part, interpolator=colour.algebra.table_interpolation_tetrahedral) for part in np.array_split(photo, 16)]
    return np.concatenate(rows)


def imagemagick(photo, cube, hald):
    command = program("magick") if shutil.which("magick") else program("convert")
    height, width = photo.shape[:2]
    raw = b"P6\n%d %d\n65535\n" % (width, height) + np.rint(photo * 65535).astype(">u2").tobytes()
    found = run([command, "ppm:-", hald, "-hald-clut", "-depth", "16", "-endian", "LSB", "rgb:-"], raw)
    return np.frombuffer(found, "<u2").reshape(photo.shape) / 65535


def levels(values):
    return np.rint(np.clip(values, 0, 1) * 255).astype(int)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cube", "hald", "photo", "ours", "ours_by_hald"):
        parser.add_argument(name)
    given = parser.parse_args()
    photo = Image.open(given.photo)
    if photo.format == "JPEG":
        sys.exit(f"{given.photo} is a JPEG, of which decoders see different levels; give a PNG")
    photo = np.asarray(photo.convert("RGB")) / 255
    ours, by_hald = (np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (given.ours, given.ours_by_hald))
    if not ours.shape == by_hald.shape == photo.shape:
        sys.exit(f"{given.ours} or {given.ours_by_hald} is not of the size of {given.photo}")
    changed = np.abs(ours - levels(photo)).max(2)
    print(f"{'ours':<16} {(changed > 1).mean():9.4%} of pixels are changed by more than 1 level")
    is_worse = False
    for name, render in (("ffmpeg", ffmpeg), ("OpenColorIO", opencolorio), ("colour-science", colour_science), ("ImageMagick", imagemagick)):
        try:
            difference = np.abs(levels(render(photo, given.cube, given.hald)) - (by_hald if render is imagemagick else ours)).max(2)
        except Absent as absent:
            print(f"{name:<16} SKIPPED: {absent} is not installed")
            continue
        share = (difference <= 1).mean()
        is_worse |= share < ENOUGH
        print(f"{name:<16} {share:9.4%} of pixels within 1 level, {difference.max()} at most")
    sys.exit(1 if is_worse else 0)


if __name__ == "__main__":
    main()
