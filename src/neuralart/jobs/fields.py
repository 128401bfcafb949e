"""Names of outputs with fields in them: out/{content}-{style}.png. Imports no torch."""

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
    """The name that a template makes for a job.

    Args:
        template: A name in which a field stands for something of the job. {content} and {style} are the files' names
            without folder and suffix; {folder} is the folder below that of the pattern in which the content was
            found; {number} is the job's place in the list, with zeros in front as {number:04}; every other option's
            name is its value, as {size}. Two braces are one: {{.
        values: The job's options, as they are given.
        number, folder: What the fields of these names are.

    Raises:
        OptionError: For a field that there is none of, suggesting the nearest.
    """
    return "".join(
        text + ("" if field is None else _value(field, form, values, number, folder))
        for text, field, form in parts(template)
    )


def parts(template: str) -> Iterator[tuple[str, str | None, str]]:
    """(text, field or None after it, how the field is written). Raises OptionError for a template that is none."""
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
        if field == "output" or how or (form and (field != NUMBER or not WIDTH.fullmatch(form))):
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
    """A value as a part of a file's name."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return re.sub(r"[^\w.+-]+", "-", text)
