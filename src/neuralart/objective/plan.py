"""How one image is evaluated: whole or in tiles, and what is kept where."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 128  # pixels; a smaller tile is mostly halo


@dataclass(frozen=True)
class Plan:
    """How one image is evaluated.

    Attributes:
        tile: The longest side of a tile in pixels; None for the whole image at once.
        on_disk: Whether the content's features are kept in a file.
        keeps_freed: Whether the process keeps the memory that it frees, which is faster.
    """

    tile: int | None = None
    on_disk: bool = False
    keeps_freed: bool = False

    def smaller(self, size: tuple[int, int]) -> Plan | None:
        """Return a plan that takes about a quarter of the memory for an image of this size; None if there is none."""
        tile = (min(self.tile, max(size)) if self.tile else max(size)) // 2
        return Plan(tile, self.on_disk) if tile >= SMALLEST else None


WHOLE = Plan()
