"""neuralart estimate: what a painting would need, without painting it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neuralart.cli import own, parser
from neuralart.cli.video_options import VideoOptions
from neuralart.errors import OptionError, counted
from neuralart.options import Options, option
from neuralart.together import is_texture
from neuralart.values import check_all, in_words, spoken

if TYPE_CHECKING:
    from neuralart.api import PreparedRun
    from neuralart.budget import Choice, Wishes

USAGE = """\
neuralart estimate --content PHOTO [--style PAINTING] [options]
       neuralart estimate --content FILM [--style PAINTING] [options]

Estimate what a painting would need, without painting it: the memory of every scale, whole and in tiles, what would be
chosen to make it fit, and about how long it would take. All options of neuralart --help apply. For
a film, the frames and scenes are counted, and the options of neuralart video --help apply, too."""

TILE = 512  # pixels; for the column of tiles, unless --tile is given


@dataclass(frozen=True, kw_only=True)
class EstimateOptions:
    """The options of the command itself, besides those of a painting."""

    json: bool = option(False, "Estimate", "print JSON, sizes in bytes and times in seconds", bool)

    def __post_init__(self) -> None:
        check_all(self)


def run(words: list[str]) -> int:
    """Print the estimate. Raises OptionError, after printing, if the painting would not fit."""
    made = own.build(EstimateOptions, "neuralart estimate", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    settings, rest = own.take(made, EstimateOptions, words)
    filmed, rest, is_filmed = _film_options(rest)
    options = parser.parse(rest)
    if is_texture(options) and options.style is None:
        raise OptionError("--style PAINTING is missing; --content none needs it")
    if options.content is None:
        raise OptionError("--content PHOTO is missing; neuralart estimate --content PHOTO --size 4000")
    from neuralart.video.film import is_film

    if is_film(str(options.content)):
        result, refusal = estimate_film(options, filmed.checked(options))
    elif is_filmed:
        raise OptionError(f"options of neuralart video are for a film, and --content '{options.content}' is a picture")
    else:
        result, refusal = estimate(options)
    print(json.dumps(result, indent=2) if settings.json else in_lines(result))
    if refusal:
        raise OptionError(refusal)
    return 0


def estimate(options: Options) -> tuple[dict[str, Any], str | None]:
    """Return (the estimate, why the painting would not fit or None)."""
    return estimated(prepared(options))


def estimated(run: PreparedRun) -> tuple[dict[str, Any], str | None]:
    """Return the same for a run."""
    from neuralart import budget, build
    from neuralart.forecast import seconds

    options = run.options
    network = run.provision.network
    wishes = build.wishes(run)
    limit, source = build.limit(options, network)
    choice = wishes.fitted(limit)
    return {
        "network": {
            "name": network.architecture.name,
            "file": run.provision.file,
            "device": str(network.device),
            "precision": str(choice.dtype if choice else network.dtype).removeprefix("torch."),
        },
        "size": list(wishes.scales[-1].size),
        "style": run.options.record()["style"],
        "memory": {"limit": limit, "source": source, "peak": choice.peak if choice else None},
        "scales": scales(run, wishes, choice),
        "chosen": (budget.different(wishes, choice) or "no savings needed") if choice else None,
        "kept": any(plan.keeps_freed for plan in choice.plans.values()) if choice else False,
        "seconds": round(seconds(run, wishes, choice), 3) if choice else None,
    }, None if choice else budget.refusal(wishes, limit, source)


def _film_options(words: list[str]) -> tuple[VideoOptions, list[str], bool]:
    """Return (the film's own options, the remaining words, whether any film option was given)."""
    given, rest = own.build(VideoOptions, "neuralart estimate", USAGE).parse_known_args(words)
    return VideoOptions(**vars(given)), rest, bool(vars(given))


def estimate_film(options: Options, settings: VideoOptions) -> tuple[dict[str, Any], str | None]:
    """Estimate the memory for a frame of a film, and the time for all of them."""
    from neuralart.cli.fetching import Bar
    from neuralart.video import forecast, spread
    from neuralart.video.repaint import prepare

    film, style = str(options.content), options.style
    with Bar(options.quiet) as fetching:
        made = prepare(film, style or None, settings.choices, replace(options, content=None), fetching, download=True)
    threads = [settings.ray_cores] if settings.engine == "ray" else spread.threads(made)
    workers = settings.workers or spread.workers(made)
    with spread.computing(threads[0]):
        found, refusal = estimated(made.run)
    found["style"] = list(style) if style else None
    frames, passes = len(made.survey.moments), made.choices.passes
    found["film"] = {"frames": frames, "scenes": len(made.survey.scenes), "passes": passes, "workers": workers}
    if found["seconds"] is None:
        return found, refusal
    found["film"]["frame"] = found["seconds"]
    first = found["seconds"]
    frame = lambda count: first if count == threads[0] else estimated(made.run)[0]["seconds"]
    places = lambda count: spread.useful(made, count, workers, is_here=settings.engine != "ray")
    found["seconds"] = round(forecast.seconds(made, threads, frame, places), 3)
    return found, refusal


def prepared(options: Options) -> PreparedRun:
    """Return the run before it is fitted into memory; without a style, the content takes its place."""
    from neuralart import api, build
    from neuralart.cli.fetching import Bar

    content, _ = api.as_content(str(options.content), options, build.reading(options))
    with Bar(options.quiet) as fetching:
        return api.drafted(content, options.style or content, options, fetching, download=True)


def scales(run: PreparedRun, wishes: Wishes, choice: Choice | None) -> list[dict[str, Any]]:
    """Return size, iterations, evaluations, and memory whole, in tiles and as chosen, for every painted scale."""
    from neuralart.objective.plan import Plan
    from neuralart.recipes.recipe import History

    tile, rows = run.options.tile or TILE, []
    usual = History(wishes.pairs if run.options.optimizer == "lbfgs" else None)
    iterations = [count for count in run.expected if count]
    for count, scale in zip(iterations, wishes.scales):
        tiled = tile < max(scale.size) and not wishes.whole_only()
        rows.append(
            {
                "size": list(scale.size),
                "iterations": count,
                "evaluations": count * run.recipe.evaluations(run.options),
                "whole": wishes.need(scale, Plan(), wishes.network.dtype, usual),
                "tile": tile,
                "tiled": wishes.need(scale, Plan(tile), wishes.network.dtype, usual) if tiled else None,
                "chosen": wishes.chosen(scale, choice) if choice else None,
            }
        )
    return rows


def in_lines(result: dict[str, Any]) -> str:
    """Write the estimate for people."""
    network, memory = result["network"], result["memory"]
    tile, (width, height) = result["scales"][0]["tile"], result["size"]
    lines = [
        f"network   {network['name']} ({network['file']}), {network['precision']} on {network['device']}",
        f"picture   {width} x {height}, {width * height / 1e6:.3g} megapixels",
        f"memory    {memory['source']}: {in_words(memory['limit'])}",
    ]
    if result["style"] is None:
        lines.append("style     none given; assumed to be as large as the content")
    titles = ("scale", "iterations", "evaluations", "whole", f"tiles of {tile}", "chosen")
    rows: list[tuple[str, ...]] = [titles]
    for scale in result["scales"]:
        amounts = [in_words(scale[name]) if scale[name] else "-" for name in ("whole", "tiled", "chosen")]
        size = f"{scale['size'][0]} x {scale['size'][1]}"
        rows.append((size, str(scale["iterations"]), str(scale["evaluations"]), *amounts))
    widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
    lines += ["", *("  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in rows), ""]
    if film := result.get("film"):
        passes = f", {film['passes']} passes" if film["passes"] > 1 else ""
        counts = [counted(film["frames"], "frame"), counted(film["scenes"], "scene")]
        at_once = f"; {film['workers']} workers" if film["workers"] > 1 else ""
        lines.append(f"film      {', '.join(counts)}{passes}{at_once}")
    if result["chosen"]:
        lines.append(f"chosen    {result['chosen']}")
        if result["kept"]:
            lines.append("          there is room to keep freed memory for later use; 'chosen' includes that")
        lines.append(
            f"time      about {spoken(result['seconds'])}: an estimate from evaluations of a small image just now"
        )
    return "\n".join(lines)
