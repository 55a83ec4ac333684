"""A script that is given with --merge and is another film's: it is refused, and what is this film's is not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from stories import write_script

from audiodesc.errors import ScriptError
from audiodesc.project import open_project
from audiodesc.project.folder import hold_folder
from audiodesc.project.project import made_project
from audiodesc.project.script_files import apply_readings, read_given
from audiodesc.scripts import ScriptFile, read_script
from audiodesc.settings import DialogueSettings, RunSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
MERGE = RunSettings(merge=True)
WHO = ("The ferry", "A gull", "Marek", "A door", "The crowd", "His sister", "A lamp", "The clerk")
DOES = ("leaves the quay", "turns in the wind", "writes a name", "is shut from inside", "runs for the train", "weeps")
"""Words of one film; those of another have none of their letters' order."""

OTHERS = ("Xylophones", "Judge Quimby", "Wolves", "Hypnosis", "Two jockeys", "Fog")
DO = ("boil", "juggle axes", "zigzag by", "vex Bob", "mop up ink", "hum")


def starts(seed: int, lines: int, each_ms: int = 15_000) -> list[int]:
    """So many starts of lines of a film, which last 3 s, at any distance from each other."""
    dice, made = random.Random(seed), [0]
    for _ in range(lines):
        made.append(made[-1] + 3_500 + int(dice.expovariate(1 / (each_ms - 3_500))))
    return made[1:]


def clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms % 60_000 / 1000:06.3f}"


def script(path: Path, lines: Sequence[tuple[int, str]]) -> Path:
    return write_script(path, [(clock(at), clock(at + 3_000), text) for at, text in lines])


def ours(lines: int = 60) -> list[tuple[int, str]]:
    return [(at, f"{WHO[n % 8]} {DOES[n % 6]}, {n}.") for n, at in enumerate(starts(1, lines))]


def others(seed: int, lines: int) -> list[tuple[int, str]]:
    return [(at, f"{OTHERS[n % 6]} {DO[n % 5]} {n}.") for n, at in enumerate(starts(seed, lines))]


def read(path: Path) -> ScriptFile:
    return read_script(path)


def given(folder: Path, path: Path, run: RunSettings = MERGE) -> list[str]:
    """What a script that is given changes, as it is told."""
    with hold_folder(folder) as held, made_project(folder) as project:
        reading = read_given(held, project, path, read, run)
        apply_readings(held, project, [reading], "ann")
        return [str(one) for one in reading.changed]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of sixty lines of a person's."""
    made = tmp_path / "film.ad"
    made.mkdir()
    given(made, script(tmp_path / "first.vtt", ours()), RunSettings())
    return made


def texts(folder: Path) -> list[str]:
    with open_project(folder) as project:
        return [line.text for line in project.lines()]


def test_another_films_script_is_refused_and_nothing_is_changed(folder: Path, tmp_path: Path) -> None:
    before = texts(folder)
    for seed, lines in product(range(2, 6), (20, 60, 120)):
        with pytest.raises(ScriptError, match="is it another film's"):
            given(folder, script(tmp_path / "other.vtt", others(seed, lines)))
    assert texts(folder) == before


def test_it_is_taken_by_who_knows_that_it_is_this_films(folder: Path, tmp_path: Path) -> None:
    path = script(tmp_path / "other.vtt", others(3, 60))
    with pytest.raises(ScriptError, match=r"other\.vtt: hardly any of its 60 lines is known here") as error:
        given(folder, path)
    assert "--force" in error.value.remedy
    assert len(given(folder, path, replace(MERGE, force=True))) == 60


def test_a_script_that_was_written_anew_is_merged(folder: Path, tmp_path: Path) -> None:
    """Other words for each line, which begin up to a second earlier or later."""
    dice = random.Random(1)
    times = [max(0, at + dice.randint(-1_000, 1_000)) for at, _ in ours()]
    anew = [(at, f"{OTHERS[n % 6]} {DO[n % 5]}.") for n, at in enumerate(times)]
    assert len(given(folder, script(tmp_path / "anew.vtt", anew))) == 60


@pytest.mark.parametrize("part", [slice(0, 12), slice(0, 60, 6)])
def test_a_part_that_was_written_anew_is_merged(folder: Path, tmp_path: Path, part: slice) -> None:
    anew = [(at + 400, f"{OTHERS[n % 6]} {DO[n % 5]}.") for n, (at, _) in enumerate(ours()[part])]
    assert len(given(folder, script(tmp_path / "anew.vtt", anew))) == len(anew)


def test_new_lines_between_those_that_stand_are_merged(folder: Path, tmp_path: Path) -> None:
    free = [at + 5_000 for (at, _), (after, _) in zip(ours(), ours()[1:], strict=False) if after - at > 12_000]
    assert len(free) > 8
    new = [(at, f"{OTHERS[n % 6]} {DO[n % 5]}.") for n, at in enumerate(free)]
    assert len(given(folder, script(tmp_path / "more.vtt", new))) == len(free)


def test_a_script_of_other_times_is_merged_for_a_part_of_its_words(folder: Path, tmp_path: Path) -> None:
    """As one that was timed for another cut of the film."""
    moved = [(at + 7_000, text if n % 5 == 0 else f"{OTHERS[n % 6]} {n}.") for n, (at, text) in enumerate(ours())]
    assert given(folder, script(tmp_path / "cut.vtt", moved))


def test_many_lines_are_merged_into_few(tmp_path: Path) -> None:
    folder = tmp_path / "film.ad"
    folder.mkdir()
    given(folder, script(tmp_path / "few.vtt", ours()[::15]), RunSettings())
    anew = [(at, f"{OTHERS[n % 6]} {DO[n % 5]}.") for n, (at, _) in enumerate(ours())]
    assert len(given(folder, script(tmp_path / "anew.vtt", anew))) == 60


def test_what_another_project_wrote_is_refused_by_its_ids(folder: Path, tmp_path: Path) -> None:
    """Though its lines begin where lines are."""
    lines = [(at + 300, f"{OTHERS[n % 6]} {DO[n % 5]}.") for n, (at, _) in enumerate(ours()[:3])]
    text = script(tmp_path / "other.ad.vtt", lines).read_text("utf-8")
    written = text.replace("WEBVTT", "WEBVTT - audiodesc")
    for at, _ in lines:
        written = written.replace(f"\n{clock(at)} -->", f"\n{at:09}\n{clock(at)} -->")
    (tmp_path / "other.ad.vtt").write_text(written, "utf-8")
    assert [one.id for one in read(tmp_path / "other.ad.vtt").lines] == [f"{at:09}" for at, _ in lines]
    with pytest.raises(ScriptError, match=r"it is another project's: is it another film's\?"):
        given(folder, tmp_path / "other.ad.vtt")
    (tmp_path / "plain.vtt").write_text(text, "utf-8")
    assert len(given(folder, tmp_path / "plain.vtt")) == 3
