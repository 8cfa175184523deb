"""JPEG XL and OpenEXR files by independent writers, with what independent readers find in them.

Written with Python 3.11, requirements: numpy==2.4.6 safetensors==0.8.0 imagecodecs==2026.3.6 pillow==13.0.0 pillow-jxl-plugin==1.3.8
(both by libjxl 0.11) OpenEXR==3.5.3, and cjxl and djxl of libjxl 0.7 (Debian's libjxl-tools).

Writes crates/relumine/tests/fixtures/formats: files, and `expected.safetensors`, by their names: samples H×W×C as the
reader gives them; its metadata say which files hold the same as another.
"""

import pathlib
import struct
import subprocess
import tempfile

import imagecodecs
import numpy as np
import OpenEXR
import pillow_jxl  # noqa: F401, which registers itself
from PIL import Image
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parents[2] / "crates/relumine/tests/fixtures/formats"
HEIGHT, WIDTH = 19, 26
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
expected, same = {}, {}


def picture(levels, channels=3, seed=1):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = np.stack([x / WIDTH, y / HEIGHT, (x + y) / (WIDTH + HEIGHT), 1 - x / WIDTH][:channels], -1)
    return np.rint(np.clip(smooth + rng.normal(0, 0.01, smooth.shape), 0, 1) * levels)


def keep(name, pixels):
    pixels = np.ascontiguousarray(pixels, "f4" if pixels.dtype == np.float16 else None)
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    for other, known in expected.items():
        if known.dtype == pixels.dtype and np.array_equal(known, pixels):
            same[name] = other
            return
    expected[name] = pixels


def jxl(name, data, **options):
    encoded = imagecodecs.jpegxl_encode(data, **({"lossless": True} | options))
    (FOLDER / f"{name}.jxl").write_bytes(encoded)
    keep(name, imagecodecs.jpegxl_decode(encoded))


def jxl_files():
    for bits, kind in ((8, "u1"), (16, "u2")):
        full = 2**bits - 1
        jxl(f"rgb{bits}", picture(full).astype(kind))
        jxl(f"rgba{bits}", picture(full, 4).astype(kind))
        jxl(f"grey{bits}", picture(full, 1)[..., 0].astype(kind))
        jxl(f"grey{bits}-alpha", picture(full, 2).astype(kind))
    ten = imagecodecs.jpegxl_encode(picture(1023).astype("u2"), lossless=True, bitspersample=10)
    (FOLDER / "rgb10.jxl").write_bytes(ten)
    # As spread to 16 bits.
    keep("rgb10", np.rint(picture(1023) * 65535 / 1023).astype("u2"))
    jxl("rgb-float", (picture(1000) / 1000).astype("f4"))
    jxl("rgb-half", (picture(1000) / 1000).astype("f2"))
    # Newer readers dither what is lossy to 8 bits.
    lossy = imagecodecs.jpegxl_encode(picture(255).astype("u1"), lossless=False, distance=0.5)
    (FOLDER / "lossy.jxl").write_bytes(lossy)
    djxl("lossy")
    jxl("bare", picture(255).astype("u1"), usecontainer=False)
    frames = np.stack([picture(255, seed=seed).astype("u1") for seed in (1, 2, 3)])
    encoded = imagecodecs.jpegxl_encode(frames, lossless=True)
    (FOLDER / "animated.jxl").write_bytes(encoded)
    keep("animated", frames[0])
    # Metadata, in plain boxes and in packed ones; what EXIF data say of the orientation does not count, for the header says it.
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "relumine", 6
    image = Image.fromarray(picture(255).astype("u1"))
    for name, options in (("told", {"use_container": True}), ("told-packed", {"compress_metadata": True})):
        image.save(FOLDER / f"{name}.jxl", lossless=True, exif=exif.tobytes(), xmp=XMP, **options)
    by_libjxl_tools(image, exif)


def by_libjxl_tools(image, exif):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        image.save(folder / "adobe.png", icc_profile=adobe_rgb())
        for name, options in (("adobe", ["-d", "0"]), ("lossy-adobe", ["-d", "0.3"])):
            cjxl(folder / "adobe.png", name, options)
            # Of the lossy one linear light, with the primaries of sRGB.
            djxl(name)
        # An orientation that the header tells, from a JPEG that is kept as it was.
        image.save(folder / "turned.jpg", quality=95, exif=exif.tobytes())
        cjxl(folder / "turned.jpg", "turned", [])
        djxl("turned")
        image.save(folder / "plain.ppm")
        cjxl(folder / "plain.ppm", "refused-pq", ["-d", "0", "-x", "color_space=RGB_D65_202_Rel_PeQ"])


def cjxl(source, name, options):
    subprocess.run(["cjxl", source, FOLDER / f"{name}.jxl", *options], check=True, capture_output=True)


def djxl(name):
    with tempfile.NamedTemporaryFile(suffix=".png") as out:
        subprocess.run(["djxl", FOLDER / f"{name}.jxl", out.name], check=True, capture_output=True)
        keep(name, np.asarray(Image.open(out.name)))


def adobe_rgb():
    """A profile of Adobe RGB (1998): its matrix to D50, and its curve."""
    number = lambda value: struct.pack(">i", round(value * 65536))
    xyz = lambda *values: b"XYZ \0\0\0\0" + b"".join(map(number, values))
    text = b"Adobe RGB"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78 + 1),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947), b"gXYZ": xyz(0.20528, 0.62567, 0.06087), b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        **{name: b"curv\0\0\0\0" + struct.pack(">IHxx", 1, 0x0233) for name in (b"rTRC", b"gTRC", b"bTRC")},
    }
    table, data, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(">I4sI4s4s4s12x4s28x3i", start + len(data), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + table + data


def exr(name, channels, header=None, **parts):
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage} | (header or {})
    OpenEXR.File(header, channels).write(str(FOLDER / f"{name}.exr"))


def exr_files():
    light = (picture(1000) / 250 - 0.25).astype("f4")
    half = light.astype("f2")
    split = lambda data: {"RGBA"[at]: np.ascontiguousarray(data[..., at]) for at in range(data.shape[-1])}
    for name, compression in (
        ("none", OpenEXR.NO_COMPRESSION), ("rle", OpenEXR.RLE_COMPRESSION), ("zips", OpenEXR.ZIPS_COMPRESSION),
        ("zip", OpenEXR.ZIP_COMPRESSION), ("piz", OpenEXR.PIZ_COMPRESSION),
    ):
        exr(f"half-{name}", split(half), {"compression": compression})
        keep(f"half-{name}", half.astype("f4"))
    exr("float", split(light))
    keep("float", light)
    exr("half-tiles", split(half), {"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription()})
    keep("half-tiles", half.astype("f4"))
    exr("grey", {"Y": half[..., 1].copy()})
    keep("grey", np.repeat(half[..., 1:2], 3, -1).astype("f4"))
    alpha = (picture(4, 4) / 4).astype("f4")[..., 3]
    times = np.dstack([light * alpha[..., None], alpha]).astype("f4")
    exr("alpha", split(times))
    straight = np.where(alpha[..., None] > 0, times[..., :3] / np.where(alpha > 0, alpha, 1)[..., None], 0)
    keep("alpha", np.dstack([straight, alpha]).astype("f4"))
    wide = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
    exr("rec2020", split(half), {"chromaticities": wide})
    keep("rec2020", half.astype("f4"))
    layered = {f"{layer}.{channel}": data for layer, gain in (("beauty", 1), ("light", 2)) for channel, data in split(half * np.float16(gain)).items()}
    exr("layers", layered | {"depth.Z": light[..., 0].copy()})
    keep("layers", half.astype("f4"))
    header = lambda name: {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "name": name}
    parts = [OpenEXR.Part(header("depth"), {"Z": light[..., 0].copy()}), OpenEXR.Part(header("main"), split(half))]
    OpenEXR.File(parts).write(str(FOLDER / "parts.exr"))
    keep("parts", half.astype("f4"))
    box = lambda left, top, right, bottom: (np.array([left, top], "i4"), np.array([right, bottom], "i4"))
    exr("window", split(half), {"displayWindow": box(0, 0, 29, 15), "dataWindow": box(-3, 2, WIDTH - 4, HEIGHT + 1)})
    shown = np.zeros((16, 30, 3), "f4")
    shown[2:16, : WIDTH - 3] = half[:14, 3:]
    keep("window", shown)
    exr("refused-ids", {channel: np.ones((4, 5), "u4") for channel in "RGB"})
    exr("refused-depth", {"Z": light[..., 0].copy()})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    jxl_files()
    exr_files()
    save_file(expected, FOLDER / "expected.safetensors", metadata=same)
    print(sum(file.stat().st_size for file in FOLDER.iterdir()), "bytes")
