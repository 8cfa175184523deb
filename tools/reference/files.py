#!/usr/bin/env python3
"""Files by independent writers, and what independent readers find in them: crates/relumine/tests/fixtures/files.safetensors.

    python3 files.py

Written with Pillow 13.0, libjpeg-turbo 2.1.5 (cjpeg, djpeg), ImageMagick 6.9.11, libwebp 1.2.4 (cwebp), littleCMS by Pillow.
For each row NAME: `NAME/file` the bytes, `NAME/pixels` H×W×C what a reader finds (uint8 or uint16), or `NAME/srgb` H×W×3 uint8 the colours in
sRGB by littleCMS (relative colorimetric), and in the metadata `NAME` the row as JSON: {"is": exact | near | colour | refused,
"says": what the refusal or a notice has to say}.
"""
import io
import json
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms
from safetensors.numpy import save_file

HERE = Path(__file__).parent
OUT = HERE / "../../crates/relumine/tests/fixtures/files.safetensors"
WIDTH, HEIGHT = 37, 29
tensors, rows = {}, {}


def picture(channels=3, depth=8):
    """Gradients, edges and saturated patches, H×W×C."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x / (WIDTH - 1), y / (HEIGHT - 1), 0.5 + 0.5 * np.sin(x / 3) * np.cos(y / 4)]
    rgb = np.stack(planes, 2)
    rgb[4:12, 6:15], rgb[14:22, 20:30] = (0.9, 0.1, 0.2), (0.1, 0.3, 0.95)
    a = np.clip((x - 5) / 20, 0, 1)[..., None]
    grey = rgb.mean(2, keepdims=True)
    made = {1: grey, 2: np.concatenate([grey, a], 2), 3: rgb, 4: np.concatenate([rgb, a], 2)}[channels]
    return (made * (2**depth - 1) + 0.5).astype(np.uint8 if depth == 8 else np.uint16)


def row(name, data, what, pixels=None, says=""):
    tensors[f"{name}/file"] = np.frombuffer(data, np.uint8)
    if pixels is not None:
        tensors[f"{name}/{'srgb' if what == 'colour' else 'pixels'}"] = np.ascontiguousarray(pixels)
    rows[name] = json.dumps({"is": what, "says": says})


def run(*command, data=b""):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def pnm(array):
    channels, most = array.shape[2], np.iinfo(array.dtype).max
    return b"P%d\n%d %d\n%d\n" % (5 if channels == 1 else 6, array.shape[1], array.shape[0], most) + array.astype(">u2" if most > 255 else "u1").tobytes()


def from_pnm(data):
    kind, size, _, rest = data.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(rest, np.uint8).reshape(height, width, 1 if kind == b"P5" else 3)


def jpegs():
    source = pnm(picture())
    scans = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"separate": "0;\n1;\n2;\n", "mixed": "0;\n1 2;\n"}.items():
            scans[name] = f"{folder}/{name}"
            Path(scans[name]).write_text(text)
        factors = {"444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2", "441": "1x4", "311": "3x1",
                   "finer-chroma": "1x1,2x2,2x2", "finer-chroma-across": "1x1,2x1,2x1", "odd": "2x2,1x2,2x1", "odd-three": "3x2,1x1,3x1"}
        modes = {"one-scan": [], "separate-scans": ["-scans", scans["separate"]], "mixed-scans": ["-scans", scans["mixed"]],
                 "progressive": ["-progressive"], "restarts": ["-restart", "1"]}
        for factor, sample in factors.items():
            for mode, words in modes.items():
                if mode in ("mixed-scans", "restarts") and factor not in ("420", "odd"):
                    continue
                data = run("cjpeg", "-quality", "88", "-sample", sample, *words, data=source)
                row(f"jpeg-{factor}-{mode}", data, "near", from_pnm(run("djpeg", "-ppm", data=data)))
    grey = pnm(picture(1))
    for name, words in {"plain": [], "22": ["-sample", "2x2"], "progressive": ["-progressive"]}.items():
        data = run("cjpeg", "-quality", "88", *words, data=grey)
        row(f"jpeg-grey-{name}", data, "near", from_pnm(run("djpeg", data=data)))
    data = run("cjpeg", "-quality", "88", "-rgb", data=source)
    row("jpeg-rgb", data, "near", from_pnm(run("djpeg", "-ppm", data=data)))
    row("jpeg-arithmetic", run("cjpeg", "-arithmetic", data=source), "refused", says="arithmetic")
    whole = run("cjpeg", "-quality", "88", "-sample", "2x2", data=source)
    seen = from_pnm(run("djpeg", "-ppm", data=whole))
    row("jpeg-no-end", whole[:-2], "near", seen, "end marker")
    row("jpeg-half-an-end", whole[:-1], "near", seen, "end marker")
    row("jpeg-trailer", whole[:-2] + b"SEFH" + bytes(40), "near", seen, "end marker")
    row("jpeg-more-behind", whole + b"film" * 9, "near", seen)
    row("jpeg-two-pictures-one-end", whole[:-2] + whole, "near", seen, "end marker")
    row("jpeg-cut-in-the-middle", whole[: len(whole) * 3 // 4], "refused", says="cut short")
    frame = whole.index(b"\xff\xc0")
    row("jpeg-12-bits", whole[: frame + 4] + b"\x0c" + whole[frame + 5:], "refused", says="12 bits")
    row("jpeg-lossless", whole[:frame] + b"\xff\xc3" + whole[frame + 2:], "refused", says="lossless")
    row("jpeg-height-later", whole[: frame + 5] + b"\0\0" + whole[frame + 7:], "refused", says="JPEG")
    row("jpeg-padded-markers", whole[:2] + b"\xff\xff" + whole[2:frame] + b"\xff\xff\xff" + whole[frame:], "near", seen)
    cmyk = Image.fromarray(255 - np.concatenate([picture(), np.zeros((HEIGHT, WIDTH, 1), np.uint8)], 2), "CMYK")
    row("jpeg-cmyk", encoded(cmyk, "JPEG"), "refused", says="CMYK")


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def with_chunks(png, *chunks):
    """The chunks behind the header."""
    return png[:33] + b"".join(chunk(name, content) for name, content in chunks) + png[33:]


def pngs():
    for channels, name in ((1, "grey"), (2, "grey-alpha"), (3, "rgb"), (4, "rgba")):
        for depth in (8, 16):
            array = picture(channels, depth)
            raw = array.astype(">u2" if depth == 16 else "u1").tobytes()
            for interlaced in (False, True):
                data = png(raw, {1: 0, 2: 4, 3: 2, 4: 6}[channels], depth, channels, interlaced)
                row(f"png-{name}-{depth}{'-interlaced' if interlaced else ''}", data, "exact", array)
    grey = picture(1)[..., 0]
    for bits in (1, 2, 4):
        levels = grey >> (8 - bits)
        row(f"png-grey-{bits}", png(packed(levels, bits), 0, bits, 1), "exact", (levels * (255 // (2**bits - 1)))[..., None])
        key = with_chunks(png(packed(levels, bits), 0, bits, 1), (b"tRNS", b"\0\1"))
        expected = np.stack([levels * (255 // (2**bits - 1)), np.where(levels == 1, 0, 255)], 2).astype(np.uint8)
        row(f"png-grey-{bits}-key", key, "exact", expected)
    palette = np.random.default_rng(5).integers(0, 256, (256, 3), np.uint8)
    for bits in (1, 2, 4, 8):
        index = grey >> (8 - bits)
        colours = (b"PLTE", palette[: 2**bits].tobytes())
        row(f"png-palette-{bits}", with_chunks(png(packed(index, bits), 3, bits, 1), colours), "exact", palette[index])
        alpha = np.full(2**bits, 255, np.uint8)
        alpha[:2] = 0, 77
        data = with_chunks(png(packed(index, bits), 3, bits, 1), colours, (b"tRNS", alpha[:2].tobytes()))
        row(f"png-palette-{bits}-alpha", data, "exact", np.concatenate([palette[index], alpha[index][..., None]], 2))
    rgb16 = picture(3, 16)
    key = rgb16[5, 7]
    data = with_chunks(png(rgb16.astype(">u2").tobytes(), 2, 16, 3), (b"tRNS", key.astype(">u2").tobytes()))
    opaque = np.where((rgb16 == key).all(2), 0, 65535).astype(np.uint16)
    row("png-rgb-16-key", data, "exact", np.concatenate([rgb16, opaque[..., None]], 2))


def packed(levels, bits):
    """Rows of samples of less than a byte."""
    pad = -levels.shape[1] % (8 // bits)
    wide = np.pad(levels, ((0, 0), (0, pad))).reshape(len(levels), -1, 8 // bits).astype(np.uint16)
    shifts = 8 - bits * (1 + np.arange(8 // bits))
    return (wide << shifts).sum(2).astype(np.uint8).tobytes()


def png(raw, colour, depth, channels, interlaced=False):
    """A PNG without filters; interlaced ones by ImageMagick."""
    row_bytes = len(raw) // HEIGHT
    lines = b"".join(b"\0" + raw[y * row_bytes:(y + 1) * row_bytes] for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return run("convert", "png:-", "-interlace", "PNG", "-define", f"png:color-type={colour}", "-define", f"png:bit-depth={depth}", "png:-", data=data) if interlaced else data


def to_srgb(array, profile):
    """The colours in sRGB by littleCMS."""
    image = Image.fromarray(array if array.shape[2] > 1 else array[..., 0])
    return np.asarray(ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), renderingIntent=1, outputMode="RGB"))


def decoded(light):
    """sRGB levels of light of sRGB's primaries."""
    light = np.clip(light, 0, 1)
    return (np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light) * 255 + 0.5).astype(np.uint8)


def through(primaries, white, light):
    """Linear light of RGB primaries (x, y) → of sRGB's, by XYZ, white to white by Bradford."""
    def matrix(primaries, white):
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
        w = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
        return columns * np.linalg.solve(columns, w), w
    m, w = matrix(primaries, white)
    s, v = matrix([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)], (0.3127, 0.3290))
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    adapt = np.linalg.inv(cone) @ np.diag(cone @ v / (cone @ w)) @ cone
    return light @ (np.linalg.inv(s) @ adapt @ m).T


def png_colours():
    array = picture()
    plain = png(array.tobytes(), 2, 8, 3)
    x = array / 255
    srgb_light = np.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92)
    d65, bt709 = (0.3127, 0.3290), [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]
    p3, a98, bt2020 = [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)], [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)]
    gamma = lambda g: (b"gAMA", struct.pack(">I", g))
    chrm = lambda p: (b"cHRM", struct.pack(">8I", *(round(v * 1e5) for pair in (d65, *p) for v in pair)))
    told = {
        "gamma-1": ([gamma(100000)], decoded(x)),
        "gamma-18": ([gamma(55556)], decoded(x**1.8)),
        "gamma-of-srgb": ([gamma(45455)], array),
        "adobe": ([gamma(45455), chrm(a98)], decoded(through(a98, d65, x**2.2))),
        "p3-primaries": ([chrm(p3)], decoded(through(p3, d65, srgb_light))),
        "srgb-before-gamma": ([(b"sRGB", b"\0"), gamma(100000)], array),
        "cicp-p3": ([(b"cICP", bytes([12, 13, 0, 1])), (b"sRGB", b"\0")], decoded(through(p3, d65, srgb_light))),
        "cicp-srgb": ([(b"cICP", bytes([1, 13, 0, 1])), gamma(100000)], array),
        "cicp-linear-2020": ([(b"cICP", bytes([9, 8, 0, 1]))], decoded(through(bt2020, d65, x))),
        "profile-before-gamma": ([(b"iCCP", b"x\0\0" + zlib.compress(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())), gamma(100000)], array),
    }
    for name, (chunks, expected) in told.items():
        row(f"png-{name}", with_chunks(plain, *chunks), "colour", expected)
    linear = picture(3, 16)
    row("png-linear-16", with_chunks(png(linear.astype(">u2").tobytes(), 2, 16, 3), gamma(100000)), "colour", decoded(linear / 65535))
    grey = picture(1)
    row("png-grey-gamma-1", with_chunks(png(grey.tobytes(), 0, 8, 1), gamma(100000)), "colour", np.repeat(decoded(grey / 255), 3, 2))
    for name, transfer in (("pq", 16), ("hlg", 18)):
        row(f"png-cicp-{name}", with_chunks(plain, (b"cICP", bytes([9, transfer, 0, 1]))), "refused", says=name.upper())


def webps():
    rgb, rgba = Image.fromarray(picture()), Image.fromarray(picture(4), "RGBA")
    for name, image in (("rgb", rgb), ("rgba", rgba)):
        lossless = encoded(image, "WEBP", lossless=True, exact=True)
        row(f"webp-lossless-{name}", lossless, "exact", np.asarray(image))
        lossy = encoded(image, "WEBP", quality=85)
        row(f"webp-lossy-{name}", lossy, "near", np.asarray(Image.open(io.BytesIO(lossy))))
    row("webp-cut", encoded(rgb, "WEBP", lossless=True)[:-30], "refused", says="cut short")
    frames = [rgb, Image.fromarray(255 - picture())]
    for kind in ("WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
        row(f"{kind.lower()}-animated", data, "exact", picture(), "animation")


def main():
    jpegs(), pngs(), png_colours(), webps()
    save_file(tensors, OUT, metadata=rows)
    print(len(rows), "rows,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
