"""A run that is ready to start: pictures read, network loaded, every choice made."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import torch

from neuralart.first import first_of
from neuralart.image import fork
from neuralart.image.masks import resized
from neuralart.image.picture import Picture, origin
from neuralart.image.resize import resize, resize_round
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.networks.provide import Provision
from neuralart.objective.allocator import as_before
from neuralart.objective.held import HeldObjective
from neuralart.objective.make import make
from neuralart.objective.objective import Objective, Term, layers_of, whole_only
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.resilient import Resilient
from neuralart.objective.targets import MaskOf, Targets, alike, content_targets, size_of, style_targets
from neuralart.objective.topology import HERE, Topology
from neuralart.optim.state import State
from neuralart.options import Options
from neuralart.recipes.colours import Colours
from neuralart.recipes.first import FirstImage, parts_of
from neuralart.recipes.recipe import History, Recipe, Size, style_tables, term_weights
from neuralart.recipes.regions import EVERYWHERE, Regions
from neuralart.recipes.style import Style
from neuralart.run.finish import Finish, Kept
from neuralart.run.loop import paint
from neuralart.run.reached import Reached
from neuralart.run.schedule import Scale, Schedule
from neuralart.run.shared import Looked, always, band, shared_stages, shared_steps
from neuralart.run.stage import Stage
from neuralart.run.step import Step
from neuralart.together import is_texture
from neuralart.values import colour_of
from neuralart.version import VERSION

SCHEMA = 2  # of the record; 1 was that of 1.4 and before, which had one style


class Look(NamedTuple):
    """A style as it is looked at: its number, picture and size, and its weights by the names of terms."""

    style: int
    picture: Picture
    size: Size
    weights: dict[str, float]


@dataclass(frozen=True)
class PreparedRun:
    """What is painted, and how. Plain data: it can be pickled and run elsewhere.

    terms: without targets. plans: how the image is evaluated, by its (width, height); whole where nothing is said.
    own_terms: whether they were given in Python, in place of the recipe's. first: the picture of the file that `init`
    names, or one in place of all that it says; else None. known: the styles' targets that have been computed already,
    by size, which many contents may share.
    """

    options: Options
    recipe: Recipe
    content: Picture
    styles: tuple[Style, ...]
    provision: Provision
    terms: tuple[Term, ...]
    schedule: Schedule
    colours: Colours
    regions: Regions = EVERYWHERE
    plans: Mapping[Size, Plan] = field(default_factory=dict)
    history: History = field(default_factory=History)
    topology: Topology = HERE
    own_terms: bool = False
    first: Picture | None = None
    known: dict[Size, Targets] = field(default_factory=dict, repr=False, compare=False)

    @property
    def network(self) -> Network:
        """The network that compares."""
        return self.provision.network

    def steps(
        self, start: Reached | None = None, looked: Looked = always, before: State | None = None
    ) -> Iterator[Step]:
        """Paint, step by step. What is set for the whole process meanwhile is set back when the steps end.

        Args:
            start: Where to go on from, instead of the beginning.
            looked: Where several processes share the image, at which steps it is wanted whole; see `shared_steps`.
            before: What another run of the same size remembered, from which this one begins to learn; see `paint`.
        """
        fork.check()
        stages = [self.stage(scale) for scale in self.schedule]
        image = self.beginning() if start is None else start.image.to(self.network.device)
        optimiser = self.recipe.optimiser(self.options, self.network, self.history, self.topology)
        group, scales = self.topology.group, stages
        if group.count > 1:
            owned = partial(self.topology.owned, self.network.architecture, layers_of(self.terms))
            image, scales = band(image, owned, group), shared_stages(stages, owned, group)
        with backend(self.options.backend, self.network.device):
            steps = paint(image, scales, optimiser, group.all_reduce, self.options.tolerance, start, before)
            steps = shared_steps(steps, stages, group, looked) if group.count > 1 else steps
            finish = self.finish()
            yield from (replace(step, finish=finish) for step in steps)

    def beginning(self) -> torch.Tensor:
        """The first image, as large as the first scale that is painted."""
        first = next(scale for scale in self.schedule if scale.iterations)
        return self._first().image(first.size, self.network)

    def stage(self, scale: Scale) -> Stage:
        """One scale, ready to be painted."""
        network = self.network_of(scale)
        plan, why = self.plans.get(scale.size, WHOLE), partial(whole_only, network, self.terms)
        resilient = lambda: Resilient(partial(self.objective, scale.size, network), plan, scale.size, whole_only=why)
        return Stage(scale, partial(self._enter, scale.size), resilient)

    def network_of(self, scale: Scale) -> Network:
        """The network as one scale computes with it."""
        own = self.network
        return own.to(own.device, at_least_float32(own.dtype)) if scale.exact else own

    def objective(self, size: Size, network: Network, plan: Plan) -> Objective:
        """What is minimised at a size: both kinds of targets computed, the terms put together."""
        kept = self.regions.kept
        photograph = torch.empty(1, 3, *reversed(size), device="meta")  # of a texture, whose terms ask for no content
        if kept is not None or not is_texture(self.options):
            with self.topology.group.together():
                photograph = self.colours.painted(self.recipe.pixels(self.content, size, network))
        targets = dict(self.style_targets(size, network, plan))
        if self.options.seamless:
            network = network.wrapped(self.options.seamless)
        targets |= content_targets(network, self.terms, photograph, plan, self.topology)
        made = make(network, self.terms, targets, size, plan, self.topology, self._mask_of(size))
        if kept is None:
            return made
        held = resized(kept, size).to(network.device, network.pixel_dtype)
        if self.topology.group.count > 1:
            owned = self.topology.owned(network.architecture, layers_of(self.terms), size)
            own = slice(*owned[self.topology.group.rank])
            held, photograph = held[:, :, own], photograph[:, :, own]
        return HeldObjective(made, held, photograph)

    def _mask_of(self, size: Size) -> MaskOf:
        """How much each pixel of the image counts for a term."""
        if self.regions.is_whole:
            return alike
        masks = [self.regions.of_image(number, size) for number in range(len(self.regions.regions))]
        content = self.regions.of_content(size)

        def mask_of(term: Term) -> torch.Tensor | None:
            if term.region is not None:
                return masks[term.region]
            return content if term.loss.compares == "features" else None

        return mask_of

    @property
    def weighed(self) -> tuple[Style, ...]:
        """The styles that count: those of weight 0 are not even looked at."""
        return tuple(style for style in self.styles if style.counts)

    def style_sizes(self, size: Size) -> list[Size]:
        """The sizes that the styles that count are brought to for an image of this size."""
        return [style.size(size, enlarged=self.recipe.enlarges_styles) for style in self.weighed]

    def looks(self, size: Size) -> list[Look]:
        """What is looked at for the styles' targets.

        A style that is given twice is looked at once, unless something else counts of it.
        """
        tables = style_tables(self.options, self.network.architecture)
        weights = term_weights(self.styles, tables, self.terms, self.regions.is_there)
        counted = [(k, style, own) for k, (style, own) in enumerate(zip(self.styles, weights)) if style.counts]
        result: list[Look] = []
        for (k, style, own), one in zip(counted, self.style_sizes(size)):
            seen = (look for look in result if look.size == one and look.picture.looks_like(style.picture))
            before = next(seen, None) if self.regions.is_whole else None
            if before is None:
                result.append(Look(k, style.picture, one, dict(own)))
                continue
            for name, weight in own.items():
                before.weights[name] = before.weights.get(name, 0.0) + weight
        return result

    def style_targets(self, size: Size, network: Network, plan: Plan) -> Targets:
        """What the styles ask of an image of this size; computed once."""
        if size not in self.known:
            looks = self.looks(size)
            pictures = (self._style_pixels(look.picture, look.size, network) for look in looks)
            weights = [look.weights for look in looks]
            masks = [] if self.regions.is_whole else [partial(self._mask_of_style, look) for look in looks]
            self.known[size] = style_targets(network, self.terms, weights, pictures, plan, self.topology, masks)
        return self.known[size]

    def _mask_of_style(self, look: Look, term: Term) -> torch.Tensor | None:
        return None if term.region is None else self.regions.of_style(term.region, look.style, look.size)

    def _style_pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        with self.topology.group.together():
            return self.colours.of_style(picture, self.recipe.pixels(picture, size, network))

    def _enter(self, size: Size, image: torch.Tensor) -> torch.Tensor:
        """The image so far, brought to the size of the next scale."""
        here, first = size_of(image), self._first()
        if here == size:
            return image
        coarse = first.detail(here, self.network)
        if coarse is None:
            return self._resized(image, size)
        # What painting has changed is enlarged, not the picture: what it began with shows all its detail at this size.
        change = self._resized(image.sub(coarse), size)
        fine = first.detail(size, self.network)
        return change if fine is None else change.add_(fine)

    def _resized(self, image: torch.Tensor, size: Size) -> torch.Tensor:
        axes = self.options.seamless
        return resize_round(image, size, axes) if axes else resize(image, size)

    def _first(self) -> FirstImage:
        """What painting begins with."""
        chosen, style = first_of(self.options.init), self.weighed[0].picture
        content = "random" if is_texture(self.options) else self.content
        parts = parts_of(chosen, content, style, self.first, self.schedule[-1].size)
        return FirstImage(parts, self.recipe, self.colours, self.options.seed)

    def picture(self, step: Step) -> Picture:
        """A step's image as a picture, finished, with the record of its making."""
        return replace(step, finish=self.finish()).picture()

    def finish(self) -> Finish:
        """What makes an image of this run the picture that is shown and saved."""
        result = Finish.of(self.content, self.facts(), colour_of(self.options.background), self.colours.chroma)
        kept = self.regions.kept
        return result if kept is None else replace(result, kept=Kept(kept, self.content))

    def computed(self) -> dict[str, Any]:
        """What the last bits of the picture depend on besides, for `recomputed`."""
        plans = [[*size, plan.tile, plan.on_disk] for size, plan in self.plans.items()]
        dtype = self.history.dtype
        return {
            "plans": plans,
            "pairs": self.history.pairs,
            "pairs_in": str(dtype).removeprefix("torch.") if dtype else None,
            "threads": torch.get_num_threads(),
            "processes": self.topology.group.count,
            "devices": max(1, len(self.topology.devices)),
        }

    def recomputed(self, computed: Mapping[str, Any]) -> PreparedRun:
        """The run in the tiles, and with the history, of another one, as its `computed` says."""
        plans = {
            (width, height): Plan(tile, on_disk, self.plans.get((width, height), WHOLE).keeps_freed)
            for width, height, tile, on_disk in computed["plans"]
        }
        dtype = getattr(torch, computed["pairs_in"]) if computed["pairs_in"] else None
        return replace(self, plans=plans, history=History(computed["pairs"], dtype))

    def facts(self) -> dict[str, Any]:
        """Everything that it takes to make the picture again: options, versions, digests."""
        pictures = [self.content, *dict.fromkeys(style.picture for style in self.weighed)]
        names = [picture.source.name if picture.source else "a picture" for picture in pictures]
        names[0] = "a texture" if is_texture(self.options) else names[0]
        # In Python, where no option names it. A first image that was read from a file is named by `init`.
        is_own = self.first is not None and self.first.digest is None
        given = {"terms": self.own_terms, "network": not self.provision.file, "first": is_own}
        return {
            "schema": SCHEMA,
            "program": f"neuralart {VERSION}",
            "description": f"{names[0]} in the style of {' and '.join(names[1:])}",
            "options": self.options.record(),
            "content": origin(self.content),
            **({"first": origin(self.first)} if self.first else {}),
            "styles": [origin(style.picture) | {"weight": style.weight, "scale": style.scale} for style in self.styles],
            **({"masks": self.regions.masks.record()} if self.regions.masks.named() else {}),
            "network": self.provision.record(),
            "given": [name for name, is_given in given.items() if is_given],
            "objective": [{"name": term.name, "layer": term.layer, "weight": term.weight} for term in self.terms],
            "versions": {
                "neuralart": VERSION,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "system": f"{platform.system()} {platform.machine()}",
                "device": str(self.network.device),
            },
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
