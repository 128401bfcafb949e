"""A run that is ready to start: pictures read, network loaded, every choice made."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import torch

from neuralart import threads
from neuralart.first import first_of
from neuralart.image import fork
from neuralart.image.ground import colour_of
from neuralart.image.masks import resized
from neuralart.image.picture import Picture, origin
from neuralart.image.resize import resize, resize_round
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.networks.provide import Provision
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
from neuralart.run.backend import backend
from neuralart.run.finish import Finish, Kept
from neuralart.run.loop import paint
from neuralart.run.reached import Reached
from neuralart.run.schedule import Scale, Schedule, expected, tolerance_of
from neuralart.run.shared import IsWhole, always, band, shared_stages, shared_steps
from neuralart.run.stage import Stage
from neuralart.run.step import Step
from neuralart.together import is_texture
from neuralart.version import VERSION

SCHEMA = 2  # of the record; schema 1, up to version 1.4, had one style


class Look(NamedTuple):
    """A style at the size at which it is used: its number, picture and size, and its weights by the names of terms."""

    style: int
    picture: Picture
    size: Size
    weights: dict[str, float]


@dataclass(frozen=True)
class PreparedRun:
    """What is painted, and how. It is plain data: it can be pickled and run elsewhere.

    Attributes:
        options, recipe: The user's choices, and the recipe that carries them out.
        content, styles: The photograph and the styles.
        provision: The network and where its weights came from.
        terms, schedule: The terms without targets; sizes and iterations.
        colours, regions: Where the colours come from, and where each style is painted.
        plans: How the image is evaluated, by its (width, height); whole if a size is missing.
        history, topology: What L-BFGS remembers; the processes and devices that share the image.
        own_terms: Whether the terms were passed in Python, in place of the recipe's.
        first: The picture to start from, if `init` names a file or a picture takes its place.
        known: Targets of the styles that have been computed, by size; many contents may share them.
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

    @property
    def tolerance(self) -> float:
        """When a scale ends early; see `run.loop.paint`."""
        if self.options.tolerance is not None:
            return self.options.tolerance
        is_measured = self.options.optimizer == "lbfgs" and not self.own_terms
        return self.recipe.tolerance(self.options) if is_measured else 0.0

    @property
    def expected(self) -> list[int]:
        """How many iterations of each scale of the schedule are likely to be painted."""
        count = len(self.schedule)
        own = (tolerance_of(self.tolerance, number, count) for number in range(1, count + 1))
        return [expected(scale.iterations, one) for scale, one in zip(self.schedule, own)]

    def steps(
        self, start: Reached | None = None, is_whole: IsWhole = always, before: State | None = None
    ) -> Iterator[Step]:
        """Paint, step by step. Process-wide settings are restored when the steps end, if no other run overlaps.

        Args:
            start: Where to continue from, instead of the beginning.
            is_whole: Decides at which steps a shared image is put together; see `shared_steps`.
            before: The state of another run of the same size, whose learning this one starts with; see `paint`.

        Yields:
            The step before the first iteration, and one after each.
        """
        fork.check()
        stages = [self.stage(scale) for scale in self.schedule]
        image = self.beginning() if start is None else start.image.to(self.network.device)
        optimiser = self.recipe.optimiser(self.options, self.network, self.history, self.topology)
        group, scales = self.topology.group, stages
        if group.count > 1:
            owned = partial(self.topology.owned, self.network.architecture, layers_of(self.terms))
            image, scales = band(image, owned, group), shared_stages(stages, owned, group)
        with backend(self.options.backend, self.network.device), threads.suited(self.options.threads):
            steps = paint(image, scales, optimiser, group.all_reduce, self.tolerance, start, before)
            steps = shared_steps(steps, stages, group, is_whole) if group.count > 1 else steps
            finish = self.finish()
            yield from (replace(step, finish=finish) for step in steps)

    def beginning(self) -> torch.Tensor:
        """Return the first image, at the size of the first scale that is painted."""
        first = next(scale for scale in self.schedule if scale.iterations)
        return self._first().image(first.size, self.network)

    def stage(self, scale: Scale) -> Stage:
        """Return one scale, ready to be painted."""
        network = self.network
        if scale.exact:
            network = network.to(network.device, at_least_float32(network.dtype))
        plan, why = self.plans.get(scale.size, WHOLE), partial(whole_only, network, self.terms)
        resilient = lambda: Resilient(partial(self.objective, scale.size, network), plan, scale.size, whole_only=why)
        return Stage(scale, partial(self._enter, scale.size), resilient)

    def objective(self, size: Size, network: Network, plan: Plan) -> Objective:
        """Return the objective at a size, with the targets of content and styles."""
        kept = self.regions.kept
        photograph = torch.empty(1, 3, *reversed(size), device="meta")  # terms of a texture need no content
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
        """Return the function that says how much each pixel of the image counts for a term."""
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
        """The styles that count; a style with weight 0 is not used at all."""
        return tuple(style for style in self.styles if style.counts)

    def style_sizes(self, size: Size) -> list[Size]:
        """The sizes of the styles that count, for an image of this size."""
        return [style.size(size, enlarged=self.recipe.enlarges_styles) for style in self.weighed]

    def looks(self, size: Size) -> list[Look]:
        """Return the pictures that the styles' targets are computed from.

        A style given twice is used once, unless masks make different parts of it count.
        """
        tables = style_tables(self.options, self.network.architecture)
        weights = term_weights(self.styles, tables, self.terms, self.regions.is_there)
        counted = [(k, style, own) for k, (style, own) in enumerate(zip(self.styles, weights)) if style.counts]
        result: list[Look] = []
        for (k, style, own), one in zip(counted, self.style_sizes(size)):
            same = (look for look in result if look.size == one and look.picture.looks_like(style.picture))
            earlier = next(same, None) if self.regions.is_whole else None
            if earlier is None:
                result.append(Look(k, style.picture, one, dict(own)))
                continue
            for name, weight in own.items():
                earlier.weights[name] = earlier.weights.get(name, 0.0) + weight
        return result

    def style_targets(self, size: Size, network: Network, plan: Plan) -> Targets:
        """Return the targets of the styles for an image of this size; they are computed once."""
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
        """Return the image painted so far, resized for the next scale."""
        here, first = size_of(image), self._first()
        if here == size:
            return image
        coarse = first.detail(here, self.network)
        if coarse is None:
            return self._resized(image, size)
        # Enlarge only what painting has changed, so that the first image keeps all its detail at this size.
        change = self._resized(image.sub(coarse), size)
        fine = first.detail(size, self.network)
        return change if fine is None else change.add_(fine)

    def _resized(self, image: torch.Tensor, size: Size) -> torch.Tensor:
        axes = self.options.seamless
        return resize_round(image, size, axes) if axes else resize(image, size)

    def _first(self) -> FirstImage:
        """Return the first image."""
        chosen, style = first_of(self.options.init), self.weighed[0].picture
        content = "random" if is_texture(self.options) else self.content
        parts = parts_of(chosen, content, style, self.first, self.schedule[-1].size)
        return FirstImage(parts, self.recipe, self.colours, self.options.seed)

    def picture(self, step: Step) -> Picture:
        """Return a step's image as a finished picture with its record."""
        return replace(step, finish=self.finish()).picture()

    def finish(self) -> Finish:
        """Return what turns an image of this run into the picture that is shown and saved."""
        result = Finish.of(self.content, self.facts(), colour_of(self.options.background), self.colours.chroma)
        kept = self.regions.kept
        return result if kept is None else replace(result, kept=Kept(kept, self.content))

    def computed(self) -> dict[str, Any]:
        """Return what else the last bits of the picture depend on, for `recomputed`."""
        plans = [[*size, plan.tile, plan.on_disk] for size, plan in self.plans.items()]
        dtype = self.history.dtype
        return {
            "plans": plans,
            "pairs": self.history.pairs,
            "pairs_in": str(dtype).removeprefix("torch.") if dtype else None,
            "threads": threads.planned(self.options.threads).threads,
            "processes": self.topology.group.count,
            "devices": max(1, len(self.topology.devices)),
        }

    def recomputed(self, computed: Mapping[str, Any]) -> PreparedRun:
        """Return this run with the tiles and the history of another one, from its `computed`."""
        plans = {
            (width, height): Plan(tile, on_disk, self.plans.get((width, height), WHOLE).keeps_freed)
            for width, height, tile, on_disk in computed["plans"]
        }
        dtype = getattr(torch, computed["pairs_in"]) if computed["pairs_in"] else None
        return replace(self, plans=plans, history=History(computed["pairs"], dtype))

    def facts(self) -> dict[str, Any]:
        """Return everything needed to make the picture again: options, versions, digests."""
        pictures = [self.content, *dict.fromkeys(style.picture for style in self.weighed)]
        names = [picture.source.name if picture.source else "a picture" for picture in pictures]
        names[0] = "a texture" if is_texture(self.options) else names[0]
        # A first image read from a file is named by `init`; one passed in Python is not named by any option.
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
