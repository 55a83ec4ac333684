"""What a cue is: speech, a sound, a song or text on screen; and who speaks.

Whatever is in doubt is speech: a narrator may speak over the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from audiodesc.model import CueKind
from audiodesc.subtitles.source import RawCue, without_invisible
from audiodesc.subtitles.vocabulary import SAYING, VOICES, is_sound

NOTES = "♪♫♩♬♭♮♯"
NOTE = re.compile(rf"[{NOTES}]")
EMPTY = f" \n\t-–—.!~{NOTES}"
BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
MOST_ASIDE = 5
"""Words of a sound in round brackets."""


def bracket_kind(bracket: str) -> CueKind:
    """What a bracket holds: a sound only where its words name one and nothing says that a voice is heard."""
    words = bracket_words(bracket)
    if is_voice_bracket(bracket):
        return "speech"
    if is_sound(words) or not any(map(str.isalnum, words)):
        return "sound"
    return "lyrics" if NOTE.search(bracket) else "speech"


def bracket_words(bracket: str) -> str:
    """The words in a bracket."""
    return bracket[1:-1].strip(EMPTY)


def is_voice_bracket(bracket: str) -> bool:
    """Whether a bracket says that somebody speaks, or has the punctuation of a sentence.

    Round brackets hold asides as well as sounds: there more is a sign.
    """
    words = bracket[1:-1].strip()
    if VOICES.search(words) or any(mark in words for mark in "?!:,") or words.endswith((".", "…")):
        return True
    return bracket.startswith("(") and (len(words.split()) > MOST_ASIDE or any(mark in words for mark in ".'’"))


PAIRED = re.compile(rf"[{NOTES}][^{NOTES}]*[{NOTES}]")
HASHED = re.compile(r"#\D[^#]*#")


def kind(text: str) -> CueKind:
    """What a cue's text is: a sound where all of it is in brackets and names sounds, lyrics where words stand between
    notes, else speech.

    Notes without words are music, a sound. Where a song and a sound meet it is lyrics; where anything meets speech,
    speech.
    """
    text = DOUBLED.sub(r"\1\2", plain_brackets(without_invisible(text))).strip()
    sung, rest = _song(text)
    kinds = {bracket_kind(bracket) for bracket in BRACKETED.findall(rest)}
    if BRACKETED.sub("", rest).strip(EMPTY) or "speech" in kinds:
        return "speech"
    if "lyrics" in kinds or (sung and _has_words(text)):
        return "lyrics"
    return "sound" if kinds or sung or any(note in rest for note in NOTES) else "speech"


def _song(text: str) -> tuple[bool, str]:
    """Whether there is a song, and the text without it. A line with a dash or a name between notes is speech."""
    if HASHED.fullmatch(text) and not _is_spoken_line(text[1:-1]):
        return True, _voice_brackets(text)
    lines = [line.strip() for line in text.split("\n")]
    if all(map(_is_sung, lines)) or (
        len(lines) == 1 and _is_sung(lines[0][::-1]) and not _is_spoken_line(text.strip(NOTES))
    ):
        return True, _voice_brackets(text)
    if any(_is_spoken_line(part[1:-1]) for part in PAIRED.findall(text)):
        return False, text
    rest = PAIRED.sub("", text)
    return rest != text, rest


def _voice_brackets(song: str) -> str:
    """The brackets in a song that say that somebody speaks; the others are of the song."""
    return "\n".join(filter(is_voice_bracket, BRACKETED.findall(song)))


def _has_words(song: str) -> bool:
    """Whether it has words to sing: outside brackets, or in brackets with a note that name no sound."""
    words = BRACKETED.sub(
        lambda found: found[0] if NOTE.search(found[0]) and not is_sound(bracket_words(found[0])) else "", song
    )
    return any(map(str.isalnum, words))


def _is_sung(line: str) -> bool:
    """Whether a line begins with a note and goes on as one song."""
    words = line.strip(NOTES)
    return line.startswith(tuple(NOTES)) and not any(note in words for note in NOTES) and not _is_spoken_line(words)


def _is_spoken_line(words: str) -> bool:
    return any(line.lstrip().startswith(("-", "–", "—", ">>")) or LABEL.match(line) for line in words.split("\n"))


AS_PLAIN = {
    "(": "（❨⟮﹙｟",
    ")": "）❩⟯﹚｠",
    "[": "［【〔〖〘〚｛≪＜❲⟦﹛",
    "]": "］】〕〗〙〛｝≫＞❳⟧﹜",
    "♪": "¶♯♭♮🎵🎶🎼𝄞",
    "~": "～〜",
    "#": "＃",
    "*": "＊",
    ":": "：",
    "!": "！",
    "?": "？",
    ",": "，",
}
PLAIN = {ord(sign): as_plain for as_plain, signs in AS_PLAIN.items() for sign in signs}
HASH = re.compile(r"^#(?=\s)", re.MULTILINE)
HASHES = re.compile(r"^#(?=\s)|(?<=\s)#$", re.MULTILINE)
STARRED = re.compile(r"(?<![\w*])\*(?:\*? ?)(?=[^\s*])[^*]{1,200}(?<![\s*])(?: ?\*?)\*(?![\w*])")
BRACED = re.compile(r"\{([^{}]*)\}")
DOUBLED = re.compile(r"\((\([^()]*\))\)|\[(\[[^\[\]]*\])\]")


def plain_brackets(text: str) -> str:
    """The text, letter by letter, with the brackets and notes of any script as [], () and ♪, for finding its kind."""
    text = BRACED.sub(r"[\1]", STARRED.sub(_as_bracket, text.translate(PLAIN)))
    return HASHES.sub("♪", text) if HASH.match(text.lstrip()) else text


def _as_bracket(starred: re.Match[str]) -> str:
    return f"[{starred[0][1:-1].replace('*', ' ')}]"


LABEL = re.compile(
    r"[ \t]*(?P<mark>[-–—][ \t]*)?(?:>>+[ \t]*)?"
    r"(?:(?P<name>[^\W\d_][\w .'’&#/-]{1,30})(?:[ \t]*[(\[][^()\[\]\n]{1,30}[)\]])?"
    r"|[(\[](?P<held>[^\W\d_][\w .'’&#/-]{1,30})[)\]]):(?=\s)\s*"
)
TURN = re.compile(r"^[ \t]*>>+[ \t]*", re.MULTILINE)
NO_NAMES = {"i", "you", "he", "she", "we", "they", "it", "the", "this", "that", "and", "but", "so", "or", "ps"}
MOST_NAME_WORDS = 4


def split_speaker(text: str, speaker: str, names: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    """The text without the label, the speaker, and all speakers who are named.

    Where one speaks, the name is taken out of the text. Where several do, the speaker is "" and the text stays as
    it is, so that it shows who says what.
    """
    text = TURN.sub("- " if len(TURN.findall(text)) > 1 else "", text).strip() or text
    if names or speaker:
        names = names or (speaker,)
        return text, speaker or (names[0] if len(names) == 1 else ""), names
    turns = text.split("\n")
    labels = [label for label in map(_speaker_label, turns) if label]
    found = tuple(dict.fromkeys(_capitalised(_label_name(label)) for label in labels))
    dashes = sum(turn.lstrip().startswith(("-", "–", "—")) for turn in turns)
    first = _speaker_label(text)
    rest = text[first.end() :].strip() if first else ""
    if len(found) != 1 or not rest or dashes > 1:
        return text, "", found if rest or len(turns) > 1 else ()
    return rest, found[0], found


def _speaker_label(line: str) -> re.Match[str] | None:
    """A name in capitals with a colon and words behind it, at the start of a line."""
    found = LABEL.match(line + "\n")
    if not found or not (found["held"] or found["name"].isupper()):
        return None
    words = _label_name(found).split()
    return None if len(words) > MOST_NAME_WORDS or words[0].lower() in NO_NAMES else found


def _label_name(label: re.Match[str]) -> str:
    """ "MARY" and "(Mary)": the name."""
    return str(label["name"] or label["held"])


def _capitalised(name: str) -> str:
    return re.sub(r"(?:^|(?<=[\s.-]))\w", lambda first: first.group().upper(), name.strip().lower())


TAGS = re.compile(r"\{[^{}]*\}")
TOP = re.compile(r"\\an[789]\b")
PLACED = re.compile(r"\\(?:pos|move)\s*\(")
TYPESET = re.compile(r"\\(?:i?clip\s*\(|fr[xyz]?-?\d|fa[xy]-?\d|org\s*\(|p[1-9])")
KARAOKE = re.compile(r"\\[kK][fo]?\d")
SIGN = re.compile(r"(?:^|[^a-z])(?:signs?|titles?|on-?screen|typeset(?:ting)?|ts|tl-?notes?|credits?|logo)(?:[^a-z]|$)")
SONG = re.compile(r"(?:^|[^a-z])(?:songs?|karaoke|lyrics?|opening|ending|insert-?song)(?:[^a-z]|$)")
THEME = re.compile(r"(?:^|[^A-Za-z])(?:OP|ED)\d{0,2}(?:[^A-Za-z]|$)")
SPEECH_WORDS = re.compile(
    r"\b(?:i|you|your|he|she|we|my|me|us|our|no|oh|ah|hey|hi|yeah|yep|sir|ma[’']?am|madam|mom|mum|dad|god|help|run|hurry"
    r"|thank|thanks|sorry|good|happy|merry|dear|welcome|bye|damn|hell|shit|fuck|bravo|oui|merci|nein|ja|sí|gracias)\b",
    re.IGNORECASE,
)
"""Words of dialogue; a sign with one of them is taken for speech."""

MOST_SHOUTED = 1 / 5
LEAST_MARKED = 3 / 4
"""Shares of a file's lines: in capitals; with punctuation at the end."""


def ass_kind(style: str, actor: str, effect: str, text: str) -> CueKind | None:
    """What ASS says of an event, by its style's name or its typesetting; None where it says nothing.

    A style that is named for signs is trusted unless somebody is named as its speaker.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", style)
    if SONG.search(name.lower()) or THEME.search(name) or "karaoke" in effect.lower() or KARAOKE.search(text):
        return "lyrics"
    if actor.strip() and not is_sign(actor):
        return None
    if is_sign(actor) or is_sign(name) or (PLACED.search(text) and TYPESET.search(text)):
        return "on_screen"
    return None


def is_sign(name: str) -> bool:
    """Whether a style's or an actor's name says that this is no voice."""
    return bool(SIGN.search(name.lower()))


def top_kind(tagged: str, shown: str) -> CueKind | None:
    """Whether a cue at the top (`{\\an8}`) is text on screen.

    Speech moves to the top too, where the bottom is taken: only what has no voice's look counts, in capitals or a
    title, without punctuation and without a word of dialogue.
    """
    shown = shown.strip()
    if not TOP.search("".join(TAGS.findall(tagged))) or not shown or shown.startswith(("-", "–", "—", "♪", "#", ">")):
        return None
    if (
        not shown[-1].isalnum()
        or any(mark in shown for mark in "?!…")
        or SPEECH_WORDS.search(shown)
        or SAYING.search(shown)
    ):
        return None
    return "on_screen" if shown.isupper() or _is_title(shown) else None


def _is_title(shown: str) -> bool:
    """Whether more than two words of three, and the last, begin with a capital ("Museum of Modern Art")."""
    words = shown.split()
    capital = [word[0].isupper() or word.isdigit() for word in words]
    return len(words) > 1 and capital[-1] and sum(capital) * 3 > len(words) * 2 and any(map(str.isalpha, shown))


def without_doubtful_signs(raw: Sequence[RawCue]) -> list[RawCue]:
    """The cues without text on screen, where the file writes speech in the same way: much of it in capitals (old
    captions of the USA), or without punctuation at the end."""
    lines = [one.text.strip() for one in raw if not one.kind and any(map(str.isalpha, one.text))]
    shouted = sum(line.isupper() for line in lines)
    marked = sum(not line[-1].isalnum() for line in lines)
    if shouted <= MOST_SHOUTED * len(lines) and marked >= LEAST_MARKED * len(lines):
        return list(raw)
    return [replace(one, kind=None) if one.kind == "on_screen" else one for one in raw]
