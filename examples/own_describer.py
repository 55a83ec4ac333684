"""A describer that says whether the picture is bright or dark.

As a script: `python own_describer.py FILM` prints what it observes in the first ten seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Interval

from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, LineRequest
from audiodesc.model import FrameRequest, VideoClip


@dataclass(frozen=True)
class Options:
    """`--option brightness.dark_below=80`: a picture whose mean is below this value (0 to 255) is dark."""

    dark_below: Annotated[int, Interval(ge=0, le=255)] = 60


class Brightness(Describer):
    """Observes the mean brightness of the frames of a segment."""

    frames = FrameRequest(fps=1.0, min_frames=1, max_frames=4, max_pixels=64 * 36)
    label = "brightness"

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def fingerprint(self) -> str:
        """Answers are cached under it, so all that they depend on has to be in it."""
        return f"brightness 1 dark_below={self._options.dark_below}"

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        for number, clip in enumerate(clips):
            means = [frame.image.mean() for frame in clip.frames]
            if not means:
                yield number, ""
            else:
                dark = sum(means) / len(means) < self._options.dark_below
                yield number, "dark" if dark else "bright"

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        """The richest candidate first; those over the word limit are left out; nothing that was said just before."""
        candidates = (f"The picture is {request.facts} here.", f"It is {request.facts}.", f"{request.facts.title()}.")
        short = [line for line in candidates if len(line.split()) <= request.max_words]
        return () if any(request.facts in line.lower() for line in request.previous_lines[-1:]) else short


class Backend(DescriberBackend):
    """Its entry in the table of describers."""

    name = "brightness"
    summary = "whether the picture is bright or dark"
    needs = "nothing"
    install = ""
    options = Options

    def create(self, options: DescriberOptions, own: Options) -> Brightness:
        return Brightness(own)


BACKEND = Backend()


def main() -> None:
    from audiodesc.media.frames import clips
    from audiodesc.media.probe import probe
    from audiodesc.model import Span

    describer = Brightness(Options())
    for _, facts in describer.observe(clips(probe(Path(sys.argv[1])), [Span(0, 10_000)], describer.frames)):
        print(facts)


if __name__ == "__main__":
    main()
