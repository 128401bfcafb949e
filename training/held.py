"""Pictures kept out of training, by name: those the network is chosen by, and those its numbers are reported from.

A painting that several files show (a crop, another scan) is held out with all of them. Names are file stems in the
folders `classics`, `photos` and `paintings` of the shared data; nothing of `classics` is trained on.
"""

CHOOSING = (
    ("photos/100007", "shipwreck"),
    ("photos/101085", "la_muse"),
    ("photos/103006", "picasso_selfport1907"),
)
REPORTING = (
    ("classics/tubingen", "starry_night"),
    ("classics/brad_pitt", "the_scream"),
    ("classics/golden_gate", "wave_kanagawa"),
    ("classics/hoovertowernight", "woman_with_hat_matisse"),
    ("photos/106005", "mondrian"),
    ("photos/107014", "kandinsky"),
)

# Other files of the same paintings.
RELATED = (
    "starry_night_crop",
    "wave_crop",
    "matisse_crop",
    "mondrian_cropped",
    "kandinsky_crop",
    "picasso_self_portrait",
)

HELD_OUT = frozenset(name.rpartition("/")[2] for pair in CHOOSING + REPORTING for name in pair) | frozenset(RELATED)
