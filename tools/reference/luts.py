#!/usr/bin/env python3
"""LUTs by independent writers, and what independent readers make of colours by them: crates/relumine/tests/fixtures/luts/.

    pip install colour-science opencolorio imageio-ffmpeg imagecodecs safetensors
    python3 luts.py

Written with colour-science 0.4.7, OpenColorIO 2.6.0, ffmpeg 9.0.2, ImageMagick 6.9.11, imagecodecs 2026, numpy 2.4.
`expected.safetensors` holds `colours` N×3 in 0..1, and for each file its name: N×3 what OpenColorIO's CPU processor finds by its own reader, or, for
Hald pictures, colour-science by the samples that imagecodecs reads; tetrahedral both. Where both read a file, they have to agree.
"""
import subprocess
from pathlib import Path

import colour
import imagecodecs
import imageio_ffmpeg
import numpy as np
import PyOpenColorIO as ocio
from safetensors.numpy import save_file

OUT = Path(__file__).parent / "../../crates/relumine/tests/fixtures/luts"
RNG = np.random.default_rng(16)
TETRAHEDRAL = colour.algebra.table_interpolation_tetrahedral


def graded(rgb):
    """A look that crosses the channels and bends them, of N×3."""
    mixed = rgb @ np.array([[0.85, 0.10, 0.02], [0.10, 0.80, 0.08], [0.05, 0.10, 0.90]])
    return 0.02 + 0.9 * mixed ** np.array([0.8, 1.0, 1.3]) + 0.05 * np.sin(3 * rgb[..., ::-1])


def lattice(size, domain=(0.0, 1.0)):
    """A LUT3D of colour-science."""
    lut = colour.LUT3D(size=size, domain=np.array([[domain[0]] * 3, [domain[1]] * 3]), name="graded")
    lut.table = graded(np.clip(lut.table, 0, None))
    return lut


def by_colour_science():
    colour.io.write_LUT_IridasCube(lattice(9), str(OUT / "colour-3d.cube"))
    colour.io.write_LUT_IridasCube(lattice(5, (-0.5, 1.5)), str(OUT / "colour-3d-domain.cube"))
    curves = colour.LUT3x1D(size=17, domain=np.array([[-0.1, 0.0, 0.0], [1.2, 1.0, 2.0]]), name="curves")
    curves.table = np.clip(curves.table, 0, None) ** np.array([0.5, 1.2, 2.0])
    colour.io.write_LUT_IridasCube(curves, str(OUT / "colour-1d.cube"))
    shaper = colour.LUT3x1D(size=33, domain=np.array([[-0.1] * 3, [1.5] * 3]), name="shaper")
    shaper.table = np.clip((shaper.table + 0.1) / 1.6, 0, None) ** 0.5
    colour.io.write_LUT_ResolveCube(colour.LUTSequence(shaper, lattice(7)), str(OUT / "colour-shaper.cube"))


def by_opencolorio():
    config = ocio.Config.CreateRaw()
    group = ocio.GroupTransform()
    group.appendTransform(ocio.CDLTransform(slope=[1.1, 0.9, 0.8], offset=[0.02, 0.0, 0.05], power=[0.8, 1.0, 1.2], sat=0.7))
    config.addColorSpace(ocio.ColorSpace(name="scene"))  # Data, as `raw` is, are never converted.
    config.addColorSpace(ocio.ColorSpace(name="graded", fromReference=group))
    config.addColorSpace(ocio.ColorSpace(name="shaped", fromReference=ocio.ExponentTransform([2.0, 2.0, 2.0, 1.0], direction=ocio.TRANSFORM_DIR_INVERSE)))
    for kind, extension, size in (("iridas_cube", "cube", 9), ("resolve_cube", "cube", 9), ("flame", "3dl", 17), ("lustre", "3dl", 17)):
        baker = ocio.Baker()
        baker.setConfig(config)
        baker.setFormat(kind)
        baker.setInputSpace("scene")
        baker.setTargetSpace("graded")
        baker.setCubeSize(size)
        if kind == "resolve_cube":
            baker.setShaperSpace("shaped")
            baker.setShaperSize(32)
        (OUT / f"ocio-{kind.split('_')[0]}.{extension}").write_text(baker.bake())
    def table(size):
        lut = ocio.Lut3DTransform(size)
        lut.setInterpolation(ocio.INTERP_TETRAHEDRAL)
        for r, g, b in np.ndindex(size, size, size):
            lut.setValue(r, g, b, *(float(v) for v in graded(np.array([r, g, b]) / (size - 1))))
        return lut
    for name, depth, size, curved in (("float", ocio.BIT_DEPTH_F32, 5, False), ("10-bits", ocio.BIT_DEPTH_UINT10, 7, False), ("curves", ocio.BIT_DEPTH_F32, 5, True)):
        group = ocio.GroupTransform()
        if curved:
            curves = ocio.Lut1DTransform(32, False)
            for index in range(32):
                curves.setValue(index, *((index / 31) ** power for power in (0.5, 1.0, 2.0)))
            group.appendTransform(curves)
        lut = table(size)
        lut.setFileOutputBitDepth(depth)
        group.appendTransform(lut)
        group.getFormatMetadata().setName("graded & <bent>")
        group.getFormatMetadata().addChildElement("Description", "by OpenColorIO")
        (OUT / f"ocio-{name}.clf").write_text(group.write("Academy/ASC Common LUT Format"))


def by_hand():
    """As Resolve and darktable's users have them: a byte order mark, CR LF, comments, both parts."""
    rows = lambda table: "".join("%.6f\t%.6f %.6f \r\n" % tuple(row) for row in table)
    levels = np.linspace(-0.25, 2, 10)[:, None].repeat(3, 1)
    curves = np.clip((levels + 0.25) / 2.25, 0, 1) ** np.array([0.4, 0.5, 0.6])
    nodes = np.stack(np.meshgrid(*[np.linspace(0, 1, 5)] * 3, indexing="ij"), -1)[..., ::-1].reshape(-1, 3)
    head = "# Resolve's way\r\n\r\nLUT_1D_SIZE 10\r\nLUT_1D_INPUT_RANGE -0.25 2.0\r\nLUT_3D_SIZE 5\r\nLUT_3D_INPUT_RANGE 0.0 1.0\r\n\r\n"
    (OUT / "resolve-by-hand.cube").write_bytes((head + rows(curves) + "\r\n" + rows(graded(nodes))).encode())
    head = "#Created by: Adobe Photoshop\r\n#Copyright: none\r\nTITLE \"dusk and dawn.cube\"\r\n\r\n#LUT size\r\nLUT_3D_SIZE 5\r\n\r\n#data domain\r\nDOMAIN_MIN 0.0 0.0 0.0\r\nDOMAIN_MAX 1.0 1.0 1.0\r\n\r\n#LUT data points\r\n"
    (OUT / "adobe-by-hand.cube").write_bytes((head + rows(graded(nodes))).encode())


def halds():
    subprocess.run(["convert", "hald:3", "-modulate", "90,130,104", "-gamma", "1.2", "-depth", "16", f"PNG48:{OUT}/magick-16-bits.png"], check=True)
    subprocess.run(["convert", "hald:4", "-modulate", "90,130,104", "-gamma", "1.2", "-depth", "8", f"PNG24:{OUT}/magick-8-bits.png"], check=True)
    subprocess.run(["convert", "hald:3", "-modulate", "90,60,104", "-depth", "16", f"{OUT}/magick.tif"], check=True)
    source = ["-f", "lavfi", "-i", "haldclutsrc=3,curves=vintage,format=rgb24", "-frames:v", "1"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *source, str(OUT / "ffmpeg.png")], check=True)


def by_ocio(path, colours):
    transform = ocio.FileTransform(str(path.resolve()), interpolation=ocio.INTERP_TETRAHEDRAL)
    processor = ocio.Config.CreateRaw().getProcessor(transform).getOptimizedCPUProcessor(ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_NONE)
    found = np.ascontiguousarray(colours, np.float32).copy()
    processor.applyRGB(found)
    return found


def by_colour(lut, colours):
    parts = lut.sequence if hasattr(lut, "sequence") else [lut]
    for part in parts:
        colours = part.apply(colours, interpolator=TETRAHEDRAL) if isinstance(part, colour.LUT3D) else part.apply(colours)
    return colours


def hald(path):
    samples = (imagecodecs.tiff_decode if path.suffix == ".tif" else imagecodecs.png_decode)(path.read_bytes())
    size = round(samples.shape[0] ** (2 / 3))
    table = samples[..., :3].reshape(size, size, size, 3).transpose(2, 1, 0, 3) / np.iinfo(samples.dtype).max
    return colour.LUT3D(table=table)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    by_colour_science(), by_opencolorio(), by_hand(), halds()
    colours = RNG.uniform(0, 1, (200, 3)).astype(np.float32)
    colours[:9] = [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 0, 0], [0, 1, 1], [0.3, 0.3, 0.3], [0.7, 0.7, 0.2], [0.2, 0.9, 0.9], [0.1, 0.1, 1]]
    tables = {"colours": colours}
    for path in sorted(OUT.iterdir()):
        if path.suffix in (".png", ".tif"):
            tables[path.name] = by_colour(hald(path), colours)
        elif path.name == "colour-shaper.cube":  # OpenColorIO refuses a title before both parts.
            tables[path.name] = by_colour(colour.io.read_LUT_ResolveCube(str(path)), colours.astype(np.float64))
        elif path.suffix == ".cube":
            tables[path.name] = by_ocio(path, colours)
            reader = colour.io.read_LUT_ResolveCube if "INPUT_RANGE" in path.read_text() else colour.io.read_LUT_IridasCube
            other = by_colour(reader(str(path)), colours.astype(np.float64))
            print(path.name, "OpenColorIO and colour-science differ by", np.abs(other - tables[path.name]).max())
        elif path.suffix in (".3dl", ".clf"):
            tables[path.name] = by_ocio(path, colours)
    save_file({name: np.ascontiguousarray(table, np.float32) for name, table in tables.items()}, OUT / "expected.safetensors")
    print(sum(path.stat().st_size for path in OUT.iterdir()), "bytes in", len(tables) - 1, "files")


if __name__ == "__main__":
    main()
