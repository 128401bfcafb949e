"""A run that is ready to start: pictures read, network loaded, every choice made."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch

from neuralart.image import fork
from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.networks.provide import Provision
from neuralart.objective.allocator import as_before
from neuralart.objective.make import make
from neuralart.objective.objective import Objective, Term, inseparable, layers_of
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.resilient import Resilient
from neuralart.objective.targets import Targets, content_targets, size_of, style_targets
from neuralart.objective.topology import HERE, Topology
from neuralart.options import Options
from neuralart.recipes.recipe import History, Recipe, Size
from neuralart.recipes.style import Style
from neuralart.run.finish import Finish
from neuralart.run.loop import paint
from neuralart.run.reached import Reached
from neuralart.run.schedule import Scale, Schedule
from neuralart.run.shared import Looked, always, band, shared_stages, shared_steps
from neuralart.run.stage import Stage
from neuralart.run.step import Step
from neuralart.version import VERSION

SCHEMA = 2  # of the record; 1 was that of 1.4 and before, which had one style


@dataclass(frozen=True)
class PreparedRun:
    """What is painted, and how. Plain data: it can be pickled and run elsewhere.

    terms: without targets. plans: how the image is evaluated, by its (width, height); whole where nothing is said.
    first: the picture to begin with; None for what the options say. known: the styles' targets that have been computed
    already, by size, which many contents may share.
    """

    options: Options
    recipe: Recipe
    content: Picture
    styles: tuple[Style, ...]
    provision: Provision
    terms: tuple[Term, ...]
    schedule: Schedule
    plans: Mapping[Size, Plan] = field(default_factory=dict)
    history: History = field(default_factory=History)
    topology: Topology = HERE
    first: Picture | None = None
    known: dict[Size, Targets] = field(default_factory=dict, repr=False, compare=False)

    @property
    def network(self) -> Network:
        """The network that compares."""
        return self.provision.network

    def steps(self, start: Reached | None = None, looked: Looked = always) -> Iterator[Step]:
        """Paint, step by step. What is set for the whole process meanwhile is set back when the steps end.

        Args:
            start: Where to go on from, instead of the beginning.
            looked: Where several processes share the image, at which steps it is wanted whole; see `shared_steps`.
        """
        fork.check()
        schedule = self.schedule if start is None else start.left(self.schedule)
        stages = [self.stage(scale) for scale in schedule]
        image = self.beginning() if start is None else start.image.to(self.network.device)
        optimiser = self.recipe.optimiser(self.options, self.network, self.history, self.topology)
        group, scales = self.topology.group, stages
        if group.count > 1:
            owned = partial(self.topology.owned, self.network.architecture, layers_of(self.terms))
            image, scales = band(image, owned, group), shared_stages(stages, owned, group)
        with backend(self.options.backend, self.network.device):
            steps = paint(image, scales, optimiser, group.total, self.options.tolerance)
            steps = start.counted(steps) if start else steps
            steps = shared_steps(steps, stages, group, looked) if group.count > 1 else steps
            finish = self.finish()
            yield from (replace(step, finish=finish) for step in steps)

    def beginning(self) -> torch.Tensor:
        """The first image, as large as the first scale that is painted."""
        first = next(scale for scale in self.schedule if scale.iterations)
        if base := self._base():
            return self.recipe.pixels(base, first.size, self.network)
        return self.recipe.noise(self.options.seed, first.size, self.network)

    def stage(self, scale: Scale) -> Stage:
        """One scale, ready to be painted."""
        network = self.network
        if scale.exact:
            network = network.to(network.device, at_least_float32(network.dtype))
        plan, divisible = self.plans.get(scale.size, WHOLE), lambda: self.undivided() is None
        make = partial(self.objective, scale.size, network)
        resilient = lambda: Resilient(make, plan, scale.size, divisible=divisible)
        return Stage(scale, partial(self._enter, scale.size), resilient)

    def objective(self, size: Size, network: Network, plan: Plan) -> Objective:
        """What is minimised at a size: both kinds of targets computed, the terms put together."""
        photograph = torch.empty(0)
        with self.topology.group.together():
            photograph = self.recipe.pixels(self.content, size, network)
        targets = dict(self.style_targets(size, network, plan))
        targets |= content_targets(network, self.terms, photograph, plan, self.topology)
        return make(network, self.terms, targets, size, plan, self.topology)

    def undivided(self) -> str | None:
        """Why the image can be evaluated whole only; None where tiles give the same."""
        if term := inseparable(self.terms):
            return f"the term '{term.name}' needs the whole image at once"
        return self.network.architecture.untileable(layers_of(self.terms))

    def style_sizes(self, size: Size) -> list[Size]:
        """The sizes that the styles are brought to for an image of this size."""
        return [style.size(size, enlarged=self.recipe.enlarges_styles) for style in self.styles]

    def style_targets(self, size: Size, network: Network, plan: Plan) -> Targets:
        """What the styles ask of an image of this size; computed once."""
        if size not in self.known:
            with self.topology.group.together():
                pictures = [
                    (style.weight, self.recipe.pixels(style.picture, one, network))
                    for style, one in zip(self.styles, self.style_sizes(size))
                ]
            self.known[size] = style_targets(network, self.terms, pictures, plan, self.topology)
        return self.known[size]

    def _enter(self, size: Size, image: torch.Tensor) -> torch.Tensor:
        """The image so far, brought to the size of the next scale."""
        here, base = size_of(image), self._base()
        if here == size:
            return image
        if base is None:
            return resize(image, size)
        # What painting has changed is enlarged, not the picture: what it began with shows all its detail at this size.
        change = image - self.recipe.pixels(base, here, self.network)
        return resize(change, size).add_(self.recipe.pixels(base, size, self.network))

    def _base(self) -> Picture | None:
        """The picture that painting begins with; None for noise."""
        return self.first or (self.content if self.options.init == "image" else None)

    def picture(self, step: Step) -> Picture:
        """A step's image as a picture, finished, with the record of its making."""
        return replace(step, finish=self.finish()).picture()

    def finish(self) -> Finish:
        """What makes an image of this run the picture that is shown and saved."""
        return Finish.of(self.content, self.facts())

    def facts(self) -> dict[str, Any]:
        """Everything that it takes to make the picture again: options, versions, digests."""
        pictures = [self.content, *(style.picture for style in self.styles)]
        names = [picture.source.name if picture.source else "a picture" for picture in pictures]
        return {
            "schema": SCHEMA,
            "program": f"neuralart {VERSION}",
            "description": f"{names[0]} in the style of {' and '.join(names[1:])}",
            "options": self.options.record(),
            "content": origin(self.content),
            "styles": [origin(style.picture) | {"weight": style.weight, "scale": style.scale} for style in self.styles],
            "network": self.provision.record(),
            "objective": [{"name": term.name, "layer": term.layer, "weight": term.weight} for term in self.terms],
            "versions": {
                "neuralart": VERSION,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "system": f"{platform.system()} {platform.machine()}",
                "device": str(self.network.device),
            },
        }


def origin(picture: Picture) -> dict[str, Any]:
    """Where a picture comes from."""
    return {
        "path": str(picture.source) if picture.source else None,
        "sha256": picture.digest,
        "size": list(picture.size),
    }


@contextmanager
def backend(name: str | None, device: torch.device) -> Iterator[None]:
    """What holds for the whole process while a run lasts: cuDNN or not, and whether freed memory is kept."""
    enabled = torch.backends.cudnn.enabled
    if name and device.type == "cuda":
        torch.backends.cudnn.enabled = name == "cudnn"
    try:
        with as_before():
            yield
    finally:
        torch.backends.cudnn.enabled = enabled
