"""How long it takes to index made films, and to answer questions about them.

    python benchmarks/find.py [--films 10000] [--segments 400] [--workdir DIR]

The films are made: projects of `--segments` lines with what was observed for each (a paragraph of 40 words) and four
subtitles to a line, with words as frequent as in a language (Zipf). `DIFFERENT` of them are written; the others are the
same files under other names. The first `MEASURED` are read and indexed as any film is, the rest by what was read of
those. 10,000 films take 6 GB of disk in the temporary folder (or in `--workdir`), all of which is removed in the end.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from audiodesc.core.concurrency import cores
from audiodesc.model import Gap, Segment, Span
from audiodesc.project.lines import DraftLine
from audiodesc.project.project import made_project, open_project
from audiodesc.project.timeline import TIMELINE
from audiodesc.search.documents import documents
from audiodesc.search.finding import EVERYWHERE, ask_index, find
from audiodesc.search.index import AT_ONCE, index_path, projects_in, read_into, update
from audiodesc.search.moments import Moment, moments_of
from audiodesc.search.questions import question_of
from audiodesc.search.store import IndexStore, open_index

DIFFERENT = 40
MEASURED = 200
ASKED = 100
PROJECT_MS, QUESTION_MS = 20.0, 50.0
A_FILM = 12
"""People who are described."""

EVERY_MS, CUES_A_LINE = 13_500, 4

PEOPLE = ("man", "woman", "girl", "boy", "child", "officer", "doctor", "sailor", "driver", "nurse")
COLOURS = ("red", "blue", "green", "yellow", "grey", "white", "black", "brown", "orange", "purple")
THINGS = ("coat", "hat", "scarf", "dress", "suit", "raincoat", "uniform", "jacket", "shirt", "cap")
PLACES = ("harbour", "kitchen", "street", "forest", "station", "hotel", "beach", "office", "church", "bridge")
DEEDS = ("walks", "runs", "waits", "turns", "sits", "looks", "stands", "falls", "writes", "smiles")


class Words:
    """Made words, the first of which are as frequent as "the" and "and"."""

    def __init__(self, seed: int, count: int = 30_000) -> None:
        self._random = random.Random(seed)
        self._words = [_word(number) for number in range(count)]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(count)))

    def text(self, count: int) -> str:
        return " ".join(self._random.choices(self._words, cum_weights=self._weights, k=count))

    def rare(self) -> str:
        return self._random.choice(self._words[500:])

    def of(self, words: Sequence[str]) -> str:
        return self._random.choice(words)


def _word(number: int) -> str:
    """Of two to five syllables, each number its own."""
    syllables = [first + vowel for first in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
    word = ""
    number += len(syllables)
    while number:
        number, rest = divmod(number, len(syllables))
        word += syllables[rest]
    return word


def main() -> None:
    given = _arguments()
    with TemporaryDirectory(prefix="audiodesc-find-", dir=given.workdir) as place:
        folder = Path(place)
        _make(folder, given.films, given.segments)
        sleep(2.1)  # a file that was written just now is read again the next time
        _index(folder, given.films)
        _ask(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--segments", type=int, default=400)
    parser.add_argument("--workdir", type=Path)
    return parser.parse_args()


def _make(folder: Path, films: int, segments: int) -> None:
    """The projects, `DIFFERENT` of them written and the others linked to these."""
    made = []
    for number in range(films):
        hidden = folder / _place(number) / ".audiodesc"
        hidden.mkdir(parents=True)
        if number < DIFFERENT:
            with made_project(hidden.parent) as project:
                words = Words(number)
                project.keep_drafts(list(_drafts(words, segments)), "model")
                cues = [[*_times(at), "speech", "", words.text(7)] for at in range(segments * CUES_A_LINE)]
                project.put_facts({"film": {"name": f"film-{number}.mp4"}, TIMELINE: _timeline(cues, segments)})
            made.append(hidden / "project.sqlite")
        else:
            (hidden / "project.sqlite").hardlink_to(made[number % DIFFERENT])


def _place(number: int) -> str:
    return f"{number // 500:03d}/film-{number:05d}.ad"


def _times(at: int) -> tuple[int, int]:
    start = at * EVERY_MS // CUES_A_LINE
    return start, start + 2_000


def _timeline(cues: Sequence[object], segments: int) -> dict[str, object]:
    cuts = list(range(5_000, segments * EVERY_MS, 5_000))
    return {"cues": list(cues), "cuts": cuts, "language": "en", "duration_ms": segments * EVERY_MS}


def _drafts(words: Words, count: int) -> Iterator[DraftLine]:
    people = [f"{words.of(PEOPLE)} in a {words.of(COLOURS)} {words.of(THINGS)}" for _ in range(A_FILM)]
    for number in range(count):
        start = number * EVERY_MS
        segment = Segment(Gap(Span(start, start + 5_000)), Span(max(0, start - 8_000), start), start, 12)
        line = f"A {words.of(people)} {words.of(DEEDS)} {words.text(6)}."
        seen = f"In a {words.of(PLACES)} a {words.of(PEOPLE)} {words.of(DEEDS)}. {words.text(34)}."
        yield DraftLine(segment.id, segment, seen, "model", (line,), line, start, start + 4_000)


def _index(folder: Path, films: int) -> None:
    """The first films as a user's are, the others by what is read of those: the same is in the index, in less time."""
    measured = min(films, MEASURED)
    with closing(open_index(index_path(folder))) as store:
        there = dict(projects_in(folder))
        names = sorted(there)
        batches = [names[at : min(measured, at + AT_ONCE)] for at in range(0, measured, AT_ONCE)]
        took = [_batch(store, folder, {name: there[name] for name in batch}) for batch in batches]
        clock, busy = (sum(one[which] for one in took) / measured for which in (0, 1))
        best = min(one[0] / len(batch) for one, batch in zip(took, batches, strict=True))
        print(
            f"to index a film, the first {measured}: {clock:.1f} ms by the clock {_met(clock, PROJECT_MS)}, of the "
            f"quickest {AT_ONCE} {best:.1f} ms; {busy:.1f} ms on the processor; {_load()}",
            flush=True,
        )
        _fill(folder, store, {name: there[name] for name in names[measured:]})
        began = perf_counter()
        made = update(folder, store)
        print(f"to see that none has changed: {(perf_counter() - began) * 1000:.0f} ms for all")
    size = made.path.stat().st_size / 1e9
    print(f"{made.projects:,} films, {made.moments:,} moments, an index of {size:.2f} GB", flush=True)
    assert (made.projects, made.read, made.failed) == (films, 0, ())


def _batch(store: IndexStore, folder: Path, stamps: Mapping[str, str]) -> tuple[float, float]:
    """To index these: ms by the clock, and on the processor."""
    began, busy = perf_counter(), process_time()
    read_into(store, folder, stamps)
    return (perf_counter() - began) * 1000, (process_time() - busy) * 1000


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {cores()} cores"


def _fill(folder: Path, store: IndexStore, left: Mapping[str, str]) -> None:
    known: list[Sequence[Moment]] = []
    for number in range(min(DIFFERENT, len(left))):
        with open_project(folder / _place(number)) as project:
            known.append(moments_of(documents(project, shots=False)))
    began = perf_counter()
    for at, several in enumerate(_batched(left)):
        with store.writing():
            for number, name in enumerate(several, at * AT_ONCE):
                store.put(name, left[name], "film.mp4", known[number % DIFFERENT])
    if left:
        print(f"to write a film, the other {len(left):,}: {(perf_counter() - began) * 1000 / len(left):.1f} ms")


def _batched(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while several := list(islice(left, AT_ONCE)):
        yield several


def _questions() -> Iterator[str]:
    """Of every kind: what is common, what is rare, phrases, prefixes, fields, either one, without."""
    words = Words(1_000_000)
    for number in range(ASKED):
        colour, thing, person, deed = (words.of(of) for of in (COLOURS, THINGS, PEOPLE, DEEDS))
        yield (
            f"{colour} {thing}",
            f"{words.rare()} {thing}",
            f'"{colour} {thing}" {deed}',
            f"line:{person} said:{words.rare()}",
            f"{words.rare()} OR {words.rare()}",
            f"{words.rare()[:5]}* {person}",
            f"{person} {words.of(PLACES)} {deed} -{colour}",
            person,
            words.rare(),
            f"{words.text(1)} {words.text(1)}",
        )[number % 10]


def _ask(folder: Path) -> None:
    questions = list(_questions())
    with closing(open_index(index_path(folder))) as store:
        times = {text: _took_ms(partial(ask_index, folder, store, question_of(text), EVERYWHERE)) for text in questions}
    for number, what in enumerate(("by the clock", "on the processor")):
        of = {text: one[number] for text, one in times.items()}
        slowest = max(of, key=lambda text: of[text])
        print(
            f"a question, of {len(questions)} in the opened index, {what}: median {median(of.values()):.1f} ms, 95 % "
            f"within {quantiles(of.values(), n=20)[-1]:.1f} ms, the slowest {of[slowest]:.1f} ms ({slowest})",
            _met(of[slowest], QUESTION_MS) if not number else _load(),
        )
    whole = median(_took_ms(partial(find, text, folder))[0] for text in questions[:10])
    print(f"`audiodesc.find`, which sees what has changed first: median {whole:.0f} ms")


def _took_ms(work: Callable[[], object]) -> tuple[float, float]:
    """The best of three, by the clock and on the processor: what the disk takes for the first is not ours."""
    times = []
    for _ in range(3):
        began, busy = perf_counter(), process_time()
        work()
        times.append(((perf_counter() - began) * 1000, (process_time() - busy) * 1000))
    return min(one[0] for one in times), min(one[1] for one in times)


def _met(value: float, most: float) -> str:
    return f"({'met' if value <= most else 'not met'}: {most:g} ms)"


if __name__ == "__main__":
    main()
