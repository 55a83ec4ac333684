"""Who speaks in a cue: `MARY:`, `>> MARY:`, dashes for two."""

from __future__ import annotations

import re

LABEL = re.compile(
    r"[ \t]*(?P<mark>[-–—][ \t]*)?(?:>>+[ \t]*)?"
    r"(?:(?P<name>[^\W\d_][\w .'’&#/-]{1,30})(?:[ \t]*[(\[][^()\[\]\n]{1,30}[)\]])?"
    r"|[(\[](?P<held>[^\W\d_][\w .'’&#/-]{1,30})[)\]]):(?=\s)\s*"
)
TURN = re.compile(r"^[ \t]*>>+[ \t]*", re.MULTILINE)
NO_NAMES = {"i", "you", "he", "she", "we", "they", "it", "the", "this", "that", "and", "but", "so", "or", "ps"}
MOST_WORDS = 4


def spoken(text: str, speaker: str, names: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    """What is said, by whom, and all who are named in it.

    Where one speaks, the name is taken out of the text. Where several do, the speaker is "" and the text stays as
    it is, so that it tells who says what.
    """
    text = TURN.sub("- " if len(TURN.findall(text)) > 1 else "", text).strip() or text
    if names or speaker:
        names = names or (speaker,)
        return text, speaker or (names[0] if len(names) == 1 else ""), names
    turns = text.split("\n")
    labels = [label for label in map(_label, turns) if label]
    found = tuple(dict.fromkeys(_capitalised(_name(label)) for label in labels))
    dashes = sum(turn.lstrip().startswith(("-", "–", "—")) for turn in turns)
    first = _label(text)
    rest = text[first.end() :].strip() if first else ""
    if len(found) != 1 or not rest or dashes > 1:
        return text, "", found if rest or len(turns) > 1 else ()
    return rest, found[0], found


def _label(line: str) -> re.Match[str] | None:
    """A name in capitals with a colon and words behind it, at the start of a line."""
    found = LABEL.match(line + "\n")
    if not found or not (found["held"] or found["name"].isupper()):
        return None
    words = _name(found).split()
    return None if len(words) > MOST_WORDS or words[0].lower() in NO_NAMES else found


def _name(label: re.Match[str]) -> str:
    """ "MARY" and "(Mary)": the name."""
    return str(label["name"] or label["held"])


def _capitalised(name: str) -> str:
    return re.sub(r"(?:^|(?<=[\s.-]))\w", lambda first: first.group().upper(), name.strip().lower())
