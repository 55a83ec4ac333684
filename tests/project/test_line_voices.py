"""Lines with a voice of their own: heard in it, told in the report and in scripts, and read back from these."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from stories import SCRIPT, write_script

from audiodesc import render
from audiodesc.media.clips import read_wav
from audiodesc.pipeline import export
from audiodesc.project import Edit, Result, open_project
from audiodesc.scripts import ScriptFile, ScriptLine, read_script
from audiodesc.scripts.known_voices import with_known_voices
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings
from audiodesc.speak import profile, voice

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
FERRY, NIGHT, WALK = "000000500", "000007400", "000013300"
FILM, OTHER = "espeak-en-gb", "espeak-de"


@pytest.fixture
def place(three_lines: Path, tmp_path: Path) -> Path:
    shutil.copytree(three_lines, tmp_path / "film")
    return tmp_path / "film/story.ad"


def edit(place: Path, id: str, voice: str) -> None:
    with open_project(place) as project:
        project.edit([Edit(id, voice=voice)])


def voices(place: Path) -> list[str]:
    with open_project(place) as project:
        return [line.voice for line in project.lines()]


def heard(made: Result) -> dict[str, bytes]:
    return {one.line.segment.id: read_wav(one.clip).tobytes() for one in made.spoken}


def test_a_line_is_heard_in_its_own_voice_and_the_others_in_the_films(place: Path) -> None:
    before = heard(render(place))
    edit(place, NIGHT, OTHER)
    made = render(place)
    after = heard(made)
    (spoken,) = [one for one in made.spoken if one.line.segment.id == NIGHT]
    alone = {name: voice(profile(name)).say(SCRIPT[1][2], spoken.rate).samples for name in (FILM, OTHER)}
    assert len(after[NIGHT]) // 4 == len(alone[OTHER])  # two voices of different lengths for the same words
    assert len(alone[OTHER]) != len(alone[FILM])
    assert after[NIGHT] != before[NIGHT]
    assert {id: after[id] for id in (FERRY, WALK)} == {id: before[id] for id in (FERRY, WALK)}
    assert [one.voice for one in made.report.spoken] == [None, OTHER, None]
    assert set(made.report.settings["line_voices"]) == {OTHER}
    assert made.report.provenance
    assert "espeak-en-gb" in made.report.provenance.of.voice
    assert OTHER in made.report.provenance.of.voice
    edit(place, NIGHT, "")
    assert heard(render(place)) == before


def test_scripts_say_the_voice_and_what_is_changed_there_is_an_edit(place: Path) -> None:
    edit(place, NIGHT, OTHER)
    render(place)
    script = place / "story.ad.vtt"
    text = script.read_text("utf-8")
    assert f"<v {OTHER}>Night falls." in text
    assert text.count("<v ") == 1
    script.write_text(text.replace(f"<v {OTHER}>", "").replace("She walks", "<v espeak-it>She walks"), "utf-8")
    made = render(place)
    assert made.changes == (
        "story.ad.vtt: line 000007400 at 0:07.400: the film's voice",
        "story.ad.vtt: line 000013300 at 0:13.300: voice espeak-it",
    )
    assert voices(place) == ["", "", "espeak-it"]
    assert [one.voice for one in made.report.spoken] == [None, None, "espeak-it"]


def test_a_table_from_elsewhere_gives_voices_and_one_without_takes_none_away(place: Path, tmp_path: Path) -> None:
    sheet = export(place, ["csv"], tmp_path / "out").files["csv"]
    rows = list(csv.reader(sheet.read_text("utf-8-sig").splitlines()))
    at = rows[0].index("voice")
    assert [row[at] for row in rows[1:]] == ["", "", ""]
    rows[1][at] = OTHER
    with (tmp_path / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    merged = replace(QUICK, run=replace(QUICK.run, merge=True))
    render(place, tmp_path / "mine.csv", settings=merged)
    assert voices(place) == [OTHER, "", ""]
    render(place, write_script(tmp_path / "plain.vtt", SCRIPT), settings=merged)
    assert voices(place) == [OTHER, "", ""]


def test_a_name_that_is_no_voice_costs_a_remark_where_it_looks_like_one_and_nothing_else() -> None:
    lines = tuple(ScriptLine(n * 1000, n * 1000 + 500, "Words.", n, voice=name) for n, name in enumerate(NAMES, 1))
    read = with_known_voices(ScriptFile(lines))
    assert [one.voice for one in read.lines] == ["", "", OTHER, ""]
    assert [(one.kind, one.number) for one in read.faults] == [("voice", 4)]
    assert "did you mean espeak-de" in read.faults[0].message


NAMES = ("Narrator", "Narrator", OTHER, "espeak-dee")


def test_a_voice_that_cannot_speak_here_is_told_and_the_films_speaks(place: Path) -> None:
    """The project comes from a computer with other voices."""
    import sqlite3
    from contextlib import closing

    before = heard(render(place))
    edit(place, NIGHT, OTHER)
    with closing(sqlite3.connect(place / ".audiodesc/project.sqlite")) as file, file:
        file.execute("UPDATE lines SET voice = 'gone' WHERE id = ?", (NIGHT,))
    made = render(place)
    assert heard(made) == before
    (note,) = [one.message for one in made.notes if "gone" in one.message]
    assert note.startswith("the voice gone cannot speak its lines, and espeak-en-gb does: there is no voice 'gone'")
    assert [one.voice for one in made.report.spoken] == [None, None, None]


def test_the_report_file_says_it(place: Path) -> None:
    edit(place, WALK, OTHER)
    made = render(place)
    content = json.loads(made.files["report"].read_text("utf-8"))
    assert [one.get("voice") for one in content["segments"] if one["line"]] == [None, None, OTHER]
    assert f"(voice {OTHER})" in made.files["page"].read_text("utf-8")
    assert [line.voice for line in read_script(made.files["script"]).lines] == ["", "", OTHER]
