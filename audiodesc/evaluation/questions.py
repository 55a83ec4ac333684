"""Questions with choices and the right letter, as data sets give them: JSON, JSON Lines or CSV.

- Video-MME (Fu et al., CVPR 2025): `question`, `options` (with "A. " before each), `answer`; `videoID`, `question_id`,
  `task_type`, `duration`, `domain`; also its form for results, with the `questions` (and `choices`) of each video in it
- StoryAD-QA (Hahm et al., ECCV 2026): `file`, `question`, `option_A` to `option_E`, `correct_answer`
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Final

from audiodesc.core.files import read_whole
from audiodesc.core.formatting import number_of, plain
from audiodesc.errors import InputError
from audiodesc.model import Span

LARGEST: Final = 100_000_000
"""Bytes of a file. Each of StoryAD-QA's is 1 MB."""

MOST: Final = 50_000
LONGEST_TEXT: Final = 4_000
"""Characters of a question, and of a choice."""

LATEST_S: Final = 360_000
LETTERS: Final = ascii_uppercase[:10]
FORM: Final = 'give JSON, JSON Lines or CSV with "question", "options" and "answer", or as StoryAD-QA has them'

ANSWERS: Final = ("answer", "correct_answer", "correct", "right")
CHOICES: Final = ("options", "choices", "candidates")
FILMS: Final = ("file", "videoID", "video_id", "video", "film", "movie")
IDS: Final = ("question_id", "id", "row_index")
CATEGORIES: Final = (
    "task_type", "question_type", "category", "type", "duration", "duration_category", "domain", "video_category",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its `choices` are A, B, C …, and `right` is the letter of the right one.

    `films` are all names that the file gives the film or clip; `span` is the part that it asks about, None for the
    whole; `categories` are its kinds, by the file's name for them.
    """

    id: str
    text: str
    choices: tuple[str, ...]
    right: str
    films: tuple[str, ...] = ()
    span: Span | None = None
    categories: tuple[tuple[str, str], ...] = ()


def read_questions(path: Path) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """The questions of a file, in its order, and notes on what of it is no question with one right choice.

    Raises InputError for a file that cannot be read, and one without such a question.
    """
    found: list[Question] = []
    faults: list[str] = []
    for number, row in enumerate(_rows(path), 1):
        if number > MOST:
            raise InputError(f"{path} has more than {MOST:,} questions", "give it in parts")
        try:
            found.append(_question(row, number))
        except ValueError as error:
            faults.append(f"question {number}: {error}")
    if not found:
        raise InputError(f"{path} has no question that can be asked ({'; '.join(faults[:1]) or 'it is empty'})", FORM)
    left = f"{number_of(len(faults), 'question')} left out: {'; '.join(faults[:3])}{' …' if len(faults) > 3 else ''}"
    return tuple(found), (left,) if faults else ()


def about(questions: Sequence[Question], names: Sequence[str], path: Path) -> tuple[Question, ...]:
    """Those about the film that is called by one of the names; all of a file that names no film.

    Raises InputError, which lists what the file is about, where it is about others.
    """
    if not any(question.films for question in questions):
        return tuple(questions)
    wanted = {_film(name) for name in names} - {""}
    found = tuple(one for one in questions if not one.films or wanted & {_film(name) for name in one.films})
    if not found:
        films = list(dict.fromkeys(one.films[0] for one in questions if one.films))
        shown = f"{', '.join(films[:5])}{' …' if len(films) > 5 else ''}"
        raise InputError(f"{path} asks about {shown}, none of which is {' or '.join(names)}", "say which: --of NAME")
    return found


def _film(name: str) -> str:
    """A film's name without its folders and its suffix."""
    last = re.split(r"[/\\]", name.strip().rstrip("/\\"))[-1]
    return re.sub(r"\.(mp4|mkv|webm|mov|avi|ts|m4v|ad|vtt|srt)$", "", last, flags=re.IGNORECASE).casefold()


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    kind = path.suffix.lower()
    if kind == ".parquet":
        convert = "pandas.read_parquet(...).to_json('questions.jsonl', orient='records', lines=True) writes them"
        raise InputError(f"{path} is Parquet, which is not read here", f"give JSON Lines: {convert}")
    text = _text(path)
    try:
        if kind in (".csv", ".tsv"):
            yield from csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if kind == ".tsv" else ",")
        elif kind in (".jsonl", ".ndjson"):
            for line in text.splitlines():
                if line.strip():
                    yield from _objects(json.loads(line))
        else:
            yield from _objects(json.loads(text))
    except (ValueError, RecursionError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as {kind or 'JSON'} ({str(error).splitlines()[0]})", FORM) from error


def _objects(value: Any, above: Mapping[str, Any] | None = None) -> Iterator[Mapping[str, Any]]:
    """The questions in a value: what stands above a list of them holds for each."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise ValueError("what is listed is no object")
        inner = one.get("questions", one.get("data"))
        if isinstance(inner, list) and above is None:
            rest = {name: held for name, held in one.items() if not isinstance(held, list | dict)}
            yield from _objects(inner, rest)
        else:
            yield {**(above or {}), **one}


def _text(path: Path) -> str:
    try:
        return read_whole(path, LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "give a file that can be read") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8 (byte {error.start})", "save it anew in UTF-8") from error


def _question(row: Mapping[str, Any], number: int) -> Question:
    """Raises ValueError for what is no question with one right choice."""
    text = _words(row.get("question"), "the question")
    choices = _choices(row)
    if not text:
        raise ValueError("it has no text")
    if not 2 <= len(choices) <= len(LETTERS):
        raise ValueError(f"it has {number_of(len(choices), 'choice')}")
    if len(set(choices)) < len(choices):
        raise ValueError("two of its choices are the same")
    films = tuple(dict.fromkeys(one for name in FILMS if (one := _short(row.get(name)))))
    kinds = tuple((name, one) for name in CATEGORIES if (one := _short(row.get(name))) and not _is_number(one))
    id = next((one for name in IDS if (one := _short(row.get(name)))), str(number))
    return Question(id, text, choices, _right(row, choices), films, _span(row), kinds)


def _choices(row: Mapping[str, Any]) -> tuple[str, ...]:
    listed = next((row[name] for name in CHOICES if name in row), None)
    if isinstance(listed, str):
        listed = json.loads(listed) if listed.lstrip().startswith("[") else [one for one in listed.split("|") if one]
    if isinstance(listed, Mapping):
        listed = [listed[letter] for letter in LETTERS if letter in listed]
    if not isinstance(listed, list):
        plain_names = {re.sub(r"[\W_]", "", str(name)).casefold(): cell for name, cell in row.items()}
        found = ((plain_names.get(f"option{one}", plain_names.get(one))) for one in LETTERS.casefold())
        listed = [one if one is not None else "" for one in found]
        while listed and not str(listed[-1]).strip():
            listed.pop()
    choices = tuple(_words(one, "a choice") for one in listed)
    if all(re.match(rf"\(?{letter}[.):]\s", choice) for letter, choice in zip(LETTERS, choices, strict=False)):
        choices = tuple(re.sub(r"^\(?[A-J][.):]\s+", "", choice) for choice in choices)
    if not all(choices):
        raise ValueError("one of its choices is empty")
    return choices


def _right(row: Mapping[str, Any], choices: Sequence[str]) -> str:
    given = next((row[name] for name in ANSWERS if row.get(name) not in (None, "")), None)
    if not isinstance(given, str):
        raise ValueError(
            "it says no right letter" if given is None else f"the right choice is {given!r:.20}, no letter"
        )
    if found := re.fullmatch(r"\W*(?:option[_ ]?)?([A-Ja-j])\W*", given.strip(), re.IGNORECASE):
        letter = found[1].upper()
        if LETTERS.index(letter) < len(choices):
            return letter
    said = _words(re.sub(r"^\(?[A-J][.):]\s+", "", given.strip()), "the answer")
    if said in choices:
        return LETTERS[choices.index(said)]
    raise ValueError(f"its right choice {given!r:.30} is none of its {len(choices)} choices")


def _span(row: Mapping[str, Any]) -> Span | None:
    """The part of the film, in seconds; None where it names none."""
    times = [row.get(name) for name in ("start", "end")]
    if any(time in (None, "") for time in times):
        return None
    start, end = (_seconds(time) for time in times)
    if end <= start:
        raise ValueError("it ends before it begins")
    return Span(round(1000 * start), round(1000 * end))


def _seconds(time: Any) -> float:
    try:
        found = float(time)
    except (TypeError, ValueError):
        found = math.nan
    if not 0 <= found <= LATEST_S:
        raise ValueError(f"its time is {time!r:.20}, not seconds")
    return found


def _words(value: Any, what: str) -> str:
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError(f"{what} is no text")
    text = " ".join(plain(str(value if value is not None else "")).split())
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{what} has {len(text)} characters, of {LONGEST_TEXT} at most")
    return text


def _short(value: Any) -> str:
    return " ".join(plain(str(value)).split())[:200] if isinstance(value, str | int) and value != "" else ""


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,:]+", text))
