"""The options of a film, besides those of a painting. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.errors import OptionError
from neuralart.values import check_all

TEMPORAL = 10.0  # against the content's 1; see benchmarks/RESULTS.md
CODECS = ("h264", "av1", "prores", "ffv1")


@dataclass(frozen=True, kw_only=True)
class FilmOptions:
    """A film's own options. Raises OptionError if a value makes no sense."""

    begin: float = option(0.0, "Film", "second of the film at which to begin", float, least=0, alias="from")
    end: float | None = option(
        None, "Film", "second of the film at which to end", float, above=0, unset="the film's end", alias="to"
    )
    every: int = option(1, "Film", "paint every so many frames, which then last longer", int, least=1, most=10_000)
    fps: float | None = option(
        None,
        "Film",
        "frames a second at most; of a folder of pictures, how fast they follow one another",
        float,
        above=0,
        most=1000,
        unset="the film's own frames; 25 for a folder",
    )
    codec: str | None = option(
        None,
        "Film",
        "how the film is encoded",
        choices=CODECS,
        unset="h264 in .mp4, av1 in .webm, prores in .mov, ffv1 in .mkv",
    )
    temporal: float | None = option(
        None,
        "Film",
        "weight against flicker: how strongly a frame is held to the one before it, moved along; 0: not at all",
        float,
        least=0,
        unset=f"{TEMPORAL:g}",
    )
    flow: str = option(
        "dis",
        "Film",
        "how motion is found: by a search (dis), or by a network whose weights are fetched (raft); none: every frame is"
        " painted by itself, and flickers",
        choices=("dis", "raft", "none"),
    )
    frame_iters: int | None = option(
        None,
        "Film",
        "iterations of every frame but the first of a scene, which gets --num-iters",
        int,
        least=1,
        most=10_000_000,
        unset="a twenty-fifth of --num-iters, at least 8",
    )
    passes: int = option(
        1,
        "Film",
        "how often the film is gone through; from the second time on, frames look at both of their neighbours",
        int,
        least=1,
        most=50,
    )

    @property
    def hold(self) -> float:
        """The weight against flicker."""
        return TEMPORAL if self.temporal is None else self.temporal

    def __post_init__(self) -> None:
        check_all(self)
        if self.end is not None and self.end <= self.begin:
            raise OptionError(f"--end is {self.end:g}, and --begin is {self.begin:g}; it has to come later")
        if self.flow == "none":
            for name, value in (("--temporal", self.temporal), ("--frame-iters", self.frame_iters)):
                if value is not None:
                    raise OptionError(f"{name} has no effect with --flow none; leave one of them out")
            if self.passes > 1:
                raise OptionError("--passes look at neighbours, and --flow is none; leave one of them out")
