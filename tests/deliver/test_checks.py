"""What is known before any work: whether the disk has room, and what a deliverable refuses."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc.core import plugins
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.checks import check_space
from audiodesc.errors import FilmError, OutputError
from audiodesc.media.probe import probe
from audiodesc.model import Film, Note, Span
from audiodesc.pipeline import export, render
from audiodesc.settings import DeliverSettings, Settings

Usage = namedtuple("Usage", "total used free")


class Large(BuiltIn):
    """Wants a gigabyte, and may refuse."""

    name = "large"
    summary = "much of it"
    needs_sound = False
    refuses = False
    size = 1_000_000_000

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.large.txt"

    def check(self, film: Film, settings: Settings) -> list[Note]:
        if self.refuses:
            raise FilmError(f"{film.path}: it is too small", "take a larger one")
        return [Note("deliver", "it will lack a hat")]

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return self.size

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_text("large")
        return ()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Large:
    row = Large()
    monkeypatch.setattr(
        plugins, "_plugins", lambda group, protocol: (("large", row),) if group.endswith("ables") else ()
    )
    return row


def free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(count, 0, count))


ALSO = Settings(deliver=DeliverSettings(also=("large",)))


def test_a_disk_without_room_is_one_line_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: Large
) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT)
    free(monkeypatch, 900_000_000)
    monkeypatch.setattr("audiodesc.pipeline.analyse", lambda *given: pytest.fail("the work began"))
    with pytest.raises(OutputError) as raised:
        render(film, script, None, tmp_path / "out", ALSO)
    assert str(raised.value) == (
        f"{tmp_path / 'out'}: 1.0 GB are needed (large, film), and 0.9 GB are free: "
        "make room, or give a folder on a larger disk with -o"
    )
    assert not [path.name for path in (tmp_path / "out").iterdir() if path.name != ".audiodesc"]


def test_what_is_there_already_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: Large) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT)
    made = render(film, script, None, tmp_path / "out", ALSO)
    assert [note.message for note in made.notes if "hat" in note.message] == ["it will lack a hat"]
    free(monkeypatch, 1_000)
    assert render(tmp_path / "out", settings=ALSO).files == made.files
    with pytest.raises(OutputError, match=r"elsewhere: 1\.0 GB are needed \(large\), and 0\.0 MB are free"):
        export(tmp_path / "out", ["large"], tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_a_row_that_refuses_stops_the_run_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: Large
) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT)
    large.refuses = True
    monkeypatch.setattr("audiodesc.pipeline.analyse", lambda *given: pytest.fail("the work began"))
    with pytest.raises(FilmError, match="it is too small: take a larger one"):
        render(film, script, None, tmp_path / "out", ALSO)
    assert not (tmp_path / "out").exists()


def test_a_part_of_a_film_needs_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, settings = probe(make_story(tmp_path)), Settings()
    free(monkeypatch, 500_000_000)
    half = Span(0, film.duration_ms // 2)
    check_space([Large()], film, settings, tmp_path, half)
    free(monkeypatch, 400_000_000)
    with pytest.raises(OutputError, match=r"0\.5 GB are needed"):
        check_space([Large()], film, settings, tmp_path, half)
