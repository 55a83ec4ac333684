"""What breaks a rule of the craft and can be seen in the words of a line; and when one text says another.

The patterns are for English, and rather miss a fault than find one where there is none. Shares in comments are of
45,963 lines that people wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

FEWEST_SAID = 3
"""A text of fewer words is no repeat of dialogue: "Anna smiles" may be a line though somebody says "Anna"."""

_CLAUSE = r"(?:^|[.;:!?]\s+|,\s+|\b(?:and|while)\s+)"
_VIDEO = r"(?:video|image|clip|footage|frames?|sequence|scene)"
_STATES = "missing|willing|boring|charming|interesting|exciting|amazing|living|loving|caring|daring|striking|wedding"
_NOUNS = "nothing|something|anything|everything|king|ring|string|spring|wing|thing|evening|morning|darling"
_ADVERB = r"(?:(?:now|still|also|\w+ly) )?"
_NOT_VERBS = "the|a|an|his|her|hers|him|its|it|their|them|this|that|these|those|one|each|both"
_MOODS = "sad|happy|calm|angry|nervous|tired|worried|surprised|upset|confused|anxious|relieved|frightened|thoughtful"
_FEELINGS = (
    "sad|happy|angry|nervous|worried|surprised|upset|confused|anxious|relieved|frightened|scared|afraid|furious|jealous"
    "|lonely|proud|ashamed|embarrassed|frustrated|disappointed|excited|bored|depressed|delighted|thrilled|terrified"
)
_PAST = "went|came|took|ran|gave|drove|ate|wrote|spoke|stole|threw|knew|grew|flew|chose|broke|shook|wore|was|were"
_DONE = (
    "[a-z]+ed|thrown|taken|caught|held|hit|cut|driven|shot|bitten|eaten|hidden|beaten|broken|drawn|struck|torn|swept"
)
_STANDS = "seated|surrounded|flanked|parked|followed|covered|lined|framed|stopped|marked"
_NEAR = "door|window|fire|side|bed|road|river|sea|wall|gate|pool|table|desk|hand|foot|car|train|night|day|now|then"
_MOMENTS = "open|clos|shut|enter|leav|exit|arriv|stopp|grabb|dropp|catch|unlock|vanish|disappear|wak|hand"
_OF_A_MOMENT = "open|close|shut|enter|leave|exit|arrive|stop|grab|unlock|vanish|appear|disappear|wake|hand|get up"

_ANY_CASE: Mapping[str, str] = {
    "camera-words": (
        r"\bthe camera (?:\w+ly )?(?:pan|zoom|move|follow|cut|tilt|track|pull|push|show|focus|linger|reveal)"
        r"|\b(?:at|into|towards?) the camera\b"
        r"|\b(?:close-?up|wide|medium|aerial|establishing|tracking|overhead|(?:low|high)-angle|opening) shots?\b"
        r"|\bclose-?ups?\b|\b(?:an?|the) close up\b|\bthe shot (?:show|cut|change|shift|widen)"
        r"|\bin (?:this|the (?:next|final|opening)) (?:shot|clip|video)\b"
        r"|\b(?:into|out of|off|(?:enter|leave|exit)s?(?: the)?|fills the) frame\b|\bin frame\b(?!-)"
        r"|\b(?:left|right|top|bottom) of (?:the )?frame\b"
        r"|(?:^|[.;] )(?:cut|fade|zoom|pan)s? (?:to|in|out|into)\b"
    ),
    "scene-words": (
        r"\bthe scene (?:shift|cut|change|open|begin|end|show|fade|transition|switch|move|take|is set|unfold)"
        r"|\bin (?:this|the (?:next|final|opening)) scene\b"
    ),
    "screen-words": r"\b(?:on|off)[- ]?screen\b|\bthe screen (?:fade|cut)s?\b",
    "there-is": rf"{_CLAUSE}there(?:['’]s| is| are)\b",
    "video-shows": rf"\b(?:the|this) {_VIDEO} (?:show|depict|feature|capture|display|portray)s?\b",
    "guesses": (
        r"\b(?:seem(?:s|ing|ingly)?|apparently|as (?:if|though))\b"
        rf"|\bappears? (?:to (?!(?:{_NOT_VERBS}|\w+ing)\b)[a-z]+|(?:very |quite )?(?:{_MOODS}))\b"
    ),
    # "is opening": 0.87 %, "begins to open": 0.63 %
    "progressive": (
        rf"\b(?:is|are|(?:he|she|it)['’]s|they['’]re) {_ADVERB}(?!(?:{_STATES}|{_NOUNS})\b)[a-z]+ing\b(?!-)"
    ),
    "begins-to": rf"\b(?:begin|start)s? to (?!(?:{_NOT_VERBS})\b)[a-z]+\b",
    "simple-present": (
        rf"\b(?:is|are) {_ADVERB}(?:(?:{_MOMENTS})ing|standing up|sitting down|getting up)\b(?!-)"
        rf"|\b(?:begin|start)s? to (?:{_OF_A_MOMENT}|stand up|sit down)\b"
    ),
    "active-voice": (
        rf"\b(?:is|are) (?:\w+ly )?(?!(?:{_STANDS})\b)(?:{_DONE}) (?:\w+ )?by "
        rf"(?!(?:the |a |his |her )?(?:{_NEAR})\b)\w+"
    ),
    "vague-adverbs": (
        r"\b(?:clearly|obviously|evidently|presumably|probably|perhaps|maybe|characteristically|instinctively|arguably"
        r"|suitably|undoubtedly)\b"
    ),
    "vivid-verb": (
        r"\b(?:walks?|runs?|goes|moves?|looks?) (?:slowly|quickly|quietly|hurriedly|rapidly|swiftly|softly)\b"
        r"|\b(?:slowly|quickly|quietly|hurriedly|rapidly|swiftly) (?:walks?|runs?|goes|moves?|looks?)\b"
    ),
    "visible-sign": (
        r"\b(?:is|are|feels?|becomes?|grows?|gets?) (?:very |so |both |now |still |clearly |visibly )?"
        rf"(?:{_FEELINGS})\b"
    ),
    "motive": (
        r"\b(?:wants?|hopes?|decides?|intends?|longs?|wishes) to\b"
        r"|\b(?:thinks|wonders|reali[sz]es|remembers|suspects|fears|regrets) (?:that|about|of|if|how|why|what)\b"
        r"|\bbecause (?:he|she|they)\b"
    ),
    "scene-heading": r"^\W*scene(?:\s*:|\s+(?:change|shift|cut|open|fade|is)s?\b)",
    "pronoun-first": r"^\W*(?:he|she|they|it|his|her|their|its)\b",  # 24 %
}
_AS_WRITTEN: Mapping[str, str] = {
    "third-person": (
        r"(?<![-\w'’])(?:(?:[Ww]e|[Yy]ou|[Oo]ur|[Yy]our|[Mm]y|me|us|ourselves|yourself)(?![-\w])"
        r"|I(?:['’](?:m|ve|d|ll)| (?:see|am|can|think|notice|believe|hear))\b)"
    ),
    "present-tense": (
        r"(?:^|[.;] )(?:He|She|They|It) (?:was|were|had|went|came|took|ran|stood|sat|got|gave|made|saw"
        r"|(?!(?:shed|wed|shred|embed|hundred)\b)[a-z]+[^e\W]ed)\b"
        rf"|(?:^|[.;] )(?:(?:The|A|An) )?(?!(?:That|Which|What|Who|There|Where|When|As)\b)[A-Za-z]+ (?:{_PAST})\b"
    ),
    "unfinished": r"(?:,|\b(?:and|or|but|the|a|an|of|their|while|because|with|into|from))\W*$(?<![.!?…:\"”’')])",
}

BROKEN: Mapping[str, re.Pattern[str]] = {
    **{name: re.compile(pattern, re.IGNORECASE) for name, pattern in _ANY_CASE.items()},
    **{name: re.compile(pattern) for name, pattern in _AS_WRITTEN.items()},
}
"""A rule's name -> what breaks it, for English."""


def either(*names: str) -> re.Pattern[str]:
    """What breaks one of these rules; of those that look at letters whatever their case."""
    return re.compile("|".join(_ANY_CASE[name] for name in names), re.IGNORECASE)


_WRITTEN_ON = (
    "text|titles?|captions?|credits?|words?|letters?|signs?|signpost|posters?|placards?|banners?|billboards?|slogans?"
    "|badges?|labels?|logos?|headlines?|messages?|notes?|cards?|plaques?|graffiti|graphics?|mottos?|subtitles?"
)
_READS = re.compile(
    rf"\b(?i:reads?|says?|spells?|{_WRITTEN_ON})(?i:(?: [\w-]+){{0,3}})\s*:.*"
    r"|\b(?:reads?|says?|spells?),?\s+(?=[A-Z0-9]).*"
)
REMEMBERED = 1 << 16
"""Each line of a script is asked about some twenty times; there are at most 50,000."""

QUOTED = re.compile(
    r"\"{1,2}[^\"]*(?:\"{1,2}|$)|“[^”]*(?:”|$)|[„‟][^“”]*(?:[“”]|$)|‘[^’]*(?:’\w[^’]*)*(?:’|$)|‚[^‘’]*[‘’]"
    r"|«[^»]*(?:»|$)|»[^«]*(?:«|$)|‹[^›]*›|›[^‹]*‹|「[^」]*」|『[^』]*』|(?<!\w)''[^']+''(?!\w)|(?<!\w)['`][^'`]+['`](?!\w)"
)
"""Quotations in the marks of any language; one that is never closed runs to the line's end."""

_TEXT_SHOWN = re.compile(
    r"\b(?:text|titles?|words?|captions?|credits?|letters?|logo|names?|reads?|says?)\b", re.IGNORECASE
)
_ON_SCREEN = re.compile(r"\bon[- ]?screen\b", re.IGNORECASE)


def own_words(line: str) -> str:
    """The line without what it reads or quotes."""
    own = _READS.sub("…", QUOTED.sub("…", line))
    return _ON_SCREEN.sub("", own) if _TEXT_SHOWN.search(line) else own


@lru_cache(maxsize=REMEMBERED)
def telling(text: str) -> Sequence[str]:
    """The words in lower case, without accents, punctuation and articles."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in parted if not unicodedata.combining(char))
    return tuple(word for word in re.findall(r"[^\W_]+", plain) if word not in ("a", "an", "the"))


def says(longer: str, text: str) -> bool:
    """Whether the longer text has all words of the other, in a row."""
    some = telling(text)
    return bool(some) and f" {' '.join(some)} " in f" {' '.join(telling(longer))} "


def said_in(dialogue: str, texts: Sequence[str]) -> str:
    """The first of the texts that the dialogue says too; else ""."""
    return next((text for text in texts if len(telling(text)) >= FEWEST_SAID and says(dialogue, text)), "")


TERMS: tuple[tuple[str, str], ...] = (
    (r"elevators?", r"(?:the|a) lifts?"),
    (r"flashlights?", r"torch(?:es)?"),
    (r"trucks?", r"lorr(?:y|ies)"),
    (r"sidewalks?", r"pavements?"),
    (r"cell ?phones?", r"mobile phones?"),
    (r"couch(?:es)?", r"sofas?"),
    (r"gray", r"grey"),
    (r"color(?:s|ed|ful)?", r"colour(?:s|ed|ful)?"),
    (r"pajamas", r"pyjamas"),
    (r"mustaches?", r"moustaches?"),
)
"""Words for one thing, of which a script should choose one."""

FEWEST_NEAR = 2
"""Content words of a text that may be a near repeat; fewer are said again and again ("Snow falls")."""

_PATHS = re.compile(
    r"\b(?:down|up|along|through|across) (?:the |a |an )?(?=(?:street|road|path|lane|alley|aisle|hall)\b)"
)
_ENDING = re.compile(r"(?<=ch|sh|ss)es$|(?<=[xz])es$|(?<=[a-rt-z]{2})s$")
_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "along through across at by of with near beside and is are then now still again slowly quickly as while "
        "his her their its one some who that this",
    )
)


@lru_cache(maxsize=REMEMBERED)
def content_words(text: str) -> Sequence[str]:
    """The words that carry what is said, in order, without endings of number and person."""
    return tuple(_ENDING.sub("", word) for word in telling(_PATHS.sub(" ", text)) if word not in _LITTLE)


def nearly_says(longer: str, text: str) -> bool:
    """Whether the longer text has all content words of the other, in the same order: "A woman walks down the street"
    says nearly what "The woman walks along the street" does."""
    some = content_words(text)
    if len(some) < FEWEST_NEAR:
        return False
    left = iter(content_words(longer))
    return all(word in left for word in some)
