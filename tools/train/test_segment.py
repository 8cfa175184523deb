"""Run with `python3 -m pytest tools/train` (needs no photos)."""
import os
import sys

import numpy as np
import torch
from safetensors.torch import load_file

import segment_export
from muon import orthogonalise
from network import TRUNK
from segment_lessons import Lessons, cut, regrade, shares
from segment_train import loss
from segmenter import CLASSES, FEATURES, WIDTH, Segmenter, groups


def test_every_class_has_a_group():
    names, of = groups()
    assert len(of) == len(CLASSES) == 32
    assert names[of[CLASSES.index("sea")]] == "water" and names[of[CLASSES.index("other")]] == "other"


def test_shares_add_up_and_know_where():
    labels = torch.zeros(1, 16, 24)
    labels[0, :8, 8:12] = 3
    s = shares(labels)[0]
    assert s.shape == (32, 2, 3) and torch.allclose(s.sum(0), torch.ones(2, 3))
    assert s[3, 0, 1] == 0.5 and s[3].sum() == 0.5


def test_cut_keeps_labels_with_their_pixels():
    rgb = np.random.default_rng(0).integers(0, 2, (321, 481, 1)).astype(np.uint8)
    blocks = np.kron(rgb[::40, ::40, 0], np.ones((40, 40), np.uint8))[:321, :481]
    t, labels = cut(torch.tensor(np.repeat(blocks[:, :, None] * 255, 3, 2)), torch.tensor(blocks), 224, 320)
    assert ((t[0, 0] > 0.5) == (labels[0] == 1)).float().mean() > 0.95


def test_looks_stay_in_range():
    for seed in range(30):
        torch.manual_seed(seed)
        t = regrade(torch.rand(5, 3, 32, 40))
        assert torch.isfinite(t).all() and t.min() >= 0 and t.max() <= 1


def test_a_sure_and_right_head_has_the_least_loss():
    _, of = groups()
    merge = torch.nn.functional.one_hot(of).T.float()
    target = torch.zeros(1, 32, 2, 2)
    target[:, 3] = 1
    right, wrong = 20 * target, 20 * target.roll(1, 1)
    assert loss(right, target, merge)[1] == 1 and loss(wrong, target, merge)[1] == 0
    assert loss(right, target, merge)[0] < 0.5 < loss(wrong, target, merge)[0]


def test_orthogonalise():
    u = orthogonalise(torch.randn(20, 60, generator=torch.Generator().manual_seed(0)))
    values = torch.linalg.svdvals(u)
    assert values.min() > 0.5 and values.max() < 1.5


def test_export_is_the_segmenter_with_its_scale(tmp_path, monkeypatch):
    segmenter = Segmenter()
    segmenter.head.scale.uniform_(0.5, 2)
    torch.save({"average": segmenter.state_dict(), "trunk": TRUNK}, tmp_path / "c.pt")
    path = str(tmp_path / "s.safetensors")
    monkeypatch.setattr(sys, "argv", ["segment_export.py", "--checkpoint", str(tmp_path / "c.pt"), "--out", path])
    segment_export.main()
    file, features, head = load_file(path), torch.rand(FEATURES), segmenter.head
    want = head.weight["enter"] @ torch.cat([features * head.scale, torch.tensor([0.3, -0.2])])
    got = file["enter.weight"].float() @ torch.cat([features, torch.tensor([0.3, -0.2])])
    torch.testing.assert_close(got, want, rtol=2e-3, atol=2e-3)
    assert file["block3_spatial.weight"].shape == (WIDTH, WIDTH, 3, 3)
    assert {f"{conv}.weight" for conv in segmenter.trunk.bias} < set(file)
    assert os.path.getsize(path) < 2 << 20


def test_a_segmenter_sees_taps_of_two_sizes_and_says_classes_of_cells():
    segmenter, rgb = Segmenter().eval(), torch.rand(2, 3, 64, 96)
    assert segmenter.features(rgb).shape == (2, FEATURES, 8, 12)
    assert segmenter(rgb).shape == (2, len(CLASSES), 8, 12)


def test_lessons_are_of_one_shape():
    rng = np.random.default_rng(0)
    photos = [tuple(torch.tensor(rng.integers(0, 30, (*size, *channels), dtype=np.uint8)) for channels in ((3,), ()))
              for size in ((300, 400), (400, 300))]
    for _ in range(6):
        rgb, s = Lessons(photos).batch(3)
        assert s.shape == (3, len(CLASSES), rgb.shape[2] // 8, rgb.shape[3] // 8)
