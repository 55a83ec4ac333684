"""What an episode that was made adds to its series: people, how names are spoken, the voice, and a summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.series.extend import Learned, LearnedPerson, extend
from audiodesc.batch.series.ledger import Ledger, as_text, is_listed, ledger_of, read_ledger
from audiodesc.batch.series.prepare import choices_of, merged_cast
from audiodesc.core.cache import Store
from audiodesc.describers.appearances import HEADS
from audiodesc.describers.context import FilmContext, Person, read_cast
from audiodesc.describers.people import ledger as people_of
from audiodesc.errors import InputError
from audiodesc.project.folder import HIDDEN
from audiodesc.report.model import Report
from audiodesc.report.reading import LARGEST, from_json, read_report, report_in
from audiodesc.speak.lexicon import Entry, Lexicon, read_lexicon

MOST_SUMMARY: Final = 600
"""Characters of an episode's summary."""

MOST_LAST_LINES: Final = 5
"""Lines that stand for a summary where the describer wrote none."""

MOST_PEOPLE, MOST_TERMS = 40, 200
"""What one episode adds at most: labels of a faulty subtitle file are no cast."""

LONGEST_NAME, LONGEST_LOOKS = 60, 200
"""Characters."""

_NOBODY: Final = frozenset(
    re.findall(
        r"\w+",
        "narrator voice voices all both everyone everybody crowd announcer radio tv television phone computer singer "
        "chorus choir together others group speaker reporter newsreader unknown male female over offscreen men women "
        "boys girls children people guard nurse doctor officer driver waiter waitress clerk operator stimme erzähler "
        "sprecher alle beide leute narrateur voix tous toutes ensemble narrador narradora voz todos todas narratore "
        "voce tutti tutte",
    )
)
"""Words of labels that name nobody in particular."""
_KINDS: Final = frozenset(noun.lower() for nouns in HEADS.values() for noun in nouns)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s")


def learn(path: Path, job: FilmJob, made: Path | None, result: FilmResult) -> None:
    """Write into the ledger in `path` what an episode adds. `made` is the folder of its results, None for the job's own
    output. Raises as `after_film` does."""
    report, folder = _report(job, made, result)
    known = read_ledger(path) if path.exists() else ledger_of(path, {})
    extend(path, as_text(job.series), learned_of(job, report, known, _newest_story(folder) if folder else ""))


def learned_of(job: FilmJob, report: Report, known: Ledger, story: str = "") -> Learned:
    """What the report of an episode adds. `story` is the story as a describer summed it up, "" where none did; then
    the last lines stand for it."""
    voice = choices_of(job, "voice").get("name")
    lines = [one.line for one in report.spoken]
    return Learned(
        number=job.episode,
        film=as_text(job.name),
        output=as_text(job.output),
        summary=_shortened(story) or _last_lines(lines),
        voice=str(voice) if voice not in (None, "auto") else report.voice,
        language=report.language,
        people=tuple(_people(job, report, known, lines))[:MOST_PEOPLE],
        terms=tuple(_terms(job, report, lines))[:MOST_TERMS],
    )


def _report(job: FilmJob, made: Path | None, result: FilmResult) -> tuple[Report, Path | None]:
    """The report of a film, and the folder on this machine that it is in, if it is."""
    named = result.files.get("report", "")
    if made is None and "://" not in job.output:
        made = Path(job.output)
    if made is None:
        if not named:
            raise InputError(f"{job.output} has no report", "make the film again")
        return from_json(_fetched(named), named), None
    path = made / named.replace("\\", "/").rpartition("/")[2] if named else made
    return read_report(path if path.is_file() else report_in(made)), made


def _fetched(url: str) -> bytes:
    import fsspec

    try:
        with fsspec.open(url, "rb") as file:
            content: bytes = file.read(LARGEST + 1)
    except (OSError, ImportError, ValueError) as error:
        raise InputError(f"{url} cannot be read: {error}", "check that the store can be reached") from error
    if len(content) > LARGEST:
        raise InputError(f"{url} is too large for a report", "make the film again")
    return content


def _people(job: FilmJob, report: Report, known: Ledger, lines: Sequence[str]) -> Iterator[LearnedPerson]:
    """Those of the job's cast; those to whom a line gives name and look; and those who speak by name."""
    cast = choices_of(job, "describer").get("cast")
    own = read_cast(Path(str(cast))) if cast else ()
    found: dict[str, LearnedPerson] = {one.name: LearnedPerson(one.name, one.looks, one.portrait) for one in own}
    context = FilmContext("", _of_the_series(own, known))
    for seen in people_of(lines, context):
        name = _clean(seen.name, LONGEST_NAME)
        if name and not is_listed(name, [(one, ()) for one in found]):
            found[name] = LearnedPerson(name, _clean(_appearance(seen.look.phrase), LONGEST_LOOKS))
    for cue in report.cues:
        name = _clean(cue.speaker, LONGEST_NAME)
        if cue.kind == "speech" and is_name(name) and not is_listed(name, [(one, ()) for one in found]):
            found[name] = LearnedPerson(name)
    yield from found.values()


def _of_the_series(own: Sequence[Person], known: Ledger) -> tuple[Person, ...]:
    """The cast by which people are distinguished; portraits say nothing there."""
    return merged_cast(own, _without_portraits(known), float("inf"))


def _without_portraits(known: Ledger) -> Ledger:
    return replace(known, people=tuple(replace(one, portrait=None) for one in known.people))


def is_name(label: str) -> bool:
    """Whether the label of a speaker is somebody's name, and not "Man 2", "Radio" or "All"."""
    words = [word for word in re.findall(r"[^\W\d_]+", label.lower()) if len(word) > 1]
    return bool(words) and not any(word in _NOBODY or word in _KINDS for word in words)


def _appearance(phrase: str) -> str:
    """ "the bearded man in a blue coat" as a cast has it: "bearded man in a blue coat"."""
    return re.sub(r"^(?:the|an?) ", "", phrase, flags=re.IGNORECASE)


def _terms(job: FilmJob, report: Report, lines: Sequence[str]) -> Iterator[Entry]:
    """The entries of the job's lexicon that the episode's lines or dialogue have."""
    lexicon = choices_of(job, "voice").get("lexicon")
    if not lexicon:
        return
    texts = [*lines, *(cue.text for cue in report.cues), *(cue.speaker for cue in report.cues)]
    text = "\n".join(texts)
    for entry in read_lexicon(Path(str(lexicon))).entries:
        if Lexicon((entry,)).spoken(text) != Lexicon().spoken(text):
            yield entry


def _newest_story(folder: Path) -> str:
    """The latest story that the describer wrote for a film: a new run of the same film finds it again."""
    newest, story = (-1, ""), ""
    store = Store(folder / HIDDEN / "cache")
    for path in store.folder.glob("story.*.json"):
        with suppress(OSError):
            at = path.stat().st_mtime_ns, path.name
            text = store.read_json(path.stem)
            if isinstance(text, str) and text.strip() and at > newest:
                newest, story = at, text
    return story


def _shortened(text: str) -> str:
    """The first sentences of a text that are short enough together; of one long sentence, its first words."""
    text = _clean(text, len(text))
    if len(text) <= MOST_SUMMARY:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        if len(kept) + len(sentence) + 1 > MOST_SUMMARY:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or f"{text[: MOST_SUMMARY - 1].rpartition(' ')[0]}…"


def _last_lines(lines: Sequence[str]) -> str:
    kept: list[str] = []
    for line in reversed(lines[-MOST_LAST_LINES:]):
        text = _clean(line, MOST_SUMMARY)
        if sum(map(len, kept)) + len(kept) + len(text) > MOST_SUMMARY:
            break
        kept.insert(0, text)
    return " ".join(kept)


def _clean(text: str, most: int) -> str:
    """In one line, without characters that no text has."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:most].strip()
