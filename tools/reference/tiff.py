"""TIFF files of many layouts by independent writers, with the pixels that independent readers find in them.

Written with Python 3.11, requirements: numpy==2.4.6 safetensors==0.8.0 tifffile==2026.3.3 imagecodecs==2026.3.6 pillow==13.0.0
`tiffcp` of libtiff 4.5.0 (Debian's libtiff-tools) and `convert` of ImageMagick 6.9.11.

Writes crates/relumine/tests/fixtures/tiff: files, and `pixels.safetensors`, H×W or H×W×C each. Each file is read back by tifffile
(which decodes by imagecodecs) or by Pillow (which decodes by libtiff) and has to give the pixels named for it.
"""

import pathlib
import struct
import subprocess

import numpy as np
import tifffile
from PIL import Image
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parents[2] / "crates/relumine/tests/fixtures/tiff"
HEIGHT, WIDTH = 19, 21
pixels = {}


def picture(levels, channels=3, seed=1):
    """Smooth with some noise, so that predictors have something to predict."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = np.stack([x / WIDTH, y / HEIGHT, (x + y) / (WIDTH + HEIGHT), 1 - x / WIDTH, y * x / 400][:channels], -1)
    values = np.clip(smooth + rng.normal(0, 0.02, smooth.shape), 0, 1)
    return np.rint(values * levels)


def write(name, data, key, photometric="rgb", planar=False, read=None, **options):
    """Writes a file by tifffile; `read` makes the pixels that are named `key` of what tifffile reads."""
    path = FOLDER / f"{name}.tif"
    stored = np.ascontiguousarray(np.moveaxis(data, -1, 0)) if planar else data
    options.setdefault("rowsperstrip", None if options.get("tile") else HEIGHT)
    tifffile.imwrite(
        path, stored, photometric=photometric, metadata=None, software="",
        planarconfig="separate" if planar else ("contig" if data.ndim == 3 else None), **options,
    )
    if key is not None:
        found = tifffile.imread(path, key=0)
        found = np.moveaxis(found, 0, -1) if planar else found
        agree(name, key, read(found) if read else found)


def agree(name, key, found):
    found = np.ascontiguousarray(found)
    if key in pixels:
        assert np.array_equal(pixels[key], found), (name, key)
    pixels.setdefault(key, found)


def by_pillow(name, key, mode=None):
    image = Image.open(FOLDER / f"{name}.tif")
    agree(name, key, np.asarray(image.convert(mode) if mode else image))


def patched(name, source, change):
    """A file with some of its directory's entries changed; `change` takes and gives (tag, kind, count, value)."""
    data = bytearray((FOLDER / f"{source}.tif").read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    for entry in range(struct.unpack_from("<H", data, first)[0]):
        at = first + 2 + 12 * entry
        struct.pack_into("<HHII", data, at, *change(*struct.unpack_from("<HHII", data, at)))
    (FOLDER / f"{name}.tif").write_bytes(data)


def tiffcp(name, source, *options):
    subprocess.run(["tiffcp", *options, FOLDER / f"{source}.tif", FOLDER / f"{name}.tif"], check=True)


def layouts():
    eight, sixteen = picture(255).astype("u1"), picture(65535).astype("u2")
    for order, byteorder in (("le", "<"), ("be", ">")):
        common = {"byteorder": byteorder}
        write(f"rgb8-{order}", eight, "rgb8", **common)
        write(f"rgb16-{order}", sixteen, "rgb16", **common)
        for scheme in ("lzw", "deflate", "zstd"):
            options = {"compression": scheme, "predictor": True, "rowsperstrip": 5} | common
            write(f"rgb8-{scheme}-predicted-{order}", eight, "rgb8", **options)
            write(f"rgb16-{scheme}-predicted-{order}", sixteen, "rgb16", **options)
        write(f"bigtiff16-{order}", sixteen, "rgb16", bigtiff=True, compression="lzw", **common)
    write("rgb8-packbits", eight, "rgb8", compression="packbits", rowsperstrip=7)
    write("rgb16-packbits", sixteen, "rgb16", compression="packbits", rowsperstrip=7)
    write("rgb8-zstd", eight, "rgb8", compression="zstd")
    write("rgb8-planar-strips", eight, "rgb8", planar=True, rowsperstrip=4)
    write("rgb16-planar-deflate", sixteen, "rgb16", planar=True, compression="deflate", predictor=True)
    for planar in (False, True):
        for bits, data in ((8, eight), (16, sixteen)):
            for scheme, predictor in ((None, False), ("deflate", True), ("lzw", False), ("lzw", True)):
                name = f"rgb{bits}-{'planar' if planar else 'chunky'}-tiles-{scheme or 'plain'}{'-predicted' * predictor}"
                write(name, data, f"rgb{bits}", planar=planar, tile=(16, 16), compression=scheme, predictor=predictor)
    write("rgb8-tile-larger", eight, "rgb8", tile=(48, 64), compression="deflate")
    write("rgb16-tiles-wide-be", sixteen, "rgb16", tile=(16, 32), compression="lzw", byteorder=">", predictor=True)
    tiffcp("rgb8-libtiff-lzw", "rgb8-le", "-c", "lzw:2", "-r", "3")
    tiffcp("rgb8-libtiff-planar-be", "rgb8-le", "-c", "zip:2", "-p", "separate", "-r", "6", "-B")
    tiffcp("rgb8-libtiff-tiles", "rgb8-le", "-c", "packbits", "-t", "-w", "32", "-l", "16")
    for name in ("rgb8-libtiff-lzw", "rgb8-libtiff-tiles"):
        agree(name, "rgb8", tifffile.imread(FOLDER / f"{name}.tif"))
    agree("rgb8-libtiff-planar-be", "rgb8", np.moveaxis(tifffile.imread(FOLDER / "rgb8-libtiff-planar-be.tif"), 0, -1))
    # A file of one strip that does not say how long it is, as some did before TIFF 6.0.
    patched("rgb8-no-byte-counts", "rgb8-le", lambda tag, *rest: (65000 if tag == 279 else tag, *rest))


def depths():
    for bits in (2, 4, 6, 10, 12, 14):
        stored, full = np.dtype("u1" if bits <= 8 else "u2"), 255 if bits <= 8 else 65535
        spread = lambda found, most=2**bits - 1, full=full, stored=stored: ((found.astype("u8") * full * 2 + most) // (2 * most)).astype(stored)
        write(f"grey{bits}", picture(2**bits - 1, 1)[..., 0].astype(stored), f"grey{bits}", "minisblack", read=spread, bitspersample=bits)
        if bits > 8:
            write(f"rgb{bits}", picture(2**bits - 1).astype(stored), f"rgb{bits}", read=spread, bitspersample=bits)
    for bits in (8, 16):
        full = 2**bits - 1
        grey = picture(full, 1)[..., 0].astype(f"u{bits // 8}")
        write(f"grey{bits}", grey, f"grey{bits}", "minisblack")
        write(f"grey{bits}-white-is-zero", full - grey, f"grey{bits}", "miniswhite", read=lambda found, full=full: full - found)
        both = picture(full, 2).astype(grey.dtype)
        write(f"grey{bits}-alpha", both, f"grey{bits}-alpha", "minisblack", extrasamples=["unassalpha"])
        write(f"grey{bits}-alpha-planar", both, f"grey{bits}-alpha", "minisblack", planar=True, extrasamples=["unassalpha"])
    bilevel = picture(1, 1)[..., 0].astype(bool)
    for name, photometric, stored in (("bilevel", "minisblack", bilevel), ("bilevel-white-is-zero", "miniswhite", ~bilevel)):
        write(name, stored, None, photometric)
        by_pillow(name, "bilevel", "L")
        for scheme in ("g4", "packbits", "lzw"):
            tiffcp(f"{name}-{scheme}", name, "-c", scheme)
            by_pillow(f"{name}-{scheme}", "bilevel", "L")
    tiffcp("bilevel-g4-low-bits-first", "bilevel", "-c", "g4", "-f", "lsb2msb", "-r", "7")
    by_pillow("bilevel-g4-low-bits-first", "bilevel", "L")
    rng = np.random.default_rng(2)
    numbers = rng.integers(0, 256, (HEIGHT, WIDTH)).astype("u1")
    for name, colours, to_eight in (
        ("spread", rng.integers(0, 256, (3, 256)) * 257, lambda found: (found // 257).astype("u1")),
        ("shifted", rng.integers(0, 256, (3, 256)) * 256, lambda found: (found // 256).astype("u1")),
        ("16", rng.integers(0, 65536, (3, 256)), lambda found: found),
    ):
        colours = colours.astype("u2")
        apply = lambda found, colours=colours, to_eight=to_eight: to_eight(np.moveaxis(colours[:, found], 0, -1))
        write(f"palette-{name}", numbers, f"palette-{name}", "palette", colormap=colours, compression="lzw", read=apply)
    four = Image.fromarray(picture(255).astype("u1")).quantize(13)
    four.save(FOLDER / "palette4.png", bits=4)
    subprocess.run(["convert", FOLDER / "palette4.png", "-type", "Palette", "-compress", "None", FOLDER / "palette4.tif"], check=True)
    (FOLDER / "palette4.png").unlink()
    agree("palette4", "palette4", np.asarray(four.convert("RGB")))
    by_pillow("palette4", "palette4", "RGB")


def floats():
    light = (picture(1000) / 300 - 0.1).astype("f4")
    half = light.astype("f2")
    write("float16", half, "float16", read=lambda found: found.astype("f4"))
    write("float16-predicted-be", half, "float16", byteorder=">", compression="deflate", predictor=3, read=lambda found: found.astype("f4"))
    write("float32-le", light, "float32")
    write("float32-be", light, "float32", byteorder=">")
    for order, byteorder in (("le", "<"), ("be", ">")):
        write(f"float32-lzw-predicted-{order}", light, "float32", byteorder=byteorder, compression="lzw", predictor=3, rowsperstrip=5)
        tiffcp(f"float32-deflate-differences-{order}", "float32-le", "-c", "zip:2", "-L" if order == "le" else "-B")
        agree(f"float32-deflate-differences-{order}", "float32", tifffile.imread(FOLDER / f"float32-deflate-differences-{order}.tif"))
    write("float32-planar-tiles-predicted", light, "float32", planar=True, tile=(16, 16), compression="deflate", predictor=3)
    write("float64", light.astype("f8") + 1e-12, "float64", read=lambda found: found.astype("f4"))
    write("float64-predicted", light.astype("f8") + 1e-12, "float64", compression="lzw", predictor=3, read=lambda found: found.astype("f4"))
    write("float32-grey", light[..., 0], "float32-grey", "minisblack", read=lambda found: np.repeat(found[..., None], 3, 2))
    write("float32-alpha", picture(1, 4).astype("f4") + light[..., :1], "float32-alpha", extrasamples=["unassalpha"])
    holes = light.copy()
    holes[3, 4, 1], holes[5, 6, 0] = np.nan, -np.nan
    write("float32-nan", holes, "float32-nan", read=lambda found: np.nan_to_num(found))


def extra_samples():
    for bits in (8, 16):
        full = 2**bits - 1
        straight = picture(full, 4).astype(f"u{bits // 8}")
        straight[2:5, 3:9, 3], straight[7, :, 3] = 0, full
        write(f"rgba{bits}", straight, f"rgba{bits}", extrasamples=["unassalpha"])
        write(f"rgba{bits}-planar", straight, f"rgba{bits}", planar=True, extrasamples=["unassalpha"])
        alpha = straight[..., 3:].astype("u8")
        times = np.concatenate([(straight[..., :3] * alpha + full // 2) // full, alpha], -1).astype(straight.dtype)
        divided = lambda found, full=full: np.concatenate(
            [
                np.minimum((found[..., :3].astype("u8") * full + found[..., 3:] // 2) // np.maximum(found[..., 3:], 1), full)
                * (found[..., 3:] > 0),
                found[..., 3:],
            ],
            -1,
        ).astype(found.dtype)
        write(f"rgba{bits}-associated", times, f"rgba{bits}-associated", extrasamples=["assocalpha"], read=divided)
        write(f"rgba{bits}-unspecified", straight, f"rgba{bits}-rgb", extrasamples=["unspecified"], read=lambda found: found[..., :3])
    five = picture(255, 5).astype("u1")
    write("five-channels", five, "five-rgb", extrasamples=["unspecified", "unspecified"], read=lambda found: found[..., :3])
    write("five-channels-alpha-last", five, "five-rgba", extrasamples=["unspecified", "unassalpha"], read=lambda found: found[..., [0, 1, 2, 4]])
    write("five-channels-planar-tiles", five, "five-rgba", planar=True, tile=(16, 16), compression="lzw",
          extrasamples=["unspecified", "unassalpha"], read=lambda found: found[..., [0, 1, 2, 4]])
    light = np.array([[[0.5, 1.0, 4.0, 0.5], [0.0, 0.0, 0.0, 0.0], [0.25, 0.5, 0.75, 1.0], [3.0, 0.0, 1.0, 0.25]]], "f4")
    straight = lambda found: np.concatenate([found[..., :3] / np.where(found[..., 3:] > 0, found[..., 3:], 1), found[..., 3:]], -1)
    write("float32-associated", light, "float32-associated", extrasamples=["assocalpha"], read=straight)


def jpegs():
    smooth = picture(255).astype("u1")
    for name, options in {
        "jpeg-444": {"compressionargs": {"level": 95}, "subsampling": (1, 1)},
        "jpeg-420": {"compressionargs": {"level": 95}, "subsampling": (2, 2)},
        "jpeg-420-tiles": {"compressionargs": {"level": 95}, "subsampling": (2, 2), "tile": (16, 16)},
    }.items():
        write(name, smooth, name, compression="jpeg", **options)
    write("jpeg-grey", smooth[..., 0], "jpeg-grey", "minisblack", compression="jpeg")
    # By libtiff, which writes the tables once, beside the strips.
    Image.fromarray(smooth).save(FOLDER / "jpeg-libtiff.tif", compression="jpeg", quality=95)
    by_pillow("jpeg-libtiff", "jpeg-libtiff")
    tiffcp("jpeg-libtiff-rgb", "rgb8-le", "-c", "jpeg:r:95", "-r", "8")
    by_pillow("jpeg-libtiff-rgb", "jpeg-libtiff-rgb")


def pages():
    photo, small = picture(255).astype("u1"), picture(255, seed=3)[::4, ::4].astype("u1")
    common = {"photometric": "rgb", "metadata": None, "software": ""}
    with tifffile.TiffWriter(FOLDER / "thumbnail-first.tif") as file:
        file.write(small, subfiletype=1, **common)
        file.write(photo, subfiletype=0, **common)
    with tifffile.TiffWriter(FOLDER / "thumbnail-with-photo-below.tif") as file:
        file.write(small, subfiletype=1, subifds=1, **common)
        file.write(photo, subfiletype=0, compression="lzw", **common)
    with tifffile.TiffWriter(FOLDER / "pyramid.tif", bigtiff=True) as file:
        file.write(photo, subifds=2, **common)
        file.write(photo[::2, ::2], subfiletype=1, **common)
        file.write(small, subfiletype=1, **common)
    with tifffile.TiffWriter(FOLDER / "two-pages.tif") as file:
        file.write(photo, **common)
        file.write(255 - photo, **common)
    for name, page in (("thumbnail-first", 1), ("pyramid", 0), ("two-pages", 0)):
        agree(name, "rgb8", tifffile.TiffFile(FOLDER / f"{name}.tif").pages[page].asarray())
    agree("thumbnail-with-photo-below", "rgb8", tifffile.TiffFile(FOLDER / "thumbnail-with-photo-below.tif").pages[0].pages[0].asarray())


def refused():
    eight = picture(255).astype("u1")
    for scheme in ("lzma", "webp", "jpegxl", "jpeg2000"):
        write(f"refused-{scheme}", eight, None, compression=scheme)
    write("refused-uint32", picture(65535).astype("u4"), None)
    write("refused-int16", picture(32767).astype("i2"), None)
    write("refused-complex", picture(1).astype("c8"), None)
    write("refused-lab", eight, None, "cielab")
    write("refused-cmyk", picture(255, 4).astype("u1"), None, "separated")
    write("refused-cfa", picture(65535, 1)[..., 0].astype("u2"), None, "cfa")
    tiffcp("refused-g3", "bilevel", "-c", "g3")
    whole = (FOLDER / "rgb8-lzw-predicted-le.tif").read_bytes()
    (FOLDER / "refused-cut.tif").write_bytes(whole[: len(whole) // 2])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.tif"):
        old.unlink()
    for make in (layouts, depths, floats, extra_samples, jpegs, pages, refused):
        make()
    save_file(pixels, FOLDER / "pixels.safetensors")
    print(len(list(FOLDER.glob("*.tif"))), "files,", sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")
