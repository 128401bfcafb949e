"""Gradio's page, with one line about what cannot be read, and with less work, since a painting needs the cores."""

from __future__ import annotations

import copy
import logging
from typing import Any

import gradio as gr

from neuralart.app.gate import one_line

log = logging.getLogger(__name__)

DOZE = 0.02  # seconds between two looks for something to do


class Page(gr.Blocks):
    """Gradio's Blocks, but unreadable input from a visitor is one line in the log, and what does not change is left."""

    def doze(self) -> None:
        """Look for something to do 50 times a second; Gradio's thousand times took a tenth of a core, day and night."""
        queue: Any = self._queue
        queue.sleep_when_free = queue.progress_update_sleep_when_free = DOZE

    async def preprocess_data(self, block_fn: Any, *given: Any, **named: Any) -> Any:
        """Return the arguments of a handler from what was sent."""
        try:
            return await super().preprocess_data(block_fn, *given, **named)
        except gr.Error:
            raise
        except Exception as error:
            reason = one_line(error)
            log.warning("refused what was sent to %s: %s", block_fn.api_name, reason)
            raise gr.Error(f"this cannot be read ({reason})", print_exception=False) from None

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """Return what is sent for each of a handler's components from the changes that it made.

        Gradio makes every other component anew only to say that it has not changed.
        """
        changed = [block for block in block_fn.outputs if block in predictions] if isinstance(predictions, dict) else []
        if not changed or len(changed) < len(predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        some = copy.copy(block_fn)
        some.outputs = changed
        values = predictions if len(changed) > 1 else predictions[changed[0]]
        sent = dict(zip(changed, await super().postprocess_data(some, values, state)))
        return [sent.get(block, None if block.stateful else gr.skip()) for block in block_fn.outputs]
