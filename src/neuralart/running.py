"""The options of a run that do not say what is painted: the machine's and the reports'. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Bears, Text


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where and how a painting is computed, and what is told along the way; part of `Options`."""

    device: str = option(
        "auto",
        "Machine",
        "cpu, cuda, cuda:1, mps, or several: cuda:0,cuda:1; auto: a GPU where there is one",
        shown="DEVICE",
        text=Text.DEVICES,
        bears=Bears.NUMBERS,
        network=True,
    )
    cpu: bool = option(False, "Machine", "compute on the CPU, as --device cpu", bool, bears=Bears.NUMBERS, network=True)
    backend: str | None = option(
        None,
        "Machine",
        "on CUDA, cudnn and cunn switch cuDNN on and off; no effect elsewhere",
        choices=("cunn", "cudnn"),
        unset="cuDNN where there is CUDA",
        bears=Bears.NUMBERS,
        network=True,
    )
    precision: str = option(
        "auto",
        "Machine",
        "of the network; pixels, sums and losses never have less than float32; auto: bfloat16 where the processor or"
        " GPU has it, float32 elsewhere and with --recipe original; the smallest of several scales is never in"
        " bfloat16",
        choices=("auto", "float32", "float64", "bfloat16"),
        text=Text.PRECISION,
        network=True,
    )
    memory: str | None = option(
        None,
        "Machine",
        "memory that the run may take, such as 4GB or 800MB: of the process, or of the GPU",
        unset="what the machine or the GPU can spare",
        shown="SIZE",
        text=Text.MEMORY,
        bears=Bears.ROOM,
    )
    tile: int | None = option(
        None,
        "Machine",
        "look at the picture in tiles of at most so many pixels along an edge; the result is the same",
        int,
        least=64,
        most=65536,
        unset="whole where the memory suffices, else the largest tiles that fit",
        bears=Bears.ROOM,
    )

    display: str = option(
        "auto",
        "Reports",
        "show the painting while it emerges: in a window, on a local page or in the terminal; auto: inline in a"
        " notebook, a window on a desktop, else in a terminal with 24-bit colours",
        choices=("auto", "window", "browser", "terminal", "off"),
        bears=Bears.MOMENT,
        app="the page shows the painting",
    )
    display_interval: int = option(
        20,
        "Reports",
        "iterations between pictures shown, more where showing would take time from the painting; 0: none",
        int,
        least=0,
        bears=Bears.MOMENT,
        app="the page shows the painting as often as costs nothing",
    )
    display_port: int | None = option(
        None,
        "Reports",
        "port of the local page that shows the painting; means --display browser",
        int,
        least=1,
        most=65535,
        unset="one that is free",
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
        python="use neuralart.watch.log.Log(path) as a context manager and pass it in watchers",
        app="the page shows the curve, and the record tells the end",
    )
    plot: str | None = option(
        None,
        "Reports",
        "draw every term and the total over the iterations: .svg, .png or .pdf",
        unset="no plot",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        course=True,
        python="use neuralart.figures.plot.LossPlot(path) as a context manager and pass it in watchers",
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
        python="use neuralart.video.animate.Animation(path) as a context manager and pass it in watchers",
        app="the page offers one",
    )
    animation_size: int | None = option(
        None,
        "Reports",
        "long edge of the film in pixels",
        int,
        least=16,
        most=3840,
        unset="480, or the picture's if that is less; a GIF shrinks until it has less than 5 MB",
        bears=Bears.FILE,
        python="say so when filming: neuralart.video.animate.Animation(path, size=640)",
    )
    animation_seconds: float = option(
        8.0,
        "Reports",
        "length of the film, as much changing in every second; the finished picture stands for 2 seconds more",
        float,
        least=0.5,
        most=600,
        bears=Bears.FILE,
        python="say so when filming: neuralart.video.animate.Animation(path, seconds=5)",
    )
    checkpoint: str | None = option(
        None,
        "Reports",
        "keep in this file what it takes to go on, should the run be ended early: neuralart resume FILE; removed when"
        " the picture is written; none: keep nothing",
        unset="beside the picture, where painting takes over ten minutes",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        python="pass watchers=[neuralart.watch.checkpoint.Checkpoint(path)]",
        app="the app keeps what a painting has reached when it is stopped",
    )
    checkpoint_interval: int = option(
        50,
        "Reports",
        "iterations between checkpoints; there is one after every scale, too",
        int,
        least=1,
        bears=Bears.FILE,
        python="say so to the checkpoint: neuralart.watch.checkpoint.Checkpoint(path, 100)",
        app="there is no checkpoint",
    )
    checkpoint_history: int | None = option(
        None,
        "Reports",
        "L-BFGS's pairs that a checkpoint keeps, the newest; with fewer than there are the file is smaller, and the"
        " picture differs a little from that of a run that was never ended",
        int,
        least=0,
        unset="all, as long as the file stays below 2 GB",
        bears=Bears.FILE,
        python="say so to the checkpoint: neuralart.watch.checkpoint.Checkpoint(path, pairs=5)",
        app="there is no checkpoint",
    )
    sheet: str | None = option(
        None,
        "Reports",
        "put content, style and result side by side, labelled",
        unset="no sheet",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        python="neuralart.figures.sheet.side_by_side(content, style, result).save(path)",
        app="the page has a slider from before to after",
    )
    quiet: bool = option(
        False,
        "Reports",
        "say nothing but errors",
        bool,
        bears=Bears.MOMENT,
        sweep=True,
        python="nothing is printed anyway; set the level of logging.getLogger('neuralart')",
        app="the app writes nothing while it paints",
    )
