"""What a user can choose, with the defaults of the craft."""

from __future__ import annotations

from dataclasses import dataclass, field

from audiodesc.errors import UsageError
from audiodesc.gaps import MARGIN_MS, SHORTEST_MS
from audiodesc.media.encode import FORMATS
from audiodesc.mix.ducking import Ducking
from audiodesc.mix.levels import loudness_profile


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices of a run.

    `describer`: who looks at the picture, a name or the path of a profile; None for the best that can be had.
    `server`, `model`, `parallel`, `video`, `teller`: see `audiodesc.describers.Wishes`.
    `yes`: models that are not on this disk may be fetched without asking; `offline`: nothing is fetched.
    `cast`: the path of a TOML file with the film's people; `context`: anything else a describer should know.
    `voice`: a shipped voice's name or the path of a profile; None or "auto" for one that fits the language.
    `lexicon`: the path of a TOML file that says how names are spoken.
    `language`: BCP 47 tag of the description; None for the voice's, else the film's own, else English.
    `audio_track`: which sound track, 1 being the first; None for the default one.
    `margin_ms`: silence kept on both sides of dialogue. `shortest_ms`: the shortest pause that is used.
    `fastest`: how much faster than natural the voice may speak to fit, 1 to 2.
    `strict`: raise StrictError, after all is written, when a line had to be left out.
    `force`: replace files in the output folder that this program did not make.
    """

    describer: str | None = None
    server: str | None = None
    model: str | None = None
    parallel: int = 4
    video: bool = False
    teller: str | None = None
    yes: bool = False
    offline: bool = False
    cast: str | None = None
    context: str = ""
    voice: str | None = None
    lexicon: str | None = None
    language: str | None = None
    audio_track: int | None = None
    loudness: str = "source"
    track: str = "m4a"
    margin_ms: int = MARGIN_MS
    shortest_ms: int = SHORTEST_MS
    fastest: float = 1.15
    ducking: Ducking = field(default_factory=Ducking)
    strict: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        loudness_profile(self.loudness)
        if self.yes and self.offline:
            raise UsageError("models are to be fetched, and nothing is", "leave out --yes or --offline")
        if self.track not in FORMATS:
            raise UsageError(f"there is no track format {self.track!r}", f"choose one of: {', '.join(FORMATS)}")
        if not 0 <= self.margin_ms <= 10_000:
            raise UsageError(f"a margin of {self.margin_ms} ms", "give 0 to 10,000 ms")
        if not 300 <= self.shortest_ms <= 60_000:
            raise UsageError(f"a shortest pause of {self.shortest_ms} ms", "give 300 to 60,000 ms")
        if not 1 <= self.fastest <= 2:
            raise UsageError(f"a fastest rate of {self.fastest}", "give a number from 1 to 2")
