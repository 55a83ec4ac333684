"""Are these subtitles of this film, and of this cut of it? Cue times against the speech that is heard.

`alignment` finds out, `refusal` says it to the user, and `shifted` puts the cues where they belong.
"""

from __future__ import annotations

from audiodesc.sync.aligning import Alignment, Piece, Verdict, alignment
from audiodesc.sync.moving import moved_by, shifted
from audiodesc.sync.wording import refusal, told

__all__ = ["Alignment", "Piece", "Verdict", "alignment", "moved_by", "refusal", "shifted", "told"]
