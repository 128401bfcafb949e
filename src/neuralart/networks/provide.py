"""Provides a network with its weights by name: from the package, a file, the cache or the web."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file

from neuralart.errors import FetchError, OptionError, WeightsError, suggest
from neuralart.image.paintings import ASSETS
from neuralart.image.read import read as read_picture
from neuralart.networks import CONVENTIONS, NETWORKS, RESCALED, compact
from neuralart.networks.convention import FIRST, Weights, as_expected
from neuralart.networks.graph import Graph
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.nodes import POOLINGS
from neuralart.networks.normalise import is_normalised, normalise
from neuralart.weights.digest import sha256
from neuralart.weights.download import Progress
from neuralart.weights.fetch import fetch_any, find
from neuralart.weights.read import metadata, read
from neuralart.weights.registry import SOURCES, Source

log = logging.getLogger(__name__)

COMPACT_FILE = ASSETS / "compact.safetensors"

# Seconds; `auto` must not wait long for a host that does not answer.
IMPATIENT = 6.0


@dataclass(frozen=True)
class Provision:
    """A network, and where its weights come from.

    Attributes:
        network: The network.
        file: The name of the file; empty for a network that was passed in Python.
        digest: The SHA-256 of the file; empty for a network that was passed in Python.
        normalised_here: Whether we normalised the weights.
    """

    network: Network
    file: str
    digest: str
    normalised_here: bool

    def record(self) -> dict[str, str | bool | None]:
        """Return what a picture's record says about the network."""
        name = self.network.architecture.name
        return {
            "name": name,
            "file": self.file or None,
            "sha256": self.digest or None,
            "normalised_here": self.normalised_here,
            "precision": str(self.network.dtype).removeprefix("torch."),
        }


def provide(
    name: str,
    file: str | os.PathLike[str] | None = None,
    *,
    pooling: str = "average",
    rescale: str = "auto",
    convention: str = "auto",
    progress: Progress | None = None,
    download: bool = False,
) -> Provision:
    """Return the network of this name, on the CPU in float32.

    Args:
        name: A key of NETWORKS, such as "compact", or "auto": vgg if its weights are here or may be downloaded,
            otherwise compact.
        file: Its weights, in any format that `weights.read` knows.
        pooling: "average", "max" or "l2".
        rescale: "yes", "no", or "auto" for only VGG weights that are not normalised yet.
        convention: The pixels that the file's weights expect, see `convention`.
        progress: Called with the progress of downloads.
        download: Whether "auto" may download. A network that you name is always downloaded if it is not here.

    Returns:
        The network, and where its weights come from.

    Raises:
        OptionError: For an unknown word, and for a convention without a file.
        WeightsError: For an unusable file.
        FetchError: If no source can deliver the weights.
    """
    _check("name", name, ("auto", *NETWORKS))
    _check("pooling", pooling, POOLINGS)
    _check("rescale", rescale, RESCALED)
    _check("convention", convention, CONVENTIONS)
    if file is None and convention != "auto":
        raise OptionError("--weights-convention is for a file of weights; give --weights FILE, or leave it out")
    if name == "auto" and file is None:
        return _auto(pooling, rescale, progress, download)
    # Weights without the name of a network are most likely those of VGG-19.
    architecture = NETWORKS["vgg" if name == "auto" else name]
    name = architecture.name
    if file is not None:
        return _from_file(architecture, Path(file), pooling, rescale, convention=convention)
    if name == "compact":
        digest = prove(COMPACT_FILE)
        return _from_file(architecture, COMPACT_FILE, pooling, "no" if rescale == "auto" else rescale, digest)
    source, path = fetch_any(sources(name), progress=progress)
    return _from_source(architecture, source, path, pooling, rescale)


def _check(name: str, value: str, words: Collection[str]) -> None:
    if value not in words:
        raise OptionError(f"{name} is '{value}', which is not one of {', '.join(words)}{suggest(str(value), words)}")


def sources(name: str) -> tuple[Source, ...]:
    """Return the sources of a network's weights. Raises WeightsError if none is known."""
    if name not in SOURCES:
        raise WeightsError(
            f"no source of weights is known for network '{name}'; give your own file with --weights FILE"
        )
    return SOURCES[name]


@lru_cache(maxsize=1)
def _digest(path: Path, size: int, changed: int) -> str:
    """Return the SHA-256 of a file of this size, changed at this time: many paintings in a process compute it once."""
    return sha256(path)


def prove(path: Path) -> str:
    """Return the file's SHA-256. Raises WeightsError unless it is exactly the file that belongs to the package."""
    try:
        now = path.stat()
        result = _digest(path, now.st_size, now.st_mtime_ns)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error}); install neuralart again") from error
    if result != compact.SHA256:
        raise WeightsError(
            f"{path} is not the file that belongs to this version of neuralart: its SHA-256 is {result}, not"
            f" {compact.SHA256}; install neuralart again, or give your own file with --weights"
        )
    return result


def _auto(pooling: str, rescale: str, progress: Progress | None, download: bool) -> Provision:
    here = at_hand("vgg")
    if not here and not download:
        _report_compact()
        return provide("compact", pooling=pooling, rescale=rescale)
    sources = SOURCES["vgg"] if here else SOURCES["vgg"][:2]
    try:
        source, path = fetch_any(sources, progress=progress, timeout=IMPATIENT)
    except FetchError:
        log.info("network: compact, because the weights of vgg are not here and no source delivers them")
        return provide("compact", pooling=pooling, rescale=rescale)
    log.info("network: vgg, whose weights are here (%s)", path.name)
    return _from_source(NETWORKS["vgg"], source, path, pooling, rescale)


@cache
def _report_compact() -> None:
    """Warn once per process, which may paint many pictures, since VGG-19 paints better ones."""
    log.warning(
        "network: compact, because the weights of vgg are not here; download them with download=True, or with"
        " neuralart models fetch vgg"
    )


def _from_file(
    architecture: Graph,
    path: Path,
    pooling: str,
    rescale: str,
    digest: str | None = None,
    convention: str = "auto",
) -> Provision:
    """Read a file of weights; digest: its SHA-256, if it is known already."""
    names: dict[str, str] = {}
    weights: Weights = read(path, architecture.kernels(), names) if digest is None else dict(_proved(path, digest))
    digest = digest or sha256(path)
    try:
        architecture, weights = as_expected(architecture, weights, convention, digest, names.get(FIRST, ""))
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from None
    network = GraphNetwork(architecture, weights, pooling=pooling)
    wanted = rescale == "yes" or (
        rescale == "auto" and architecture.normalised and not is_normalised(network, photographs()[:2])
    )
    if wanted:
        log.info("weights: %s is not normalised; normalising it over %d photographs", path.name, len(photographs()))
        network = normalise(network, photographs())
    return Provision(network, path.name, digest, wanted)


@lru_cache(maxsize=1)
def _proved(path: Path, digest: str) -> Weights:
    """Return the weights of the package's own file, read once: many paintings in one process need them."""
    return read(path, compact.COMPACT.kernels())


def _from_source(architecture: Graph, source: Source, path: Path, pooling: str, rescale: str) -> Provision:
    """Read a downloaded file; its normalised form is kept beside it, so that it is computed only once."""
    wanted = rescale == "yes" or (rescale == "auto" and architecture.normalised and not source.normalised)
    if not wanted:
        return Provision(
            GraphNetwork(architecture, read(path, architecture.kernels()), pooling=pooling),
            path.name,
            sha256(path),
            False,
        )
    kept, digest = kept_file(path, pooling), sha256(path)
    if not _was_made_from(digest, kept):
        log.info("weights: normalising %s over %d photographs, once", path.name, len(photographs()))
        network = normalise(
            GraphNetwork(architecture, read(path, architecture.kernels()), pooling=pooling), photographs()
        )
        try:
            _keep(network.weights, kept, digest)
        except OSError as error:
            log.warning("weights: cannot keep the normalised form in %s (%s)", kept.parent, error.strerror or error)
            return Provision(network, path.name, digest, True)
    network = GraphNetwork(architecture, read(kept, architecture.kernels()), pooling=pooling)
    return Provision(network, kept.name, sha256(kept), True)


def _was_made_from(digest: str, kept: Path) -> bool:
    try:
        return kept.is_file() and metadata(kept).get("source") == digest
    except WeightsError:
        return False  # damaged; it is computed again


def kept_file(path: Path, pooling: str) -> Path:
    """Return where the normalised form of a downloaded file is kept; mean activations depend on the pooling."""
    return path.with_name(f"{path.stem}.{pooling}.normalised.safetensors")


def _keep(weights: dict[str, torch.Tensor], target: Path, source: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    try:
        save_file({k: v.contiguous() for k, v in weights.items()}, temporary, metadata={"source": source})
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def at_hand(name: str) -> Path | None:
    """Return the file that `provide` would use without downloading; None if there is none."""
    if name == "compact":
        return COMPACT_FILE if COMPACT_FILE.is_file() else None
    return next((path for source in SOURCES.get(name, ()) if (path := find(source))), None)


@cache
def photographs() -> tuple[torch.Tensor, ...]:
    """Return the bundled photographs for normalising, [1, 3, H, W] each."""
    return tuple(read_picture(path).pixels for path in sorted((ASSETS / "photographs").glob("*.jpg")))
