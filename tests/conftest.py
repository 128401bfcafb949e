"""What tests of several folders share."""

from __future__ import annotations

import faulthandler
import functools
import gc
import logging
import os
import runpy
import signal
from pathlib import Path

import pytest
import torch

from neuralart import rehearsal
from neuralart.cli.interrupt import SIGNALS
from neuralart.errors import flags, speaking
from neuralart.jobs import processes

from . import warm

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
# By their paths from there, without what `make docs` builds.
DOCS_PAGES = {
    name: DOCS / name
    for name in sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    if not name.startswith("_build/")
}
LIMIT = 360  # seconds
SERVED = tuple(f"tests/app/test_{name}.py" for name in ("accessibility", "browser", "example", "outside", "server"))
TERMINAL = pytest.StashKey[int]()


def pytest_addoption(parser):
    parser.addoption("--whole", action="store_true", help="also what takes long: the marker `whole`, every iteration")


def pytest_configure(config):
    config.stash[TERMINAL] = os.dup(2)  # what is written during a test to standard error itself, pytest keeps


def pytest_collection_finish():
    """What was imported stays; looking through it again whenever garbage is collected takes half a second each time."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config, items):
    """Tests marked `whole` are the long form of what a cheaper test shows; their docstrings name it."""
    if not config.getoption("whole"):
        long = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """File by file, but those that visit the running app stay in one process: app and browser take 20 s to come up."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "the running app" if nodeid.startswith(SERVED) else super()._split_scope(nodeid)

    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Ends the process, with its stacks, where pytest-timeout cannot: in C code, and in what follows a failure."""
    faulthandler.dump_traceback_later(LIMIT, exit=True, file=item.config.stash[TERMINAL])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session", autouse=True)
def signals():
    """Signals end what they usually end: a run in the background of a shell script inherits that Ctrl-C is ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Most tensors here are so small that waking other threads for them takes longer than they do."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def painters():
    """Processes that paint for this one begin with everything imported."""
    processes.subprocess = warm


@pytest.fixture
def alone(monkeypatch):
    """Memory is foretold as in a process that has done nothing yet: this one holds what other tests left, up to more
    than a test's limit."""
    monkeypatch.setattr(rehearsal, "occupied", lambda device: 310_000_000 if device.type == "cpu" else 0)


@pytest.fixture(autouse=True)
def voice():
    """Messages are read as they are written, with flags. Tests of what Python users read override this."""
    with speaking(flags):
        yield


@pytest.fixture(autouse=True)
def level():
    """What a command may log, it sets for the process: it ends with the test."""
    yield
    logging.getLogger("neuralart").setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared: what the original computed, real weights, pictures. Not part of the repository."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared, with the original's numbers and the pictures, is not here")
    return folder


@pytest.fixture(scope="session")
def oracle_weights(shared):
    """name ("vgg", "inception") -> the weights of the network that the original's recorded runs used."""
    make = runpy.run_path(str(shared / "oracle" / "make_networks.py"))

    @functools.cache
    def weights(name: str) -> dict[str, torch.Tensor]:
        return {key: torch.from_numpy(value) for key, value in make[name]().items()}

    return weights
