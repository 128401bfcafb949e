"""What a visitor asks for: a picture, a film or a batch, from which files, with which options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from neuralart.app.upload import Upload
from neuralart.errors import OptionError

Kind = Literal["picture", "film", "batch"]


class MissingError(OptionError):
    """A place for files is still empty."""


@dataclass(frozen=True)
class Order:
    """An order, as it was sent.

    Attributes:
        content: The photograph or the film; None for a texture, whose width and height the size gives.
        styles: The styles, some of which may be missing.
        values: The values of the form.
        masks: The masks by option. For an option with a value for each style there are as many as styles, some of
            which may be missing.
        kind: What the content is, and so what is made of it.
        contents: The photographs of a batch, each of which is painted in each of the styles.
    """

    content: Upload | None
    styles: Sequence[Upload | None]
    values: Mapping[str, Any]
    masks: Mapping[str, Sequence[Upload | None]] = field(default_factory=dict)
    kind: Kind = "picture"
    contents: Sequence[Upload] = ()

    @property
    def given(self) -> list[Upload]:
        """The styles that are there."""
        return [style for style in self.styles if style]
