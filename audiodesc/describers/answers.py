"""What a model answers -> the lines in it, its facts, or the objects of its JSON; or why there is nothing in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from audiodesc.describers.base import Failure

_LABELS = (
    r"(?:the |my |final |next )*(?:audio[ -]?description|description|AD|line|narrat(?:or|ion)|answer|output|response)"
    r"|option|candidate|version|variante?|variant|here(?:['’]s| is| are)[^:.]{0,60}"
    r"|audiodes[ck]ri(?:ption|pción|zione|ção|ere)|description audio|beschreibung|descri(?:pción|zione|ção|ption)"
    r"|(?:die |la |le |l['’]|il )?(?:antwort|zeile|línea|linea|linha|ligne|réponse|respuesta|risposta|resposta)"
    r"|(?:het )?(?:antwoord|regel|omschrijving)|svar|beskriv(?:ning|else)|odpowiedź|opis|wiersz|vastaus|kuvaus"
    r"|narrateur|narrat(?:rice|ore)|narrador|erzähler|sprecher|ответ|описание|строка|відповідь|опис|rádek|odpověď"
    r"|答案|回答|描述|旁白|口述影像|ナレーション|音声解説|답변|해설"
)
"""What models write before a line, in the languages that they write."""

_LABEL = re.compile(rf"^(?:{_LABELS})(?: ?\d+)?(?: ?\([^)]*\))?\s*[:：]\s*", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:answer|line|output|response|final|ad|description)\b[^<>]*>|<\|[^<>|]*\|>", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?([^{}]*)\}\}?")
_PREFACE = re.compile(
    r"^(?:okay|ok|sure(?: thing)?|certainly|of course|all ?right|got it|absolutely"
    r"|gerne|natürlich|bien sûr|claro|certo)"
    r"(?:[,.!:;—–-]+\s*|\s+(?=let me|here))(?:let me[^.:!]{0,80}[.:!]\s*|here(?:['’]s| is| are)[^.:!]{0,80}[.:!]\s*)?",
    re.IGNORECASE,
)
_SKIP_END = re.compile(r"(?:^|[.!?…)\]]|\s)\W*SKIP\W*$")
_SHOWS_SKIP = re.compile(r"(?:[:：]|reads?|says?|[\"“„«‘'])\s*[\"“„«‘']?\s*SKIP\W*$")
_MARKER = re.compile(r"^\s*(?:#+\s+|>\s*|[-+•–—*]\s+|\d[.)]\s+)+")
_NEXT = re.compile(r"\n\s*\n|\n(?=\s*(?:[-+•–—*]|\d[.)])\s|\s*(?i:option|candidate|version|variant|line) \d)")
_COUNT = re.compile(r"\s*\((?:\d+ words?|word count\b[^)]*)\)\s*$", re.IGNORECASE)
_SKIP = re.compile(r"\W*(?:(?i:skip|silence|none)\W*$|SKIP\b(?!\s+[a-z]))")
_REFUSAL = re.compile(
    r"(?:(?:I['’]m |I am )?(?:very )?sorry\b|I apologi[sz]e\b|unfortunately\b|as an AI\b|I\b)[^.]{0,40}\b"
    r"(?:can(?:no|['’])t|(?:am|['’]m) (?:unable|not able)|won['’]t) (?:to )?"
    r"(?:assist|help|describe|provide|identify|comply|view|fulfil|recogni[sz]e)\b(?!.*\b(?:but|however)\b)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"), ("'", "'"), ("「", "」"))
_WHOLE = re.compile(r"[.!?…。！？।؟۔][\"'“”’»」)\]]*$")
_SENTENCE = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\b[A-Z])[.!?…][\"”’»)]*(?=\s+[^a-z\s])")
_LEFT_HANGING = re.compile(r"(?:[,;:–—-]|\b(?:a|an|the|and|or|of|to|with|in|on|at|by|for|from|his|her|their))$")

LONGEST_LETTERS = 20_000
"""Of an answer; a longer one comes from a model in a loop."""

WORDS_SHOWN = 200
"""Characters of an answer that are kept as its own words."""

LOOP_LETTERS, LOOP_TIMES, LOOP_WORDS = 2_000, 4, 12
"""A loop is looked for in so many characters at the end; the same words so many times in a row, and so many words."""

_ONE_CHARACTER = re.compile(r"(\S)\1{79}\s*\Z")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")

LONGEST = 12_000
"""Characters that are read: 2,048 tokens come to about 9,000."""

MOST_BRACKETS = 300
"""What follows so many is not read: the time for a repair grows with their square, its stack with their depth."""

_TO_LAST_WHOLE = re.compile(r"\A(.*[.,;\"'”}\]]).*\Z", re.DOTALL)
_LAST_NAME = re.compile(r"(?<=[{,])\s*\"[^\"]*\"\Z")
"""An answer that is cut off ends in half a clause, or in a name without a value."""

_CURLY = str.maketrans("“”„", '"' * 3)


def without_thinking(answer: str) -> str:
    """What follows the reasoning of a model; "" where that never ended."""
    return re.sub(r"<think(?:ing)?>.*", "", re.split(r"</think(?:ing)?>", answer)[-1], flags=re.DOTALL).strip()


def failure_in(answer: str) -> Failure | None:
    """Why an answer is none; None for one that can be used. What a server says beside it is known to its describer."""
    text = without_thinking(answer)
    if not text.strip():
        return Failure("thoughts" if answer.strip() else "empty")
    if len(text) > LONGEST_LETTERS or repeats_itself(text):
        return Failure("loop", words=text[:WORDS_SHOWN])
    return Failure("refused", words=text[:WORDS_SHOWN]) if _REFUSAL.match(text) else None


def repeats_itself(text: str) -> bool:
    """Whether a text goes round in a loop at its end: the same words again and again, or one character.

    Cheap enough to be asked while a model writes. Facts may have the same words for each of several people: so it
    takes `LOOP_TIMES` times in a row, and `LOOP_WORDS` words in all.
    """
    words = text[-LOOP_LETTERS:].lower().split()
    for size in range(1, len(words) // LOOP_TIMES + 1):
        times = max(LOOP_TIMES, -(-LOOP_WORDS // size))
        end = words[-size * times :]
        if len(end) == size * times and end == end[:size] * times:
            return True
    return bool(_ONE_CHARACTER.search(text))


def facts_in(answer: str) -> str | Failure:
    """The facts in an answer about a clip, or why there are none."""
    return failure_in(answer) or _CONTROLS.sub(" ", without_thinking(answer))


def line_in(answer: str) -> str:
    """The line in an answer, without what models put around it; "" for SKIP, a refusal or half a sentence."""
    return next(iter(lines_in(answer)), "")


LINE_NAMES = frozenset({"lines", "candidates", "options", "line", "text", "answer", "description", "audiodescription"})
"""The field of an object that has the lines, by its plain name."""

MOST_LINES = 5


def lines_in(answer: str) -> tuple[str, ...]:
    """The lines in an answer: those of its JSON, or one of plain text; () for SKIP, a refusal or half a sentence."""
    if failure_in(answer):
        return ()
    text = _BOXED.sub(r"\1", _TAGS.sub("", _CONTROLS.sub(" ", without_thinking(answer))))
    objects, _ = json_objects(text, LINE_NAMES) if "{" in text else ((), False)
    if objects:
        found = [one for object_ in objects for one in _texts(object_.fields)]
    elif text.lstrip().startswith(("[", "```")) and (listed := _listed(text)):
        found = listed
    else:
        text = re.sub(r"\*\*|__|`+\w*\n|`+", "", text)
        parts = [line for part in _NEXT.split(text) if (line := _bare(part))]
        found = parts[:1]
    clean = [_whole_sentences(_bare(one)) for one in found if not _silent(_bare(one))]
    return tuple(dict.fromkeys(line for line in clean if line))[:MOST_LINES]


def _texts(fields: Mapping[str, Any]) -> Iterator[str]:
    """The texts of an object's field for lines; of a list, also those of objects with such a field."""
    for name in LINE_NAMES & fields.keys():
        for one in fields[name] if isinstance(fields[name], list) else [fields[name]]:
            if isinstance(one, dict):
                yield from _texts(plain_fields(one))
            elif isinstance(one, str):
                yield one


def _listed(text: str) -> list[str]:
    """The texts of a JSON list that stands alone."""
    at = text.find("[")
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, at) if at >= 0 else ([], 0)
    except (ValueError, RecursionError):
        return []
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _silent(line: str) -> bool:
    """Whether a line is SKIP, or ends in it: a model that says first why it is silent."""
    return bool(_SKIP.match(line) or (_SKIP_END.search(line) and not _SHOWS_SKIP.search(line)))


def _bare(part: str) -> str:
    text = _COUNT.sub("", " ".join(_MARKER.sub("", part).split()))
    for _ in range(2):  # a label in quotes, quotes after a label
        if preface := _PREFACE.match(text):
            text = text[preface.end() :]
            text = text[:1].upper() + text[1:]
        text = re.sub(r"^\*(.*)\*$", r"\1", _LABEL.sub("", text)).strip()
        for start, end in _QUOTES:
            inner = text[1:-1]
            if len(text) > 1 and text[0] == start and text[-1] == end and start not in inner and end not in inner:
                text = inner.strip()
    return text


def _whole_sentences(text: str) -> str:
    if _WHOLE.search(text):
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    if ends:
        return text[: ends[-1]]
    return "" if _LEFT_HANGING.search(text) else text


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object; its fields' names are without case and punctuation. `repaired`: it was not valid JSON."""

    fields: dict[str, Any]
    repaired: bool


def json_objects(answer: str, known: frozenset[str]) -> tuple[tuple[JsonObject, ...], bool]:
    """The objects that have a known field, and whether the answer was so long that its end was not read.

    Searches lists, and objects that only wrap others. Never raises.
    """
    text = without_thinking(answer)
    brackets = (found.start() for found in re.finditer(r"[\[{(]", text[:LONGEST]))
    end = min(LONGEST, next(islice(brackets, MOST_BRACKETS, None), LONGEST))
    found = [JsonObject(fields, repaired) for value, repaired in _values(text[:end]) for fields in _known(value, known)]
    return tuple(found), len(text) > end


def plain_fields(value: Any) -> dict[str, Any]:
    """An object's fields under their plain names; {} for anything else."""
    return {plain_name(str(name)): inner for name, inner in value.items()} if isinstance(value, dict) else {}


def plain_name(name: str) -> str:
    """Without case and punctuation: "Shot Type" and "shot_type" are one name."""
    return re.sub(r"[\W_]", "", name.casefold())


def _known(value: Any, known: frozenset[str]) -> Iterator[dict[str, Any]]:
    for one in value if isinstance(value, list) else [value]:
        fields = plain_fields(one)
        if known & fields.keys():
            yield fields
        else:
            yield from (inner for inner in map(plain_fields, fields.values()) if known & inner.keys())


def _values(text: str) -> Iterator[tuple[Any, bool]]:
    """Each value in the text, and whether it had to be repaired: that one takes in all that follows."""
    at = text.find("{")
    while at >= 0:
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(text, at)
        except (ValueError, RecursionError):
            yield _repaired(text[at:]), True
            return
        yield value, False
        at = text.find("{", end)


def _repaired(text: str) -> Any:
    from json_repair import repair_json

    if text.startswith('{\\"'):  # JSON in a text of JSON
        text = text.replace('\\"', '"')
    text = _LAST_NAME.sub("", _TO_LAST_WHOLE.sub(r"\1", text))
    try:
        return repair_json(text if '"' in text else text.translate(_CURLY), return_objects=True)
    except Exception:  # on text that is nothing like JSON it fails in many ways: ValueError, AssertionError …
        return None
