"""Run with `python3 -m pytest tools/train` (a few seconds; needs no photos and no teacher)."""
import os
import sys

import pytest
import torch
from safetensors.torch import load_file

import crops
import export
import looks
import start
from descent import Descent, Rates
from network import TAPS, TRUNK, Compact, Student, flops
from objective import Lesson, distances, grams, loss, random_masks, square
from teacher import KEPT, STYLE


@pytest.fixture
def student():
    torch.manual_seed(0)
    return Student()


@pytest.fixture
def exported(student, tmp_path, monkeypatch):
    torch.save({"average": student.state_dict(), "trunk": TRUNK}, tmp_path / "c.pt")
    path = str(tmp_path / "features.safetensors")
    monkeypatch.setattr(sys, "argv", ["export.py", "--checkpoint", str(tmp_path / "c.pt"), "--out", path])
    export.main()
    return path


def photo(n=2, side=64):
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_gram_through_the_map_is_gram_of_the_mapped(student):
    features, masks = student.trunk(photo()), random_masks(photo())
    for tap in STYLE:
        f, e = features[TAPS[tap]], student.expand[tap]
        torch.testing.assert_close(e @ grams(f, masks) @ e.T, grams(torch.einsum("ij,njhw->nihw", e, f), masks), rtol=1e-4, atol=1e-5)


def test_metric_keeps_distances_between_grams(student):
    difference = torch.randn(192, 192)
    difference = difference + difference.T
    m, e = student.metric("relu5_1"), student.expand["relu5_1"]
    torch.testing.assert_close((m @ difference @ m).norm(), (e @ difference @ e.T).norm(), rtol=1e-4, atol=0)


def test_export_is_the_network_and_fits(student, exported):
    network, features = Compact(exported), student.trunk(photo())
    for tap, got in network.taps(photo()).items():
        want = torch.einsum("ij,njhw->nihw", student.metric(tap), features[TAPS[tap]])
        assert (got - want).norm() < (2e-3 if tap < "relu3" else 4e-2) * want.norm(), tap
    assert all(v.dtype == (torch.int8 if v.numel() > export.LARGE else torch.float16)
               for k, v in load_file(exported).items() if not k.endswith(".scale") and not k.startswith("metric"))
    assert os.path.getsize(exported) < 2_000_000
    assert flops(512, 512) < 9.7e9


def test_a_start_takes_over_what_fits(student, exported):
    torch.manual_seed(1)
    other = Student()
    start.take(other, Compact(exported))
    torch.testing.assert_close(other.weight["conv4_3"], student.weight["conv4_3"], rtol=0, atol=1e-2)


def test_a_start_that_grows_computes_what_it_did(student, exported):
    torch.manual_seed(1)
    other = Student(TRUNK.replace("64 80", "72 104"))
    start.take(other, Compact(exported))
    with torch.no_grad():
        for conv, wanted in student.trunk(photo()).items():
            got = other.trunk(photo())[conv]
            torch.testing.assert_close(got[:, :wanted.shape[1]], wanted, rtol=0.05, atol=0.02 * wanted.max().item())
    assert other.kernel("conv3_2")[80:, :, 1, 1].any()


def test_dead_outputs_begin_anew_and_change_nothing(student):
    batches = [photo()]
    with torch.no_grad():
        student.kernel("conv4_3")[5] = -1
        student.bias["conv4_3"][5] = 0
        before = student.trunk(photo())
        assert not before["conv4_3"][:, 5].any()
        start.revive(student, batches)
        after = student.trunk(photo())
    assert after["conv4_3"][:, 5].any()
    others = before["conv5_2"].amax((0, 2, 3)) > 0
    torch.testing.assert_close(after["conv5_2"][:, others], before["conv5_2"][:, others])


def test_maps_of_a_start_are_the_nearest(student, exported):
    class SelfTaught:
        def taps(self, rgb):
            return {tap: torch.einsum("ij,njhw->nihw", wanted[tap], student.trunk(rgb)[conv]) for tap, conv in TAPS.items()}, None

    wanted = {tap: e.detach().clone() for tap, e in student.expand.items()}
    batches = [photo(8, 64), torch.rand(8, 3, 64, 64)]
    start.fit_maps(student, SelfTaught(), batches, Compact(exported), frozen=2)
    with torch.no_grad():
        for tap, conv in TAPS.items():
            f = student.trunk(batches[0])[conv]
            got, want = (torch.einsum("ij,njhw->nihw", e, f) for e in (student.expand[tap], wanted[tap]))
            assert (got - want).norm() < 0.1 * want.norm(), tap


def test_a_perfect_student_has_no_loss(student):
    rgb, masks = photo(), random_masks(photo())
    with torch.no_grad():
        taps = {tap: torch.einsum("ij,njhw->nihw", student.expand[tap], student.trunk(rgb)[TAPS[tap]]) for tap in TAPS}
        places = {tap: torch.arange(f[0, 0].numel()) for tap, f in taps.items()}
        perfect = Lesson(rgb, masks, places, {tap: f.flatten(2) for tap, f in taps.items()},
                         dict.fromkeys(KEPT, 1.0), {tap: grams(taps[tap], masks) for tap in STYLE})
        total, parts = loss(student, perfect, dict.fromkeys(KEPT, 1.0))
        assert abs(total.item()) < 1e-5
        perfect.grams["relu3_1"] *= 1.1
        assert loss(student, perfect, dict.fromkeys(KEPT, 1.0))[1]["relu3_1"][1] > 0.005


def test_frozen_blocks_change_nothing_of_what_the_others_see(student):
    below, taps = student.blocks(photo(), 1, 3)
    assert set(taps) == {"conv1_2", "conv2_2", "conv3_2"} and below.shape == (2, 80, 8, 8)
    whole, above = student.trunk(photo()), student.blocks(below, 4)[1]
    for conv, features in above.items():
        torch.testing.assert_close(features, whole[conv], rtol=0, atol=0)


def test_distances_against_the_definition():
    x = torch.randn(4, 5, 5)
    want = torch.tensor([[(a - b).square().sum() for b in x] for a in x])
    torch.testing.assert_close(distances(x), want, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(distances(x[None])[0], want, rtol=1e-4, atol=1e-4)


def test_identity_grid_changes_nothing():
    grid = torch.eye(3, 4).view(1, 12, 1, 1, 1).expand(2, 12, 4, 3, 5)
    torch.testing.assert_close(crops.slice_grid(grid, photo()), photo(), rtol=0, atol=1e-6)


def test_grading_keeps_the_range_and_finite():
    for seed in range(50):
        torch.manual_seed(seed), crops.random.seed(seed)
        t = crops.grade(photo(1))
        assert torch.isfinite(t).all() and t.min() >= 0 and t.max() <= 1


def test_gradings_draw_for_each_picture():
    torch.manual_seed(0), crops.random.seed(0)
    same = photo(1).expand(4, -1, -1, -1)
    for change, _ in crops.GRADINGS:
        graded = change(same)
        assert (graded[0] - graded[1]).abs().max() > 1e-4, change.__name__
    kept = crops.changed(same, [2], torch.zeros_like)
    torch.testing.assert_close(kept[[0, 1, 3]], same[:3], rtol=0, atol=0)
    assert not kept[2].any()


def test_a_batch_holds_crops_in_two_gradings_one_after_the_other(monkeypatch):
    """Of photos of one colour each, ungraded crops show which photo they are of."""
    monkeypatch.setattr(crops, "grade", lambda t: t)
    photos = [torch.full((300, 300, 3), 10 * k, dtype=torch.uint8) for k in range(20)]
    pairs = 0
    for seed in range(20):
        crops.random.seed(seed)
        of = (crops.batch(photos, 2)[:, 0, 0, 0] * 25.5).round()
        pairs += len(of) > 2 and bool((of[::2] == of[1::2]).all())
    assert 3 < pairs < 17


def test_looks_come_nearer_to_their_references_by_the_students_eyes(student):
    torch.manual_seed(0), crops.random.seed(0)
    content, reference = torch.rand(2, 3, 64, 64).sqrt(), torch.rand(2, 3, 64, 64) ** 3
    masks = random_masks(content)
    found = looks.solve(student, content, masks, reference, masks)
    assert found.min() >= 0 and found.max() <= 1

    def style(rgb):
        with torch.no_grad():
            seen, wanted = (looks.styles(student, t, masks) for t in (rgb, reference))
            return sum((square(seen[tap] - wanted[tap]) / square(wanted[tap])).mean() for tap in STYLE)

    assert style(found) < 0.1 * style(content)


def test_looks_are_paired_with_their_references(student, monkeypatch):
    monkeypatch.setattr(looks, "solve", lambda student, content, masks, reference, reference_masks: reference)
    rgb, masks = looks.batch(student, [torch.randint(256, (300, 300, 3), dtype=torch.uint8)], 2)
    torch.testing.assert_close(rgb[::2], rgb[1::2], rtol=0, atol=0)
    assert len(rgb) == len(masks) and not torch.equal(masks[::2], masks[1::2])


def test_a_descent_goes_on_from_its_state_as_if_never_stopped():
    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = torch.nn.Parameter(torch.eye(4, 3)), torch.nn.Parameter(torch.zeros(4))

    def begin():
        models = Line(), Line()
        return Descent(*models, [([models[0].weight], [models[0].bias], 1)], Rates(matrix=0.1, bias=0.1, warm_up=2, averaging=0.5))

    def go(descent, steps):
        for k in range(steps):
            (descent.model.weight.sum(1) + descent.model.bias - 3).square().sum().backward()
            descent.step(0.1 * (descent.taken % 10))

    whole, first, second = begin(), begin(), begin()
    go(whole, 6), go(first, 3)
    second.load(first.state())
    go(second, 3)
    for a, b in zip(whole.average.parameters(), second.average.parameters()):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert (whole.model.weight.sum(1) + whole.model.bias - 3).square().sum() < 0.7 * 21
