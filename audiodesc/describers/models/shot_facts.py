"""A structured answer, JSON that may be broken -> typed facts, and those of them that a listener needs.

The fields are SkyCaptioner-V1's: https://github.com/SkyworkAI/SkyReels-V2, skycaptioner_v1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from audiodesc.describers.base import LineRequest
from audiodesc.describers.json_answers import json_objects, plain_fields, plain_name

SHOT_TYPES = ("long_shot", "full_shot", "medium_shot", "close_up", "extreme_close_up", "other")
SHOT_ANGLES = ("eye_level", "high_angle", "low_angle", "other")
SHOT_POSITIONS = (
    *("front_view", "back_view", "side_view", "over_the_shoulder", "overhead_view", "point_of_view"),
    *("aerial_view", "overlooking_view", "other"),
)

MOST_SUBJECTS = 12
LONGEST_TEXT = 1000
MOST_MESSAGES = 6

DENSE_WORDS = 12
"""A line of so many words is long enough for appearance and light as well."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is seen; "" where the answer says nothing. `main` is the model's own judgement."""

    kind: str = ""
    sub_kind: str = ""
    appearance: str = ""
    action: str = ""
    expression: str = ""
    position: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True)
class ShotFacts:
    """One stretch of film. `shot_type`, `shot_angle` and `shot_position` are of the tables above, or ""."""

    subjects: tuple[Subject, ...] = ()
    shot_type: str = ""
    shot_angle: str = ""
    shot_position: str = ""
    camera_motion: str = ""
    environment: str = ""
    lighting: str = ""


_OF_SHOT = frozenset({"subjects", "shottype", "shotangle", "shotposition", "cameramotion", "environment", "lighting"})
_OF_SUBJECT = frozenset({"types", "appearance", "action", "expression", "position", "ismainsubject"})
_SAYS_NOTHING = frozenset({"", "none", "n/a", "null", "nothing", "unknown", "not applicable", "not visible"})
_NO_NAMES = frozenset({"", "other", "accessory"})
_MAIN = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "none": False}

_CLAUSE = re.compile(r"(?<=[,;.])\s+")
_OF_CAMERA = re.compile(r"\b(?:the|this) (?:frame|camera|shot|video|image|viewer)\b|\bin frame\b", re.IGNORECASE)
_OF_MOOD = re.compile(
    r"\b(?:mood|atmosphere|ambian?ce|ambience|sense of|cinematic|footage|close-?up|zoom(?:s|ing)?|cuts to"
    r"|(?:low|high|wide|eye-level)[- ](?:angle|shot)|shallow depth of field)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_RACE = re.compile(
    r"\b(?:Asian|East Asian|South Asian|Caucasian|African[- ]American|Hispanic|Latin[oa]|Black|White|white|black"
    r"|Middle[- ]Eastern)\s+(?=(?:(?:young|old|older|middle-aged|elderly)\s+)?(?:m[ae]n|wom[ae]n|boys?|girls?|persons?"
    r"|people|males?|females?|child|children|couple)\b)"
)
_SIGN = re.compile(
    r"\b(?:(?:smil|smirk|grin|frown|scowl|grimac|pout|winc|squint|blink|wink|glar|weep|laugh|yawn|blush|sweat|tear|lip|cheek"
    r"|eye|gaz|nostril)\w*|star(?:es|ing)|sob(?:s|bing)|cries|crying|brows?|pale|mouth|jaw|teeth|tongue|chin|nose)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|nor|without)\b", re.IGNORECASE)
_TO_SIGN = re.compile(
    r"^.*\b(?:(?:characteri[sz]ed|marked|shown|conveyed|accompanied) (?:by|with)|expression with) ", re.IGNORECASE
)
_TAKEN_FOR = re.compile(
    r"\s*\b(?:that|which|as if|as though|(?:suggest|indicat|convey|express|reflect|imply|hint|reveal)ing)\b.*",
    re.IGNORECASE,
)


def read_shot_facts(answer: str) -> tuple[ShotFacts, tuple[str, ...]]:
    """The facts in an answer, and what was not valid in it. Never raises: what cannot be used is left out."""
    wrong: list[str] = []
    fields = _answered(answer, wrong)
    _name_unknown(fields, _OF_SHOT, wrong)
    facts = ShotFacts(
        _subjects(fields.get("subjects"), wrong),
        _choice(fields, "shot_type", SHOT_TYPES, wrong),
        _choice(fields, "shot_angle", SHOT_ANGLES, wrong),
        _choice(fields, "shot_position", SHOT_POSITIONS, wrong),
        _text(fields, "camera_motion", wrong),
        _text(fields, "environment", wrong),
        _text(fields, "lighting", wrong),
    )
    if facts == ShotFacts():
        wrong.append("no facts in the answer")
    return facts, tuple(dict.fromkeys(wrong))[:MOST_MESSAGES]


def facts_for_line(facts: ShotFacts, dense: bool) -> str:
    """What a listener needs, a line for each subject, main ones first, and for the place; "" for nothing.

    Nothing about the camera; of faces only the visible signs. Unless `dense`, only the looks and actions of the
    main subjects and the place.
    """
    subjects = sorted(facts.subjects, key=lambda subject: not subject.main)
    if not dense:
        subjects = [subject for subject in subjects if subject.main] or subjects[:1]
    lines = [_line(subject, dense) for subject in subjects]
    lines += [_labelled("PLACE", _in_story(facts.environment)), _labelled("LIGHT", facts.lighting if dense else "")]
    return "\n".join(line for line in lines if line)


def written_facts(prompt: str, answer: str, *, dense: bool = True) -> str:
    """What lines are written from: of an answer to the question of that name ("plain", "narrator", "fields")."""
    if prompt == "fields":
        return facts_for_line(read_shot_facts(answer)[0], dense) if answer else ""
    return story_in(answer) if prompt == "narrator" else answer


def with_written_facts(prompt: str, request: LineRequest) -> LineRequest:
    """The request with the facts as its line is written from them, by the line's length."""
    dense = request.max_words >= DENSE_WORDS
    return replace(request, facts=written_facts(prompt, request.facts, dense=dense))


def invalid_in(prompt: str, answer: str) -> Sequence[str]:
    """What is not valid in an answer that should have been JSON; () for other questions."""
    return read_shot_facts(answer)[1] if prompt == "fields" and answer else ()


def story_in(paragraph: str) -> str:
    """A paragraph about a clip without its sentences about camera, editing and mood, and without guesses at race."""
    sentences = (_RACE.sub("", sentence) for sentence in _SENTENCE.split(paragraph))
    return " ".join(
        sentence for sentence in sentences if not (_OF_CAMERA.search(sentence) or _OF_MOOD.search(sentence))
    )


def _line(subject: Subject, dense: bool) -> str:
    names = [name for name in (subject.sub_kind, subject.kind) if name.casefold() not in _NO_NAMES]
    parts = [
        _labelled("WHO", "Person" if names[:1] == ["Human"] else "".join(names[:1])),
        _labelled("LOOKS", _in_story(subject.appearance)),
        _labelled("DOES", subject.action),
        _labelled("FACE", _signs(subject.expression) if dense else ""),
        _labelled("WHERE", _in_story(subject.position) if dense else ""),
    ]
    return " ".join(part for part in parts if part)


def _labelled(label: str, text: str) -> str:
    ends = text.endswith((".", "!", "?", "…"))
    return f"{label}: {text}{'' if ends else '.'}" if text else ""


def _in_story(text: str) -> str:
    """Without the clauses that place something in the picture: "centred in the frame", "facing the camera"."""
    return _joined(clause for clause in _CLAUSE.split(text) if not _OF_CAMERA.search(clause))


def _signs(expression: str) -> str:
    """The clauses that name a visible sign, "with tears in her eyes", without what it is taken for."""
    clauses = [_TAKEN_FOR.sub("", _TO_SIGN.sub("", clause)) for clause in _CLAUSE.split(expression)]
    return _joined(clause for clause in clauses if _SIGN.search(clause) and not _DENIED.search(clause))


def _joined(clauses: Iterable[str]) -> str:
    return " ".join(clauses).rstrip(",; ")


def _answered(answer: str, wrong: list[str]) -> Mapping[str, Any]:
    """The fields of the first object that is about a shot; {} where there is none."""
    found, too_long = json_objects(answer, _OF_SHOT | _OF_SUBJECT)
    answers = [one for one in found if _OF_SHOT & one.fields.keys()]
    if too_long:
        wrong.append("the answer is too long: its end is not read")
    if found and found[0].repaired:
        wrong.append("broken JSON: repaired")
    if found and not answers:
        wrong.append("subjects without the object around them")
        return {"subjects": [one.fields for one in found]}
    if len(answers) > 1:
        wrong.append("more than one object: the first is used")
    return answers[0].fields if answers else {}


def _name_unknown(fields: Mapping[str, Any], known: frozenset[str], wrong: list[str]) -> None:
    if unknown := sorted(name[:20] for name in fields if name not in known):
        wrong.append(f"unknown fields: {', '.join(unknown[:3])}")


def _subjects(value: Any, wrong: list[str]) -> tuple[Subject, ...]:
    if isinstance(value, dict):
        wrong.append("subjects is no list")
        value = [value]
    if not isinstance(value, list):
        if value is not None:
            wrong.append("subjects is no list")
        return ()
    found = dict.fromkeys(_subject(one, wrong) for one in value)  # a model that cannot stop says the same again
    found.pop(Subject(), None)
    if len(found) > MOST_SUBJECTS:
        wrong.append(f"{len(found)} subjects: the first {MOST_SUBJECTS} are used")
    return tuple(islice(found, MOST_SUBJECTS))


def _subject(value: Any, wrong: list[str]) -> Subject:
    fields = plain_fields(value)
    if not fields:
        wrong.append("a subject is no object")
    _name_unknown(fields, _OF_SUBJECT, wrong)
    types = fields.get("types")
    if isinstance(types, list | str):
        wrong.append("TYPES is no object")
        parts = types if isinstance(types, list) else types.split("/")
        types = dict(zip(("type", "subtype"), parts, strict=False))
    types = plain_fields(types)
    return Subject(
        _text(types, "type", wrong),
        _text(types, "sub_type", wrong),
        _text(fields, "appearance", wrong),
        _text(fields, "action", wrong),
        _text(fields, "expression", wrong),
        _text(fields, "position", wrong),
        _is_main(fields.get("ismainsubject"), wrong),
    )


def _is_main(value: Any, wrong: list[str]) -> bool:
    if not isinstance(value, bool | None):
        wrong.append("is_main_subject is neither true nor false")
    return _MAIN.get(str(value).strip().casefold(), False)


def _choice(fields: Mapping[str, Any], name: str, values: tuple[str, ...], wrong: list[str]) -> str:
    text = _text(fields, name, wrong)
    if not text:
        return ""
    found = next((value for value in values if plain_name(value) == plain_name(text)), "")
    if not found:
        wrong.append(f"{name} has no known value")
    return found


def _text(fields: Mapping[str, Any], name: str, wrong: list[str]) -> str:
    value = fields.get(plain_name(name), "")
    if isinstance(value, list):
        wrong.append(f"{name} is a list")
        value = "; ".join(one for one in value if isinstance(one, str))
    if not isinstance(value, str):
        if value is not None:
            wrong.append(f"{name} is no text")
        return ""
    if not value.isprintable():
        value = "".join(c for c in value if c.isprintable() or c.isspace())
    text = " ".join(value.split()).rstrip(",;")
    if len(text) > LONGEST_TEXT:
        wrong.append(f"{name} is too long")
        text = text[:LONGEST_TEXT].rsplit(" ", 1)[0]
    return "" if text.rstrip(".").casefold() in _SAYS_NOTHING else text
