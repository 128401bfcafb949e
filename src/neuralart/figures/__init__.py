"""Contact sheets with labels, and plots of the terms of a run.

text    draws text as pixels
sheet   puts tiles and labels on one picture: side by side, as a grid, as a table
labels  labels pictures by what differs between them
plot    draws the curves of a run or a log with Matplotlib

Importing this package loads neither torch nor Matplotlib.
"""
