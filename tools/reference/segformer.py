#!/usr/bin/env python3
"""SegFormer-B0 to B5 by the `transformers` package, in f64: the fixture of `crates/relumine/src/segment/segformer/tests.rs`.

    python3 segformer.py

Writes crates/relumine/tests/fixtures/segformer.safetensors. Made with Python 3.11, torch 2.15.0, transformers 5.24.0,
numpy 2.4.6, safetensors 0.8.0:
    pip install torch==2.15.0 transformers==5.24.0 numpy==2.4.6 safetensors==0.8.0

Weights and pictures come from an integer hash that `features/synthetic.rs` shares: each tensor, in the order of names,
has a stream of its own. Names and shapes are those of the file that the package itself writes.
"""
import math
import pathlib
import tempfile

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from features import photo, uniform

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "crates/relumine/tests/fixtures"
# Hidden sizes, depths, decoder's width: the paper's appendix.
VARIANTS = {
    "B0": ([32, 64, 160, 256], [2, 2, 2, 2], 256),
    "B1": ([64, 128, 320, 512], [2, 2, 2, 2], 256),
    "B2": ([64, 128, 320, 512], [3, 4, 6, 3], 768),
    "B3": ([64, 128, 320, 512], [3, 4, 18, 3], 768),
    "B4": ([64, 128, 320, 512], [3, 8, 27, 3], 768),
    "B5": ([64, 128, 320, 512], [3, 6, 40, 3], 768),
}
# Name, variant, size, and which of the logits are kept: every so many. 16×40 is extended to 29×40.
CASES = [
    ("b0.odd", "B0", (69, 83), 5),
    ("b0.small", "B0", (16, 40), 2),
    *((v.lower(), v, (75, 50), 97) for v in VARIANTS),
]
MEAN, STD = (torch.tensor(v).double().view(1, 3, 1, 1) for v in ([.485, .456, .406], [.229, .224, .225]))


def values(name, shape, stream):
    spread = torch.from_numpy(2 * uniform(stream, math.prod(shape)) - 1).reshape(shape)
    if name.endswith("running_var"):
        return 1 + spread * np.float32(.5)
    if name.endswith("running_mean"):
        return spread * np.float32(.5)
    if len(shape) == 1:
        gain = "norm" in name and name.endswith("weight")
        return (1 if gain else 0) + spread * np.float32(.25)
    # Variance 1 / inputs; twice the deviation for queries and keys, so that attention is choosy.
    scale = math.sqrt(3 / math.prod(shape[1:])) * (2 if "self.query" in name or "self.key" in name else 1)
    return spread * np.float32(scale)


def network(variant, folder):
    widths, depths, decoder = VARIANTS[variant]
    config = SegformerConfig(hidden_sizes=widths, depths=depths, decoder_hidden_size=decoder, num_labels=150)
    SegformerForSemanticSegmentation(config).save_pretrained(folder)
    path = pathlib.Path(folder) / "model.safetensors"
    with safe_open(path, "pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    count = shapes.pop("decode_head.batch_norm.num_batches_tracked")
    tensors = {name: values(name, shapes[name], stream) for stream, name in enumerate(sorted(shapes))}
    tensors["decode_head.batch_norm.num_batches_tracked"] = torch.zeros(count, dtype=torch.int64)
    save_file(tensors, path, {"format": "pt"})
    model, info = SegformerForSemanticSegmentation.from_pretrained(
        folder, attn_implementation="eager", output_loading_info=True
    )
    assert not any(info.values()), info
    return model.double().eval()


def main():
    out = {}
    for name, variant, (height, width), every in CASES:
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            model = network(variant, folder)
            picture = photo(1, (height, width))
            extend = (0, max(0, 29 - width), 0, max(0, 29 - height))
            picture = torch.nn.functional.pad(picture, extend, mode="replicate")
            logits = model((picture - MEAN) / STD).logits[0, :, :-(-height // 4), :-(-width // 4)]
        print(name, tuple(logits.shape), "deviation", logits.std().item(), "largest", logits.abs().max().item())
        out[name] = logits.flatten()[::every].float().contiguous()
    save_file(out, FIXTURES / "segformer.safetensors")


if __name__ == "__main__":
    main()
