"""The film in docs/tour.md: the bundled photograph becomes the picture that `make demo` paints.

.venv/bin/python docs/images/make_animation.py docs/images/emerging.gif
"""

import sys

import neuralart
from neuralart.image.paintings import ASSETS
from neuralart.video.animate import Animation

# At this size and length the file has less than 2.5 MB, which a page bears.
WIDTH, SECONDS = 328, 3.3


def main(target: str) -> None:
    """Paint as `make demo` does, and film it."""
    film = Animation(target, size=WIDTH, seconds=SECONDS)
    neuralart.stylize(
        ASSETS / "photo.jpg", ASSETS / "style.jpg", model="compact", size=512, num_iters=300, watchers=[film]
    )
    print(film.write())


if __name__ == "__main__":
    main(sys.argv[1])
