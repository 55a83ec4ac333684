"""A person's recordings in a project: heard in the voice's place, tied to their texts, never lost; nothing unsaid."""

from __future__ import annotations

import csv
import json
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from commandline import audiodesc
from recordings.speech import RATE, in_room, noise, spoken, tone, write
from stories import SCRIPT, make_story, write_script

from audiodesc import make, render
from audiodesc.errors import InputError, StrictError
from audiodesc.media.clips import cut
from audiodesc.project import Edit, Result, open_project
from audiodesc.settings import DeliverSettings, DialogueSettings, RunSettings, Settings, VoiceSettings

FERRY, NIGHT, WALK = "000000500", "000007400", "000013300"
DELIVER = DeliverSettings(also=("lines", "dapt", "edl"), track="wav")
QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"), deliver=DELIVER)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the film, its subtitles and the project of three lines, with what a studio gets."""
    folder = tmp_path_factory.mktemp("begun")
    script = write_script(folder / "mine.vtt", SCRIPT)
    made = render(make_story(folder), script, folder / "story.srt", settings=QUICK)
    shutil.copytree(made.files["lines"], folder / "studio")
    return folder


@pytest.fixture
def place(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "place")
    return tmp_path / "place"


def rendered(place: Path, recordings: Path | None = None, settings: Settings | None = None) -> Result:
    return render(place / "story.ad", settings=settings, recordings=recordings)


def recorded(result: Result) -> list[str]:
    """The ids of the lines that a person speaks."""
    return [one.line.segment.id for one in result.spoken if one.recording]


def said(result: Result) -> list[str]:
    return [note.message for note in result.notes if note.stage == "record"]


def mix(result: Result) -> np.ndarray:
    return cut(result.files["track"], 0, 100_000).samples


def test_what_was_exported_comes_back_as_the_same_mix(place: Path) -> None:
    before = mix(rendered(place))
    result = rendered(place, place / "studio")
    assert recorded(result) == [FERRY, NIGHT, WALK]
    assert said(result) == []
    assert np.abs(mix(result) - before).max() < 10 ** (-90 / 20)


def test_takes_that_were_exported_with_handles_come_back_as_the_same_mix(place: Path) -> None:
    (takes := place / "takes").mkdir()
    for id, line in ((FERRY, SCRIPT[0]), (NIGHT, SCRIPT[1])):
        write(takes / f"{id}.wav", in_room(line[2], -66, 1.0) * np.float32(0.5))
    first = rendered(place, takes)
    before = mix(first)
    with wave.open(str(next(first.files["lines"].glob("0002_*.wav")))) as file:
        assert file.getnframes() > round(first.spoken[1].span.duration_ms * 48) + 40_000, "it has handles"
    shutil.copytree(first.files["lines"], place / "returned")
    result = rendered(place, place / "returned")
    assert recorded(result) == [FERRY, NIGHT, WALK]
    assert np.abs(mix(result) - before).max() < 10 ** (-90 / 20)


def test_the_exported_timeline_comes_back_too(place: Path) -> None:
    before = mix(rendered(place))
    shutil.copy(place / "story.ad/story.ad.edl", place / "studio/story.ad.edl")
    result = rendered(place, place / "studio")
    assert recorded(result) == [FERRY, NIGHT, WALK]
    assert np.abs(mix(result) - before).max() < 10 ** (-90 / 20)


def test_a_folder_is_rendered_with_its_recordings_without_naming_them(place: Path) -> None:
    first = rendered(place, place / "studio")
    shutil.rmtree(place / "studio")
    shutil.rmtree(place / "story.ad/.audiodesc/cache")
    again = rendered(place)
    assert recorded(again) == [FERRY, NIGHT, WALK]
    assert np.array_equal(mix(first), mix(again))


def test_one_line_of_a_person_among_others(place: Path) -> None:
    sound = in_room(SCRIPT[1][2], -70)
    (place / "takes").mkdir()
    write(place / "takes/0002_take2.wav", sound)
    result = rendered(place, place / "takes")
    assert recorded(result) == [NIGHT]
    assert [one.recording for one in result.report.spoken if one.id != NIGHT] == [None, None]
    assert said(result) == []
    dapt = result.files["dapt"].read_text("utf-8")
    assert 'scriptType="asRecorded"' in dapt
    table = (result.files["lines"] / "lines.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["recorded"] for row in rows] == ["no", "yes", "no"]
    page = result.files["page"].read_text("utf-8")
    assert "1 of 3 lines" in page
    assert page.count("(a person’s voice)") == 1
    assert "(a person's voice)" in audiodesc("listen", place / "story.ad", "--line", "2", "-o", place / "x.wav").stdout
    with open_project(place / "story.ad") as project:
        entry = project.history(NIGHT)[-1]
        assert (entry.source, bool(entry.after and entry.after.recording)) == ("recordings", True)


def test_recordings_of_another_text_are_asked_about_and_kept(place: Path) -> None:
    rendered(place, place / "studio")
    with open_project(place / "story.ad") as project:
        project.edit([Edit(NIGHT, text="Dusk comes."), Edit(WALK, text="she walks away")])
    result = rendered(place)
    assert recorded(result) == [FERRY, WALK]  # case and points are not heard
    assert len(said(result)) == 1
    assert "line 000007400 at 0:07.4 was recorded for another text (“Night falls.”)" in said(result)[0]
    assert f"audiodesc recordings FILM.ad {NIGHT} --keep" in said(result)[0]
    listed = audiodesc("recordings", place / "story.ad").stdout
    assert listed.count("for another text") == 1
    assert audiodesc("recordings", place / "story.ad", NIGHT, "--keep").returncode == 0
    assert recorded(rendered(place)) == [FERRY, NIGHT, WALK]


def test_a_table_says_for_which_text_a_line_was_recorded(place: Path) -> None:
    with open_project(place / "story.ad") as project:
        project.edit([Edit(NIGHT, text="Dusk comes.")])  # after the studio had its list
    write(next((place / "studio").glob("0002_*.wav")), in_room(SCRIPT[1][2]))
    result = rendered(place, place / "studio")
    assert recorded(result) == [FERRY, WALK]
    assert "recorded for another text (“Night falls.”)" in said(result)[0]


def test_a_recording_is_dropped_and_comes_back(place: Path) -> None:
    rendered(place, place / "studio")
    status = audiodesc("status", place / "story.ad").stdout
    assert "3 lines recorded by a person" in status
    dropped = audiodesc("recordings", place / "story.ad", NIGHT, "--drop")
    assert (dropped.returncode, dropped.stdout) == (0, "The voice speaks it.\n"), "the other lines have theirs"
    assert recorded(rendered(place)) == [FERRY, WALK]
    assert audiodesc("undo", place / "story.ad").returncode == 0
    assert recorded(rendered(place)) == [FERRY, NIGHT, WALK]
    assert audiodesc("recordings", place / "story.ad", "new", "--keep").returncode == 2


def test_a_recording_that_is_gone_is_told_and_the_voice_speaks(place: Path) -> None:
    rendered(place, place / "studio")
    shutil.rmtree(place / "story.ad/.audiodesc/recordings")
    result = rendered(place)
    assert recorded(result) == []
    assert len(result.spoken) == 3
    assert len(said(result)) == 3
    assert "its recording is gone, and the voice speaks" in said(result)[0]


def test_a_recording_that_is_too_long_says_by_how_much_and_what_helps(place: Path) -> None:
    long = np.concatenate(
        [spoken("A ferry waits at the pier, long and white, with all its lamps lit, for people.")] * 2
    )
    (place / "takes").mkdir()
    write(place / "takes/0002.wav", long)
    result = rendered(place, place / "takes")
    (left,) = result.left_out
    assert left.segment.id == NIGHT
    assert left.reason.startswith("its recording does not fit: it takes ")
    assert "let the film stop for it: --extended, or let the voice speak it" in left.reason
    assert "and the pause has" in left.reason
    assert f"audiodesc recordings FILM.ad {NIGHT} --drop" in left.reason
    with pytest.raises(StrictError):
        rendered(place, settings=Settings(QUICK.dialogue, voice=QUICK.voice, run=RunSettings(strict=True)))


def test_a_recording_a_little_too_long_is_spoken_a_little_faster(place: Path) -> None:
    gap = next(gap for gap in rendered(place).report.gaps if gap.start_ms <= 7_400 < gap.end_ms)
    room_s = (gap.end_ms - gap.start_ms) / 1000
    (place / "takes").mkdir()
    write(place / "takes/0002.wav", tone(round(room_s * 1.05 * RATE), 300, -20))
    result = rendered(place, place / "takes")
    assert recorded(result) == [NIGHT]
    (line,) = [one for one in result.spoken if one.recording]
    assert 1.0 < line.rate <= 1.08
    assert line.span.end_ms <= gap.end_ms


def test_faults_are_told_in_report_page_and_summary(place: Path) -> None:
    sound = in_room(SCRIPT[0][2])
    (place / "takes").mkdir()
    write(place / "takes/0001.wav", sound + tone(len(sound), 50, -45))
    write(place / "takes/0003.wav", np.clip(in_room(SCRIPT[2][2]), -0.05, 0.05))
    done = audiodesc("render", place / "story.ad", "--recordings", place / "takes")
    assert done.returncode == 0
    assert "A person's voice: 2 of 3 lines." in done.stdout
    assert "line 000000500 at 0:00.5: its recording (0001.wav) hums at 50 Hz" in done.stdout
    assert "line 000013300 at 0:13.3: its recording (0003.wav) is clipped in" in done.stdout
    report = json.loads((place / "story.ad/story.ad.json").read_text("utf-8"))
    assert len([note for note in report["notes"] if note["stage"] == "record"]) == 2
    assert "hums at 50 Hz" in (place / "story.ad/story.ad.html").read_text("utf-8")


def test_hostile_files_cost_one_line_each_and_the_others_are_heard(place: Path) -> None:
    takes = place / "takes"
    takes.mkdir()
    write(takes / "0001.wav", in_room(SCRIPT[0][2]))
    (takes / "0002.wav").write_text("no sound")
    (takes / "0003.wav").write_bytes(b"")
    (takes / "0002_take0.wav").symlink_to("/etc/passwd")
    (takes / "99.flac").write_bytes(b"fLaC")
    (takes / "notes.pdf").write_bytes(b"%PDF")
    result = rendered(place, takes)
    assert recorded(result) == [FERRY]
    told = said(result)
    for name in ("0002.wav", "0003.wav", "0002_take0.wav", "99.flac", "notes.pdf"):
        assert sum(name in message for message in told) == 1, (name, told)
    assert len(told) == 5
    assert all("\n" not in message for message in told)


def test_a_folder_without_any_recording_is_told(place: Path) -> None:
    (place / "empty").mkdir()
    assert said(rendered(place, place / "empty")) == [f"{place / 'empty'} holds no recording of any line"]
    with pytest.raises(InputError, match="does not exist"):
        rendered(place, place / "nowhere")


def test_silence_is_not_used(place: Path) -> None:
    (place / "takes").mkdir()
    write(place / "takes/0001.wav", noise(RATE, -90))
    result = rendered(place, place / "takes")
    assert recorded(result) == []
    assert any("0001.wav: nothing can be heard of it: it is not used" in message for message in said(result))


def test_make_speaks_what_is_recorded_of_its_lines(place: Path) -> None:
    settings = Settings(QUICK.dialogue, voice=QUICK.voice, deliver=DELIVER)
    made = make(place / "story.mp4", place / "story.srt", place / "made.ad", settings)
    takes = made.files["lines"]
    shutil.copytree(takes, place / "takes")
    again = make(place / "story.mp4", place / "story.srt", place / "made.ad", settings, recordings=place / "takes")
    assert recorded(again) == [one.line.segment.id for one in made.spoken]
    assert np.abs(mix(again) - mix(made)).max() < 10 ** (-90 / 20)
    third = make(place / "story.mp4", place / "story.srt", place / "made.ad", settings)
    assert recorded(third) == recorded(again)
