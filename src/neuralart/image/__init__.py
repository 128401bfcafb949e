"""Reads pictures from files and writes them, and keeps what must survive in between.

    path -> read.read -> Picture -> write.write -> path

`source` opens a file without trusting it, `colour` converts its contents to sRGB, `resize` and `torch7` are the two
ways to resize (ours, and the original program's, bit for bit), `record` keeps a run's record inside its picture,
`sizes` is only arithmetic. Importing this package loads neither torch nor pyvips.
"""
