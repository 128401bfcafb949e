"""neuralart app: the command line of the web app."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from neuralart.app import form, settings
from neuralart.app.access import Access
from neuralart.cli import own, parser
from neuralart.errors import OptionError
from neuralart.options import declared, flag, from_mapping
from neuralart.together import long_edge

USAGE = """\
neuralart app [settings] [options]

Serve a web page for painting, and an HTTP API; open the printed address in a browser. Only this machine can
connect, unless --host says otherwise. Options of neuralart --help that say what to paint and how are the
form's initial values (neuralart app --size 800); those of the machine apply to every visitor:
{owners}."""


def run(words: list[str], show: Callable[[str], object] | None = None, extra: str = "app") -> int:
    """Serve until Ctrl-C.

    Args:
        words: The command line.
        show: Receives the address, to show the page; None to do so if the settings say it.
        extra: The extra that brings what is needed.
    """
    if parser.asks_for_help(words):
        print(build().format_help(), end="")
        return 0
    chosen, fixed = parse(words)
    if importlib.util.find_spec("gradio") is None:
        raise OptionError(f'the web app needs Gradio; install it with: pip install "neuralart[{extra}]"')
    settings.password(chosen)
    from neuralart.app.server import serve

    logging.basicConfig(format="%(message)s")
    # Only the visitor is told what is wrong with an upload.
    logging.getLogger("pyvips").setLevel(logging.ERROR)
    # When the system stops its services, the app ends as with Ctrl-C, and keeps the current painting.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        serve(chosen, fixed, lambda address: _tell(address, chosen, show))
    return 0


def parse(words: list[str]) -> tuple[Access, dict[str, Any]]:
    """Return the app's settings, and the options for its paintings. Raises OptionError."""
    known = [parser.hyphenated(word) for word in words]
    given, rest = build().parse_known_args(known)
    others = _options(rest)
    chosen, options = Access(**vars(given)), from_mapping(others)
    fixed = {name: getattr(options, name) for name in others}
    if long_edge(options) > chosen.max_size:
        if "size" in others:
            raise OptionError(f"--size {options.size} is more than --max-size {chosen.max_size}; raise --max-size, too")
        fixed["size"] = chosen.max_size
    return chosen, fixed


def _options(words: list[str]) -> dict[str, Any]:
    """Return the options among the remaining words. Raises OptionError for options that the app does not use."""
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and name[2:].replace("-", "_") not in declared():
            near = parser.near_flag(name, (*declared(Access), *declared()))
            raise OptionError(f"the app has no setting '{name}'{near or '; see neuralart app --help'}")
        if not word.startswith("-") and word is words[0]:
            raise OptionError(f"'{word}' does not belong to an option; see neuralart app --help")
    result = parser.values(words)
    for name in result:
        if instead := declared()[name][0].app:
            raise OptionError(f"{flag(name)} has no effect in the app: {instead}")
    return result


def build(command: str = "neuralart app", usage: str = USAGE) -> argparse.ArgumentParser:
    """Return a parser for the settings; values come out as text, unchecked, and only for settings that were given."""
    owners = ", ".join(flag(name) for name in form.owners())
    return own.build(Access, command, usage.format(owners=owners), settings.GROUPS)


def _tell(address: str, chosen: Access, show: Callable[[str], object] | None) -> None:
    print(f"neuralart app: {address}  (Ctrl-C ends it)", flush=True)
    print(f"pictures are kept in {settings.gallery_folder(chosen)}", flush=True)
    if chosen.no_password and not settings.is_local(chosen.host):
        print("there is no password: anybody who can reach this machine can paint and see the gallery", flush=True)
    if show is not None:
        show(address)
    elif chosen.open:
        import webbrowser

        webbrowser.open(address)
