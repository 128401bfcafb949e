"""training/distil.py: it follows steps or the clock, goes on from a checkpoint; and what it is taught."""

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
    return [float(group["lr"]) for group in run.groups]


def usual(distil, share=1.0):
    return pytest.approx([share * rate for rate in (distil.MUON_RATE, distil.ADAM_RATE, distil.MAP_RATE)])


def test_the_rates_follow_the_steps(distil):
    run = distil.Run(steps=800, fall=0.125, rate=0.5)
    assert rates(run) == usual(distil, 0.5 / distil.WARM)
    run.step = 500
    assert rates(run) == usual(distil, 0.5)
    assert not run.falling
    run.step = 750
    assert rates(run) == usual(distil, 0.25)
    assert run.falling
    run.step = 800
    assert run.finished


def test_the_rates_follow_the_clock_where_seconds_are_given(distil, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(distil.time, "monotonic", lambda: now[0])
    run = distil.Run(seconds=100, fall=0.5)
    run.step = 10000
    now[0] += 40
    assert rates(run) == usual(distil)
    now[0] += 35
    assert rates(run) == usual(distil, 0.5)
    now[0] += 25
    assert run.finished
    assert rates(run) == usual(distil, 0)


def test_a_run_that_had_ended_goes_on_when_asked_for_more_steps(distil, tmp_path):
    run = distil.Run(steps=5)
    run.step = 5
    assert run.finished
    run.save(tmp_path)
    other = distil.Run(steps=200)
    other.load(tmp_path)
    assert (other.step, other.finished, other.falling) == (5, False, False)


def test_it_goes_on_from_a_checkpoint(distil, module, tmp_path):
    shown = lesson(module("networks"))
    torch.manual_seed(0)
    run = distil.Run(steps=100)
    for _ in range(3):
        run.begin()
        run.learn(*shown)
    run.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rest.pt", "student.pt"]
    other = distil.Run(steps=100)
    other.load(tmp_path)
    assert other.step == 3
    assert other.spent() >= run.seconds
    for one in (run, other):
        one.begin()
        one.learn(*shown)
    for mine, theirs in zip(run.average.parameters(), other.average.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_it_learns_and_says_so(distil, module, tmp_path, capsys):
    shown = lesson(module("networks"))
    torch.manual_seed(0)
    run = distil.Run(steps=100)
    for _ in range(3):
        for _ in range(10):
            run.begin()
            run.count(run.learn(*shown))
        run.report(tmp_path / "log.jsonl")
    first, _, last = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert (first["step"], last["step"]) == (10, 30)
    assert last["conv5_1"] < first["conv5_1"]
    assert last["seconds"] >= first["seconds"]


def test_the_whole_command(module, shared, tmp_path, monkeypatch, capsys):
    distil, lessons = module("distil"), module("lessons")
    monkeypatch.setattr(distil, "CPU", lessons.Pace(crops=((2, 32),), uses=6, pool=96, report=2, save=150))
    monkeypatch.setattr(lessons, "load_folder", lambda *_, **__: [picture(60, 40).pixels[0].byte()])
    monkeypatch.setattr(lessons, "PAINTED_AFTER", 0)
    arguments = ["distil.py", "--shared", str(shared), "--output", str(tmp_path), "--steps"]
    for steps in ("2", "4"):
        monkeypatch.setattr("sys.argv", [*arguments, steps])
        distil.main()
    assert torch.load(tmp_path / "student.pt", weights_only=True)["step"] == 4
    assert [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [2, 4]


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


def test_updates_are_nearly_orthogonal(module):
    torch.manual_seed(0)
    matrices = [torch.randn(m, n) @ torch.diag(torch.logspace(0, -1, n)) for m, n in ((8, 40), (16, 16))]
    for matrix, found in zip(matrices, module("muon").orthogonal(matrices), strict=True):
        # The singular vectors stay, their lengths become alike.
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        turned = left.T @ found @ right.T
        values = turned.diagonal()
        torch.testing.assert_close(turned, torch.diag(values), atol=1e-2, rtol=0)
        assert float(values.min()) > 0.3
        assert float(values.max()) < 1.3


def test_what_is_recorded_is_the_function(module):
    # On a CPU it is called as it is, with what changed in between; on a GPU the graph sees changes in place as well.
    device = "cuda" if torch.cuda.is_available() else "cpu"
    weight = torch.ones(3, device=device)
    recorded = module("recorded").Recorded(lambda x, y, power: (weight * x + y) ** power)
    x, y = torch.arange(3.0, device=device), torch.ones(3, device=device)
    assert recorded(x, y, power=1).tolist() == [1, 2, 3]
    assert recorded(x, y, power=2).tolist() == [1, 4, 9]
    weight.mul_(2)
    assert recorded(x, y, power=2).tolist() == [1, 9, 25]


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
