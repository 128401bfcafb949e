"""Every option, declared once: here what is painted and by which network, in `neuralart.looks` what it should be like,
in `neuralart.running` where it is computed and what is told.

The command line, the Python keywords, the record kept in every picture, the web app's form and the reference page are
all read from this declaration. What an option bears on decides what `again`, `resume`, `sweep` and the labels do with
it, see `neuralart.facts`. Importing this imports no torch.
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

MAY_BE_NONE = ("content", "style_mask", "mask")  # of which one value says that there is no file


@dataclass(frozen=True, kw_only=True)
class Options(Running, Nets, Looks, Hues, Areas):
    """All choices of one run. Raises OptionError for a value that makes no sense."""

    content: str | None = option(
        None,
        "Pictures",
        "the photograph to repaint; none: paint the style's texture, of any --size",
        shown="PHOTO",
        text=Text.INPUT,
        argument=True,
        app="pictures are dropped into the page",
    )
    style: tuple[str, ...] | None = option(
        None,
        "Pictures",
        "the painting whose style it gets, or the name of one that ships, see 'neuralart styles'; several are blended,"
        " see --style-weights",
        shown="PAINTING",
        text=Text.INPUT,
        many=True,
        argument=True,
        app="pictures are dropped into the page",
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
        python="save the picture that is returned: picture.save(path)",
        app="pictures go to the gallery; see --gallery",
    )
    output_dir: str | None = option(
        None,
        "Pictures",
        "folder for frames: 0000.jpg, then one after iterations 1 to 20 and every fifth, and the last",
        unset="'frames' in recipe original, else no frames",
        shown="FOLDER",
        text=Text.FOLDER,
        bears=Bears.FILE,
        python="pass watchers=[neuralart.watch.frames.Frames(folder)]",
        app="the page offers an animation",
    )
    bits: int = option(
        8,
        "Pictures",
        "bits per channel of the picture written; 16 in PNG and TIFF",
        int,
        choices=("8", "16"),
        bears=Bears.FINISH,
        python="say so when saving: picture.save(path, bits=16)",
    )
    quality: int | None = option(
        None,
        "Pictures",
        "JPEG, WebP or AVIF quality",
        int,
        least=1,
        most=100,
        unset="95, lossless and 90",
        bears=Bears.FINISH,
        sweep=False,
        python="say so when saving: picture.save(path, quality=90)",
        app="the page offers PNG, which loses nothing",
    )
    pyramid: bool = option(
        False,
        "Pictures",
        "write a tiled TIFF that holds smaller copies of itself, for viewers of huge pictures",
        bool,
        bears=Bears.FILE,
        batch=True,
        python="say so when saving: picture.save(path, pyramid=True)",
        app="the page offers PNG, which has no levels",
    )
    size: int | str = option(
        500,
        "Pictures",
        "long edge of the picture in pixels; 0 for the content's own; width and height, as 2048x1024, of a texture",
        int,
        least=0,
        most=200_000,
        pair=True,
    )
    init: str = option(
        "image",
        "Pictures",
        "begin with the photograph (image), the style, grey, noise (random; pink is smoother), a picture's file, or a"
        " mixture: image:0.3 is 0.3 of it and random noise, image:0.3:pink pink noise",
        choices=WORDS,
        text=Text.FIRST,
    )
    seed: int = option(0, "Pictures", "seed of the noise to begin with", int, least=0, most=2**53)
    format: str | None = option(
        None,
        "Pictures",
        "format of the picture written, whatever its name",
        choices=("png", "jpg", "tif", "webp", "avif"),
        unset="what the name's suffix says; png for --output -",
        bears=Bears.FILE,
        batch=True,
        python="say so when saving: picture.save(path, format='png')",
        app="the page offers PNG",
    )
    background: str = option(
        "white",
        "Pictures",
        "ground of transparent pictures in JPEG, films and previews: a name or #rrggbb",
        shown="COLOUR",
        bears=Bears.FINISH,
        sweep=False,
        python="say so when saving: picture.save(path, background=(255, 255, 255))",
        app="the page offers PNG, which is transparent where the photograph is",
    )
    max_megapixels: float | None = option(
        None,
        "Pictures",
        "pictures that claim to be larger are refused before they are decoded",
        float,
        least=1,
        most=100_000,
        unset="250, or 4 times the square of --size where that is more",
        bears=Bears.ROOM,
        app="the app has a limit of its own",
    )
    accept_damaged: bool = option(
        False,
        "Pictures",
        "take what can be read of a damaged picture, the rest being blank",
        bool,
        app="damaged pictures are refused; mend them first",
    )
    strip: bool = option(
        False,
        "Pictures",
        "do not keep the photograph's copyright, author, date and resolution in the output",
        bool,
        bears=Bears.FINISH,
        sweep=False,
        python="say so when saving: picture.save(path, strip=True)",
        app="copyright, author and date stay with the picture",
    )
    keep_gps: bool = option(
        False,
        "Pictures",
        "keep in the output where the photograph was taken",
        bool,
        bears=Bears.FINISH,
        sweep=False,
        app="where a photograph was taken is nobody's business here",
    )
    overwrite: bool = option(
        False,
        "Pictures",
        "let again, resume, batch and watch write over files that are there",
        bool,
        bears=Bears.MOMENT,
        batch=True,
        python="nothing is refused in Python: picture.save(path) writes over what is there",
        app="the gallery writes over nothing",
    )

    num_iters: int = option(500, "Optimisation", "iterations, over all scales", int, least=1, most=10_000_000)
    tolerance: float = option(
        0.0,
        "Optimisation",
        "a scale ends early once ten iterations lower the total by less than this share of it, as 0.01; 0: never",
        float,
        least=0,
        most=1,
    )
    optimizer: str = option(
        "lbfgs", "Optimisation", "lbfgs: best; adam, sgd: less memory", choices=("lbfgs", "sgd", "adam")
    )
    history: int | None = option(
        None, "Optimisation", "steps that lbfgs remembers", int, least=1, most=1000, unset="20; 100 in recipe original"
    )
    learning_rate: float | None = option(
        None,
        "Optimisation",
        "step size: adam and lbfgs's first step in grey levels; original's lbfgs: length of every step; sgd: factor on"
        " the gradient",
        float,
        above=0,
        unset="what suits optimizer, recipe and model",
    )

    if not TYPE_CHECKING:  # which sees the parameters that a dataclass has

        def __init__(self, **given: Any) -> None:
            """Every option by its name; what is not given is as the preset says, or the default."""
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
        """All values, as plain data: a list only for an option that has several values."""
        return {name: plain(facts, getattr(self, name)) for name, (facts, _) in declared().items()}


def declared(kind: type = Options) -> dict[str, tuple[Facts, Any]]:
    """Every option by its Python name, with its facts and its default; or those of another dataclass of options."""
    return declare.declared(kind)


def files(options: Options, *kinds: Text) -> list[tuple[str, str]]:
    """(option's name, file or folder) of everything of these kinds that the options name."""
    named = {name: facts.many for name, (facts, _) in declared().items() if facts.text in kinds}
    given = {name: getattr(options, name) or () for name in named}
    result = [(name, one) for name, value in given.items() for one in (value if named[name] or not value else [value])]
    if Text.INPUT in kinds and (first := first_of(options.init).file):
        result.append(("init", first))
    return [(name, one) for name, one in result if one != NONE or name not in MAY_BE_NONE]


def from_mapping(values: Mapping[str, Any]) -> Options:
    """Options from names and values. Raises OptionError for an unknown name, suggesting the nearest."""
    known, values = declared(), spelt(values)
    for name in values:
        if name not in known:
            raise OptionError(f"there is no option '{name}'{suggest(name, known)}")
    return Options(**values)


def spelt(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the options' own names, for other spellings of them. Raises OptionError for both at once."""
    names = {facts.alias: name for name, (facts, _) in declared().items() if facts.alias}
    if twice := next((name for name in values if names.get(name) in values), None):
        raise OptionError(f"{flag(twice)} is another spelling of {flag(names[twice])}; give one of them")
    return {names.get(name, name): value for name, value in values.items()}
