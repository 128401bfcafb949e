"""Where fetched files are kept, and what the environment says about fetching."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder for fetched files: $NEURALART_CACHE, else the system's place for caches. It need not exist yet."""
    if chosen := os.environ.get("NEURALART_CACHE", "").strip():
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("neuralart")


def offline() -> bool:
    """Whether $NEURALART_OFFLINE (1, true, yes or on) forbids the network."""
    return os.environ.get("NEURALART_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def mirrors() -> list[str]:
    """Addresses and folders to look in before a file's own addresses: $NEURALART_MIRROR, separated by commas."""
    return [part.strip() for part in os.environ.get("NEURALART_MIRROR", "").split(",") if part.strip()]
