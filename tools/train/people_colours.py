#!/usr/bin/env python3
"""Colours of skin, of hair and of the rest of people, as relumine's `segment/people.rs` knows them: mean and covariance of each in Oklab.

    python3 people_colours.py

Over the photos of segment_photos.txt whose people are told into parts by hand; each photo counts the same for what it shows.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

import paths
import segment_photos
from grade_train import oklab
from segment_labels import load
from segmenter import CLASSES, PEOPLE

PIXELS = 400  # of a photo and part


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", type=Path, default=paths.PHOTOS)
    o = a.parse_args()
    torch.manual_seed(0)
    colours = {part: [] for part in PEOPLE}
    for photo in load(o.photos, segment_photos.read(o.photos)):
        if not (photo.parts and photo.truth):
            continue
        lab = oklab(photo.rgb.permute(2, 0, 1)[None].float() / 255)[0]
        for part, found in colours.items():
            seen = lab[:, photo.labels == part]
            if seen.shape[1] > 0:
                found.append(seen[:, torch.randint(seen.shape[1], (PIXELS,))])
    for part, found in colours.items():
        found = torch.cat(found, 1).double()
        print(CLASSES[part], f"{found.shape[1] // PIXELS} photos")
        print("  mean", np.array2string(found.mean(1).numpy(), precision=4, separator=", "))
        print("  covariance", np.array2string(found.cov().numpy(), precision=6, separator=", ").replace("\n", "\n            "))


if __name__ == "__main__":
    main()
