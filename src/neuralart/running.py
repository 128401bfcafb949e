"""The options of a run that do not affect what is painted: machine and reports. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Bears, Text


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where and how a painting is computed, and what is reported during the run; part of `Options`."""

    device: str = option(
        "auto",
        "Machine",
        "cpu, cuda, cuda:1, mps, or several: cuda:0,cuda:1; auto: a GPU if there is one",
        shown="DEVICE",
        text=Text.DEVICES,
        bears=Bears.NUMBERS,
        network=True,
    )
    cpu: bool = option(
        False, "Machine", "compute on the CPU, like --device cpu", bool, bears=Bears.NUMBERS, network=True
    )
    backend: str | None = option(
        None,
        "Machine",
        "on CUDA, cudnn turns cuDNN on and cunn turns it off; no effect elsewhere",
        choices=("cunn", "cudnn"),
        unset="cuDNN on CUDA",
        bears=Bears.NUMBERS,
        network=True,
    )
    precision: str = option(
        "auto",
        "Machine",
        "precision of the network; pixels, sums and losses never have less than float32; auto: bfloat16 if the"
        " processor or GPU supports it, otherwise float32, and always float32 with --recipe original; the smallest of"
        " several scales never uses bfloat16",
        choices=("auto", "float32", "float64", "bfloat16"),
        text=Text.PRECISION,
        network=True,
    )
    memory: str | None = option(
        None,
        "Machine",
        "memory that the run may use, of the process or of the GPU, such as 4GB or 800MB",
        unset="what the machine or the GPU can spare",
        shown="SIZE",
        text=Text.MEMORY,
        bears=Bears.ROOM,
    )
    tile: int | None = option(
        None,
        "Machine",
        "evaluate the picture in tiles with edges of at most this many pixels; the result is the same",
        int,
        least=64,
        most=65536,
        unset="whole if it fits into memory, otherwise the largest tiles that fit",
        bears=Bears.ROOM,
    )

    threads: int | None = option(
        None,
        "Machine",
        "threads that compute on the CPU, which decide the last bits of the picture; 0: as many as there are cores that"
        " nothing else uses when the painting begins",
        int,
        least=0,
        most=4096,
        unset="one for every core, or fewer if a container's quota allows fewer",
        bears=Bears.NUMBERS,
        sweep=False,
        batch=False,
    )

    display: str = option(
        "auto",
        "Reports",
        "show the painting as it emerges: in a window, on a local page or in the terminal; auto: inline in a notebook,"
        " in a window on a desktop, otherwise in a terminal with 24-bit colours",
        choices=("auto", "window", "browser", "terminal", "off"),
        bears=Bears.MOMENT,
        app="the page shows the painting",
    )
    display_interval: int = option(
        20,
        "Reports",
        "iterations between displayed pictures; more if showing them would slow the painting down; 0: show none",
        int,
        least=0,
        bears=Bears.MOMENT,
        app="the page shows the painting as often as it can without slowing it down",
    )
    display_port: int | None = option(
        None,
        "Reports",
        "port of the local page that shows the painting; implies --display browser",
        int,
        least=1,
        most=65535,
        unset="a free one",
        bears=Bears.MOMENT,
        app="see --port",
    )
    log: str | None = option(
        None,
        "Reports",
        "write one JSON line per iteration to this file",
        unset="no log",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        course=True,
        python="use Log(path) as a context manager and pass it in watchers (from neuralart.watch.log import Log)",
        app="the page shows the curve, and the record has the final values",
    )
    plot: str | None = option(
        None,
        "Reports",
        "plot every term and the total over the iterations: .svg, .png or .pdf",
        unset="no plot",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        course=True,
        python="use LossPlot(path) as a context manager and pass it in watchers (from neuralart.figures.plot import"
        " LossPlot)",
        app="the page draws the curve",
    )
    animation: str | None = option(
        None,
        "Reports",
        "film the painting as it emerges: .gif, .webp, .mp4 or .webm",
        unset="no film",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        course=True,
        python="use Animation(path) as a context manager and pass it in watchers (from neuralart.video.animate import"
        " Animation)",
        app="the page offers one",
    )
    animation_size: int | None = option(
        None,
        "Reports",
        "long edge of the film in pixels",
        int,
        least=16,
        most=3840,
        unset="480, or the picture's if that is less; a GIF shrinks until it is below 5 MB",
        bears=Bears.FILE,
        python="pass it to the film: Animation(path, size=640)",
    )
    animation_seconds: float = option(
        8.0,
        "Reports",
        "length of the film; every second shows the same amount of change, and the finished picture stays for 2 seconds"
        " more",
        float,
        least=0.5,
        most=600,
        bears=Bears.FILE,
        python="pass it to the film: Animation(path, seconds=5)",
    )
    checkpoint: str | None = option(
        None,
        "Reports",
        "file from which neuralart resume FILE can continue a run that ended early; removed once the picture is"
        " written; none: keep no checkpoint",
        unset="beside the picture, if painting takes over ten minutes",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        python="pass watchers=[Checkpoint(path)] (from neuralart.watch.checkpoint import Checkpoint)",
        app="the app keeps the picture of a painting that is stopped",
    )
    checkpoint_interval: int = option(
        50,
        "Reports",
        "iterations between checkpoints; every scale ends with one, too",
        int,
        least=1,
        bears=Bears.FILE,
        python="pass it to the checkpoint: Checkpoint(path, 100)",
        app="there is no checkpoint",
    )
    checkpoint_history: int | None = option(
        None,
        "Reports",
        "how many of the newest L-BFGS pairs a checkpoint keeps; if it does not keep all, the file is smaller, and the"
        " picture differs a little from that of an uninterrupted run",
        int,
        least=0,
        unset="all, as long as the file stays below 2 GB",
        bears=Bears.FILE,
        python="pass it to the checkpoint: Checkpoint(path, pairs=5)",
        app="there is no checkpoint",
    )
    sheet: str | None = option(
        None,
        "Reports",
        "write content, style and result side by side, labelled, to this file",
        unset="no sheet",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        python="call side_by_side(content, style, result).save(path) (from neuralart.figures.sheet import"
        " side_by_side)",
        app="the page has a before-and-after slider",
    )
    quiet: bool = option(
        False,
        "Reports",
        "print nothing but errors",
        bool,
        bears=Bears.MOMENT,
        sweep=True,
        python="only warnings are printed; logging.getLogger('neuralart').setLevel('ERROR') hides them",
        app="the app prints nothing while it paints",
    )
