"""Shows the painting as it emerges: in a window, on a local page, in a terminal or in a notebook.

Every way of showing it is a `Viewer`. `Display` is the reader of steps that feeds one: it takes a small copy on the
run's thread and does everything else on its own thread, so that a slow or failing viewer cannot delay the painting.
"""
