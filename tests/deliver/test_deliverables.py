"""The table of deliverables: what is made, under which names, and those of other packages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from films import make_film
from stories import SCRIPT, make_story, write_script

from audiodesc.core import plugins
from audiodesc.core.plugins import Availability, Backend
from audiodesc.deliver import DELIVERABLES, deliverables, file_names, wanted_rows
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.errors import OutputError, UsageError
from audiodesc.media.probe import probe
from audiodesc.model import Film, Note
from audiodesc.pipeline import describe, render
from audiodesc.settings import DeliverSettings, Settings


@dataclass(frozen=True)
class CountOptions:
    word: str = "lines"
    times: int = 1


class Count(BuiltIn):
    """The deliverable of another package: it reads what the others made."""

    name = "count"
    summary = "how many lines there are"
    options = CountOptions
    fails = False
    runs = True
    by_default = False
    file = "{}.count.txt"

    def availability(self) -> Availability:
        return Availability() if self.runs else Availability(False, "there is no abacus", "buy one")

    def is_wanted(self, settings: DeliverSettings) -> bool:
        if self.fails:
            raise RuntimeError("nobody knows")
        return self.by_default

    def file_name(self, film: Film, settings: Settings) -> str:
        return self.file.format(film.path.stem)

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        path.write_text("half of it")
        if self.fails:
            raise RuntimeError("the abacus broke\nin two")
        assert all(delivery.files[name].stat().st_size for name in ("script", "track", "film", "narration", "page"))
        assert delivery.report.loudness
        path.write_text(f"{len(delivery.spoken) * delivery.options.times} {delivery.options.word}")
        return [Note("deliver", "counted by hand")]


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    row = Count()
    monkeypatch.setattr(
        plugins, "_plugins", lambda group, protocol: (("count", row),) if group.endswith("ables") else ()
    )
    return row


def settings(**options: str) -> Settings:
    return Settings(deliver=DeliverSettings(also=("count",)), options={"count": options} if options else {})


def test_each_row_says_what_it_is() -> None:
    for name, row in DELIVERABLES.items():
        assert isinstance(row, Backend)
        assert row.name == name
        assert row.summary
        assert row.needs == "nothing"
        assert row.availability().runs


def test_what_is_made_by_default(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 2))
    usual = Settings()
    names = file_names(wanted_rows(usual, sound=True), film, usual.deliver)
    assert names == {
        "script": "film.ad.vtt",
        "report": "film.ad.json",
        "track": "film.ad.m4a",
        "film": "film.ad.mp4",
        "narration": "film.narration.flac",
        "page": "film.ad.html",
    }
    stems = Settings(deliver=DeliverSettings(track="wav", stems=True))
    names = file_names(wanted_rows(stems, sound=True), film, stems.deliver)
    assert (names["track"], names["ducked"]) == ("film.ad.wav", "film.ducked.wav")
    assert set(wanted_rows(stems, sound=False)) == {"script", "report"}


def test_a_script_in_another_format_has_the_scripts_name(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 2))
    more = Settings(deliver=DeliverSettings(also=("srt", "csv")))
    names = file_names(wanted_rows(more, sound=False), film, more.deliver)
    assert (names["script"], names["srt"], names["csv"]) == ("film.ad.vtt", "film.ad.srt", "film.ad.csv")


def test_the_script_in_other_formats(tmp_path: Path) -> None:
    film, out = make_story(tmp_path), tmp_path / "out"
    chosen = Settings(deliver=DeliverSettings(also=("srt", "webvtt", "csv")))
    made = render(film, write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "story.srt", out, chosen)
    assert made.files["srt"].name == "story.ad.srt"
    assert made.files["csv"].name == "story.ad.csv"
    assert "webvtt" not in made.files
    for line in made.spoken:
        assert line.line.text in made.files["srt"].read_text("utf-8")
        assert line.line.text in made.files["csv"].read_text("utf-8")


@pytest.mark.parametrize(
    ("deliver", "fault"),
    [
        (DeliverSettings(also=("scc",)), "there is no deliverable 'scc'"),
        (DeliverSettings(also=("statue",)), "there is no deliverable 'statue'"),
    ],
)
def test_what_cannot_be_made_is_said_before_the_work(deliver: DeliverSettings, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        wanted_rows(Settings(deliver=deliver), sound=True)


def test_a_deliverable_of_another_package_is_made_where_it_is_asked_for(tmp_path: Path, count: Count) -> None:
    film, out, subs = make_story(tmp_path), tmp_path / "out", tmp_path / "story.srt"
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    assert list(deliverables()) == [*DELIVERABLES, "count"]
    assert "count" not in render(film, script, subs, out).files
    made = render(film, script, subs, out, settings(word="Zeilen", times="2"))
    file = made.files["count"]
    assert (file.name, file.read_text()) == ("story.count.txt", f"{len(made.spoken) * 2} Zeilen")
    report = json.loads(made.files["report"].read_text("utf-8"))
    assert report["files"]["count"]["name"] == "story.count.txt"
    assert any(note["message"] == "counted by hand" for note in report["notes"])

    written = file.stat().st_mtime_ns
    render(film, script, subs, out, settings(word="Zeilen", times="2"))
    assert file.stat().st_mtime_ns == written  # all is there
    assert render(film, script, subs, out, settings(word="lines")).files["count"].read_text().endswith(" lines")

    file.write_text("mine")
    with pytest.raises(OutputError, match=r"story\.count\.txt was changed"):
        render(film, script, subs, out, settings(word="lines"))


def test_one_of_another_package_that_fails_costs_a_note(tmp_path: Path, count: Count) -> None:
    film, out = make_story(tmp_path), tmp_path / "out"
    count.fails = True
    made = render(film, write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "story.srt", out, settings())
    assert "count" not in made.files
    assert not (out / "story.count.txt").exists()
    assert made.files["film"].exists()
    report = json.loads(made.files["report"].read_text("utf-8"))
    message = "count could not be made (RuntimeError: the abacus broke)"
    assert message in [note["message"] for note in report["notes"]]


def test_options_availability_and_names_are_checked_first(tmp_path: Path, count: Count) -> None:
    with pytest.raises(UsageError, match="count has no option 'wrod'"):
        wanted_rows(settings(wrod="x"), sound=True)
    with pytest.raises(UsageError, match="none is mixed"):
        describe(make_film(tmp_path / "film.mp4", 2), settings=settings())
    film = probe(tmp_path / "film.mp4")
    for name in ("Film.AD.m4a", "../film.txt"):
        count.file = name
        with pytest.raises(UsageError, match="the deliverable count would be written to"):
            file_names(wanted_rows(settings(), sound=True), film, settings().deliver)
    count.runs = False
    with pytest.raises(UsageError, match="count cannot be made here: there is no abacus"):
        wanted_rows(settings(), sound=True)


def test_one_of_another_package_that_is_made_unasked(count: Count, caplog: pytest.LogCaptureFixture) -> None:
    assert "count" not in wanted_rows(Settings(), sound=True)
    count.by_default = True
    assert "count" in wanted_rows(Settings(), sound=True)
    assert "count" not in wanted_rows(Settings(), sound=False)
    count.runs = False
    assert "count" not in wanted_rows(Settings(), sound=True)
    assert not caplog.records
    count.fails = True
    assert "count" not in wanted_rows(Settings(), sound=True)
    assert [record.getMessage() for record in caplog.records] == [
        "the deliverable count is left out (RuntimeError: nobody knows)"
    ]
