"""What a project knows of its film -> documents to be searched: lines, observations, dialogue, people, texts, shots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from audiodesc.core.cache import WRONG
from audiodesc.core.formatting import UNSEEN
from audiodesc.describers.appearances import appearances_in
from audiodesc.describers.basic.texts import parse_facts
from audiodesc.describers.chosen import film_context
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.shot_facts import ShotFacts, Subject, read_shot_facts
from audiodesc.describers.people import Known, first_mentions
from audiodesc.errors import AudiodescError
from audiodesc.model import Cue, Span
from audiodesc.project.lines import DraftLine, ProjectLine
from audiodesc.project.project import Project
from audiodesc.project.saved import FILM, saved_settings
from audiodesc.project.timeline import Timeline, saved_timeline

Kind = Literal["line", "observation", "text", "dialogue", "person", "shot"]
Field = Literal["line", "seen", "who", "place", "text", "said", "sound", "shot"]

FIELDS: Final[Mapping[Field, str]] = {
    "line": "what the description says",
    "seen": "what the describer saw: actions, looks, light",
    "who": "who is seen or speaks: names, looks, speakers",
    "place": "where it is",
    "text": "text on screen",
    "said": "dialogue",
    "sound": "sounds that subtitles name",
    "shot": "the shot: its size, angle and movement",
}
"""What can be searched, and what it holds."""

LONGEST = 20_000
"""Characters of a field that are kept."""

MOST = 100_000
"""Documents of a project that are kept; a film of three hours has some thousands."""

SEPARATOR: Final = " · "
"""Between two texts of a field."""

CUE_FIELDS: Final[Mapping[str, Field]] = {
    "speech": "said", "lyrics": "said", "unsure": "said", "sound": "sound", "on_screen": "text"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that is known of a film at a time.

    `id` is unique in its project, and the same as long as what it is about is: a line's is that of the line. `film` is
    the name of the film's file, "" where the project does not say. `texts` has no empty text. A document of a shot may
    have no text at all. `language` is a BCP 47 tag, "" where it is not known.
    """

    id: str
    film: str
    kind: Kind
    span: Span
    texts: Mapping[Field, str]
    language: str = ""


def documents(project: Project, *, shots: bool = True) -> Iterator[Document]:
    """All that a project knows of its film, in no order, as it stands now; `shots` among it. Nothing is looked at or
    listened to."""
    film = str((project.fact(FILM) or {}).get("name", ""))
    timeline, snapshot = saved_timeline(project), project.snapshot()
    made = _all(project, timeline, snapshot.standing, snapshot.drafts)
    for number, (id, kind, span, texts, language) in enumerate(made):
        if number == MOST:
            return
        cleaned: dict[Field, str] = {}
        for field, text in texts.items():
            if text and (clean := _clean(text)):
                cleaned[field] = clean
        if cleaned:
            yield Document(id, film, kind, span, cleaned, language)
    for shot in timeline.shots if shots else ():
        yield Document(f"shot-{shot.start_ms:09d}", film, "shot", shot, {})


_Made = tuple[str, Kind, Span, Mapping[Field, str], str]


def _all(
    project: Project, timeline: Timeline, lines: Sequence[ProjectLine], drafts: Sequence[DraftLine]
) -> Iterator[_Made]:
    language = timeline.language
    known, first = first_mentions([line.text for line in lines], _context(project))
    named = [one for one in known if one.name]
    for line, people in zip(lines, first, strict=True):
        who = SEPARATOR.join(_called(line.text, named))
        yield f"line-{line.id}", "line", line.span, {"line": line.text, "who": who}, language
        for number, one in enumerate(people, 1):
            person = _joined(one.name, one.look.phrase)
            yield f"person-{line.id}-{number}", "person", line.span, {"who": person}, language
    for draft in drafts:
        yield from _observed(draft, language)
    for number, cue in _numbered(timeline.cues):
        yield _spoken(cue, f"{cue.span.start_ms:09d}-{number}")


def _called(line: str, named: Sequence[Known]) -> Iterator[str]:
    """The names of those whom a line calls by their looks."""
    looks = appearances_in(line) if named else ()
    return (one.name for one in named if one.name not in line and any(one.is_(look) for look in looks))


def _observed(draft: DraftLine, language: str) -> Iterator[_Made]:
    """What a describer saw for a line: texts on screen, typed facts, or a paragraph."""
    shown = parse_facts(draft.facts).texts
    for number, text in enumerate(shown, 1):
        yield f"text-{draft.id}-{number}", "text", text.span, {"text": text.text}, language
    if not shown and draft.facts:
        yield f"observation-{draft.id}", "observation", draft.segment.watch, _texts(draft.facts), language


def _texts(facts: str) -> Mapping[Field, str]:
    found = _shot_facts(facts)
    if found is None:
        return {"seen": facts}
    return {
        "who": SEPARATOR.join(_kind(one) for one in found.subjects),
        "seen": SEPARATOR.join([*(_seen(one) for one in found.subjects), found.lighting]),
        "place": found.environment,
        "shot": _joined(found.shot_type, found.shot_angle, found.shot_position, found.camera_motion).replace("_", " "),
    }


def _shot_facts(facts: str) -> ShotFacts | None:
    """The typed facts of an answer in JSON; None for any other."""
    if "{" not in facts:
        return None
    try:
        found, _ = read_shot_facts(facts)
    except ImportError:  # broken JSON, which only [models] mends
        return None
    return None if found == ShotFacts() else found


def _kind(one: Subject) -> str:
    return _joined(one.sub_kind or one.kind, one.appearance)


def _seen(one: Subject) -> str:
    return _joined(one.action, one.expression, one.position)


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def _spoken(cue: Cue, id: str) -> _Made:
    texts: dict[Field, str] = {CUE_FIELDS[cue.kind]: cue.text, "who": cue.speaker}
    return f"dialogue-{id}", "text" if cue.kind == "on_screen" else "dialogue", cue.span, texts, ""


def _numbered(cues: Sequence[Cue]) -> Iterator[tuple[int, Cue]]:
    """Each with its number among those that begin when it does."""
    seen: dict[int, int] = {}
    for cue in cues:
        seen[cue.span.start_ms] = seen.get(cue.span.start_ms, 0) + 1
        yield seen[cue.span.start_ms], cue


def _context(project: Project) -> FilmContext:
    """The cast of the last run, as far as its file is still there."""
    try:
        return film_context(saved_settings(project))
    except (AudiodescError, OSError, *WRONG):
        return FilmContext()


def _clean(text: str) -> str:
    """Without what no terminal or page may show, white space in one form, and not without end."""
    if len(text) <= LONGEST and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(UNSEEN.sub(" ", text[: 2 * LONGEST]).split())[:LONGEST].strip()
