"""training/distil.py: it follows steps, goes on from a checkpoint, ends when told to; and what it is taught."""

from __future__ import annotations

import json

import pytest
import torch

from neuralart.networks.provide import COMPACT_FILE

from ..cli.made import picture

NARROW = {
    "conv1_1": 4, "conv1_2": 4, "conv2_1": 4, "conv2_2": 4, "conv3_1": 4, "conv3_2": 4, "conv3_3": 4, "conv3_4": 4,
    "conv4_1": 4, "conv4_2": 4, "conv4_3": 4, "conv4_4": 4, "conv5_1": 4,
}  # fmt: skip


@pytest.fixture
def distil(module, monkeypatch):
    made = module("distil")
    networks = module("networks")
    monkeypatch.setattr(made, "Student", lambda: networks.Student(NARROW))
    return made


def lesson(networks, side=32):
    sides = {"conv1": side // 2, "conv2": side // 4, "conv3": side // 4, "conv4": side // 8, "conv5": side // 16}
    taught = {
        name: torch.rand(1, channels, sides[name[:5]], sides[name[:5]]) for name, channels in networks.TAUGHT.items()
    }
    return picture(side, side, 3).pixels, (0, 1), taught


def rates(run):
    run.begin()
    return [group["lr"] for optimiser in run.optimisers for group in optimiser.param_groups]


def test_the_rates_follow_the_steps(distil):
    run = distil.Run(cooldown=100, steps=800)
    assert rates(run)[0] == pytest.approx(distil.MUON_RATE / distil.WARM)
    run.step = 500
    assert rates(run) == pytest.approx([distil.MUON_RATE, distil.ADAM_RATE, distil.MAP_RATE])
    run.step = 750
    assert rates(run) == pytest.approx([distil.MUON_RATE / 2, distil.ADAM_RATE / 2, distil.MAP_RATE / 2])


def test_it_goes_on_gently_where_asked_to(distil):
    run = distil.Run(cooldown=100, steps=5000, rate=0.5, plateau=1000)
    run.step = 999
    assert rates(run) == pytest.approx([distil.MUON_RATE / 2, distil.ADAM_RATE / 2, distil.MAP_RATE / 2])
    run.step = 3999
    assert rates(run) == pytest.approx([distil.MUON_RATE / 4, distil.ADAM_RATE / 4, distil.MAP_RATE / 4])


def test_it_ends_when_told_to(distil):
    run = distil.Run(cooldown=100, steps=1000)
    run.step = 500
    run.finish("40\n")
    run.step = 520
    assert rates(run)[0] == pytest.approx(distil.MUON_RATE / 2)
    run.step = 540
    assert run.finished


def test_a_run_that_had_ended_goes_on_when_asked_for_more_steps(distil, tmp_path):
    run = distil.Run(cooldown=10, steps=100)
    run.finish("5")
    run.step = 5
    run.save(tmp_path / "student.pt")
    other = distil.Run(cooldown=10, steps=200)
    other.load(tmp_path / "student.pt")
    assert (other.step, other.last, other.cooldown, other.finished) == (5, 200, 10, False)


def test_it_goes_on_from_a_checkpoint(distil, module, tmp_path):
    shown = lesson(module("networks"))
    torch.manual_seed(0)
    run = distil.Run(cooldown=10, steps=100)
    for _ in range(3):
        run.begin()
        run.learn(*shown)
    run.finish("")
    run.save(tmp_path / "student.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["student.pt"]
    other = distil.Run(cooldown=10, steps=100)
    other.load(tmp_path / "student.pt")
    assert (other.step, other.last) == (3, 13)
    for one in (run, other):
        one.begin()
        one.learn(*shown)
    for mine, theirs in zip(run.average.parameters(), other.average.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_it_learns_and_says_so(distil, module, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(distil, "REPORT", 10)
    shown = lesson(module("networks"))
    torch.manual_seed(0)
    run = distil.Run(cooldown=10, steps=100)
    for _ in range(30):
        run.begin()
        run.count(run.learn(*shown), tmp_path / "log.jsonl")
    first, _, last = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert (first["step"], last["step"]) == (10, 30)
    assert last["conv5_1"] < first["conv5_1"]
    assert last["cpu_seconds"] >= first["cpu_seconds"]


def test_the_whole_command(module, shared, tmp_path, monkeypatch, capsys):
    distil = module("distil")
    monkeypatch.setattr(distil, "CROP_SIZES", [(2, 32)])
    monkeypatch.setattr(distil, "load_folder", lambda *_, **__: [picture(60, 40).pixels[0].byte()])
    monkeypatch.setattr(distil, "PAINTED_AFTER", 0)
    arguments = ["distil.py", "--shared", str(shared), "--output", str(tmp_path), "--cooldown", "2", "--steps"]
    for steps in ("2", "4"):
        monkeypatch.setattr("sys.argv", [*arguments, steps])
        distil.main()
    assert torch.load(tmp_path / "student.pt", weights_only=True)["step"] == 4


def test_relative_errors_have_their_gradient(module):
    relative = module("lesson").Relative.apply
    torch.manual_seed(0)
    seen, taught = torch.randn(2, 3, 4, 5, requires_grad=True), torch.randn(2, 3, 4, 5)
    relative(seen, taught).backward()
    plain = seen.detach().clone().requires_grad_()
    value = (plain - taught).square().sum() / taught.square().sum()
    value.backward()
    torch.testing.assert_close(seen.grad, plain.grad)
    assert float(relative(seen, taught).detach()) == pytest.approx(float(value.detach()), rel=1e-5)


@pytest.mark.parametrize("shape", [(8, 40), (16, 16)])
def test_updates_are_nearly_orthogonal(module, shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape) @ torch.diag(torch.logspace(0, -1, shape[1]))
    values = torch.linalg.svdvals(module("muon").orthogonal(matrix))
    assert float(values.min()) > 0.3
    assert float(values.max()) < 1.3


def test_maps_are_solved_for(module):
    # Teachers that are linear in the student's features are met exactly, but for bfloat16 and the ridge.
    networks, refit = module("networks"), module("refit")
    torch.manual_seed(0)
    student, teacher = (networks.Student(NARROW) for _ in range(2))
    teacher.convs = student.convs
    pixels = [picture(64, 64, seed).pixels for seed in range(3)]
    with torch.no_grad():
        lessons = [(one, (0, 0), teacher(one)) for one in pixels]
        refit.refit(student, lessons)
        _, terms = module("lesson").distance(student(pixels[0]), lessons[0][2])
    assert max(float(value) for value in terms.values()) < 1e-3


def test_pictures_held_out_are_not_taught(module, tmp_path):
    held = module("held")
    for name in ("starry_night", "starry_night_crop", "106005", "candy"):
        picture(20, 30).save(tmp_path / f"{name}.png")
    assert len(module("pictures").load_folder(tmp_path, without=held.HELD_OUT)) == 1
    assert not {pair[0] for pair in held.CHOOSING} & {pair[0] for pair in held.REPORTING}
    assert not {pair[1] for pair in held.CHOOSING} & {pair[1] for pair in held.REPORTING}


def test_it_goes_on_from_an_exported_network(module):
    # The exported trunk sees the same, filter by filter, but for each filter's size.
    networks, painters = module("networks"), module("painters")
    exported = painters.compact(COMPACT_FILE)
    student = networks.Student()
    student.load_trunk(exported.weights)
    image = picture(64, 48, 4).pixels
    with torch.no_grad():
        mine, theirs = student.trunk(image), exported.features(image, [*networks.STYLE, "block3"])
    for name, seen in mine.items():
        shown = theirs["block3" if name == "conv3_3" else name]
        size = seen.norm(dim=(2, 3), keepdim=True) / shown.norm(dim=(2, 3), keepdim=True).clamp_min(1e-9)
        torch.testing.assert_close(seen, size * shown, rtol=1e-3, atol=1e-4)
