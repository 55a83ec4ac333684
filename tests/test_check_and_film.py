"""Files in, a judgement out."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from films import FFMPEG, write_srt
from stories import SCRIPT, write_script

from audiodesc import check
from audiodesc.errors import InputError, ScriptError, SubtitleError, UsageError
from audiodesc.judge import Criteria
from audiodesc.settings import CheckSettings, DialogueSettings, Settings
from audiodesc.subtitles import read_file

CUES = [(5_000, 7_000, "What brings you here?"), (11_500, 13_000, "I am searching for someone.")]
QUICK = Settings(check=CheckSettings(picture=False))
DEAF = Settings(dialogue=DialogueSettings(hear=False))
GOOD = [("00:00.500", "00:03.000", SCRIPT[0][2]), *SCRIPT[1:]]


def files(folder: Path) -> tuple[Path, Path]:
    write_srt(folder / "story.srt", CUES)
    return write_script(folder / "story.vtt", GOOD), folder / "story.srt"


def test_a_good_script_has_no_error(tmp_path: Path) -> None:
    script, subs = files(tmp_path)
    judgement = check(script, None, subs)
    assert judgement.count("error") == 0
    assert judgement.script == str(script)
    assert "over-dialogue" in judgement.judged


def test_a_line_over_dialogue_has_its_line_in_the_file(tmp_path: Path) -> None:
    _, subs = files(tmp_path)
    script = write_script(tmp_path / "bad.vtt", [*GOOD[:1], ("00:06.000", "00:08.000", "Night falls.")])
    (finding,) = (one for one in check(script, None, subs).findings if one.severity == "error")
    assert (finding.rule, finding.line) == ("over-dialogue", 6)


def test_the_film_gives_its_length(sample: tuple[Path, Path], tmp_path: Path) -> None:
    film, subs = sample
    script = write_script(tmp_path / "late.vtt", [("10:00.000", "10:03.000", "Night falls.")])
    assert [one.rule for one in check(script, film, subs).findings if one.severity == "error"] == ["past-end"]


def test_the_films_cuts_are_found_unless_they_are_known_or_not_wanted(
    sample: tuple[Path, Path], tmp_path: Path
) -> None:
    film, subs = sample
    script = write_script(tmp_path / "one.vtt", [("00:01.000", "00:03.000", "A ferry waits.")])
    empty = [one.span for one in check(script, film, subs).findings if one.rule == "empty-pause"]
    assert len(empty) > 2
    assert not [one for one in check(script, film, subs, cuts=()).findings if one.rule == "empty-pause"]
    assert "empty-pause" in check(script, film, subs, settings=QUICK).unjudged


def test_a_film_without_text_is_not_a_film_without_dialogue(sample: tuple[Path, Path], tmp_path: Path) -> None:
    judgement = check(files(tmp_path)[0], sample[0], settings=DEAF)
    assert "over-dialogue" in judgement.unjudged
    assert any("no subtitle track" in note for note in judgement.notes)


def test_without_subtitles_the_dialogue_is_what_is_heard(sample: tuple[Path, Path], tmp_path: Path) -> None:
    """Somebody speaks from 8.7 to 11.5 s."""
    script = write_script(tmp_path / "over.vtt", [("00:09.000", "00:11.000", "A ferry waits.")])
    judgement = check(script, sample[0])
    assert {"over-speech", "empty-pause"} <= {one.rule for one in judgement.findings}
    assert {"over-dialogue", "empty-pause"} <= set(judgement.judged)
    assert {"repeats-dialogue", "early-name", "under-subtitle"} <= set(judgement.unjudged)
    assert any("the speech detected" in note for note in judgement.notes)


def test_the_film_is_listened_to_unless_that_is_not_wanted(sample: tuple[Path, Path], tmp_path: Path) -> None:
    """The last line of dialogue has lost its subtitle; the narrator speaks there."""
    film, subs = sample
    (tmp_path / "cut.srt").write_text(subs.read_text("utf-8").split("\n6\n")[0], "utf-8")
    script = write_script(tmp_path / "over.vtt", [("00:48.000", "00:50.000", "A ferry waits.")])
    judgement = check(script, film, tmp_path / "cut.srt", settings=QUICK)
    assert [one.rule for one in judgement.findings if one.severity == "error"] == ["over-speech"]
    assert (
        "over-speech" in check(script, film, tmp_path / "cut.srt", settings=replace(DEAF, check=QUICK.check)).unjudged
    )


def test_subtitles_that_do_not_match_the_sound_are_doubted(sample: tuple[Path, Path], tmp_path: Path) -> None:
    """They count at their times all the same: `make` refuses them, but a script can be judged."""
    film, subs = sample
    script = write_script(tmp_path / "one.vtt", [("00:15.000", "00:17.000", "A ferry waits.")])
    late = later(subs, tmp_path / "late.srt")
    doubted = check(script, film, late, settings=QUICK)
    assert any("6.0 s late" in note for note in doubted.notes)
    assert any("in doubt: " in note and "--sync" in note for note in doubted.notes)
    assert [one.rule for one in doubted.findings if one.severity == "error"] == ["over-dialogue"]
    assert not any(" late" in note for note in check(script, film, subs, settings=QUICK).notes)


def later(subs: Path, path: Path) -> Path:
    """The subtitles, 6 s late."""
    cues = read_file(subs)[0]
    return write_srt(path, [(one.span.start_ms + 6_000, one.span.end_ms + 6_000, one.text) for one in cues])


@pytest.mark.parametrize(
    "settings",
    [Settings(dialogue=DialogueSettings(sync=True)), Settings(dialogue=DialogueSettings(shift_s=-6.0))],
    ids=["sync", "shift"],
)
def test_subtitles_that_are_moved_count_where_they_are_moved_to(
    sample: tuple[Path, Path], tmp_path: Path, settings: Settings
) -> None:
    """Dialogue stands from 8.7 to 11.5 s."""
    late = later(sample[1], tmp_path / "late.srt")
    rows = [("00:09.000", "00:11.000", "A ferry waits."), ("00:12.500", "00:14.500", "A gull cries.")]
    judgement = check(
        write_script(tmp_path / "two.vtt", rows), sample[0], late, settings=replace(settings, check=QUICK.check)
    )
    assert [(one.rule, one.line) for one in judgement.findings if one.severity == "error"] == [("over-dialogue", 3)]


def test_a_shift_needs_no_film_but_listening_does(tmp_path: Path) -> None:
    script, subs = files(tmp_path)
    shifted = check(script, None, subs, settings=Settings(dialogue=DialogueSettings(shift_s=-4.0)))
    assert "over-dialogue" in [one.rule for one in shifted.findings]
    with pytest.raises(UsageError, match="--film"):
        check(script, None, subs, settings=Settings(dialogue=DialogueSettings(sync=True)))


def test_songs_are_protected_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "song.srt").write_text("1\n00:00:05,000 --> 00:00:09,000\n♪ The last ferry leaves ♪\n", "utf-8")
    script = write_script(tmp_path / "over.vtt", [("00:06.000", "00:08.000", "Night falls.")])
    plain, protected = (
        check(
            script, None, tmp_path / "song.srt", settings=Settings(dialogue=DialogueSettings(protect_lyrics=is_asked))
        )
        for is_asked in (False, True)
    )
    assert (plain.count("error"), protected.count("error")) == (0, 1)


def test_the_sound_track_that_is_listened_to_can_be_chosen(sample: tuple[Path, Path], tmp_path: Path) -> None:
    """The first track is silent; in the second somebody speaks from 8.7 to 11.5 s."""
    film = tmp_path / "two.mkv"
    sounds = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-map", "0:v", "-map", "1:a", "-map", "0:a"]
    command = [FFMPEG, "-v", "error", "-i", sample[0], *sounds, "-t", "20", "-c:v", "copy", "-c:a", "aac", film]
    subprocess.run(command, check=True)
    script = write_script(tmp_path / "over.vtt", [("00:09.000", "00:11.000", "A ferry waits.")])
    found = [
        check(script, film, settings=replace(QUICK, dialogue=DialogueSettings(audio_track=number))).findings
        for number in (1, 2)
    ]
    assert [[one.rule for one in each if one.severity == "error"] for each in found] == [[], ["over-speech"]]


def test_what_is_known_of_the_picture_is_used(tmp_path: Path) -> None:
    script, subs = files(tmp_path)
    found = [one.rule for one in check(script, None, subs, cuts=[8_500]).findings]
    assert "empty-pause" not in found  # "Night falls." stands there


def test_a_criteria_is_handed_on(tmp_path: Path) -> None:
    script = write_script(tmp_path / "a.vtt", [("00:01.000", "00:04.000", "There is a dog.")])
    assert check(script, criteria=Criteria(disable=("there-is",))).findings == ()


@pytest.mark.parametrize("missing", ["script", "film", "subs"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    script, subs = files(tmp_path)
    given = {"script": script, "film": None, "subs": subs} | {missing: tmp_path / "none.xyz"}
    with pytest.raises(InputError, match=r"none\.xyz does not exist"):
        check(given["script"], given["film"], given["subs"])  # type: ignore[arg-type]


def test_a_script_for_subtitles_and_subtitles_that_are_none(tmp_path: Path) -> None:
    script, _ = files(tmp_path)
    (tmp_path / "none.srt").write_text("nothing")
    with pytest.raises(SubtitleError):
        check(script, None, tmp_path / "none.srt")
    with pytest.raises(ScriptError):
        check(tmp_path / "none.srt")
