"""Run with `python3 -m pytest tools/train` (needs no photos)."""
import copy
import os

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import segment_export
import segment_photos
from muon import orthogonalise
from network import TRUNK, Compact
from segment_labels import FIRST, SHARES, Labelled, weights
from segment_lessons import Lessons, cut, regrade, shares
from segment_train import loss
from segmenter import CLASSES, FEATURES, FINE_WIDTH, PARTS, PEOPLE, PERSON, STRIDE, WIDTH, Segmenter, groups, take, trained


def photo(labels, rgb=None, sure=255, kind=FIRST):
    """A photo of such labels, H×W, all as sure."""
    labels = labels.to(torch.uint8)
    rgb = torch.zeros(*labels.shape, 3, dtype=torch.uint8) if rgb is None else rgb
    return Labelled("", rgb, labels, torch.full_like(labels, sure), bool(torch.isin(labels, torch.tensor(PARTS)).any()), kind, "", "")


def test_every_class_has_a_group():
    names, of = groups()
    assert len(of) == len(CLASSES) == 34
    assert names[of[CLASSES.index("sea")]] == "water" and names[of[CLASSES.index("other")]] == "other"
    assert {names[of[k]] for k in PEOPLE} == {"person"}


def test_shares_add_up_and_know_where():
    labels, sure = torch.zeros(1, 8, 12), torch.ones(1, 8, 12)
    labels[0, :4, 4:6] = 3
    sure[0, 4:] = 0.25
    s = shares(labels, sure)[0]
    assert s.shape == (34, 2, 3) and torch.allclose(s.sum(0), torch.tensor([[1.0], [0.25]]).expand(2, 3))
    assert s[3, 0, 1] == 0.5 and s[3].sum() == 0.5


def test_cut_keeps_labels_with_their_pixels():
    rgb = np.random.default_rng(0).integers(0, 2, (321, 481, 1)).astype(np.uint8)
    blocks = np.kron(rgb[::40, ::40, 0], np.ones((40, 40), np.uint8))[:321, :481]
    whole = photo(torch.tensor(blocks), torch.tensor(np.repeat(blocks[:, :, None] * 255, 3, 2)))
    whole.sure = 255 * whole.labels
    t, labels, sure = cut(whole, 224, 320)
    assert ((t[0, 0] > 0.5) == (labels[0] == 1)).float().mean() > 0.95
    assert torch.equal(sure, labels)


def test_looks_stay_in_range():
    for seed in range(30):
        torch.manual_seed(seed)
        t = regrade(torch.rand(5, 3, 32, 40))
        assert torch.isfinite(t).all() and t.min() >= 0 and t.max() <= 1


def test_a_sure_and_right_head_has_the_least_loss():
    _, of = groups()
    merge = torch.nn.functional.one_hot(of).T.float()
    target, parts = torch.zeros(1, 34, 2, 2), torch.tensor([False])
    target[:, 3] = 1
    right, wrong = 20 * target, 20 * target.roll(1, 1)
    assert loss(right, target, parts, merge)[1] == 1 and loss(wrong, target, parts, merge)[1] == 0
    assert loss(right, target, parts, merge)[0] < 0.5 < loss(wrong, target, parts, merge)[0]


def test_a_person_may_be_of_any_parts_where_none_are_told():
    _, of = groups()
    merge = torch.nn.functional.one_hot(of).T.float()
    person = torch.zeros(1, 34, 2, 2)
    person[:, PERSON] = 1
    said = [20 * person.roll(k - PERSON, 1) for k in PEOPLE]
    free = [loss(logits, person, torch.tensor([False]), merge)[0] for logits in said]
    bound = [loss(logits, person, torch.tensor([True]), merge)[0] for logits in said]
    torch.testing.assert_close(free, free[:1] * 3)
    assert bound[0] < 0.5 < min(bound[1:])


def test_what_is_not_sure_counts_less():
    _, of = groups()
    merge = torch.nn.functional.one_hot(of).T.float()
    logits, target = torch.zeros(1, 34, 1, 2), torch.zeros(1, 34, 1, 2)
    logits[:, 3, :, 0] = 20
    logits[:, 5, :, 1] = 20
    target[:, 3] = torch.tensor([1, 0.25])
    total, right = loss(logits, target, torch.tensor([False]), merge)
    assert abs(right - 0.8) < 1e-6
    assert total < loss(logits.flip(3), target, torch.tensor([False]), merge)[0]


def test_kinds_have_their_shares_and_photos_of_a_kind_are_alike():
    kinds = [FIRST, FIRST, "interior", "fog", "snow"]
    often = weights([photo(torch.zeros(8, 8), kind=kind) for kind in kinds])
    assert often[0] == often[1] == SHARES[FIRST] / 2
    assert often[2] == SHARES["interior"] and often[3] == often[4]


def test_scenes_are_told_mirrored_and_regraded():
    y, x = np.mgrid[:90, :120]
    rng = np.random.default_rng(0)
    scenes = [sum(rng.normal() * np.sin(rng.uniform(0, 0.2) * x + rng.uniform(0, 0.2) * y + k) for k in range(8)) for _ in range(2)]
    one, other = (Image.fromarray((255 * (s - s.min()) / np.ptp(s)).astype(np.uint8)) for s in scenes)
    graded = one.resize((60, 45)).point(lambda v: 40 + v // 2)
    bits = segment_photos.bits
    assert (bits(one) != bits(graded)).sum() <= segment_photos.SAME < (bits(one) != bits(other)).sum()
    assert segment_photos.is_held_out("photos/new/0120.jpg") and not segment_photos.is_held_out("photos/new/0121.jpg")


def test_orthogonalise():
    u = orthogonalise(torch.randn(20, 60, generator=torch.Generator().manual_seed(0)))
    values = torch.linalg.svdvals(u)
    assert values.min() > 0.5 and values.max() < 1.5


def test_mean_of_a_segmenter_and_itself_is_it_whatever_its_scales():
    torch.manual_seed(0)
    segmenter = Segmenter().eval()
    segmenter.head.scale.uniform_(0.5, 2)
    rgb = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        want = segmenter(rgb)
        mean = segment_export.mean(copy.deepcopy(segmenter), segment_export.folded(copy.deepcopy(segmenter)))
        torch.testing.assert_close(mean(rgb), want, rtol=1e-4, atol=1e-4)
        other = copy.deepcopy(segmenter)
        other.head.bias["classify"] += 2
        shifted = segment_export.mean(copy.deepcopy(segmenter), other)
        torch.testing.assert_close(shifted(rgb), want + 1, rtol=1e-4, atol=1e-4)


def test_export_is_the_segmenter_with_its_scale(tmp_path):
    torch.manual_seed(0)
    segmenter = Segmenter()
    segmenter.head.scale.uniform_(0.5, 2)
    segmenter.head.fine_scale.uniform_(0.5, 2)
    torch.save({"average": segmenter.state_dict(), "trunk": TRUNK}, tmp_path / "c.pt")
    path = str(tmp_path / "s.safetensors")
    segment_export.write(trained(tmp_path / "c.pt"), path)
    file, features, head = load_file(path), torch.rand(FEATURES), segmenter.head
    want = head.weight["enter"] @ torch.cat([features * head.scale, torch.tensor([0.3, -0.2])])
    got = file["enter.weight"].float() @ torch.cat([features, torch.tensor([0.3, -0.2])])
    torch.testing.assert_close(got, want, rtol=2e-3, atol=2e-3)
    assert file["block3_spatial.weight"].shape == (WIDTH, WIDTH, 3, 3)
    assert file["fine_spatial.weight"].shape == (FINE_WIDTH, FINE_WIDTH, 3, 3)
    assert {f"{conv}.weight" for conv in segmenter.trunk.bias} < set(file)
    assert os.path.getsize(path) < 2 << 20
    rgb = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(trained(path)(rgb), segmenter.eval()(rgb), rtol=0.1, atol=0.05)


def test_whole_people_stay_as_probable_when_parts_are_new(tmp_path):
    given, ours, path = Segmenter().eval(), Segmenter().eval(), str(tmp_path / "s.safetensors")
    segment_export.write(given, path)
    file = Compact(path)
    file.header["classes"] = " ".join(CLASSES[:32])
    for name in ("classify.weight", "classify.bias", "fine_classify.weight", "fine_classify.bias"):
        file.weights[name] = file.weights[name][:32]
    take(ours, file)
    rgb = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        before, after = given(rgb)[:, :32].softmax(1), ours(rgb).softmax(1)
    torch.testing.assert_close(after[:, PEOPLE].sum(1), before[:, PERSON], rtol=0.05, atol=0.01)


def test_a_segmenter_sees_taps_of_three_sizes_and_says_classes_of_fine_cells():
    segmenter, rgb = Segmenter().eval(), torch.rand(2, 3, 64, 96)
    fine, features = segmenter.features(rgb)
    assert fine.shape == (2, 80, 16, 24) and features.shape == (2, FEATURES, 8, 12)
    assert segmenter(rgb).shape == (2, len(CLASSES), 16, 24)


def test_lessons_are_of_one_shape():
    rng = np.random.default_rng(0)
    photos = [photo(torch.tensor(rng.integers(0, 30, size)), torch.tensor(rng.integers(0, 255, (*size, 3), dtype=np.uint8)))
              for size in ((300, 400), (400, 300))]
    for _ in range(6):
        rgb, s, parts = Lessons(photos).batch(3)
        assert s.shape == (3, len(CLASSES), rgb.shape[2] // STRIDE, rgb.shape[3] // STRIDE) and not parts.any()
