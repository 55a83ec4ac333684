"""What a model answers -> the lines in it, its facts, or the objects of its JSON; or why there is nothing in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from audiodesc.describers.base import Failure
from audiodesc.describers.faulty_answers import WORDS_SHOWN, failure_in, without_thinking
from audiodesc.describers.json_answers import LONGEST, MOST_BRACKETS, json_objects, plain_fields, repaired

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
_TAGS = re.compile(r"</?[a-z][^<>]*>|<!--.*?-->|<\|[^<>|]*\|>", re.IGNORECASE | re.DOTALL)
_BLOCK_TAGS = re.compile(r"</?(?:p|div|li|ul|ol|br|tr|h[1-6])\b[^<>]*>", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!doctype|html)\b", re.IGNORECASE)
_JSON = re.compile(
    r"\A\W*?(?:json\b\W*?)?(?P<first>[\[{])|(?:[\n:：.!?]|```\w*)[ \t]*(?P<list>\[)(?=\s*[\"'“\[{])"
    r"|(?P<object>\{)(?=\s*[\"'“]\w[^\"'”{}]{0,40}[\"'”]\s*:)",
    re.IGNORECASE,
)
_JSON_AGAIN = re.compile(r"[\[{](?=\s*[\"'“\[{])")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
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
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"), ("'", "'"), ("「", "」"))
_WHOLE = re.compile(r"[.!?…。！？।؟۔][\"'“”’»」)\]]*$")
_SENTENCE = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\b[A-Z])[.!?…][\"”’»)]*(?=\s+[^a-z\s])")
_LEFT_HANGING = re.compile(r"(?:[,;:–—-]|\b(?:a|an|the|and|or|of|to|with|in|on|at|by|for|from|his|her|their))$")

_NO_FACTS = re.compile(r"(?:\W|_|null|undefined|json)*", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")


def facts_in(answer: str) -> str | Failure:
    """The facts in an answer about a clip, or why there are none."""
    facts = _CONTROLS.sub(" ", without_thinking(answer))
    return failure_in(answer) or (Failure("empty", words=facts) if _NO_FACTS.fullmatch(facts) else facts)


LINE_NAMES = ("lines", "candidates", "options", "line", "text", "answer", "description", "audiodescription")
"""The field of an object that has the lines, by its plain name; the first that is there is read."""

_NUMBERED = re.compile(r"(?:line|candidate|option|version|variant|description|text)?s?\d+")
_NO_SPEECH = re.compile(
    r"(?:(?:(?:first|second|third|fourth|fifth|next|last|your|the|an?|another)\s+)?"
    r"(?:line|candidate|option|text|description|sentence)s?"
    r"(?:\s+(?:line|text|here|\d+|one|two|three|of .{0,40}words?))*"
    r"|ellipsis|string|example|null|true|false|undefined|nan|n/?a|ok(?:ay)?|yes|no|error|\w+://\S+"
    r"|(?:error )?(?:\d{3}:? )?(?:bad gateway|bad request|internal server error|service unavailable|gateway time-?out"
    r"|too many requests|not found|forbidden|unauthorized))",
    re.IGNORECASE,
)
"""What stands for a line in the prompt's own form, values of JSON, and what servers say."""

_FEWEST_WORDS = 2
"""Of the text of a field that no name says to be a line."""

_NO_LINE = frozenset(
    {
        "language",
        "lang",
        "mood",
        "title",
        "role",
        "id",
        "model",
        "format",
        "type",
        "name",
        "genre",
        "setting",
        "location",
        "scene",
        "camera",
        "emotion",
        "style",
        "tone",
        "instruction",
        "instructions",
        "prompt",
        "error",
        "message",
        "detail",
        "status",
        "reason",
        "reasoning",
        "explanation",
        "thought",
        "thoughts",
        "note",
        "notes",
    }
)
"""Fields whose text is never a line."""

MOST_LINES, MOST_DEPTH = 5, 6


def lines_in(answer: str) -> tuple[str, ...]:
    """The lines in an answer: those of its JSON, or one of plain text; () for SKIP, a refusal or half a sentence."""
    spoken = [_spoken(one) for one in _candidates(answer) or ()]
    clean = [_whole_sentences(line) for line in spoken if not (_silent(line) or _is_no_speech(line))]
    return tuple(dict.fromkeys(line for line in clean if len(_LETTER.findall(line)) > 1))[:MOST_LINES]


def paragraph_in(answer: str) -> str | Failure:
    """A text of several sentences in an answer, in one line and without marks, or why there is none; of JSON, its
    texts."""
    facts = facts_in(answer)
    if isinstance(facts, Failure):
        return facts
    text = " ".join(lines_in(facts)) if facts.lstrip().startswith(("{", "[")) else _spoken(facts)
    return text if _LETTER.search(text) and not _silent(text) else Failure("empty", words=facts[:WORDS_SHOWN])


def says_silence(answer: str) -> bool:
    """Whether an answer says that nothing is worth hearing: an empty list, or SKIP; not one that cannot be read."""
    found = _candidates(answer)
    return found is not None and not lines_in(answer) and (not found or any(_silent(_spoken(one)) for one in found))


def _candidates(answer: str) -> list[str] | None:
    """The texts of an answer that may be lines; [] where it gives none on purpose, None where it cannot be read.

    What begins as JSON is never plain text: braces and names of fields are not to be spoken.
    """
    text = without_thinking(answer)
    if failure_in(answer) or _PAGE.match(text):
        return None
    text = _BOXED.sub(r"\1", _TAGS.sub("", _BLOCK_TAGS.sub("\n\n", _CONTROLS.sub(" ", text)))).strip()
    opens = _JSON.search(text)
    if opens and not _SKIP.match(text):
        lists = [_texts(value) for value in _json_values(text[:LONGEST], opens.start(opens.lastgroup or 0))]
        readable = [one for one in lists if one is not None]
        return [text for one in readable for text in one] if readable else None
    if "{" in text and (objects := json_objects(text, frozenset(LINE_NAMES))[0]):
        return [text for one in objects for text in _texts(one.fields) or ()]
    text = re.sub(r"\*\*|__|`+\w*\n|`+", "", text)
    return [line for part in _NEXT.split(text) if (line := _bare(part))][:1] or None


def _json_values(text: str, at: int) -> Iterator[Any]:
    """Each value of JSON from a place on; what is not valid is repaired, with all that follows."""
    brackets = (found.start() for found in re.finditer(r"[\[{(]", text))
    text = text[: next(islice(brackets, MOST_BRACKETS, None), len(text))]
    while 0 <= at < len(text):
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(text, at)
        except (ValueError, RecursionError):
            yield repaired(text[at:])
            return
        yield value
        following = _JSON_AGAIN.search(text, end)
        at = following.start() if following else -1


def _texts(value: Any, depth: int = 0) -> list[str] | None:
    """The texts of a value's first list, or of its field for a line; None where it has none."""
    if isinstance(value, list):
        return _listed(value)
    if not isinstance(value, dict) or depth > MOST_DEPTH:
        return None
    fields = plain_fields(value)
    if name := next((one for one in LINE_NAMES if one in fields), ""):
        inner = fields[name]
        if isinstance(inner, dict):
            return _texts(inner, depth + 1)
        return [inner] if isinstance(inner, str) else _listed(inner) if isinstance(inner, list) else None
    texts = {n: one for n, one in fields.items() if isinstance(one, str) and n not in _NO_LINE and _is_sentence(one)}
    if numbered := [one for name, one in texts.items() if _NUMBERED.fullmatch(name)]:
        return numbered
    lists = (_listed(one) for one in fields.values() if isinstance(one, list))
    if (listed := next((one for one in lists if one is not None), None)) is not None:
        return listed
    nested = (_texts(one, depth + 1) for one in fields.values() if isinstance(one, dict))
    found = next((one for one in nested if one is not None), None)
    return list(texts.values()) if found is None and len(texts) == 1 else found


def _listed(values: list[Any]) -> list[str] | None:
    """The texts of a list, and the one text of each object in it; None where it is not empty and has none."""
    found = [text for one in values for text in ([one] if isinstance(one, str) else _one_text(one))]
    return found if found or not values else None


def _one_text(value: Any) -> list[str]:
    fields = plain_fields(value)
    texts = [fields[name] for name in LINE_NAMES if isinstance(fields.get(name), str)][:1]
    others = [one for n, one in fields.items() if isinstance(one, str) and n not in _NO_LINE and _is_sentence(one)]
    return texts or (others if len(others) == 1 else [])


def _spoken(text: str) -> str:
    """A candidate without marks: no tags, no character references, no quotes or labels around it."""
    return _bare(_CONTROLS.sub(" ", _TAGS.sub("", html.unescape(text))))


def _is_no_speech(line: str) -> bool:
    return bool(_NO_SPEECH.fullmatch(line.strip(" .…<>[](){}\"'")))


def _is_sentence(text: str) -> bool:
    """Whether the text of a field of any name may be a line: one word, or an address, is none."""
    return len(text.split()) >= _FEWEST_WORDS or len(_UNSPACED.findall(text)) > 1


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
