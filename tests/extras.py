"""Installs the wheel with each extra by itself into a new environment, and uses it there: python -m tests.extras

In an environment without extras, the same commands must end with code 2 and name the extra that they need. torch alone
is not downloaded again: the new environments link to that of the running interpreter, whose dependencies pip then adds.
It takes about ten minutes and is not part of `make test`. raft is left out: it also needs weights from the web.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.image.test_decoders import dng

REPOSITORY = Path(__file__).parents[1]
PAINT = "--style style.png --size 64 --num-iters 2 --model compact --display off"
SHARED = ("torch", "torchgen", "functorch")  # packages that torch's wheel consists of
PATIENCE = 300  # seconds for a command


@dataclass(frozen=True)
class Use:
    """A command that needs an extra; made: what it writes; told: what a server prints once it is up."""

    command: str
    made: str = ""
    told: str = ""


USES = {
    "video": Use(f"video film.gif {PAINT} --output film.mp4", "film.mp4"),
    "plot": Use(f"--content photo.png {PAINT} --output a.png --plot plot.svg", "plot.svg"),
    "app": Use("app --port 7919", told="neuralart app: http"),
    "ray": Use(f"batch --content photo.png {PAINT} --output b.png --engine ray", "b.png"),
    "watch": Use(f"watch in {PAINT} --output out", told="in: painted"),
    "raw": Use(f"--content photo.dng {PAINT} --output c.png", "c.png"),
    "jxl": Use(f"--content photo.jxl {PAINT} --output d.png", "d.png"),
}


def main() -> int:
    """Try every extra, or those that the command line names. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its jobs in the background ignore it
    wheel = max((REPOSITORY / "dist").glob("*.whl"), key=lambda one: one.stat().st_mtime)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "place"
        inputs(place)
        bare = environment(Path(folder) / "bare", str(wheel))
        print(f"without extras: {megabytes(bare):.0f} MB without torch and what it needs", flush=True)
        for extra in sys.argv[1:] or USES:
            use = USES[extra]
            code, output = run(bare, use, place)
            wrong = [] if code == 2 and f"neuralart[{extra}]" in output else [f"without it: {code}, {output}"]
            full = environment(Path(folder) / extra, f"{wheel}[{extra}]")
            code, output = run(full, use, place)
            if code or (use.made and not (place / use.made).stat().st_size):
                wrong.append(f"with it: {code}, {output}")
            print(f"{extra}: {'; '.join(wrong) or 'works with it, and asks for it without it'}", flush=True)
            failed += wrong
    return 1 if failed else 0


def inputs(place: Path) -> None:
    """Make the pictures that the commands read."""
    import pillow_jxl  # noqa: F401  it registers itself with Pillow

    (place / "in").mkdir(parents=True)
    photo = Image.radial_gradient("L").convert("RGB").resize((96, 64))
    for name in ("photo.png", "photo.jxl"):
        photo.save(place / name)
    Image.effect_noise((80, 60), 90).convert("RGB").save(place / "style.png")
    photo.save(place / "film.gif", save_all=True, append_images=[photo.rotate(9), photo.rotate(18)], duration=100)
    (place / "photo.dng").write_bytes(dng())


def environment(folder: Path, requirement: str) -> Path:
    """Make an environment with this requirement, and return its folder of programs."""
    venv.create(folder, with_pip=True, symlinks=True)
    programs, site = folder / "bin", next(folder.glob("lib/python*/site-packages"))
    own = Path(sysconfig.get_path("platlib"))
    for name in (*SHARED, *(one.name for one in own.glob("torch-*.dist-info"))):
        if (own / name).exists():
            (site / name).symlink_to(own / name)
    pip = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", REPOSITORY / "constraints.txt", requirement], check=True)
    return programs


def run(programs: Path, use: Use, place: Path) -> tuple[int, str]:
    """Run a command; a server is stopped once it is up. Returns (exit code, output)."""
    # Nothing of the developer's may help.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    clean |= {"NEURALART_CACHE": str(place / "cache"), "NEURALART_OFFLINE": "1"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [programs / "neuralart", *use.command.split()], cwd=place, env=clean, stdout=output, stderr=output
        )
        until = time.monotonic() + PATIENCE
        is_up = False
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.2)
            if use.told and not is_up and use.told in told(output):
                is_up = True
                process.send_signal(signal.SIGINT)
        process.kill()
        code = process.wait()
        return (0 if is_up and code in (0, 130) else code or bool(use.told)), told(output)


def told(output: object) -> str:
    """Return what a process has printed so far."""
    output.seek(0)
    return output.read()


def megabytes(programs: Path) -> float:
    """Return what an environment's packages take on disk, without pip, torch and torch's own dependencies."""
    site = next(programs.parent.glob("lib/python*/site-packages"))
    aside = ("pip", "setuptools", "torch", "functorch", "sympy", "networkx", "jinja2", "fsspec", "mpmath", "markupsafe")
    counted = [one for one in site.iterdir() if not one.name.lower().startswith(aside)]
    files = [file for one in counted for file in ([one] if one.is_file() else one.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
