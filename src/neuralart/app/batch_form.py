"""The form of a batch: the options that `neuralart batch` takes for all pictures, as far as visitors choose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuralart.app import form
from neuralart.app.form import Entry
from neuralart.options import Options, declared

OF_SEVERAL = ("style_weights",)  # each picture of a batch has one style


def entries(fixed: Mapping[str, Any] | None = None) -> list[Entry]:
    """Return the form, common fields first; `fixed` as for `form.entries`."""
    return [form.shaped(entry) for entry in form.entries(fixed) if is_shared(entry.name)]


def is_shared(name: str) -> bool:
    """Return whether an option of a painting applies to every picture of a batch."""
    return declared()[name][0].is_batched and name not in OF_SEVERAL


def chosen(values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Options:
    """Return the options of all pictures; arguments and errors as for `form.chosen`."""
    form.refuse_others(values, is_shared, "a batch")
    return form.chosen(values, fixed)
