"""Every option, declared once.

This file declares the pictures and the optimisation, `neuralart.looks` and `neuralart.hues` the look, `neuralart.areas`
the regions, `neuralart.nets` the network, `neuralart.running` the machine and the reports.

The command line, the Python keywords, the record kept in every picture, the web app's form and the reference page are
all derived from this declaration. What an option affects decides what `again`, `resume`, `sweep` and the labels do with
it; see `neuralart.facts`. Importing this module does not import torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from neuralart import declare
from neuralart.areas import Areas
from neuralart.declare import GROUPS as GROUPS
from neuralart.declare import option as option
from neuralart.errors import OptionError, suggest
from neuralart.facts import Bears, Text
from neuralart.facts import Facts as Facts
from neuralart.first import WORDS, first_of
from neuralart.hues import Hues
from neuralart.looks import Looks
from neuralart.nets import Nets
from neuralart.presets import unfolded
from neuralart.running import Running
from neuralart.together import NONE, check_together
from neuralart.values import check_all, plain
from neuralart.values import checked as checked
from neuralart.values import flag as flag
from neuralart.values import layer_weights as layer_weights

MAY_BE_NONE = ("content", "style_mask", "mask")  # for these, the value "none" means that there is no file


@dataclass(frozen=True, kw_only=True)
class Options(Running, Nets, Looks, Hues, Areas):
    """All choices of one run. Raises OptionError for a value that makes no sense."""

    content: str | None = option(
        None,
        "Pictures",
        "the photograph to repaint; none: paint only the style's texture, at any --size",
        shown="PHOTO",
        text=Text.INPUT,
        argument=True,
        app="drop pictures into the page",
    )
    style: tuple[str, ...] | None = option(
        None,
        "Pictures",
        "the painting whose style to use, or the name of a bundled one, see 'neuralart styles'; several are blended,"
        " see --style-weights",
        shown="PAINTING",
        text=Text.INPUT,
        many=True,
        argument=True,
        app="drop pictures into the page",
    )
    output: str | None = option(
        None,
        "Pictures",
        "the picture to write: .png, .jpg, .tif, .webp or .avif",
        unset="CONTENT-STYLE.png in the working directory, never over an existing file",
        shown="FILE",
        text=Text.OUTPUT,
        bears=Bears.FILE,
        batch=True,
        python="save the returned picture: picture.save(path)",
        app="pictures go to the gallery; see --gallery",
    )
    output_dir: str | None = option(
        None,
        "Pictures",
        "folder for frames: 0000.jpg, then one after each of iterations 1 to 20, every fifth and the last",
        unset="'frames' in recipe original, otherwise no frames",
        shown="FOLDER",
        text=Text.FOLDER,
        bears=Bears.FILE,
        python="pass watchers=[Frames(folder)] (from neuralart.watch.frames import Frames)",
        app="the page offers an animation",
    )
    bits: int = option(
        8,
        "Pictures",
        "bits per channel of the output; 16 for PNG and TIFF only",
        int,
        choices=("8", "16"),
        bears=Bears.FINISH,
        python="pass it when saving: picture.save(path, bits=16)",
    )
    quality: int | None = option(
        None,
        "Pictures",
        "quality of a JPEG, WebP or AVIF",
        int,
        least=1,
        most=100,
        unset="95, lossless and 90",
        bears=Bears.FINISH,
        sweep=False,
        python="pass it when saving: picture.save(path, quality=90)",
        app="the page offers PNG, which is lossless",
    )
    pyramid: bool = option(
        False,
        "Pictures",
        "write a tiled TIFF that contains smaller copies of itself, for viewers of huge pictures",
        bool,
        bears=Bears.FILE,
        batch=True,
        python="pass it when saving: picture.save(path, pyramid=True)",
        app="the page offers PNG, which has no levels",
    )
    size: int | str = option(
        500,
        "Pictures",
        "long edge of the picture in pixels; 0: as large as the content; for a texture also width and height,"
        " 2048x1024",
        int,
        least=0,
        most=200_000,
        pair=True,
        named=(("preview", 256), ("screen", 1024), ("print", 2048)),
    )
    init: str = option(
        "image",
        "Pictures",
        "start from the photograph (image), the style, grey, noise (random; pink is smoother), a picture file, or a"
        " mixture: image:0.3 is 0.3 of the photograph and the rest random noise, image:0.3:pink the same with pink"
        " noise",
        choices=WORDS,
        text=Text.FIRST,
    )
    seed: int = option(0, "Pictures", "seed of the noise in the first image", int, least=0, most=2**53)
    format: str | None = option(
        None,
        "Pictures",
        "format of the output, whatever its name",
        choices=("png", "jpg", "tif", "webp", "avif"),
        unset="from the suffix of the name; png for --output -",
        bears=Bears.FILE,
        batch=True,
        python="pass it when saving: picture.save(path, format='png')",
        app="the page offers PNG",
    )
    background: str = option(
        "white",
        "Pictures",
        "colour behind transparent pictures in JPEG, films and previews: a name that CSS knows, or #rrggbb",
        shown="COLOUR",
        bears=Bears.FINISH,
        sweep=False,
        python="pass it when saving: picture.save(path, background=(255, 255, 255))",
        app="the page offers PNG, which is transparent where the photograph is",
    )
    max_megapixels: float | None = option(
        None,
        "Pictures",
        "refuse pictures that claim to be larger, before decoding them",
        float,
        least=1,
        most=100_000,
        unset="250, or 4 times the square of --size if that is more",
        bears=Bears.ROOM,
        app="the app has its own limit",
    )
    accept_damaged: bool = option(
        False,
        "Pictures",
        "use the readable part of a damaged picture and leave the rest blank",
        bool,
        app="damaged pictures are refused; repair them first",
    )
    strip: bool = option(
        False,
        "Pictures",
        "drop the photograph's copyright, author, date and resolution from the output",
        bool,
        bears=Bears.FINISH,
        sweep=False,
        python="pass it when saving: picture.save(path, strip=True)",
        app="copyright, author and date stay with the picture",
    )
    keep_gps: bool = option(
        False,
        "Pictures",
        "keep the place where the photograph was taken in the output",
        bool,
        bears=Bears.FINISH,
        sweep=False,
        app="the app never keeps where a photograph was taken",
    )
    overwrite: bool = option(
        False,
        "Pictures",
        "let again, resume, batch and watch overwrite existing files",
        bool,
        bears=Bears.MOMENT,
        batch=True,
        python="picture.save(path) always overwrites",
        app="the gallery overwrites nothing",
    )

    num_iters: int = option(500, "Optimisation", "iterations, over all scales", int, least=1, most=10_000_000)
    tolerance: float | None = option(
        None,
        "Optimisation",
        "end the last scale early once ten iterations lower the total by less than this share of it, such as 0.01, or a"
        " larger one if few iterations are left, and the scales before it at ten times as much; 0: never",
        float,
        least=0,
        most=1,
        unset="0.003 with lbfgs and style loss neighbours in recipe balanced, 0.002 with gram, else 0",
    )
    optimizer: str = option(
        "lbfgs", "Optimisation", "lbfgs: best pictures; adam, sgd: less memory", choices=("lbfgs", "sgd", "adam")
    )
    history: int | None = option(
        None, "Optimisation", "steps that lbfgs remembers", int, least=1, most=1000, unset="20; 100 in recipe original"
    )
    learning_rate: float | None = option(
        None,
        "Optimisation",
        "step size: adam and the first step of lbfgs in grey levels; lbfgs in recipe original: length of every step;"
        " sgd: factor on the gradient",
        float,
        above=0,
        unset="depends on optimizer, recipe and model",
    )

    if not TYPE_CHECKING:  # a type checker should see the parameters of the dataclass

        def __init__(self, **given: Any) -> None:
            """Set every option by its name; one that is not given comes from the preset, or is the default."""
            values, known = unfolded(given), {one.name: one.default for one in fields(self)}
            if unknown := next((name for name in given if name not in known), None):
                raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument '{unknown}'")
            for name, default in known.items():
                object.__setattr__(self, name, values.get(name, default))
            self.__post_init__()

    def __post_init__(self) -> None:
        check_all(self)
        check_together(self)

    def record(self) -> dict[str, Any]:
        """Return all values as plain data: a list only for an option that has several values."""
        return {name: plain(facts, getattr(self, name)) for name, (facts, _) in declared().items()}


def declared(kind: type = Options) -> dict[str, tuple[Facts, Any]]:
    """Return every option of `kind` by its Python name, with its facts and its default."""
    return declare.declared(kind)


def files(options: Options, *kinds: Text) -> list[tuple[str, str]]:
    """Return (option's name, path) for every file or folder of these kinds that the options name."""
    named = {name: facts.many for name, (facts, _) in declared().items() if facts.text in kinds}
    given = {name: getattr(options, name) or () for name in named}
    result = [(name, one) for name, value in given.items() for one in (value if named[name] or not value else [value])]
    if Text.INPUT in kinds and (first := first_of(options.init).file):
        result.append(("init", first))
    return [(name, one) for name, one in result if one != NONE or name not in MAY_BE_NONE]


def from_mapping(values: Mapping[str, Any]) -> Options:
    """Return options from names and values.

    Raises:
        OptionError: For an unknown name, suggesting the nearest, and for a value that makes no sense.
    """
    known, values = declared(), spelt(values)
    for name in values:
        if name not in known:
            raise OptionError(f"there is no option '{name}'{suggest(name, known)}")
    return Options(**values)


def spelt(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace other spellings by the options' own names. Raises OptionError if both spellings are given."""
    names = {facts.alias: name for name, (facts, _) in declared().items() if facts.alias}
    if twice := next((name for name in values if names.get(name) in values), None):
        raise OptionError(f"{flag(twice)} is another spelling of {flag(names[twice])}; give one of them")
    return {names.get(name, name): value for name, value in values.items()}
