"""The window itself: a separate program, started by `window` and fed through its standard input.

It imports nothing of ours, and therefore not torch. Input: a line of JSON (width, height, title), then width*height*3
bytes of RGB; at the end {"finished": true}. Output: {"ready": true}, then {"shown": processor seconds} for every frame,
or {"failed": reason}. If the input ends without "finished", the painting was stopped, and the window closes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import tkinter
from typing import IO, Any

BACKGROUND = "#202020"
LONG_EDGE = 800  # initial pixels of the window, if the screen has room
POLL = 40  # milliseconds
SELECTION = "_NEURALART_FINISHED"


class Screen:
    """An ordinary window with one picture that is scaled to fit it."""

    def __init__(self, source: IO[bytes], answers: IO[str]) -> None:
        self.source, self.answers = source, answers
        self.frames: queue.Queue[tuple[dict[str, Any], bytes] | None] = queue.Queue()
        self.picture: Any = None
        self.shown: tkinter.PhotoImage | None = None
        self.fitted, self.caption, self.finished = (0, 0), "", False
        self.root = tkinter.Tk(className="Neuralart")
        self.root.withdraw()
        self.root.title("neuralart")
        self.root.minsize(120, 90)
        self.root.configure(background=BACKGROUND)
        self.label = tkinter.Label(self.root, background=BACKGROUND, borderwidth=0)
        self.label.place(relx=0.5, rely=0.5, anchor="center")
        self.root.bind("<Configure>", lambda event: self.root.after_idle(self.draw))
        for key in ("<Escape>", "q", "Q", "<Control-w>"):
            self.root.bind(key, lambda event: self.root.destroy())

    def run(self) -> None:
        """Show pictures until somebody closes the window."""
        threading.Thread(target=self.read, daemon=True).start()
        self.answer(ready=True)
        # There is time for these imports while the painting is prepared.
        import numpy  # noqa: F401
        import pyvips  # noqa: F401

        self.root.after(POLL, self.poll)
        self.root.mainloop()

    def answer(self, **what: Any) -> None:
        """Answer the program that paints, which may be gone."""
        try:
            print(json.dumps(what), file=self.answers, flush=True)
        except (OSError, ValueError):
            self.answers = open(os.devnull, "w")  # noqa: SIM115, PTH123

    def read(self) -> None:
        """Put what arrives into the queue, on a thread; None means the end."""
        while line := self.source.readline():
            header = json.loads(line)
            self.frames.put((header, self.source.read(header.get("width", 0) * header.get("height", 0) * 3)))
        self.frames.put(None)

    def poll(self) -> None:
        """Process what has arrived."""
        while not self.frames.empty():
            message = self.frames.get()
            if message is None:
                if not self.finished:
                    self.root.destroy()
                    return
            elif "finished" in message[0]:
                self.finish()
            else:
                begun = time.process_time()
                self.take(*message)
                self.answer(shown=time.process_time() - begun)
        self.root.after(POLL, self.poll)

    def take(self, header: dict[str, Any], pixels: bytes) -> None:
        """Show a new picture."""
        import numpy as np
        import pyvips

        rows = np.frombuffer(pixels, np.uint8).reshape(header["height"], header["width"], 3)
        self.picture = pyvips.Image.new_from_array(rows).copy(interpretation="srgb")
        self.caption, self.fitted = header["title"], (0, 0)
        self.root.title(f"neuralart: {self.caption}")
        if self.root.state() == "withdrawn":
            self.appear()
        self.draw()
        self.root.update_idletasks()

    def appear(self) -> None:
        """Open the window in the picture's shape, with some room around it on the screen."""
        room = min(0.8 * self.root.winfo_screenwidth(), LONG_EDGE), min(0.8 * self.root.winfo_screenheight(), LONG_EDGE)
        factor = min(room[0] / self.picture.width, room[1] / self.picture.height)
        size = round(self.picture.width * factor), round(self.picture.height * factor)
        self.root.geometry(f"{max(120, size[0])}x{max(90, size[1])}")
        self.root.deiconify()
        self.root.update_idletasks()

    def draw(self) -> None:
        """Fit the picture to the window, keeping its shape."""
        if self.picture is None:
            return
        width, height = self.root.winfo_width(), self.root.winfo_height()
        factor = min(width / self.picture.width, height / self.picture.height)
        size = max(1, round(self.picture.width * factor)), max(1, round(self.picture.height * factor))
        if size == self.fitted or min(width, height) <= 1:
            return
        fitted = self.picture.resize(size[0] / self.picture.width, vscale=size[1] / self.picture.height)
        header = f"P6 {fitted.width} {fitted.height} 255\n".encode()
        self.shown = tkinter.PhotoImage(data=header + fitted.write_to_memory(), format="PPM")
        self.label.configure(image=self.shown)
        self.fitted = size

    def finish(self) -> None:
        """Keep the last picture until the window is closed or, with X, until the next painting's window opens."""
        self.finished = True
        self.root.title(f"neuralart: finished, {self.caption}")
        self.root.selection_own(selection=SELECTION, command=self.root.destroy)


def main() -> None:
    """Open the window, or say why not."""
    if hasattr(os, "nice"):
        os.nice(5)  # the painting comes first
    answers = sys.stdout
    try:
        screen = Screen(sys.stdin.buffer, answers)
    except tkinter.TclError as error:
        print(json.dumps({"failed": str(error)}), file=answers, flush=True)
        sys.exit(1)
    screen.run()
    # Exit at once: an orderly exit would wait for the reading thread, which waits for input.
    os._exit(0)


if __name__ == "__main__":
    main()
