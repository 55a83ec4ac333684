"""What a sound track is besides the film's own sound, from its flags and its name."""

from __future__ import annotations

import re
from collections.abc import Collection

from audiodesc.model import TrackRole

DESCRIPTION = re.compile(
    r"\b(?-i:AD|DVS|DVI)\b|audio[\s_-]?d[ei]s[ck]ri|descri(?:bed|ptive)\b|beschreibung"
    r"|\bdescriptions?\b(?!\s+(?!audio|sonore|track|mix|for|stereo)[^\W\d])"  # "Description music" is music
    r"|h(?:ö|oe)rfilm|audio[\s_-]?vision|sehbehindert|visual(?:ly)?[\s_-]impair|malvoyant|aveugle|invidente"
    r"|for (?:the )?blind\b|\bblind\W*$|\(blind\b|\bblind\s*(?:and|&|/)\s*(?:visual|partial|low)|\bblinde(?:n\w*)?\b"
    r"|ciegos|non vedenti|não vidente"
    r"|synstolk|syntolk|kuvailutulk|audiodeskryp|niewidom|nevidom|zvukový popis|аудиодескрип|тифлоком|незряч"
    r"|音声ガイド|音声解説|화면\s?해설|口述影像",
    re.IGNORECASE,
)
COMMENTARY = re.compile(
    r"\b[ck]omm?ent|комментари|コメンタリー|코멘터리|评论|評論",
    re.IGNORECASE,
)
EFFECTS = re.compile(
    r"\bM\s?(?:&|and|\+)\s?E\b|music (?:and|&) effects|clean effects"
    r"|(?:isolated|music)[\s-](?:score|only|track)|score only",
    re.IGNORECASE,
)
HEARING = re.compile(
    r"hearing[\s_-]impair|hard of hearing|\bSDH\b|hörgeschädigt|malentendant|dialog(?:ue)? (?:boost|enhanc)",
    re.IGNORECASE,
)

FLAGS: dict[TrackRole, Collection[str]] = {
    "description": {"visual_impaired", "descriptions"},
    "commentary": {"comment"},
    "effects": {"clean_effects", "karaoke"},
    "hearing": {"hearing_impaired"},
}
TITLES: dict[TrackRole, re.Pattern[str]] = {
    "description": DESCRIPTION,  # first: "commentary for the blind"
    "commentary": COMMENTARY,
    "effects": EFFECTS,
    "hearing": HEARING,
}


def role(flags: Collection[str], title: str) -> TrackRole:
    """What a track is, from FFmpeg's names of its dispositions, or else from what it is called."""
    for kind, names in FLAGS.items():
        if not set(names).isdisjoint(flags):
            return kind
    return next((kind for kind, words in TITLES.items() if words.search(title)), "")
