"""neuralart app: the web app, from the words of its command line."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import signal
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

Serve a page on which to paint, and an HTTP API; open the address that is printed in a browser. It listens
to this machine only, unless --host says otherwise. Options of neuralart --help that say what to paint and
how are the form's first values (neuralart app --size 800); those of the machine hold for every visitor:
{owners}."""


def run(words: list[str]) -> int:
    """Serve until Ctrl-C."""
    if parser.asks_for_help(words):
        print(build().format_help(), end="")
        return 0
    chosen, fixed = parse(words)
    if importlib.util.find_spec("gradio") is None:
        raise OptionError('the web app needs Gradio; install it with: pip install "neuralart[app]"')
    settings.password(chosen)
    from neuralart.app.server import serve

    logging.basicConfig(format="%(message)s")
    # What is wrong with an upload its visitor is told, and nobody else.
    logging.getLogger("pyvips").setLevel(logging.ERROR)
    # A system that stops its services ends the app as Ctrl-C does: what is being painted is kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        serve(chosen, fixed, lambda address: _tell(address, chosen))
    return 0


def parse(words: list[str]) -> tuple[Access, dict[str, Any]]:
    """The app's settings, and the options that hold for its paintings. Raises OptionError."""
    known = [parser.hyphenated(word) for word in words]
    given, rest = build().parse_known_args(known)
    others = _options(rest)
    chosen, options = Access(**vars(given)), from_mapping(others)
    fixed = {name: getattr(options, name) for name in others}
    if long_edge(options) > chosen.max_size:
        if "size" in others:
            raise OptionError(f"--size {options.size} is more than --max-size {chosen.max_size}; raise that, too")
        fixed["size"] = chosen.max_size
    return chosen, fixed


def _options(words: list[str]) -> dict[str, Any]:
    """What the rest of the words give. Raises OptionError for what the app has no use for."""
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and name[2:].replace("-", "_") not in declared():
            near = parser.near_flag(name, (*declared(Access), *declared()))
            raise OptionError(f"the app has no setting '{name}'{near or '; see neuralart app --help'}")
        if not word.startswith("-") and word is words[0]:
            raise OptionError(f"nothing is expected where '{word}' stands; see neuralart app --help")
    result = parser.values(words)
    for name in result:
        if instead := declared()[name][0].app:
            raise OptionError(f"{flag(name)} has no effect in the app: {instead}")
    return result


def build() -> argparse.ArgumentParser:
    """A parser for the settings; values come out as text, unchecked, and only where they were given."""
    owners = ", ".join(flag(name) for name in form.owners())
    usage = USAGE.format(owners=owners)
    return own.build(Access, "neuralart app", usage, settings.GROUPS)


def _tell(address: str, chosen: Access) -> None:
    print(f"neuralart app: {address}  (Ctrl-C ends it)", flush=True)
    print(f"pictures are kept in {settings.gallery_folder(chosen)}", flush=True)
    if chosen.no_password and not settings.is_local(chosen.host):
        print("there is no password: whoever reaches this machine can paint and see the gallery", flush=True)
    if chosen.open:
        import webbrowser

        webbrowser.open(address)
