"""Does showing the painting slow it? Runs with and without, alternating, and the ratio of their times.

    python benchmarks/display.py                          # a local page with one who looks at it
    python benchmarks/display.py --display window         # on a desktop
    python benchmarks/display.py --size 512 --pairs 5 --interval 20

The first pair is for warming up and is not counted. What is compared is the time from the first step to the last, on
the clock and of the processor (all of this process's threads: on a machine that others use too it tells more). Told is
the median over the pairs of (with / without), with the smallest and the largest. The last line is the display's own
account: what it measured itself to spend, of the time that it was open; by it the next frame is timed.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import threading
import time
from importlib.resources import files

import torch

from neuralart import api
from neuralart.options import Options
from neuralart.watch.display.browser import Browser
from neuralart.watch.display.viewer import Display, Viewer
from neuralart.watch.display.window import Window


class Nowhere(Viewer):
    """Takes frames and shows nothing: what the copies alone cost."""

    def show(self, frame: object) -> float:
        return 0.0


def look_at(page: Browser) -> None:
    """Read the page's events on a thread, as a browser does."""

    def read() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", page.server.server_port)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        while answer.read1(65536):
            pass
        connection.close()

    threading.Thread(target=read, daemon=True).start()


def viewer(way: str) -> Viewer:
    """A new viewer of this kind."""
    if way == "window":
        return Window()
    if way == "nowhere":
        return Nowhere()
    page = Browser(quiet=True)
    look_at(page)
    return page


def seconds(run: api.PreparedRun, display: Display | None) -> tuple[float, float]:
    """How long the painting takes, by clock and processor. The viewer's start and end are not part of it."""
    begun = time.perf_counter(), time.process_time()
    for step in run.steps():
        if display:
            display(step)
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


class Account:
    """Adds up what is spent on frames, as it is told to the pace."""

    total = frames = opened = 0.0

    def watch(self, display: Display) -> None:
        """Listen to this display's pace."""
        spent = display.pace.spent

        def listen(seconds: float) -> None:
            self.total += seconds
            spent(seconds)

        display.pace.spent = listen  # type: ignore[method-assign]


def pair(
    run: api.PreparedRun, way: str, interval: int, account: Account
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds without, and with."""
    without = seconds(run, None)
    with Display(viewer(way), interval) as display:
        account.watch(display)
        shown = seconds(run, display)
    account.opened += shown[0]
    account.frames += display.pace.frames
    return without, shown


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--display", choices=("browser", "window", "nowhere"), default="browser")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--num-iters", type=int, default=100)
    parser.add_argument("--interval", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    assets = files("neuralart") / "assets"
    options = Options(size=given.size, num_iters=given.num_iters, scales=1, model="compact")
    run = api.prepare(str(assets / "photo.jpg"), str(assets / "style.jpg"), options)
    account = Account()
    pairs = [pair(run, given.display, given.interval, account) for _ in range(given.pairs + 1)][1:]
    for n, measure in enumerate(("clock", "processor")):
        for without, shown in pairs:
            print(
                f"{measure}: without {without[n]:6.2f} s   with {shown[n]:6.2f} s   ratio {shown[n] / without[n]:.4f}"
            )
        ratios = [shown[n] / without[n] for without, shown in pairs]
        print(f"{measure}: median {statistics.median(ratios):.4f}, from {min(ratios):.4f} to {max(ratios):.4f}\n")
    share = account.total / account.opened
    print(f"account: {account.total:.3f} s for {account.frames:.0f} frames, {share:.2%} of the time")


if __name__ == "__main__":
    main()
