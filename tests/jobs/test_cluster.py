"""Ray: the same pictures on a cluster, also where a machine of it is lost."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from neuralart import stylize
from neuralart.errors import OptionError
from neuralart.image.read import read
from neuralart.image.record import read_record
from neuralart.jobs.cluster import Cluster

from ..cli.made import picture
from .made import batch, some

REPOSITORY = Path(__file__).parents[2]
OPTIONS = {"size": 32, "num_iters": 2, "model": "compact", "precision": "float32"}


def test_without_ray_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(OptionError, match=r'install it with: pip install "neuralart\[ray\]"'):
        Cluster(None).__enter__()


class Reference:
    """What a task returns or the store holds: a value as it travels, or why it was lost."""

    def __init__(self, value=None, lost=None):
        self.data, self.lost = pickle.dumps(value), lost


class Ray:
    """In the place of Ray: runs every task here and at once; one picture's task is lost however often it is tried."""

    exceptions = SimpleNamespace(RayError=type("RayError", (Exception,), {}))

    def __init__(self, lost):
        self.lost, self.asked = lost, []

    def is_initialized(self):
        return True

    def cluster_resources(self):
        return {"CPU": 2}

    def put(self, value):
        return Reference(value)

    def wait(self, references, timeout):
        return references[:1], references[1:]

    def get(self, reference):
        if reference.lost:
            raise self.exceptions.RayError(reference.lost)
        return pickle.loads(reference.data)

    def remote(self, function):
        def run(*given):
            values = [self.get(one) if isinstance(one, Reference) else pickle.loads(pickle.dumps(one)) for one in given]
            if values[0].options["output"] == self.lost:
                return Reference(lost="the node is gone")
            return Reference(function(*values))

        def options(**how):
            self.asked.append(how)
            return SimpleNamespace(remote=run)

        return SimpleNamespace(options=options)


def test_what_ray_is_asked_for_and_what_it_loses(place, monkeypatch):
    for k, name in enumerate(("photo", "style", "first")):
        picture(60, 45, seed=k).save(f"{name}.png")
    monkeypatch.setitem(sys.modules, "ray", ray := Ray(lost="out/1.png"))

    def painted(work, **how):
        with work.manifest.held(alone=True), Cluster(None, **how) as engine:
            return [(one.output, one.state, one.error) for one in work.painted(work.planned().todo, engine)]

    told = painted(batch(some(3, **OPTIONS)))
    assert sorted(told) == [
        ("out/0.png", "done", None),
        ("out/1.png", "failed", "Ray lost it 4 times (the node is gone)"),
        ("out/2.png", "done", None),
    ]
    assert {how["max_retries"] for how in ray.asked} == {3}
    assert {how["scheduling_strategy"] for how in ray.asked} == {"SPREAD"}
    assert [job.output for job in batch(some(3, **OPTIONS)).planned().todo] == ["out/1.png"]
    assert painted(batch(some(4, init="first.png:0.5", **OPTIONS)[3:]), carry=True) == [("out/3.png", "done", None)]
    stylize("photo.png", "style.png", init="first.png:0.5", **OPTIONS).save("same.png")
    assert read("out/3.png").pixels.equal(read("same.png").pixels)
    # The record names files as they are called here, wherever they were painted.
    record = read_record("out/3.png")
    assert (record["content"]["path"], record["options"]["output"]) == ("photo.png", "out/3.png")
    assert (record["options"]["style"], record["options"]["init"]) == ("style.png", "first.png:0.5")


@pytest.mark.whole
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_two_nodes_of_which_one_is_lost(place):
    """Ray itself; what we ask of it and do with its answers, `test_what_ray_is_asked_for_and_what_it_loses` shows."""
    for k, name in enumerate(("photo", "style", "first")):
        picture(60, 45, seed=k).save(f"{name}.png")
    paths = os.pathsep.join(map(str, (REPOSITORY / "src", REPOSITORY)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs.ray_of_two"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    names = [f"out/{k}.png" for k in range(10)]
    assert sorted(found["told"]) == [[name, "done", None] for name in names]
    assert found["again"] == 0
    lines = [json.loads(line) for line in Path("batch.manifest.jsonl").read_text().splitlines()]
    assert sorted(line["output"] for line in lines) == names
    assert sorted(map(str, Path("out").iterdir())) == names
    # The record names files as they are called here, wherever they were painted.
    record = read_record("out/9.png")
    assert record["result"]["iterations"] == 20
    assert (record["content"]["path"], record["options"]["output"]) == ("photo.png", "out/9.png")
    assert (record["options"]["style"], record["options"]["init"]) == ("style.png", "first.png:0.5")
    assert [one["path"] for one in lines[-1]["inputs"]] == ["photo.png", "style.png", "first.png"]
