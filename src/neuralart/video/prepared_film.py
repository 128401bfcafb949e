"""A film that is ready to be painted, and the painting of it, frame by frame and pass by pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import NamedTuple

import torch

from neuralart.image.picture import Picture
from neuralart.losses.temporal import Temporal
from neuralart.networks.graph import IMAGE
from neuralart.objective.objective import Term
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import Size
from neuralart.run.reached import Reached
from neuralart.run.step import Step
from neuralart.values import colour_of
from neuralart.video import flow, steady
from neuralart.video.choices import FilmOptions
from neuralart.video.film import Film
from neuralart.video.flow import Grey
from neuralart.video.kept import Kept
from neuralart.video.moments import Moment
from neuralart.video.steady import BACK, Beside, Near
from neuralart.video.survey import Survey

LATER = 5  # the other frames of a scene get one in five of its first frame's iterations


@dataclass(frozen=True, eq=False)
class Filmed:
    """A frame as it was filmed. pixels: [1, 3, H, W], what painting works from, at the painting's size."""

    index: int
    content: Picture
    pixels: torch.Tensor
    grey: Grey


class Done(NamedTuple):
    """A frame that is painted.

    Attributes:
        frame: As it was filmed.
        turn: In which pass over the film, from 0.
        step: The last step of its run; None if an earlier run painted it.
    """

    frame: Filmed
    turn: int
    step: Step | None


@dataclass(frozen=True, eq=False)
class PreparedFilm:
    """What to paint, and how. run: The run of the first frame."""

    film: Film
    choices: FilmOptions
    survey: Survey
    run: PreparedRun

    @property
    def size(self) -> Size:
        """(width, height) of the painted frames, in pixels."""
        return self.run.schedule[-1].size

    @property
    def later(self) -> int:
        """Iterations of a frame that is not the first one of its scene."""
        return self.choices.frame_iters or max(1, round(self.run.options.num_iters / LATER))

    @property
    def is_steady(self) -> bool:
        """Whether frames begin with the ones before them."""
        return self.choices.flow != "none"

    def work(self, index: int, turn: int = 0) -> int:
        """Return what a frame costs: its iterations, each times its pixels."""
        if turn or (self.is_steady and index not in self.survey.scenes):
            return self.later * self.run.schedule[-1].pixels
        return sum(scale.iterations * scale.pixels for scale in self.run.schedule)

    def paint(self, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint the frames that are not kept yet, one after another, and keep them.

        In later passes, every frame depends only on what the pass before made of it and of its neighbours, so the
        order of painting makes no difference.
        """
        for turn in range(kept.reached(self.choices.passes), self.choices.passes):
            yield from self._again(kept, turn, watch) if turn else self._first(kept, watch)
            if turn:
                kept.forget(turn - 1)

    def finished(self, kept: Kept) -> Iterator[tuple[Moment, Picture]]:
        """Yield the painted frames, as they are shown and saved."""
        for frame in self._filmed():
            yield self.survey.moments[frame.index], self.picture(frame, kept)

    def picture(self, frame: Filmed, kept: Kept) -> Picture:
        """Return a kept frame, as it is shown and saved."""
        finish = self._run(frame, self.run).finish()
        return finish(kept.image(frame.index, self.choices.passes - 1))

    def _first(self, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint the first pass: every frame starts from those before it."""
        before: deque[Near] = deque(maxlen=max(BACK))
        scene = self.run
        for frame in self._filmed():
            is_first = frame.index in self.survey.scenes
            if is_first:
                scene = self._scene(frame)
                before.clear()
            step = None
            if not kept.has(frame.index):
                run, start = self._run(frame, scene), None
                if before:
                    others = [before[-back] for back in BACK if back <= len(before)]
                    known = steady.beside(frame.grey, others)
                    start = steady.beginning(frame.pixels, known, others[0])
                    run = self._beside(run, frame, known)
                step = self._painted(run, frame, kept, start, watch)
            yield Done(frame, 0, step)
            if self.is_steady:
                before.append(Near(frame.pixels, frame.grey, kept.image(frame.index)))

    def _again(self, kept: Kept, turn: int, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint a later pass: every frame starts from what the pass before made of it and of its neighbours."""
        scene = self.run
        for last, frame, following in _threes(self._filmed()):
            if frame.index in self.survey.scenes:
                scene = self._scene(frame)
            step = None
            if not kept.has(frame.index, turn):
                own = self.survey.scene_of(frame.index)
                beside = [one for one in (last, following) if one and self.survey.scene_of(one.index) == own]
                others = [Near(one.pixels, one.grey, kept.image(one.index, turn - 1)) for one in beside]
                start, run = kept.image(frame.index, turn - 1), self._run(frame, scene)
                if others:
                    known = steady.beside(frame.grey, others, share=True)
                    start = steady.again(start, known)
                    run = self._beside(run, frame, known)
                run = replace(run, schedule=(replace(run.schedule[-1], iterations=self.later),))
                step = self._painted(run, frame, kept, start, watch, turn)
            yield Done(frame, turn, step)

    def _painted(
        self,
        run: PreparedRun,
        frame: Filmed,
        kept: Kept,
        start: torch.Tensor | None,
        watch: Callable[[Step], object],
        turn: int = 0,
    ) -> Step | None:
        """Paint a frame and keep it. start: The first image; None for the one that the options name."""
        scene = self.survey.scene_of(frame.index)
        begin = learnt = None
        if start is not None:
            begin = Reached(start.to(run.network.pixel_dtype), 0)
            learnt = kept.state(scene, None if turn else frame.index - 1)
        step = None
        for step in run.steps(begin, before=learnt):
            if step.is_last:
                kept.keep(frame.index, step.image, None if turn else step.state(), scene, turn)
            watch(step)
        return step

    def _filmed(self) -> Iterator[Filmed]:
        """Yield the frames to paint, as they were filmed."""
        index, places = 0, self.survey.numbers
        for number, shot in enumerate(self.film.shots()):
            if number not in places:
                continue
            content = as_content(shot.picture(), self.run)
            pixels = self.run.colours.painted(self.run.recipe.pixels(content, self.size, self.run.network)).cpu()
            yield Filmed(index, content, pixels.float(), flow.grey(pixels))
            index += 1
            if index == len(places):
                return

    def _scene(self, frame: Filmed) -> PreparedRun:
        """Return the run of a scene's first frame; styles are prepared anew if their colours depend on the film."""
        if frame.index == 0:
            return self.run
        colours = self.run.colours
        fresh = replace(colours, content=frame.content, _known={})
        return replace(self.run, colours=fresh, known=self.run.known if colours.choice == "style" else {})

    def _run(self, frame: Filmed, scene: PreparedRun) -> PreparedRun:
        """Return the run of a frame, with the styles of its scene."""
        return replace(scene, content=frame.content, colours=replace(scene.colours, content=frame.content))

    def _beside(self, run: PreparedRun, frame: Filmed, known: Beside) -> PreparedRun:
        """Return the run of a frame with neighbours: short, at the last scale, and pulled towards what they predict."""
        terms, weight = run.terms, self.choices.hold
        if weight and known.says_something:
            loss = Temporal(torch.cat([known.warped, known.trust], 1), steady.variance(frame.pixels))
            terms = (*terms, Term("temporal", IMAGE, loss, weight))
        return replace(run, terms=terms, schedule=(replace(run.schedule[-1], iterations=self.later),))


def as_content(picture: Picture, run: PreparedRun) -> Picture:
    """Return a frame as a content of the run: opaque, and as large as the first one."""
    flat = picture.flattened(colour_of(run.options.background))
    flat = flat if flat.size == run.content.size else flat.resized(run.content.size)
    return replace(flat, source=run.content.source)


def _threes(frames: Iterator[Filmed]) -> Iterator[tuple[Filmed | None, Filmed, Filmed | None]]:
    """Yield every frame between the one before it and the one after it."""
    last: Filmed | None = None
    for frame, following in pairwise(chain(frames, [None])):
        assert frame is not None
        yield last, frame, following
        last = frame
