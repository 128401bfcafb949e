"""Pictures and surroundings that the tests of the program's rim share."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from subprocess import PIPE

import torch

from neuralart.image.picture import Picture

from .. import warm

# As small as the compact network allows, with the quickest loss, the same on every processor; shown nowhere, and
# nothing said of that.
SMALL = (
    *("--size", "32", "--num-iters", "2", "--model", "compact", "--style-loss", "gram", "--precision", "float32"),
    *("--display", "off"),
)
# A painting that lasts until somebody ends it.
ENDLESS = ("--num-iters", "100000", "--tolerance", "0")


def merged(words: Iterable[object]) -> list[str]:
    """Words for the program, where an option that is given again takes the place of the earlier one.

    The tests' usual words are defaults. The program itself refuses an option that is given twice.
    """
    units: list[list[str]] = []
    for word in map(str, words):
        if word.startswith("--") or not units or not units[-1][0].startswith("--"):
            units.append([word])
        else:
            units[-1].append(word)
    names = [unit[0].partition("=")[0].replace("_", "-") for unit in units]
    kept = [unit for k, unit in enumerate(units) if not names[k].startswith("--") or names[k] not in names[k + 1 :]]
    return [word for unit in kept for word in unit]


def ended_by_ctrl_c(folder: Path, words: Iterable[object], lines: int) -> tuple[int, str, str]:
    """Paint without end, press Ctrl-C once the log has so many lines; return exit code, output and errors."""
    # A shell may have told its children to ignore Ctrl-C; here it counts.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from neuralart.cli import main; sys.exit(main())"
    )
    words = merged([*words, *ENDLESS, "--log", "log.jsonl", "--output", "out.png"])
    running = warm.Popen([sys.executable, "-c", code, *words], stdout=PIPE, stderr=PIPE, text=True)
    try:
        until = time.monotonic() + 60
        while not (folder / "log.jsonl").exists() or (folder / "log.jsonl").read_text().count("\n") < lines:
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    return running.returncode, out, err


def picture(width: int, height: int, seed: int = 0, alpha: bool = False) -> Picture:
    """Soft coloured noise."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 6, generator=generator) * 255
    pixels = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0, 255)
    ramp = torch.linspace(0, 255, width).expand(1, 1, height, width).contiguous() if alpha else None
    return Picture(pixels, ramp)


def quiet_environment(monkeypatch, cache: Path) -> None:
    """No weights but those in the package, no web, and a fixed look of the terminal."""
    for name in (
        "NEURALART_MIRROR",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "NO_COLOR",
        "FORCE_COLOR",
        "COLUMNS",
        "LINES",
        "TTY_COMPATIBLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    monkeypatch.setenv("NEURALART_CACHE", str(cache))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # for the commands that a test starts


def contents(folder: Path) -> dict[str, bytes]:
    """Every file and folder below, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"a folder"
        for path in sorted(folder.rglob("*"))
    }


def break_down(monkeypatch, after: int) -> None:
    """Every run breaks down once it has yielded this iteration."""
    from neuralart import api
    from neuralart.errors import PaintError

    steps = api.PreparedRun.steps

    def breaking(run, *given):
        for step in steps(run, *given):
            yield step
            if step.iteration == after:
                raise PaintError("it broke")

    monkeypatch.setattr(api.PreparedRun, "steps", breaking)
