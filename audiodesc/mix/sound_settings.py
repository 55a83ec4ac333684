"""What a user can choose of the sound, with the defaults of the craft."""

from __future__ import annotations

from dataclasses import dataclass, field

from audiodesc.core.typed import check_types
from audiodesc.errors import UsageError
from audiodesc.media.encode import FORMATS
from audiodesc.mix.ducking import Ducking
from audiodesc.mix.levels import loudness_profile

DOWNMIXES = ("stereo",)
WORDS = (16, 24)


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """All choices of the sound.

    `loudness`: a profile's name. `track`: the kind of the mixed track; `bits`: its word length where it is lossless.
    `pan`: the narrator's place from −1 (left) to 1 (right). `downmix`: "stereo", or None for the film's own channels.
    `stems`: write the ducked film without the narrator too.
    """

    loudness: str = "source"
    track: str = "m4a"
    bits: int = 24
    ducking: Ducking = field(default_factory=Ducking)
    pan: float = 0.0
    downmix: str | None = None
    stems: bool = False

    def __post_init__(self) -> None:
        check_types(self)
        loudness_profile(self.loudness)
        if self.track not in FORMATS:
            raise UsageError(f"there is no track format {self.track!r}", f"choose one of: {', '.join(FORMATS)}")
        if self.bits not in WORDS:
            raise UsageError(f"a track of {self.bits} bits", "choose 16 or 24")
        if not -1 <= self.pan <= 1:
            raise UsageError(f"a narrator at {self.pan}", "give a place from -1 (left) to 1 (right)")
        if self.downmix is not None and self.downmix not in DOWNMIXES:
            raise UsageError(f"a downmix to {self.downmix!r}", f"choose one of: {', '.join(DOWNMIXES)}")
