#!/usr/bin/env python3
"""`relumine video` on a clip of 30 s, 1080p, made of photos by ffmpeg: a pan, a cut, a zoom, a fade, light that changes, with sound.

    python3 video.py RELUMINE LOOK [--photos A B C D] [--strip strip.png] [--seconds 30]

Says what ffprobe tells of the clip and of the results, by regions and `--one`, and for clips that lie on their side and whose frames come at uneven
times, whose times are compared one by one; frames a second, beside ffmpeg's own lut3d in the same run; how far frames are from lut3d's by the same
table; and what is left where it is stopped in the middle. `--strip` is a picture of frames of the clip and of the results. Needs: ffmpeg numpy pillow.
"""
import argparse
import json
import os
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLES = Path(__file__).parent / "../../examples/photos"
RATE = 24
TAGS = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
ACCURATE = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


def run(*words):
    began = time.monotonic()
    subprocess.run([str(word) for word in words], check=True, stdin=subprocess.DEVNULL)
    return time.monotonic() - began


def ffmpeg(*words):
    flat = [part for word in words for part in ([word] if isinstance(word, Path) else word.split())]
    return run("ffmpeg", "-v", "error", "-y", *flat)


def told(path, *words):
    command = ["ffprobe", "-v", "error", "-of", "json", *words, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def make(folder, photos, seconds):
    """Four parts: a pan; after a cut, a zoom; a fade from one photo to another; light that changes."""
    part = seconds / 4
    frames = round(part * RATE)
    large = "scale=2400:-2,setsar=1"
    views = [
        f"[0]{large},crop=1920:1080:x='480*t/{part}':y=300[pan]",
        f"[1]{large},crop=2400:1350,zoompan=z='1+0.3*on/{frames}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=1:s=1920x1080:fps={RATE}[zoom]",
        f"[2]{large},crop=1920:1080[from]",
        f"[3]{large},crop=1920:1080[to]",
        f"[from][to]xfade=fade:duration={part / 3}:offset={part / 3},trim=duration={part}[fade]",
        f"[4]{large},crop=1920:1080,eq=brightness='-0.2+0.2*cos(6.28*t/{part})':eval=frame[light]",
        f"[pan][zoom][fade][light]concat=n=4,fps={RATE},scale=out_color_matrix=bt709,format=yuv420p[all]",
    ]
    inputs = [word for photo in [*photos, photos[0]] for word in (f"-loop 1 -framerate {RATE} -t {part} -i", photo)]
    clip = folder / "clip.mp4"
    sound = f"-f lavfi -t {seconds} -i sine=frequency=330"
    ffmpeg(*inputs, sound, "-filter_complex", ";".join(views), f"-map [all] -map 5:a -c:v libx264 -preset fast -crf 16 {TAGS} -c:a aac", clip)
    return clip


def uneven(folder, clip):
    """The first of each five frames of one part and all of another."""
    path = folder / "uneven.mp4"
    keep = "select='if(lt(n,40),not(mod(n,5)),if(lt(n,60),1,not(mod(n,3))))'"
    ffmpeg("-i", clip, f"-t 5 -an -vf {keep},scale=640:-2 -fps_mode vfr -enc_time_base 1:12288 -c:v libx264 {TAGS}", path)
    return path


def on_its_side(folder, clip):
    """By the matrix in the header of the track, for which options of ffmpeg have changed."""
    flat, path = folder / "flat.mp4", folder / "side.mp4"
    ffmpeg("-i", clip, f"-t 2 -an -vf scale=640:360 -c:v libx264 {TAGS}", flat)
    data = bytearray(flat.read_bytes())
    track = data.index(b"tkhd") + 44
    data[track : track + 36] = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 360 << 16, 0, 0x40000000)
    path.write_bytes(data)
    return path


def summary(path):
    found = told(path, "-show_streams", "-show_format", "-count_packets")
    words = [f"{float(found['format']['duration']):.3f} s"]
    for stream in found["streams"]:
        if stream["codec_type"] == "video":
            turned = [data["rotation"] for data in stream.get("side_data_list", []) if "rotation" in data]
            sides = [stream["width"], stream["height"]]
            shown = sides[::-1] if turned and abs(turned[0]) % 180 == 90 else sides
            tags = "/".join(stream.get(key, "-") for key in ("color_range", "color_space", "color_primaries", "color_transfer"))
            words.append(
                f"{stream['codec_name']} {stream['pix_fmt']} {shown[0]}×{shown[1]} as shown, {stream['r_frame_rate']}, "
                f"{stream['nb_read_packets']} frames, {tags}"
            )
        else:
            words.append(f"{stream['codec_name']} {stream['sample_rate']} Hz, {stream['nb_read_packets']} packets")
    return "; ".join(words)


def times(path):
    packets = told(path, "-select_streams", "v", "-show_entries", "packet=pts_time")["packets"]
    found = sorted(float(packet["pts_time"]) for packet in packets)
    return [time - found[0] for time in found]


def pictures(path, filters="null", pixels="rgb24", size=(640, 360)):
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", filters, "-pix_fmt", pixels, "-f", "rawvideo", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, size[1], size[0], 3)


def agreement(relumine, folder, clip, cube):
    """Frames by a table against lut3d's: as ffmpeg does it by itself, and with chroma in full and 16 bits."""
    words = ["-i", clip, "-t 2 -an -vf scale=640:360 -c:v ffv1"]
    tagged, bare = folder / "tagged.mkv", folder / "bare.mkv"
    ffmpeg(*words, TAGS, tagged)
    raw = folder / "raw.yuv"
    ffmpeg("-i", tagged, "-f rawvideo", raw)
    ffmpeg(f"-f rawvideo -pix_fmt yuv420p -video_size 640x360 -framerate {RATE} -i", raw, "-c:v ffv1", bare)
    for path, matrix in ((tagged, ":out_color_matrix=bt709:out_range=tv"), (bare, "")):
        ours = folder / "ours.mkv"
        run(relumine, "video", path, "--look", cube, "-o", ours, "--codec", "ffv1", "--overwrite", "-q")
        lut = f"lut3d={cube}:interp=tetrahedral"
        for name, before, after in (
            ("by itself", "null", "null"),
            ("chroma in full, 16 bits", f"scale={ACCURATE},format=gbrp16", f"scale={ACCURATE}{matrix}"),
        ):
            peer = folder / "peer.mkv"
            ffmpeg("-i", path, "-vf", f"{before},{lut},{after},format=yuv420p", TAGS if matrix else "", "-c:v ffv1", peer)
            a, b = (pictures(p, "format=yuv444p", "yuv444p").reshape(-1, 3, 360, 640).astype(int) for p in (ours, peer))
            luma, chroma = np.abs(a[:, 0] - b[:, 0]), np.abs(a[:, 1:] - b[:, 1:])
            print(
                f"| {path.stem} | {name} | {luma.mean():.2f}, {100 * (luma > 1).mean():.2f} % | {chroma.mean():.2f}, {100 * (chroma > 1).mean():.2f} % |",
                flush=True,
            )


def stopped(relumine, look, folder, clip):
    def children(of):
        found = [Path(path) for path in Path("/proc").glob("[0-9]*")]
        parents = {}
        for process in found:
            try:
                parents[int(process.name)] = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
        return [child for child, parent in parents.items() if parent == of]

    for name in ("Ctrl-C", "ffmpeg killed"):
        place = folder / "stopped"
        place.mkdir(exist_ok=True)
        command = [relumine, "video", clip, "--look", look, "-o", place / "out.mp4"]
        process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True, start_new_session=True)
        time.sleep(6)
        if name == "Ctrl-C":
            process.send_signal(signal.SIGINT)
        else:
            encoders = [child for child in children(process.pid) if str(place).encode() in Path(f"/proc/{child}/cmdline").read_bytes()]
            os.kill(encoders[0], signal.SIGKILL)
        said = process.communicate()[1].strip().splitlines()[-1]
        print(f"{name}: exit {process.returncode}, left {sorted(path.name for path in place.iterdir())}, said: {said.replace(str(folder), '')}", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("relumine")
    a.add_argument("look", type=Path)
    a.add_argument("--photos", nargs=4, type=Path, default=[EXAMPLES / f"{name}.jpg" for name in ("day", "autumn", "winter", "dusk")])
    a.add_argument("--strip", type=Path)
    a.add_argument("--seconds", type=float, default=30)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        clip = make(folder, a.photos, a.seconds)
        cube = folder / "look.cube"
        run(a.relumine, "lut", a.look, "-o", cube, "-q")

        def ours(source, name, *words):
            out = folder / name
            return out, run(a.relumine, "video", source, "--look", a.look, "-o", out, "-q", *words)

        regions, slow = ours(clip, "regions.mp4")
        one, quick = ours(clip, "one.mp4", "--one")
        peer = ffmpeg("-i", clip, f"-vf lut3d={cube}:interp=tetrahedral -c:v libx264 -crf 18 -pix_fmt yuv420p -c:a copy", folder / "peer.mp4")
        for name, path in (("clip", clip), ("by regions", regions), ("--one", one)):
            print(f"{name}: {summary(path)}", flush=True)
        frames = len(times(clip))
        for name, seconds in (("by regions", slow), ("--one", quick), ("ffmpeg's lut3d", peer)):
            print(f"{name}: {frames / seconds:.1f} frames a second, {seconds / peer:.2f} times lut3d's", flush=True)
        for name, make_it in (("uneven", uneven), ("side", on_its_side)):
            source = make_it(folder, clip)
            out = ours(source, f"{name}-out.mp4")[0]
            mkv = ours(source, f"{name}-out.mkv")[0]
            print(f"{name}: {summary(source)}\n  becomes {summary(out)}")
            before, after, other = (times(path) for path in (source, out, mkv))
            same = len(before) == len(after) == len(other)
            apart = [max(abs(x - y) for x, y in zip(before, found)) for found in (after, other)] if same else "not as many"
            print(f"  times apart, at most, as mp4 and mkv: {apart}; gaps {sorted({round(y - x, 4) for x, y in zip(before, before[1:])})}", flush=True)
        print("\n| clip | lut3d | luma apart: mean, above 1 level | chroma |\n|---|---|---|---|")
        agreement(a.relumine, folder, clip, cube)
        print()
        stopped(a.relumine, a.look, folder, clip)
        if a.strip:
            rows = []
            for path in (clip, regions, one):
                all_frames = pictures(path, "scale=480:270", size=(480, 270))
                chosen = np.linspace(0, len(all_frames) - 1, 16).astype(int)
                rows += [np.hstack(all_frames[chosen[:8]]), np.hstack(all_frames[chosen[8:]])]
            order = [rows[k] for k in (0, 2, 4, 1, 3, 5)]
            Image.fromarray(np.vstack(order)).save(a.strip)


if __name__ == "__main__":
    main()
