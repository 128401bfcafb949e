"""The painting, shown while it emerges: in a window, on a local page, in a terminal or in a notebook.

Every way of showing is a `Viewer`. `Display` is the reader of steps that feeds one: it takes a small copy on the run's
thread and leaves all else to a thread of its own, so that neither a slow viewer nor one that fails can hold the
painting up.
"""
