"""Run with `python3 -m pytest tools/train` (needs no photos)."""
import numpy as np
import torch
from safetensors.torch import load_file, save_file

import grade_export
from grade_lessons import LUMA, SIDE, Places, crops, displacements, draw, graded, lesson, luma, turned
from grade_network import LEVELS, Grade, apply, identity
from grade_train import roughness


def pictures(count, seed=0):
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def test_a_picture_is_its_own_grade():
    x = pictures(2)
    matrices = Grade()(x, x)
    assert matrices.shape == (2, LEVELS, 12) and torch.equal(matrices, identity().expand_as(matrices))
    assert torch.allclose(apply(matrices, x), x, atol=1e-6)


def test_matrices_are_interpolated_by_luma():
    levels = torch.arange(LEVELS).float() / (LEVELS - 1)
    matrices = (levels[:, None] * identity())[None]
    grey = torch.full((1, 3, 1, 1), 0.6)
    assert torch.allclose(apply(matrices, grey), 0.6 * grey, atol=1e-5)


def test_hidden_pixels_do_not_count():
    x, other = pictures(1, 1), pictures(1, 2)
    weight = torch.ones(1, 1, SIDE, SIDE)
    weight[..., 32:] = 0
    hidden = torch.where(weight > 0, x, other)
    net, reference = Grade(), pictures(1, 3)
    with torch.no_grad():
        a, b = (net.see(picture * weight + (1 - weight) * 0, weight)[0] for picture in (x, hidden))
        assert torch.allclose(a, b)
        torch.nn.init.normal_(net.matrices.weight)
        assert torch.allclose(net(x, reference, weight), net(hidden, reference, weight), atol=1e-4)


def test_both_crops_are_turned_alike_and_lose_nothing():
    picture, seen = torch.rand(1, 3, SIDE, SIDE), set()
    for _ in range(200):
        a, b = turned(picture, picture + 1)
        assert torch.equal(b, a + 1)
        assert torch.equal(a.flatten().sort().values, picture.flatten().sort().values)
        seen.add(tuple(a[0, 0, 0, :4].tolist()))
    assert len(seen) == 4


def test_a_lesson_brings_one_grade_to_another():
    torch.manual_seed(0)
    photos = [(255 * np.random.default_rng(n).random((200, 260, 3))).astype(np.uint8) for n in range(4)]
    content, reference, truth, counts, theirs = lesson(*next(iter(Places(photos, 10))))
    assert content.shape == reference.shape == truth.shape == (10, 3, SIDE, SIDE) and counts.shape == theirs.shape == (10, 1, SIDE, SIDE)
    assert not torch.allclose(content, truth) and content.min() >= 0 and content.max() <= 1
    a, b = crops(photos[0])
    assert a.shape == b.shape == (1, 3, SIDE, SIDE)


def plain(x):
    """What a grade that changes nothing but for the displacements that it is given makes of a picture."""
    grade = {name: torch.zeros_like(v) if name in ("hue", "lift", "warp") else torch.ones_like(v) for name, v in draw(1, "cpu").items()}
    none = torch.zeros(1, 3, 3, 3, 3)
    return lambda warp: graded(x, grade | {"warp": none + warp}, luma(x).mean((2, 3), keepdim=True))


def test_a_grade_that_changes_nothing_changes_nothing():
    x = pictures(1)
    assert torch.allclose(plain(x)(0), x, atol=2e-2)  # its way to YIQ and back is rounded


def test_colours_are_displaced_where_they_lie_in_the_cube():
    x = 0.2 + 0.6 * pictures(1)
    red = torch.tensor([0.1, 0, 0]).view(1, 3, 1, 1, 1) * torch.linspace(0, 1, 3)  # the more, the redder
    moved = plain(x)(red) - plain(x)(0)
    assert torch.allclose(moved[:, 0], 0.1 * x[:, 0], atol=2e-3) and moved[:, 1:].abs().max() < 2e-3


def test_some_displacements_leave_luma_and_some_grades_leave_tone_or_colours():
    torch.manual_seed(0)
    fields = displacements(torch.full((200, 1, 1, 1), 0.1), "cpu")
    light = torch.einsum("c,nczyx->nzyx", torch.tensor(LUMA), fields).abs().flatten(1).amax(1)
    assert 60 < (light < 1e-6).sum() < 140 and 0.08 < fields[light > 1e-6].std() < 0.12
    grades = draw(400, "cpu")
    toned = (grades["exposure"] != 1) | (grades["contrast"] != 1) | (grades["lift"] != 0).any(1, keepdim=True)
    coloured = (grades["saturation"] != 1) | (grades["hue"] != 0) | (grades["gain"] != 1).any(1, keepdim=True)
    moved = (grades["warp"] != 0).flatten(1).any(1)
    assert all(0.1 < (~kind).float().mean() < 0.6 for kind in (toned, coloured, moved))


def test_a_falling_grey_axis_costs():
    steady = identity().expand(1, LEVELS, 12)
    falling = steady * torch.linspace(1, -1, LEVELS)[None, :, None]
    assert roughness(steady) == 0 and roughness(falling) > 0.01


def test_export_is_the_network_in_halves(tmp_path, monkeypatch):
    net = Grade()
    torch.save({"average": net.state_dict()}, tmp_path / "c.pt")
    monkeypatch.setattr("sys.argv", ["grade_export.py", "--checkpoint", str(tmp_path / "c.pt"), "--out", str(tmp_path / "o.safetensors")])
    grade_export.main()
    written = load_file(tmp_path / "o.safetensors")
    assert set(written) == set(net.state_dict()) and (tmp_path / "o.safetensors").stat().st_size <= 1 << 20
    for name, value in net.state_dict().items():
        assert torch.equal(written[name].float(), value.half().float())


def test_export_takes_the_mean_with_another(tmp_path, monkeypatch):
    first, second = Grade(), Grade()
    torch.save({"average": first.state_dict()}, tmp_path / "c.pt")
    save_file(second.half().state_dict(), tmp_path / "before.safetensors")
    monkeypatch.setattr("sys.argv", ["grade_export.py", "--checkpoint", str(tmp_path / "c.pt"), "--out", str(tmp_path / "o.safetensors"),
                                     "--mean-with", str(tmp_path / "before.safetensors")])
    grade_export.main()
    written = load_file(tmp_path / "o.safetensors")
    for name, value in second.state_dict().items():
        assert torch.allclose(written[name].float(), (first.state_dict()[name] + value.float()) / 2, atol=1e-3)
