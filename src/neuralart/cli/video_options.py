"""The options of neuralart video."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from neuralart.cli.engines import check_ray, engine_option, ray_address_option, ray_cores_option, workers_option
from neuralart.errors import OptionError
from neuralart.options import Options
from neuralart.video.choices import FilmOptions

SHOWS = ("terminal", "window", "browser")  # displays that somebody asks for


@dataclass(frozen=True, kw_only=True)
class VideoOptions(FilmOptions):
    """The command's own options: those of the film, and who paints it."""

    engine: str = engine_option("Film", "out.frames")
    workers: int | None = workers_option(
        "Film", "scenes, or in later passes frames, that are painted at once; the film is the same, bit for bit"
    )
    ray_address: str | None = ray_address_option("Film")
    ray_cores: int = ray_cores_option("Film", "scene")

    carry = False  # all machines see the film and its frames by the same paths

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ray(self)

    @property
    def choices(self) -> FilmOptions:
        """The film's options."""
        return FilmOptions(**{one.name: getattr(self, one.name) for one in fields(FilmOptions)})

    def checked(self, options: Options) -> VideoOptions:
        """Return these settings, or one worker if its painting is to be shown. Raises OptionError if there are more."""
        is_shown = options.display in SHOWS or options.display_port is not None
        if not is_shown or self.workers == 1:
            return self
        if self.workers or self.engine != "processes":
            other = "--workers" if self.workers else "--engine"
            raise OptionError(
                f"--display shows one painting, and {other} asks for several at once; leave one of them out"
            )
        return replace(self, workers=1)
