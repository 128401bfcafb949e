"""One function per command. Each takes the words after its name and returns an exit code."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from neuralart.cli import parser
from neuralart.cli.idle import refuse_idle
from neuralart.errors import OptionError, escaped, suggest
from neuralart.options import Options


def run(words: list[str]) -> int:
    """Find the command that the words name, and run it."""
    if not words:
        print(f"usage: {parser.INTRODUCTION}\n\nneuralart --help lists the options.", file=sys.stderr)
        return 2
    first = words[0]
    if first in COMMANDS:
        if first not in SHARED and os.environ.get("WORLD_SIZE", "1") != "1":
            raise OptionError(
                f"torchrun is for painting one picture with several processes; run neuralart {first} without it"
            )
        return COMMANDS[first](words[1:])
    parser.refuse_dashes(words)
    if first in ("help", "version"):
        raise OptionError(f"there is no command '{first}'; did you mean 'neuralart --{first}'?")
    if not first.startswith("-"):
        raise OptionError(
            f"there is no command '{first}' (there are {', '.join(COMMANDS)})"
            + (suggest(first, COMMANDS) or "; neuralart --content PHOTO --style PAINTING paints a picture")
        )
    if parser.asks_for_help(words):
        parser.build().print_help()
        return 0
    if "--version" in words:
        from neuralart.version import VERSION

        print(f"neuralart {VERSION}")
        return 0
    return stylize(_chosen(words))


def stylize(options: Options) -> int:
    """Paint a picture: the main command."""
    if options.content is None or options.style is None:
        missing = "--content PHOTO" if options.content is None else "--style PAINTING"
        raise OptionError(f"{missing} is missing; neuralart --content PHOTO --style PAINTING paints a picture")
    from neuralart.cli.inputs import refuse_missing
    from neuralart.watch.display.desktop import foresee

    refuse_missing(options)
    _log_to_terminal(options.quiet)
    foresee(options)
    from neuralart.cli.painting import paint

    return paint(options)


def demo(words: list[str]) -> int:
    """Paint the bundled photograph in the bundled style, with the embedded network."""
    if _wants_help(
        words,
        "neuralart demo [options]\n\nPaint the bundled photograph in the bundled style with the network"
        " 'compact'; all options of\nneuralart --help apply.",
    ):
        return 0
    from neuralart.cli.names import free_name
    from neuralart.image.paintings import ASSETS

    defaults: dict[str, Any] = {
        "content": str(ASSETS / "photo.jpg"),
        "style": str(ASSETS / "style.jpg"),
        "model": "compact",
        "size": 512,
        "num_iters": 300,
        "output": str(free_name(Path("demo.png"))),
    }
    return stylize(_chosen(words, defaults))


def again(words: list[str]) -> int:
    """Make a picture again from the record inside it."""
    if _wants_help(
        words,
        "neuralart again PICTURE [options]\n\nMake a picture again from the record inside it; options"
        " given here override the recorded ones.\nWithout --output, the picture gets a new name in the working"
        " directory.",
    ):
        return 0
    from neuralart.cli.recall import recalled, refuse_to_overwrite, show_inputs

    picture = _one_picture("again", words)
    _log_to_terminal(quiet=False)
    given = parser.values(words[1:])
    options = _chosen(words[1:], recalled(picture, set(given)))
    refuse_to_overwrite(options, given)
    show_inputs(options, given, picture)
    return stylize(options)


def resume(words: list[str]) -> int:
    """Continue a painting from a checkpoint."""
    from neuralart.cli import resume as command

    if _wants_help(words, command.USAGE.removeprefix("usage: ")):
        return 0
    _log_to_terminal("--quiet" in words)
    return command.run(words)


def record(words: list[str]) -> int:
    """Show the record inside a picture, as JSON."""
    if _wants_help(words, "neuralart record PICTURE\n\nShow the record inside a picture that neuralart made, as JSON."):
        return 0
    from neuralart.cli.recall import recorded

    picture = _one_picture("record", words)
    if len(words) > 1:
        raise OptionError(f"neuralart record takes one picture, but '{words[1]}' follows it; leave that out")
    print(in_json(json.dumps(recorded(picture), indent=2, ensure_ascii=False)))
    return 0


def models(words: list[str]) -> int:
    """List, fetch, verify or locate the networks' weights."""
    from neuralart.cli import models as command

    return command.run(words)


def presets(words: list[str]) -> int:
    """List the named sets of options."""
    from neuralart.cli import presets as command

    return command.run(words)


def styles(words: list[str]) -> int:
    """List the bundled paintings."""
    from neuralart.cli import styles as command

    return command.run(words)


def app(words: list[str]) -> int:
    """Serve the web app."""
    from neuralart.cli import app as command

    return command.run(words)


def studio(words: list[str]) -> int:
    """Open the web app in a window of its own."""
    from neuralart.cli import studio as command

    return command.run(words)


def compare(words: list[str]) -> int:
    """Put pictures side by side on a labelled sheet."""
    from neuralart.cli import compare as command

    return command.run(words)


def sweep(words: list[str]) -> int:
    """Paint every combination of several values, and put them on a sheet."""
    from neuralart.cli import sweep as command

    _log_to_terminal("--quiet" in words)
    return command.run(words)


def blend(words: list[str]) -> int:
    """Paint in two styles and in mixtures between them: a sheet and a film."""
    from neuralart.cli import blend as command

    _log_to_terminal("--quiet" in words)
    return command.run(words)


def batch(words: list[str]) -> int:
    """Paint many pictures, from a list or of every content with every style."""
    from neuralart.cli import batch as command

    _log_to_terminal("--quiet" in words)
    return command.run(words)


def watch(words: list[str]) -> int:
    """Paint every picture that comes into a folder."""
    from neuralart.cli import watch as command

    _log_to_terminal("--quiet" in words)
    return command.run(words)


def video(words: list[str]) -> int:
    """Repaint a film."""
    from neuralart.cli import video as command

    _log_to_terminal("--quiet" in words)
    return command.run(words)


def estimate(words: list[str]) -> int:
    """Estimate what a painting would need."""
    from neuralart.cli import estimate as command

    _log_to_terminal(quiet=True)
    return command.run(words)


def translate(words: list[str]) -> int:
    """Print our command for that of another program."""
    from neuralart.cli import translate as command

    return command.run(words)


def plot(words: list[str]) -> int:
    """Draw a log's terms over the iterations."""
    from neuralart.cli import plot as command

    return command.run(words)


def completion(words: list[str]) -> int:
    """Print what a shell needs to complete our command line."""
    from neuralart.cli import completion as command

    return command.run(words)


COMMANDS = {
    "demo": demo,
    "models": models,
    "presets": presets,
    "styles": styles,
    "again": again,
    "resume": resume,
    "record": record,
    "app": app,
    "studio": studio,
    "compare": compare,
    "sweep": sweep,
    "blend": blend,
    "batch": batch,
    "watch": watch,
    "video": video,
    "estimate": estimate,
    "plot": plot,
    "translate": translate,
    "completion": completion,
}


SHARED = ("demo", "again", "resume")  # commands that several processes can run together, besides painting itself


def about(name: str) -> str:
    """Return what a command does, in one sentence."""
    return (COMMANDS[name].__doc__ or "").rstrip(".")


def _chosen(words: list[str], defaults: dict[str, Any] | None = None) -> Options:
    """Return the options of one picture. Raises OptionError, for a typed one without effect, too."""
    options = parser.parse(words, defaults)
    refuse_idle(options, parser.values(words))
    return options


def _wants_help(words: list[str], text: str) -> bool:
    if parser.asks_for_help(words):
        print(f"usage: {text}")
        return True
    return False


def _one_picture(command: str, words: list[str]) -> Path:
    if not words or words[0].startswith("-"):
        raise OptionError(f"neuralart {command} needs the name of a picture: neuralart {command} PICTURE")
    return Path(words[0])


def in_json(text: str) -> str:
    """Make JSON safe for a terminal: characters that cannot be printed are escaped as in JSON."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


class _Escaping(logging.Formatter):
    """Escapes log messages, which may quote names from anybody's file."""

    def format(self, record: logging.LogRecord) -> str:
        return escaped(super().format(record))


def _log_to_terminal(quiet: bool) -> None:
    """Print the core's log messages on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Escaping("%(message)s"))
    logger = logging.getLogger("neuralart")
    logger.handlers = [handler]
    # If there are several processes, only the first one logs.
    is_first = os.environ.get("RANK", "0") == "0"
    logger.setLevel(logging.CRITICAL if not is_first else logging.WARNING if quiet else logging.INFO)
