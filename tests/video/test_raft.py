"""RAFT: which frames it sees and what becomes of its flow; where its weights come from; what is said without them."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
from dataclasses import replace

import pytest
import torch

from neuralart.errors import FetchError, OptionError, WeightsError
from neuralart.video import flow, raft
from neuralart.video.raft import LONGEST, SHORTEST, STEP, Raft, fitting
from neuralart.weights.registry import SOURCES

from ..conftest import REPOSITORY
from ..weights.server import Server
from .flows import forget_torchvision, without_torchvision

LARGE, SMALL = SOURCES["raft"]


class Shift(torch.nn.Module):
    """Flow of two frames that are ramps from left to right: how much brighter here is than there, by the slope."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope, self.seen = slope, []

    def forward(self, here, there):
        self.seen += [here, there]
        across = (here - there)[:, :1] * 127.5 / self.slope
        return [torch.zeros(1, 2, *here.shape[2:]), torch.cat([across, torch.zeros_like(across)], 1)]


@pytest.mark.parametrize(("height", "width"), [(60, 90), (136, 240), (270, 1920)])
def test_what_moved_three_pixels_is_found_three_pixels_away(height, width):
    slope = 200 / width  # grey levels a pixel
    ramp = torch.arange(width).mul(slope).expand(1, 3, height, width).contiguous() + 10
    here, there = ramp, ramp - 3 * slope  # everything has gone three pixels to the right
    network = Shift(slope * width / fitting(height, width)[1])
    found = Raft(network, "raft_small", "", torch.device("cpu")).between(here, there)
    assert found.shape == (1, 2, height, width)
    torch.testing.assert_close(found[:, 0], torch.full_like(found[:, 0], 3), atol=1e-2, rtol=0)
    assert not found[:, 1].any()
    inner = (slice(None), slice(None), slice(4, -4), slice(8, -8))
    torch.testing.assert_close(flow.warped(there, found)[inner], here[inner], atol=0.05, rtol=0)
    assert all(one.shape[2:] == fitting(height, width) and one.abs().max() <= 1 for one in network.seen)


@pytest.mark.parametrize(("height", "width"), [(60, 90), (270, 1920)])
def test_flow_is_scaled_along_both_axes(height, width):
    constant = torch.tensor([6.0, -2.0]).view(1, 2, 1, 1)
    network = lambda here, there: [constant.expand(1, 2, *here.shape[2:])]
    made = Raft(network, "raft_small", "", torch.device("cpu"))
    found = made.between(*torch.rand(2, 1, 3, height, width) * 255)
    seen = fitting(height, width)
    expected = constant * torch.tensor([width / seen[1], height / seen[0]]).view(1, 2, 1, 1)
    torch.testing.assert_close(found, expected.expand_as(found))


@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        ((272, 480), (272, 480)),
        ((270, 480), (272, 480)),
        ((60, 90), (128, 192)),
        ((1080, 1920), (544, 960)),
        ((1920, 1080), (960, 544)),
        ((100, 2000), (128, 2560)),
    ],
)
def test_the_size_at_which_frames_are_seen(frame, seen):
    assert fitting(*frame) == seen
    assert min(seen) >= SHORTEST and not any(edge % STEP for edge in seen)
    assert max(seen) <= LONGEST or min(seen) == SHORTEST


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("NEURALART_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NEURALART_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def torchvision():
    """Its networks of optical flow, even beside a torch that its compiled operations do not fit: none is used here."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    spec = importlib.util.spec_from_file_location("_here", REPOSITORY / "benchmarks" / "torchvision_here.py")
    here = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(here)
    here.prepare()
    from torchvision.models import optical_flow

    yield optical_flow
    assert here  # until now, since it holds the operations


@pytest.fixture(scope="module")
def numbers(torchvision):
    """Random weights of the smaller network."""
    return torchvision.raft_small(weights=None, progress=False).state_dict()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


def saved(state):
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def publish(monkeypatch, server, state, **changes):
    """Let the smaller network's weights be these, and come from the server; return their digest."""
    server.files[f"/{SMALL.name}"] = data = saved(state)
    digest = hashlib.sha256(data).hexdigest()
    urls = (f"{server.url}/{SMALL.name}",)
    made = replace(SMALL, **{"urls": urls, "digest": digest[:8], "size": len(data), **changes})
    monkeypatch.setitem(SOURCES, "raft", (made,))
    return digest


def test_weights_are_fetched_once_and_recorded(monkeypatch, server, numbers, tmp_path):
    digest, told = publish(monkeypatch, server, numbers), []
    made = raft.load(lambda here, total: told.append(here))
    assert told[-1] == (tmp_path / "cache" / SMALL.name).stat().st_size
    assert made.record() == {"name": "raft_small", "sha256": digest}
    raft.load()
    assert [path for path, _ in server.asked] == [f"/{SMALL.name}"]
    assert not made.network.training
    for name, one in made.network.state_dict().items():
        assert torch.equal(one, numbers[name])


def test_the_network_is_given_what_torchvision_gives_it(monkeypatch, server, numbers, torchvision):
    publish(monkeypatch, server, numbers)
    here, there = torch.rand(2, 1, 3, 128, 128) * 255
    found = raft.load().on(torch.device("cpu")).between(here, there)
    theirs = torchvision.raft_small(weights=None, progress=False)
    theirs.load_state_dict(numbers)
    given = torchvision.Raft_Small_Weights.C_T_V2.transforms()(here / 255, there / 255)
    with torch.no_grad():
        torch.testing.assert_close(found, theirs.eval()(*given)[-1], atol=1e-3, rtol=1e-3)
    assert found.abs().max() > 0.1


def test_names_sizes_and_digests_are_torchvisions(torchvision):
    for source, weights in zip((LARGE, SMALL), (torchvision.Raft_Large_Weights, torchvision.Raft_Small_Weights)):
        assert source.urls == (weights.DEFAULT.url,)
        assert source.name == f"{source.name.rpartition('-')[0]}-{source.digest}.pth" == source.urls[0].split("/")[-1]
        assert source.size == pytest.approx(weights.DEFAULT.meta["_file_size"] * 2**20, abs=2000)


def test_another_file_than_the_published_one(monkeypatch, server, numbers):
    publish(monkeypatch, server, numbers, digest="00000000")
    with pytest.raises(FetchError, match=r"serves another file \(it has sha256 [0-9a-f]{64} instead of 00000000"):
        raft.load()


def test_another_networks_weights(monkeypatch, server, numbers, tmp_path):
    path = tmp_path / "cache" / SMALL.name
    last = list(numbers)[-1]
    publish(monkeypatch, server, {name: one for name, one in numbers.items() if name != last})
    with pytest.raises(WeightsError, match=rf"^{path}: belongs to another network: {last} is missing; "):
        raft.load()
    path.unlink()
    publish(monkeypatch, server, numbers | {last: torch.zeros(3)})
    with pytest.raises(WeightsError, match=rf"another network: {last} has shape \[3\], not \[2\]; "):
        raft.load()


def test_offline(monkeypatch, torchvision, tmp_path):
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    with pytest.raises(FetchError) as caught:
        raft.load()
    assert str(caught.value) == (
        f"{LARGE.name} or {SMALL.name} is not in {tmp_path / 'cache'}, and NEURALART_OFFLINE forbids downloads\n"
        f"unset NEURALART_OFFLINE, say --flow dis, or put the file into that folder, from {LARGE.urls[0]}"
    )


def test_without_torchvision(monkeypatch):
    without_torchvision(monkeypatch)
    with pytest.raises(OptionError) as caught:
        raft.load()
    assert str(caught.value) == (
        '--flow raft needs torchvision, which is not installed: pip install "neuralart[raft]", or say --flow dis'
    )


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("raise RuntimeError('operator torchvision::nms does not exist')", "operator torchvision::nms does not exist"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise OSError('libcudart.so.13:\\n cannot open')", "libcudart.so.13: cannot open"),
    ],
)
def test_a_torchvision_that_does_not_fit(monkeypatch, tmp_path, line, seen):
    forget_torchvision(monkeypatch)
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(OptionError) as caught:
        raft.load()
    assert str(caught.value) == (
        f"--flow raft needs torchvision, which cannot be imported beside torch {torch.__version__} ({seen}); install"
        " the torchvision that belongs to this torch, or say --flow dis"
    )
