"""Pictures in time: steps -> a film of the painting as it emerges.

    Animation (a reader of steps) -> Reel (stills, and how much each changes) -> encode -> GIF, WebP, MP4 or WebM

`timing` is arithmetic only. Importing this package loads neither torch nor an encoder.
"""
