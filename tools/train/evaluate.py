#!/usr/bin/env python3
"""Judge a training checkpoint (its averaged weights) on photos that it was never trained on.

    python3 evaluate.py --checkpoint checkpoint.pt

Every held-out photo as it is, hard graded, and saturated and darkened. Prints, per kind and tap, the relative feature error
|E F - T|² / |T - mean T|² and the relative Gram error |E G Eᵀ - G_T|² / |G_T|² (medians over photos), and the rank agreement
(Spearman) of the style distances by student and teacher: between different photos, and between versions of one photo.
"""
import argparse
import random

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr

import crops
import paths
from network import TAPS, trained
from objective import distances, grams, square
from teacher import STYLE, Teacher

SIDE = 192


def vivid(t):
    grey = crops.luma(t)
    return (grey + 2.5 * (t - grey)).clamp(0, 1) ** 1.4


def pictures(folder):
    """(photo, kind) → 1×3×H×W with short side SIDE."""
    random.seed(1), torch.manual_seed(1)
    out = {}
    for name, photo in crops.load_photos(folder, test=True).items():
        t = torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 255
        k = SIDE / min(t.shape[2:])
        t = F.interpolate(t, size=[round(n * k) for n in t.shape[2:]], mode="area")
        out |= {(name, "as it is"): t, (name, "graded"): crops.grade(t), (name, "vivid"): vivid(t)}
    return out


def judge(teacher, student, folder):
    """Rows (photo, kind, tap, feature error, Gram error), and each picture's Gram matrices by teacher and student."""
    rows, by_teacher, by_student = [], {}, {}
    for key, rgb in pictures(folder).items():
        whole = torch.ones_like(rgb[:, :1])
        wanted, features = teacher.raw(rgb), student.trunk(rgb)
        by_teacher[key], by_student[key] = {}, {}
        for tap, conv in TAPS.items():
            e, full = teacher.basis[tap].T @ student.expand[tap], wanted[tap] / teacher.rms[tap]
            want = full.flatten(2)
            got = e @ features[conv].flatten(2)
            feature = (got - want).square().sum() / (want - want.mean(2, keepdim=True)).square().sum()
            a, b = e @ grams(features[conv], whole)[0] @ e.T, grams(full, whole)[0]
            rows.append((*key, tap, feature.item(), (square(a - b) / square(b)).item()))
            if tap in STYLE:
                by_teacher[key][tap], by_student[key][tap] = b, a
    return rows, by_teacher, by_student


def style_distances(by_key):
    """Between all pictures, K×K: the mean over the style taps of |G_i - G_j|² / |G_j|²."""
    total = 0
    for tap in STYLE:
        stack = torch.stack([g[tap][0] for g in by_key.values()])
        total = total + distances(stack) / square(stack)
    return (total / len(STYLE)).numpy()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--teacher", default=paths.TEACHER)
    o = a.parse_args()
    state = torch.load(o.checkpoint, weights_only=True, map_location="cpu")
    teacher, student = Teacher(o.teacher), trained(state)
    teacher.rms, teacher.basis = state["rms"], state["basis"]
    with torch.no_grad():
        rows, by_teacher, by_student = judge(teacher, student, o.photos)
        keys = list(by_teacher)
        groups = sorted({name.split("_")[0] for name, _ in keys})
        print(f"step {state['step']}, {state['elapsed'] / 60:.1f} min; {len(keys) // 3} held-out photos of {' '.join(groups)}")
        for kind in ("as it is", "graded", "vivid"):
            for title, column in (("features", 3), ("Gram", 4)):
                medians = [np.median([r[column] for r in rows if r[1] == kind and r[2] == tap]) for tap in TAPS]
                print(f"{kind:9} {title:9}" + "  ".join(f"{tap} {m:.3f}" for tap, m in zip(TAPS, medians)))
        names = np.array([name for name, _ in keys])
        same = (names[:, None] == names) & ~np.eye(len(names), dtype=bool)
        wanted, got = style_distances(by_teacher), style_distances(by_student)
        for title, pairs in (("different photos", names[:, None] != names), ("versions of one photo", same)):
            print(f"Spearman of style distances between {title}: {spearmanr(wanted[pairs], got[pairs]).statistic:.4f}")


if __name__ == "__main__":
    main()
