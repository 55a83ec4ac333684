"""Speech in the sound itself, and what it says about the subtitles.

`listen` gives the probability of speech for each 32 ms of a film, `heard` where people speak.
"""

from __future__ import annotations

from audiodesc.dialogue.vad.probabilities import VERSION, activity, listen, packed, unpacked
from audiodesc.dialogue.vad.segments import Activity, Heard, heard

__all__ = [
    "VERSION",
    "Activity",
    "Heard",
    "activity",
    "heard",
    "listen",
    "packed",
    "unpacked",
]
