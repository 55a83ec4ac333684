"""What a user can choose, with the defaults of the craft."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from audiodesc.core.typed import check_types
from audiodesc.errors import UsageError
from audiodesc.mix.levels import SoundSettings
from audiodesc.planning.costs import DENSITIES, Density
from audiodesc.planning.gaps import MARGIN_MS, SHORTEST_MS

LONGEST_SHIFT_S = 24 * 3600
NO_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
"""Python's encodings of something else than documents."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices of a run. A value of another type, or out of range, is a UsageError that names the field.

    `describer`: who looks at the picture, a name or the path of a profile; None for the best that can be had.
    `server`, `model`, `parallel`, `video`, `teller`: see `audiodesc.describers.DescriberOptions`.
    `yes`: models that are not on this disk may be fetched without asking; `offline`: nothing is fetched.
    `cast`: the path of a TOML file with the film's people; `context`: anything else a describer should know.
    `voice`: a shipped voice's name or the path of a profile; None or "auto" for one that fits the language.
    `lexicon`: the path of a TOML file that says how names are spoken.
    `language`: BCP 47 tag of the description; None for the voice's, else the film's own, else English.
    `audio_track`: which sound track, by number (1 is the first; "1+2": mono tracks as left and right) or language; None
    for the likeliest.
    `encoding`: what a subtitle file or script that is not Unicode is written in, by Python's name; None for a guess.
    `subs`: use subtitles at all. `subs_track`: which of those inside the film, by number (1 is the first) or language;
    None for those in the sound's language, or else the description's.
    `hear`: listen for speech in the film's sound, to mend the subtitles or in their place.
    `shift_s`: the subtitles are moved by so many seconds first. `sync`: subtitles that are late or early are moved
    to their speech; else they are refused. `trust_subs`: use them at their times, whatever the sound says of these.
    `protect_lyrics`, `protect_sounds`: nobody speaks over songs, or sounds, that have a subtitle.
    `margin_ms`: silence kept on both sides of dialogue. `shortest_ms`: the shortest pause that is used.
    `density`: how often the narrator speaks: sparse, normal or full.
    `fastest`: how much faster than natural the voice may speak to fit, 1 to 2.
    `sound`: all choices of the sound.
    `strict`: raise StrictError, after all is written, when a line had to be left out, or none is spoken.
    `force`: replace files in the output folder that this program did not make, or that were changed since; each is kept
    under another name.
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
    audio_track: int | str | None = None
    encoding: str | None = None
    subs: bool = True
    subs_track: int | str | None = None
    hear: bool = True
    shift_s: float = 0.0
    sync: bool = False
    trust_subs: bool = False
    protect_lyrics: bool = False
    protect_sounds: bool = False
    margin_ms: int = MARGIN_MS
    shortest_ms: int = SHORTEST_MS
    density: Density = "normal"
    fastest: float = 1.15
    sound: SoundSettings = field(default_factory=SoundSettings)
    strict: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        check_types(self)
        if self.yes and self.offline:
            raise UsageError("models are to be fetched, and nothing is", "leave out --yes or --offline")
        if self.encoding is not None and not _is_encoding(self.encoding):
            raise UsageError(f"no encoding is called {self.encoding!r}", "name one such as cp1250, koi8-r or big5")
        if not self.subs and not self.hear:
            raise UsageError("nothing would tell when people speak", "leave out --no-subs or --no-hear")
        if not self.subs and self.subs_track is not None:
            raise UsageError("subtitles are chosen, and none are to be used", "leave out --subs-track or --no-subs")
        if self.sync and not self.hear:
            raise UsageError("subtitles cannot be moved to speech that is not heard", "leave out --sync or --no-hear")
        if not abs(self.shift_s) <= LONGEST_SHIFT_S:
            raise UsageError(f"a shift of {self.shift_s} s", f"give -{LONGEST_SHIFT_S:,} to {LONGEST_SHIFT_S:,} s")
        if not 0 <= self.margin_ms <= 10_000:
            raise UsageError(f"a margin of {self.margin_ms} ms", "give 0 to 10,000 ms")
        if not 300 <= self.shortest_ms <= 60_000:
            raise UsageError(f"a shortest pause of {self.shortest_ms} ms", "give 300 to 60,000 ms")
        if self.density not in DENSITIES:
            raise UsageError(f"there is no density {self.density!r}", f"choose one of: {', '.join(DENSITIES)}")
        if not 1 <= self.fastest <= 2:
            raise UsageError(f"a fastest rate of {self.fastest}", "give a number from 1 to 2")


def _is_encoding(name: str) -> bool:
    """Whether Python can read text in an encoding of this name."""
    try:
        found = codecs.lookup(name).name.replace("-", "_")
        return found not in NO_TEXT and isinstance(b"a".decode(found), str)
    except (LookupError, ValueError):  # LookupError too for those between bytes and bytes
        return False
