"""Episodes that are really made, one after the other: each is given what those before it told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films import Sound, make_film, silence, write_srt

from audiodesc import make
from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.series import after_film, before_film
from audiodesc.batch.series.ledger import ledger_path
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.core.toml import settings_of
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer, LineRequest, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.model import FrameRequest, VideoClip
from audiodesc.report.reading import read_report
from audiodesc.settings import Settings

SERIES = "Harbour Lights"
SECONDS = 20
LINES = {
    1: "Tom, a bearded man in a blue coat, waits at the quay.",
    2: "A woman with a red scarf comes in.",
    3: "The bearded man in a blue coat laughs.",
}


class Scripted(Describer):
    """Writes one line for each place, and keeps what it is asked and knows."""

    lines_at_once = 1
    frames = FrameRequest(fps=0.5, min_frames=1, max_frames=2, max_pixels=64 * 64)
    label = "scripted"

    def __init__(self, line: str, known: FilmContext) -> None:
        self.line, self.known = line, known

    @property
    def fingerprint(self) -> str:
        return f"scripted/1 {self.line} {self.known.fingerprint}"

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        for number, _ in enumerate(clips):
            yield number, "Seen."

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return [self.line] if self.line not in request.previous_lines else []

    def summarise(self, request: StoryRequest) -> str:
        return "A story that is told."


@pytest.fixture
def films(tmp_path: Path) -> dict[int, Path]:
    """Three short films; Anna speaks in the first, Kim in the second."""
    made: dict[int, Path] = {}
    for number in LINES:
        level = 40 + number * 30

        def picture(time: float, level: int = level) -> Any:
            return np.full((96, 128, 3), level + int(time // 5) * 20, np.uint8)

        path = tmp_path / f"e{number}.mp4"
        made[number] = make_film(path, SECONDS, picture, [Sound(silence(SECONDS, 1), "mono", codec="aac")], fps=4)
        name = {1: "ANNA: ", 2: "KIM: "}.get(number, "")
        write_srt(path.with_suffix(".srt"), [(500, 1_800, f"{name}Here we are again."), (18_000, 19_000, "Good bye.")])
    return made


def job(films: dict[int, Path], number: int, **choices: Any) -> FilmJob:
    film = films[number]
    base = {"dialogue": {"hear": False}, "deliver": {"track": "wav"}}
    output, subtitles = str(film.with_suffix(".ad")), str(film.with_suffix(".srt"))
    return FilmJob(str(film), output, subtitles, {**base, **choices}, SERIES, number)


def made(of: FilmJob, folder: Path, *, sound: bool = False) -> FilmContext:
    """Make an episode as a batch does; what its describer was given."""
    prepared, given = before_film(of, folder), []

    def choose(
        settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float, /
    ) -> ChosenDescriber:
        given.append(known)
        return ChosenDescriber(Scripted(LINES[int(of.episode)], known))

    settings = settings_of(Settings, prepared.choices)
    result = make(prepared.film, prepared.subtitles, prepared.output, settings, silent, sound=sound, choose=choose)
    after_film(of, folder, FilmResult(files={name: str(path) for name, path in result.files.items()}))
    return given[0]


def test_what_an_episode_learned_the_later_ones_know(films: dict[int, Path], tmp_path: Path) -> None:
    lexicon = tmp_path / "names.toml"
    lexicon.write_text('Tom = "tomm"\nNobody = "x"\n', "utf-8")
    first = job(films, 1, voice={"name": "espeak-en-us", "lexicon": str(lexicon)})
    assert made(first, tmp_path) == FilmContext()
    second = made(job(films, 2), tmp_path)
    assert {one.name: one.looks for one in second.cast} == {"Tom": "bearded man in a blue coat", "Anna": ""}
    assert LINES[1] in second.text
    third = made(job(films, 3), tmp_path)
    assert [one.name for one in third.cast] == ["Tom", "Anna", "Kim"]
    report = read_report(tmp_path / "e3.ad" / "e3.ad.json")
    assert report.voice == "espeak-en-us", "the voice of the first episode speaks all"
    assert "tomm" in str(report.settings["lexicon_fingerprint"])
    assert "Nobody" not in str(report.settings["lexicon_fingerprint"])
    assert any("Tom is called" in one.message for one in report.notes), "the lines are held against the ledger's people"


def test_an_episode_that_is_made_again_is_given_the_same(films: dict[int, Path], tmp_path: Path) -> None:
    given = [made(job(films, number), tmp_path) for number in (1, 2, 3)]
    ledger = ledger_path(tmp_path, SERIES)
    before = ledger.read_bytes()
    again = [made(job(films, number), tmp_path) for number in (3, 1, 2)]
    assert [given[2], given[0], given[1]] == again
    assert ledger.read_bytes() == before


def test_a_person_s_entry_reaches_the_describer(films: dict[int, Path], tmp_path: Path) -> None:
    made(job(films, 1), tmp_path)
    ledger = ledger_path(tmp_path, SERIES)
    text = ledger.read_text("utf-8").replace("bearded man in a blue coat", "old sailor")
    ledger.write_text(text.replace('name = "Anna"', 'name = "Anna"\nignore = true'), "utf-8")
    assert [(one.name, one.looks) for one in made(job(films, 2), tmp_path).cast] == [("Tom", "old sailor")]


def test_a_series_of_the_describer_that_needs_no_model(films: dict[int, Path], tmp_path: Path) -> None:
    for number in (1, 2):
        of = job(films, number, describer={"name": "basic"})
        prepared = before_film(of, tmp_path)
        settings = settings_of(Settings, prepared.choices)
        result = make(prepared.film, prepared.subtitles, prepared.output, settings)
        after_film(of, tmp_path, FilmResult(), made=result.files["report"].parent)
    found = tomllib.loads(ledger_path(tmp_path, SERIES).read_text("utf-8"))
    assert [one["name"] for one in found["person"]] == ["Anna", "Kim"]
    assert [one["film"] for one in found["episode"]] == ["e1.mp4", "e2.mp4"]
    assert found["series"]["voice"] == read_report(tmp_path / "e2.ad" / "e2.ad.json").voice


def test_the_report_of_a_film_in_a_store_is_read_from_there(films: dict[int, Path], tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    of = job(films, 1)
    made(of, tmp_path)
    fsspec.filesystem("memory").put(str(tmp_path / "e1.ad" / "e1.ad.json"), "/out/e1.ad/e1.ad.json")
    there = replace(of, output="memory://out/e1.ad")
    after_film(there, tmp_path / "other", FilmResult(files={"report": "memory://out/e1.ad/e1.ad.json"}))
    found = tomllib.loads(ledger_path(tmp_path / "other", SERIES).read_text("utf-8"))
    assert [one["name"] for one in found["person"]] == ["Tom", "Anna"]
