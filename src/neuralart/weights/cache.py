"""The folder of downloaded weights, and the environment variables that control downloads."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for downloaded files: $NEURALART_CACHE or the system's cache folder. It may not exist yet."""
    if chosen := os.environ.get("NEURALART_CACHE", "").strip():
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("neuralart")


def offline() -> bool:
    """Return whether $NEURALART_OFFLINE (1, true, yes or on) forbids network access."""
    return os.environ.get("NEURALART_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def mirrors() -> list[str]:
    """Return the addresses and folders to try before a file's own: $NEURALART_MIRROR, separated by commas."""
    return [part.strip() for part in os.environ.get("NEURALART_MIRROR", "").split(",") if part.strip()]
