"""Cues that nobody speaks: advertisements, and names of those who made the subtitles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audiodesc.model import Cue

SITE = re.compile(
    r"https?://|\bwww\s?\.\s?\w|\b[a-z0-9][a-z0-9-]{1,40}(?:\.|\s\.\s?)(?:com|org|net|tv|info|ru|eu|to|io|me|co\.uk|de|fr|nl|pl|cz|mx|ag|lt)\b",
    re.IGNORECASE,
)
MADE_BY = re.compile(
    r"open\s?subtitles|addic7ed|subscene|podnapisi|yify|amara\.org|\bvip member|remove all ads|advertise your product"
    r"|\b(?:subtitles?|subs|captions?|captioning|captioned|sync(?:ed|hronized)?|corrected|corrections|encoded|ripped"
    r"|translat(?:ed|ion)|transcript|timing)\b[\w ,&:/-]{0,40}\bby\b"
    r"|\buntertitel(?:ung)?\b[\w ,:]{0,30}\b(?:von|im auftrag)\b|\bsous-titr\w+\b[\w ,:]{0,30}\b(?:par|de)\b"
    r"|\bsubt[íi]tulos?\b[\w ,:]{0,30}\b(?:por|de)\b|\blegendas?\b[\w ,:]{0,20}\b(?:por|de)\b"
    r"|\bsottotitoli\b[\w ,:]{0,30}\b(?:di|da|a cura)\b|\bnapisy\b[\w ,:]{0,30}|\btitulky\b[\w ,:]{0,30}",
    re.IGNORECASE,
)
AT_THE_ENDS = 3
"""So many cues at both ends of a file may name who made it."""


def adverts(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, in order of time, that name a web site, or at both ends of the file those who made it. Somebody may
    speak in them all the same."""
    ends = {*cues[:AT_THE_ENDS], *cues[-AT_THE_ENDS:]}
    return [cue for cue in cues if SITE.search(cue.text) or (cue in ends and MADE_BY.search(cue.text))]
