"""The picture of the app in docs/app.md: four paintings of bundled pictures, the last one before and after.

.venv/bin/python docs/images/make_app.py docs/images/app.jpg

Playwright drives Debian's Chromium, as in the tests.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PAIRS = (("red-panda", "hat"), ("great-wall", "cherry"), ("coffee", "composition"), ("photo", "wave"))
SIZE, WIDTH, LONGEST = "512", 1280, 900_000  # pixels, pixels, milliseconds


def paint(page: Page, photograph: str, style: str) -> None:
    """Paint one of the pairs, and wait for it."""
    page.click(f"#example-content-{photograph}")
    page.click(f"#example-style-{style}")
    page.fill("#option-size :is(input, textarea)", SIZE)
    page.wait_for_selector("#style img")
    before = page.locator("#gallery .thumbnail-item").count()
    page.click("#paint")
    page.wait_for_function(
        "before => document.querySelectorAll('#gallery .thumbnail-item').length > before", arg=before
    )


def main(target: str) -> None:
    """Start the app, paint, and take the picture."""
    program = Path(sys.executable).with_name("neuralart")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        words = [program, "app", "--port", "0", "--model", "compact", "--gallery", folder]
        app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder)
        assert app.stdout is not None
        address = app.stdout.readline().split()[2]
        # As root there is no sandbox; the page is our own.
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.set_default_timeout(LONGEST)
        page.goto(address)
        page.wait_for_selector("#paint")
        for photograph, style in PAIRS:
            paint(page, photograph, style)
        page.wait_for_selector("#curve svg polyline")
        page.wait_for_timeout(2000)  # for pictures that fade in
        page.screenshot(path=target, full_page=True, type="jpeg", quality=80)
        browser.close()
        app.send_signal(signal.SIGINT)
        app.wait()


if __name__ == "__main__":
    main(sys.argv[1])
