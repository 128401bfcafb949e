"""Shows an address in a window until it is closed.

    python -m neuralart.cli.window ADDRESS

The exit code is 1 if there can be no window: without a display, or without a toolkit that pywebview knows.
"""

from __future__ import annotations

import logging
import sys

SIZE = (1400, 900)  # pixels
SMALLEST = (390, 500)


def show(address: str) -> int:
    """Show the address, and return the exit code."""
    import webview

    logging.getLogger("pywebview").setLevel(logging.CRITICAL)  # one line below tells why there is no window
    try:
        # Pictures, films and records are taken home by the page's buttons.
        webview.settings["ALLOW_DOWNLOADS"] = True
        webview.create_window("neuralart", address, width=SIZE[0], height=SIZE[1], min_size=SMALLEST)
        webview.start(private_mode=False)  # so that the page finds its painting again
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(show(sys.argv[1]))
