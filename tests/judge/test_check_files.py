"""Files in, a judgement out."""

from __future__ import annotations

import random
from pathlib import Path
from time import process_time

import pytest
from films import write_srt
from stories import SCRIPT, write_script

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.judge import Yardstick, check
from audiodesc.model import Span
from audiodesc.subtitles import read_file

CUES = [(5_000, 7_000, "What brings you here?"), (11_500, 13_000, "I am searching for someone.")]
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
    assert "empty-pause" in check(script, film, subs, picture=False).unjudged


def test_a_film_without_text_is_not_a_film_without_dialogue(sample: tuple[Path, Path], tmp_path: Path) -> None:
    judgement = check(files(tmp_path)[0], sample[0], sound=False)
    assert "over-dialogue" in judgement.unjudged
    assert any("no subtitle track" in note for note in judgement.notes)


def test_without_subtitles_the_dialogue_is_what_is_heard(tmp_path: Path) -> None:
    script, _ = files(tmp_path)
    judgement = check(script, cuts=[9_500, 20_000], heard=[Span(1_000, 2_000), Span(30_000, 31_000)])
    assert {"over-speech", "empty-pause"} <= {one.rule for one in judgement.findings}
    assert {"over-dialogue", "empty-pause"} <= set(judgement.judged)
    assert {"repeats-dialogue", "early-name"} <= set(judgement.unjudged)
    assert any("what is heard" in note for note in judgement.notes)


def test_the_film_is_listened_to_unless_that_is_not_wanted(sample: tuple[Path, Path], tmp_path: Path) -> None:
    """The last line of dialogue has lost its subtitle; the narrator speaks there."""
    film, subs = sample
    (tmp_path / "cut.srt").write_text(subs.read_text("utf-8").split("\n6\n")[0], "utf-8")
    script = write_script(tmp_path / "over.vtt", [("00:48.000", "00:50.000", "A ferry waits.")])
    judgement = check(script, film, tmp_path / "cut.srt", picture=False)
    assert [one.rule for one in judgement.findings if one.severity == "error"] == ["over-speech"]
    assert "over-speech" in check(script, film, tmp_path / "cut.srt", picture=False, sound=False).unjudged


def test_subtitles_that_do_not_match_the_sound_are_doubted(sample: tuple[Path, Path], tmp_path: Path) -> None:
    film, subs = sample
    late = [(cue.span.start_ms + 6_000, cue.span.end_ms + 6_000, cue.text) for cue in read_file(subs)[0]]
    script = write_script(tmp_path / "one.vtt", [("00:01.000", "00:03.000", "A ferry waits.")])
    doubted = check(script, film, write_srt(tmp_path / "late.srt", late), picture=False)
    assert any("6.0 s late" in note for note in doubted.notes)
    assert not any(" late" in note for note in check(script, film, subs, picture=False).notes)


def test_what_is_known_of_picture_and_sound_is_used(tmp_path: Path) -> None:
    script, subs = files(tmp_path)
    found = [one.rule for one in check(script, None, subs, cuts=[8_500], heard=[Span(500, 3_000)]).findings]
    assert "over-speech" in found
    assert "empty-pause" not in found  # "Night falls." stands there


def test_a_yardstick_is_handed_on(tmp_path: Path) -> None:
    script = write_script(tmp_path / "a.vtt", [("00:01.000", "00:04.000", "There is a dog.")])
    assert check(script, yardstick=Yardstick(disable=("there-is",))).findings == ()


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


def test_800_lines_of_a_film_of_3_hours_take_under_2_seconds(tmp_path: Path) -> None:
    pick = random.Random(5)
    words = ["the", "man", "Anna", "walks", "opens", "door", "red", "coat", "car", "runs", "looks", "at", "and", "rain"]

    def sentence(count: int) -> str:
        return " ".join(pick.choice(words) for _ in range(count)).capitalize() + "."

    def clock(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"

    starts = range(1_000, 10_800_000, 13_500)
    script = write_script(tmp_path / "long.vtt", [(clock(ms), clock(ms + 3_500), sentence(9)) for ms in starts])
    write_srt(tmp_path / "long.srt", [(ms + 4_000, ms + 6_500, f"Anna, {sentence(7)}") for ms in starts])
    before = process_time()
    judgement = check(script, None, tmp_path / "long.srt", cuts=range(0, 10_800_000, 4_000))
    assert judgement.pace.lines == 800
    assert process_time() - before < 2
