"""Are these subtitles of this film, and of this cut of it? Cue times against the speech that is heard.

`alignment` finds out, `refusal` says it to the user, and `shifted` puts the cues where they belong.
"""

from __future__ import annotations

from audiodesc.dialogue.sync.align import Alignment, Piece, Verdict, alignment
from audiodesc.dialogue.sync.messages import refusal, told
from audiodesc.dialogue.sync.moving import moved_by, shifted

__all__ = ["Alignment", "Piece", "Verdict", "alignment", "moved_by", "refusal", "shifted", "told"]
