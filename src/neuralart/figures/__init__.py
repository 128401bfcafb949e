"""Pictures about pictures: contact sheets with labels, and the terms of a run as curves.

text    words -> pixels
sheet   tiles and labels -> one picture: side by side, as a grid, as a table
labels  what to call pictures, so that one sees what differs between them
plot    steps, or a log -> curves, through Matplotlib

Importing this package loads neither torch nor Matplotlib.
"""
