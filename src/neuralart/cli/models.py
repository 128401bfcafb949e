"""neuralart models: lists networks, where their weights come from, and whether they are here."""

from __future__ import annotations

import sys
from pathlib import Path

from neuralart.cli import parser
from neuralart.cli.fetching import Bar
from neuralart.errors import OptionError, WeightsError, suggest
from neuralart.networks import NETWORKS
from neuralart.weights.cache import cache_folder
from neuralart.weights.fetch import fetch_any, find, verify
from neuralart.weights.registry import SOURCES, Source

USAGE = """\
usage: neuralart models                   list networks, their sources, licences and sizes
       neuralart models fetch NETWORK     download a network's weights into the cache
       neuralart models verify [NETWORK]  compare the weights that are here with the published digests
       neuralart models path [NETWORK]    print where the weights are, or the cache folder

The cache is {cache}; NEURALART_CACHE sets another folder, NEURALART_MIRROR an address or a
folder to try first, and NEURALART_OFFLINE=1 forbids downloads."""

NAMES = (*NETWORKS, "raft")


def run(words: list[str]) -> int:
    """Run the action that the words name."""
    if parser.asks_for_help(words):
        print(USAGE.format(cache=cache_folder()))
        return 0
    if not words or words[0] == "list":
        return listing()
    if words[0] not in ACTIONS:
        raise OptionError(
            f"there is no 'models {words[0]}' (there are {', '.join(ACTIONS)}){suggest(words[0], ACTIONS)}"
        )
    if len(words) > 2:
        raise OptionError(f"'models {words[0]}' takes one network, but '{words[2]}' follows it; leave that out")
    for name in words[1:]:
        if name not in NAMES:
            raise OptionError(f"there is no network '{name}' (there are {', '.join(NAMES)}){suggest(name, NAMES)}")
    if len(words) == 1:
        return ACTIONS[words[0]](None)
    return ACTIONS[words[0]](NETWORKS[words[1]].name if words[1] in NETWORKS else words[1])


def listing() -> int:
    """Print every network, and every source of its weights."""
    for name, architecture in NETWORKS.items():
        print(f"{name}: {architecture.summary}")
        if name != architecture.name:
            print(f"  the same as {architecture.name}\n")
            continue
        if name == "compact":
            size = compact_file().stat().st_size
            print(f"  here   {compact_file().name}, {size / 1e6:.1f} MB, MIT licence; trained by this project\n")
            continue
        list_sources(name)
    print("raft: finds the motion in a film, for neuralart video --flow raft")
    list_sources("raft")
    print(f"cache: {cache_folder()}")
    return 0


def list_sources(name: str) -> None:
    """Print every source of a network's weights."""
    for source in SOURCES.get(name, ()):
        here = "here  " if find(source) else "      "
        print(f"  {here} {source.name}, {size_of(source)}, {source.licence}")
        print(f"         {source.origin}{'; ' + source.note if source.note else ''}")
    print()


def fetch(name: str | None) -> int:
    """Download one network's weights."""
    if name is None:
        raise OptionError(f"name the network to fetch: {' or '.join(SOURCES)}")
    if name == "compact":
        print(f"compact is inside the package: {compact_file()}")
        return 0
    from neuralart.networks.provide import sources

    published = sources(name)
    with Bar() as bar:
        source, path = fetch_any(
            published,
            progress=bar,
            on_failure=lambda address, reason: print(f"{address}: {reason}", file=sys.stderr),
        )
    print(f"{path} ({source.licence}; {source.origin})")
    return 0


def check(name: str | None) -> int:
    """Compare every file that is here with its published digest; return 2 if one differs or none is here."""
    result, wrong = 0, 0
    for network in [name] if name else [*SOURCES, "compact"]:
        if network == "compact":
            from neuralart.networks.provide import prove

            result += 1
            try:
                prove(compact_file())
                print(f"{compact_file()}: sha256 as published")
            except WeightsError as error:
                wrong += 1
                print(f"neuralart: {error}", file=sys.stderr)
            continue
        for source in SOURCES.get(network, ()):
            path = cache_folder() / source.name
            if not path.is_file():
                continue
            result += 1
            try:
                verify(path, source)
                print(f"{path}: {source.algorithm} as published")
            except WeightsError as error:
                wrong += 1
                print(f"neuralart: {error}; delete it and fetch it again", file=sys.stderr)
    if not result:
        print(f"no weights of {name} are here; {remedy(name)}", file=sys.stderr)
    return 0 if result and not wrong else 2


def locate(name: str | None) -> int:
    """Print where a network's weights are, or the cache folder."""
    if name is None:
        print(cache_folder())
        return 0
    from neuralart.networks.provide import at_hand

    path = at_hand(name)
    if path is None:
        print(f"the weights of {name} are not here; {remedy(name)}", file=sys.stderr)
        return 2
    print(path)
    return 0


def remedy(name: str | None) -> str:
    """Say how to get a network's weights."""
    return f"neuralart models fetch {name}" if name in SOURCES else "give your own file with --weights FILE"


ACTIONS = {"fetch": fetch, "verify": check, "path": locate}


def compact_file() -> Path:
    """Return the file of weights inside the package."""
    from neuralart.networks.provide import COMPACT_FILE

    return COMPACT_FILE


def size_of(source: Source) -> str:
    """Return the size, such as 80.1 MB, marked if it is not known exactly."""
    return f"{'' if source.size_is_exact else 'about '}{source.size / 1e6:.1f} MB"
