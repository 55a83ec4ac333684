"""Speech in the sound itself, and what it says about the subtitles.

`listen` gives the probability of speech for each 32 ms of a film, `heard` where people speak, and `dialogue_heard` the
subtitles as they are heard.
"""

from __future__ import annotations

from audiodesc.hearing.dialogue import Spoken, dialogue_heard
from audiodesc.hearing.listening import VERSION, activity, listen, packed, unpacked
from audiodesc.hearing.spans import Activity, Heard, heard

__all__ = [
    "VERSION",
    "Activity",
    "Heard",
    "Spoken",
    "activity",
    "dialogue_heard",
    "heard",
    "listen",
    "packed",
    "unpacked",
]
