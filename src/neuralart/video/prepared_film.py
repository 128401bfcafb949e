"""A film that is ready to be painted, and the painting of it, frame by frame and pass by pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch

from neuralart.image.ground import colour_of
from neuralart.image.picture import Picture
from neuralart.losses.temporal import Temporal
from neuralart.networks.graph import IMAGE
from neuralart.objective.objective import Term
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import Size
from neuralart.run.reached import Reached
from neuralart.run.schedule import work
from neuralart.run.step import Step
from neuralart.video import steady
from neuralart.video.choices import FilmOptions
from neuralart.video.film import Film
from neuralart.video.filmed import Filmed, Frames
from neuralart.video.kept import Kept
from neuralart.video.moments import Moment
from neuralart.video.motion import Motion, Search
from neuralart.video.moving_masks import MovingMasks
from neuralart.video.steady import BACK, Beside, Near
from neuralart.video.survey import Survey
from neuralart.video.target import Target

# The other frames of a scene get one in so many of its first frame's iterations, but at least so many. They begin with
# what was painted; with more, what the film shows would melt from frame to frame (benchmarks/RESULTS.md).
LATER, FEW = 25, 8
CHUNK = 8  # frames that one process paints in a row where every frame is independent of the others


class Stretch(NamedTuple):
    """Frames of one scene that are painted in a row, in one pass: from `begin` to before `end`."""

    turn: int
    scene: int
    begin: int
    end: int


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
    """What to paint, and how.

    Attributes:
        film, choices, survey: The film, how it is painted, and which of its frames.
        run: The run of the first frame.
        masks: Those that are films themselves.
        motion: How motion is found.
    """

    film: Film
    choices: FilmOptions
    survey: Survey
    run: PreparedRun
    masks: MovingMasks = field(default_factory=MovingMasks)
    motion: Motion = field(default_factory=Search)
    _scenes: dict[int, PreparedRun] = field(default_factory=dict, init=False, repr=False)

    @property
    def size(self) -> Size:
        """(width, height) of the painted frames, in pixels."""
        return self.run.schedule[-1].size

    @property
    def later(self) -> int:
        """Iterations of a frame that is not the first one of its scene."""
        most = self.run.options.num_iters
        return self.choices.frame_iters or min(most, max(FEW, round(most / LATER)))

    @property
    def is_steady(self) -> bool:
        """Whether frames begin with the ones before them."""
        return self.choices.flow != "none"

    @property
    def has_sound(self) -> bool:
        """Whether the film has sound that can be copied."""
        return bool(getattr(self.film, "sounds", ()))

    def target(self, path: Path, codec: str | None) -> Target:
        """Return where to write the film. Its sound goes along if there is a codec; other formats hold none."""
        sound, background = self.film.path if self.has_sound and codec else None, self.run.options.background
        return Target(path, codec, sound, self.choices.begin, self.choices.end, colour_of(background))

    def work(self, index: int, turn: int = 0) -> int:
        """Return the work of a frame's iterations, see `run.schedule.work`."""
        if turn or (self.is_steady and index not in self.survey.scenes):
            return self.later * work(self.run.schedule[-1].size)
        return sum(scale.iterations * work(scale.size) for scale in self.run.schedule)

    def flows(self, index: int, turn: int = 0) -> int:
        """Return how often flow is computed for a frame: to every frame that it looks at, and back."""
        if not self.is_steady:
            return 0
        begin, end = self._bounds(self.survey.scene_of(index))
        others = (index > begin) + (index + 1 < end) if turn else sum(back <= index - begin for back in BACK)
        return 2 * others

    @cached_property
    def frames(self) -> Frames:
        """The frames to paint, as they were filmed."""
        return Frames(self.film, self.survey, self.run, self.masks)

    def stretches(self, turn: int = 0) -> list[Stretch]:
        """Return what can be painted side by side in a pass.

        In the first pass these are the scenes, since each frame begins with the one before it. In later passes every
        frame depends only on what the pass before made of it and of its neighbours, so the order makes no difference.
        """
        result = []
        for scene, (begin, end) in enumerate(pairwise([*self.survey.scenes, len(self.survey.moments)])):
            length = end - begin if self.is_steady and not turn else CHUNK
            result += [Stretch(turn, scene, at, min(at + length, end)) for at in range(begin, end, length)]
        return result

    def paint(self, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint the frames that are not kept yet, one after another, and keep them."""
        for turn in self.turns(kept):
            for stretch in self.stretches(turn):
                yield from self.painted(stretch, kept, watch)

    def turns(self, kept: Kept) -> Iterator[int]:
        """Yield the passes that are not done yet; frames of the pass before are removed once one is done."""
        for turn in range(kept.reached(self.choices.passes), self.choices.passes):
            yield turn
            if turn:
                kept.forget(turn - 1)

    def painted(self, stretch: Stretch, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint the frames of a stretch that are not kept yet, one after another, and keep them."""
        return self._again(stretch, kept, watch) if stretch.turn else self._first(stretch, kept, watch)

    def finished(self, kept: Kept) -> Iterator[tuple[Moment, Picture]]:
        """Yield the painted frames, as they are shown and saved."""
        for moment, frame in zip(self.survey.moments, self.frames.between(0, len(self.survey.moments))):
            yield moment, self.picture(frame, kept)

    def picture(self, frame: Filmed, kept: Kept) -> Picture:
        """Return a kept frame, as it is shown and saved."""
        finish = self.run_of(frame, self.run).finish()
        return finish(kept.image(frame.index, self.choices.passes - 1))

    def _first(self, stretch: Stretch, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint the first pass: every frame starts from those before it."""
        before: deque[Near] = deque(maxlen=max(BACK))
        scene = self._scene(stretch.scene)
        for frame in self.frames.between(stretch.begin, stretch.end):
            step = None
            if not kept.has(frame.index):
                run, start = self.run_of(frame, scene), None
                if before:
                    others = [before[-back] for back in BACK if back <= len(before)]
                    known = steady.beside(frame.pixels, others, self.motion)
                    start = steady.beginning(frame.pixels, known, others[0])
                    run = self._beside(run, frame, known)
                step = self._paint(run, frame, stretch, kept, start, watch)
            yield Done(frame, 0, step)
            if self.is_steady:
                before.append(Near(frame.pixels, kept.image(frame.index)))

    def _again(self, stretch: Stretch, kept: Kept, watch: Callable[[Step], object]) -> Iterator[Done]:
        """Paint a later pass: every frame starts from what the pass before made of it and of its neighbours."""
        turn, scene, (first, end) = stretch.turn, self._scene(stretch.scene), self._bounds(stretch.scene)
        for index in range(stretch.begin, stretch.end):
            last = self.frames.at(index - 1) if index > first else None
            frame, step = self.frames.at(index), None
            following = self.frames.at(index + 1) if index + 1 < end else None
            if not kept.has(index, turn):
                others = [Near(one.pixels, kept.image(one.index, turn - 1)) for one in (last, following) if one]
                start, run = kept.image(index, turn - 1), self.run_of(frame, scene)
                if others:
                    known = steady.beside(frame.pixels, others, self.motion, share=True)
                    start = steady.again(start, known)
                    run = self._beside(run, frame, known)
                run = replace(run, schedule=(replace(run.schedule[-1], iterations=self.later),))
                step = self._paint(run, frame, stretch, kept, start, watch)
            yield Done(frame, turn, step)

    def _bounds(self, scene: int) -> tuple[int, int]:
        """Return the first frame of a scene, and the one after its last."""
        scenes = [*self.survey.scenes, len(self.survey.moments)]
        return scenes[scene], scenes[scene + 1]

    def _paint(
        self,
        run: PreparedRun,
        frame: Filmed,
        stretch: Stretch,
        kept: Kept,
        start: torch.Tensor | None,
        watch: Callable[[Step], object],
    ) -> Step | None:
        """Paint a frame and keep it. start: The first image; None for the one that the options name."""
        turn, scene = stretch.turn, stretch.scene
        begin = learnt = None
        if start is not None:
            begin = Reached(start.to(run.network.pixel_dtype), 0)
            learnt = kept.state(scene, None if turn else frame.index - 1)
        step = None
        for step in run.steps(begin, before=learnt):
            if step.is_last:
                is_next = self.is_steady and not turn
                kept.keep(frame.index, step.image, step.state() if is_next else None, scene, turn)
            watch(step)
        return step

    def _scene(self, number: int) -> PreparedRun:
        """Return the run of a scene, in which styles have the colours that its first frame gives them."""
        colours = self.run.colours
        if colours.choice == "style":
            return self.run
        if number not in self._scenes:
            first = self.frames.at(self.survey.scenes[number])
            fresh = replace(colours, content=first.content).settled(style.picture for style in self.run.weighed)
            self._scenes.clear()
            self._scenes[number] = replace(self.run, colours=fresh, known={})
        return self._scenes[number]

    def run_of(self, frame: Filmed, scene: PreparedRun) -> PreparedRun:
        """Return the run of a frame, with the styles of its scene."""
        colours = replace(scene.colours, content=frame.content)
        return replace(scene, content=frame.content, colours=colours, regions=frame.regions)

    def _beside(self, run: PreparedRun, frame: Filmed, known: Beside) -> PreparedRun:
        """Return the run of a frame with neighbours: short, at the last scale, and pulled towards what they predict."""
        terms, weight = run.terms, self.choices.hold
        if weight and known.says_something:
            loss = Temporal(torch.cat([known.warped, known.trust], 1), steady.variance(frame.pixels))
            terms = (*terms, Term("temporal", IMAGE, loss, weight))
        return replace(run, terms=terms, schedule=(replace(run.schedule[-1], iterations=self.later),))
