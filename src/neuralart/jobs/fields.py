"""Output names with fields: out/{content}-{style}.png. Imports no torch."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neuralart.errors import OptionError, suggest
from neuralart.facts import Text
from neuralart.options import declared

NUMBER, FOLDER = "number", "folder"  # the job's place in the list; the content's folder below the pattern's
WIDTH = re.compile(r"0?\d{0,2}", re.ASCII)  # {number:04}


def expanded(template: str, values: Mapping[str, Any], number: int = 1, folder: str = "") -> str:
    """Return the output name that a template gives a job.

    Args:
        template: A name with fields. {content} and {style} are the files' names without folder and suffix; {folder} is
            the content's folder below that of its pattern; {number} is the job's place in the list, or {number:04}
            with leading zeros; the name of any other option gives its value, such as {size}. Write {{ for a brace.
        values: The job's options, as given.
        number, folder: The values of these two fields.

    Raises:
        OptionError: If there is no such field; the message suggests the nearest one.
    """
    return "".join(
        text + ("" if field is None else _value(field, form, values, number, folder))
        for text, field, form in parts(template)
    )


def parts(template: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield (text, the field after it or None, its format). Raises OptionError if the template is invalid."""
    try:
        found = list(string.Formatter().parse(template))
    except ValueError as error:
        raise OptionError(
            f"--output is '{template}', whose braces do not match ({error}); write {{{{ for one"
        ) from None
    known = declared()
    for text, field, form, how in found:
        if field is not None and (field not in (NUMBER, FOLDER) and field not in known):
            near = (
                suggest(field, (NUMBER, FOLDER, *known)) or "; there are {content}, {style}, {folder}, {number}, {size}"
            )
            raise OptionError(f"--output is '{template}', and there is no field '{field}'{near}")
        if field == NUMBER and form and not WIDTH.fullmatch(form):
            raise OptionError(f"--output is '{template}', whose number has the format '{form}'; write {{number:04}}")
        if field == "output" or how or (form and field != NUMBER):
            raise OptionError(f"--output is '{template}', whose field '{field}' says nothing; write it as {{content}}")
        yield text, field, form or ""


def _value(field: str, form: str, values: Mapping[str, Any], number: int, folder: str) -> str:
    if field == NUMBER:
        return f"{number:{form}}"
    if field == FOLDER:
        return folder or "."
    facts, default = declared()[field]
    value = values.get(field, default)
    several = list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
    words = [Path(str(one)).stem if facts.text is Text.INPUT else _word(one) for one in several]
    if not words and facts.text is Text.INPUT:
        raise OptionError(f"--output has the field '{field}', and there is no --{field.replace('_', '-')}")
    return "-".join(words) or "default"


def _word(value: Any) -> str:
    """Return a value as part of a file name."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return re.sub(r"[^\w.+-]+", "-", text)
