"""Files <-> pictures: what is read, what is written, and what must survive the trip between.

    path -> read.read -> Picture -> write.write -> path

`source` opens a file without trusting it, `colour` brings whatever it holds to sRGB, `resize` and `torch7` are the two
ways to another size (ours, and the original program's bit for bit), `record` keeps a run's record inside its picture,
`sizes` is arithmetic only. Importing this package loads neither torch nor pyvips.
"""
