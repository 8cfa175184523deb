#!/usr/bin/env python3
"""Does an exported network rank pictures as VGG-19 does? Over photo pairs with masks, never trained on.

    python3 agreement.py --network features.safetensors [--ours 'results/{id}.png']

For each pair, the style distance (shared eval/metrics.py's `style`, its own code) of the content, the published result,
a peer's result and, where they are given, ours to the style photo, once by VGG-19's taps and once by the network's; prints both and Spearman's rank
correlation. VGG-19's distances, but those of ours, are kept in --cache, being the slow part.
"""
import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from scipy.stats import spearmanr

import paths
from network import Compact

sys.path.insert(0, str(paths.SHARED / "eval"))
import metrics  # noqa: E402

def candidates(o, pair):
    fixed = {"content": f"{o.data}/input/in{pair}.png", "published": f"{o.data}/published/best{pair}.png",
             "peer": f"{o.peers}/{pair}.jpg"}
    return fixed | ({"ours": o.ours.replace("{id}", str(pair))} if o.ours else {})


def distances(features, o, pair, kinds):
    """Kind → style distance to the pair's style photo."""
    content, style = (metrics.photo(f"{o.data}/{p}{pair}.png", o.size) for p in ("input/in", "style/tar"))
    mc = metrics.regions(f"{o.data}/segmentation/in{pair}.png", content.shape)
    ms = metrics.regions(f"{o.data}/segmentation/tar{pair}.png", style.shape)
    keep = [k for k in range(len(mc)) if min(mc[k].mean(), ms[k].mean()) >= 0.004]
    mc, ms = mc[keep], ms[keep]
    wanted, out = metrics.grams(features(style), ms), {}
    for kind in kinds:
        photo = metrics.photo(candidates(o, pair)[kind], shape=content.shape[:2])
        got = metrics.grams(features(photo), mc)
        error = weight = 0.0
        for name in metrics.STYLE:
            for a, b, m in zip(got[name], wanted[name], mc):
                if a is not None and b is not None:
                    error += float(m.mean() * (a - b).pow(2).sum() / b.pow(2).sum())
                    weight += float(m.mean())
        out[kind] = error / weight
    return out


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--network", required=True)
    a.add_argument("--teacher", default=paths.TEACHER)
    a.add_argument("--data", default=paths.PAIRS)
    a.add_argument("--peers", default=paths.PEERS)
    a.add_argument("--ours", help="results by relumine, {id} standing for the pair")
    a.add_argument("--size", type=int, default=512)
    a.add_argument("--cache", default="agreement-vgg19.json")
    o = a.parse_args()
    network, weights = Compact(o.network), load_file(o.teacher)

    def compact(rgb):
        taps = network.taps(torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None])
        return {name.removeprefix("relu"): f[0] for name, f in taps.items()}

    pairs = sorted(int(re.search(r"in(\d+)", p.name)[1]) for p in Path(o.data, "input").glob("in*.png"))
    cache = json.loads(Path(o.cache).read_text()) if Path(o.cache).exists() else {}
    rows = []
    with torch.no_grad():
        for pair in pairs:
            key = f"{pair}@{o.size}"
            kinds = list(candidates(o, pair))
            wanted = cache.get(key, {})
            missing = [kind for kind in kinds if kind not in wanted]
            wanted |= distances(lambda rgb: metrics.features(weights, rgb), o, pair, missing) if missing else {}
            cache[key] = {kind: d for kind, d in wanted.items() if kind != "ours"}
            Path(o.cache).write_text(json.dumps(cache))
            found = distances(compact, o, pair, kinds)
            rows += [(kind, wanted[kind], found[kind]) for kind in kinds]
            print(f"{pair:3} " + "  ".join(f"{k} {wanted[k]:.3f} {found[k]:.3f}" for k in kinds), flush=True)
    for kind in kinds:
        x, y = zip(*[r[1:] for r in rows if r[0] == kind])
        print(f"{kind:9} VGG-19 {np.mean(x):.3f}  network {np.mean(y):.3f}  Spearman {spearmanr(x, y).statistic:.4f}")
    x, y = zip(*[r[1:] for r in rows])
    print(f"all       VGG-19 {np.mean(x):.3f}  network {np.mean(y):.3f}  Spearman {spearmanr(x, y).statistic:.4f}")


if __name__ == "__main__":
    main()
