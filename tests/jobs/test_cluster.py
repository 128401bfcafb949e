"""Ray: the same pictures on a cluster, also where a machine of it is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from neuralart.errors import OptionError
from neuralart.image.record import read_record
from neuralart.jobs.cluster import Cluster

from ..cli.made import picture

REPOSITORY = Path(__file__).parents[2]


def test_without_ray_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(OptionError, match=r'install it with: pip install "neuralart\[ray\]"'):
        Cluster(None).__enter__()


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_two_nodes_of_which_one_is_lost(place):
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
