"""A part of a film: what it makes is the whole's there, and leaves the whole's files as they are."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import rpp
from films import Sound, make_film, tone, write_srt
from hypothesis import given
from hypothesis import strategies as st

import audiodesc
from audiodesc.cli.tables import run_summary
from audiodesc.core.formatting import exact
from audiodesc.core.part import part_label, part_of, time_ms
from audiodesc.core.timecode import Timecode, timecode
from audiodesc.deliver import DELIVERABLES
from audiodesc.describers import ChosenDescriber
from audiodesc.describers import chosen as chosen_describers
from audiodesc.describers.base import Describer, LineRequest
from audiodesc.errors import UsageError
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.model import FrameRequest, Span, VideoClip
from audiodesc.project.parts import part_rows
from audiodesc.settings import DeliverSettings, DialogueSettings, RunSettings, Settings, VoiceSettings

FILM_S = 60
CUES = [(at * 1000, at * 1000 + 3_000, f"Somebody says number {at}.") for at in range(6, FILM_S, 12)]
PART, TIMES = Span(20_000, 44_000), ("0:20", "0:44")


class Eyes(Describer):
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.looks: list[Span] = []
        self.asked: list[str] = []

    @property
    def fingerprint(self) -> str:
        return "eyes/1"

    @property
    def label(self) -> str:
        return "eyes"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=0.5, min_frames=1, max_frames=2, max_pixels=64 * 64)

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        for number, clip in enumerate(clips):
            self.looks.append(clip.span)
            yield number, f"A wall at {clip.span.start_ms}."

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        self.asked.append(request.facts)
        return [f"Wall {request.facts.split()[-1].rstrip('.')}"]


def chosen(part: tuple[str, str] | None = None, **deliver: Any) -> Settings:
    run = RunSettings(part_from=part[0], part_to=part[1]) if part else RunSettings()
    return Settings(
        voice=VoiceSettings(name="espeak-en-gb"),
        dialogue=DialogueSettings(hear=False),
        deliver=DeliverSettings(**{"track": "wav"} | deliver),
        run=run,
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes that change their colour each four seconds, with somebody speaking each twenty."""
    folder = tmp_path_factory.mktemp("parts")

    def picture(time: float) -> Any:
        image = np.full((96, 128, 3), 30, np.uint8)
        image[:, :, int(time // 4) % 3] = 40 + int(time // 4) * 7
        return image

    sound = Sound(tone(FILM_S, 440, channels=2), "stereo", codec="aac")
    write_srt(folder / "film.srt", CUES)
    return make_film(folder / "film.mp4", FILM_S, picture, [sound], fps=4, gop=16)


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> Eyes:
    made = Eyes()
    monkeypatch.setattr(chosen_describers, "describer", lambda name, options: ChosenDescriber(made))
    return made


@pytest.fixture(scope="module")
def described(film: Path) -> audiodesc.Result:
    """The script of the whole film, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chosen_describers, "describer", lambda name, options: ChosenDescriber(Eyes()))
        return make(film, film.with_name("whole.ad"), chosen(), sound=False)


@pytest.fixture
def folder(described: audiodesc.Result, tmp_path: Path) -> Path:
    """A copy of its folder."""
    return shutil.copytree(described.files["script"].parent, tmp_path / "film.ad")


def make(film: Path, folder: Path, settings: Settings, *, sound: bool = True) -> audiodesc.Result:
    return audiodesc.make(film, film.with_suffix(".srt"), folder, settings, sound=sound)


def texts(result: audiodesc.Result, part: Span = PART) -> list[tuple[int, str]]:
    found = [(one.speech.span, one.text) for one in result.outcomes if one.speech]
    return [
        (span.start_ms, text) for span, text in found if span.start_ms >= part.start_ms and span.end_ms <= part.end_ms
    ]


def sound_of(path: Path) -> Any:
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in file.decode(audio=0)])


def test_only_the_part_is_looked_at_and_the_whole_asks_for_nothing_of_it_again(
    film: Path, tmp_path: Path, eyes: Eyes
) -> None:
    part = make(film, tmp_path / "film.ad", chosen(TIMES), sound=False)
    of_part = list(eyes.looks)
    assert of_part
    assert texts(part)
    make(film, tmp_path / "film.ad", chosen(), sound=False)
    after = eyes.looks[len(of_part) :]
    assert after
    assert not set(after) & set(of_part)
    assert all(one.start_ms < PART.end_ms and one.end_ms > PART.start_ms - 30_000 for one in of_part)


def test_the_plan_of_a_part_is_the_wholes_there(
    film: Path, tmp_path: Path, described: audiodesc.Result, eyes: Eyes
) -> None:
    part = make(film, tmp_path / "part.ad", chosen(TIMES), sound=False)
    inside = [one.segment for one in described.outcomes if PART.start_ms <= one.segment.wanted_ms < PART.end_ms]
    assert [one.segment.wanted_ms for one in part.outcomes] == [one.wanted_ms for one in inside]
    assert [one.segment.watch for one in part.outcomes] == [one.watch for one in inside]
    assert sorted(eyes.looks) == sorted(one.watch for one in inside)


def test_a_part_is_mixed_to_the_sample_as_the_whole_is_there(folder: Path) -> None:
    whole = audiodesc.render(folder, settings=chosen())
    before = {path: path.read_bytes() for path in whole.files.values()}
    part = audiodesc.render(folder, settings=chosen(TIMES))
    assert {path: path.read_bytes() for path in before} == before
    assert part.files["track"].name == "film.ad.00-20_00-44.wav"
    assert texts(part) == texts(whole)
    mixed, all_of_it = sound_of(part.files["track"]), sound_of(whole.files["track"])
    assert len(mixed) == PART.duration_ms * 48
    near = [one.speech.span for one in whole.outcomes if one.speech]
    first = max([PART.start_ms, *(span.end_ms + 2_000 for span in near if span.start_ms < PART.start_ms)])
    last = min([PART.end_ms, *(span.start_ms - 2_000 for span in near if span.end_ms > PART.end_ms)])
    ours, theirs = (one.astype(np.int64) for one in (mixed, all_of_it[PART.start_ms * 48 : PART.end_ms * 48]))
    inside = slice((first - PART.start_ms) * 48, (last - PART.start_ms) * 48)
    assert ours[inside].any()
    assert np.abs(ours - theirs)[inside].max() <= 4 << 8  # dither of 24 bits


def test_the_film_of_a_part_begins_with_the_picture_of_that_time(film: Path, folder: Path) -> None:
    part = audiodesc.render(folder, settings=chosen(("0:21.5", "0:44"), track="m4a"))
    with av.open(str(film)) as file:
        wanted = next(
            frame.to_ndarray(format="rgb24") for frame in file.decode(video=0) if frame.time and frame.time >= 21.5
        )
    with av.open(str(part.files["film"])) as file:
        frames = [(frame.time or 0.0, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    assert abs(frames[0][0]) < 0.001
    assert np.array_equal(frames[0][1], wanted)
    assert len(frames) == pytest.approx(22.5 * 4, abs=1)


def test_the_report_of_a_part_says_so_in_the_films_times(folder: Path) -> None:
    part = audiodesc.render(folder, settings=chosen(TIMES))
    report = json.loads(part.files["report"].read_text())
    assert report["part"] == {"start_ms": PART.start_ms, "end_ms": PART.end_ms}
    assert any(note["stage"] == "part" and "whole film" in note["message"] for note in report["notes"])
    lines = [one for one in report["segments"] if one["placed"]]
    assert lines
    for one in lines:
        assert abs(one["sound"]["start_ms"] - one["placed"]["start_ms"]) < 2
    assert report["overlap_ms"] == 0
    page = part.files["page"].read_text("utf-8")
    first = lines[0]["placed"]["start_ms"]
    assert exact(first) in page
    assert f"film.ad.00-20_00-44.wav#t={(first - PART.start_ms - 2_000) / 1000:.3f}".rstrip("0").rstrip(".") in page
    assert "audiodesc listen" not in page


def test_a_line_across_the_border_is_not_cut(described: audiodesc.Result, folder: Path) -> None:
    line = next(one for one in described.spoken if one.span.start_ms > 10_000).span
    middle = (line.start_ms + line.end_ms) / 2000
    part = audiodesc.render(folder, settings=chosen(("0:05", f"0:{middle:06.3f}")))
    (cut,) = [one for one in part.outcomes if "border" in one.reason]
    assert cut.text in {one.text for one in described.outcomes}
    alone = audiodesc.render(folder, settings=chosen((f"0:{middle - 0.2:06.3f}", f"0:{middle:06.3f}")))
    assert "the whole film); move --from or --to" in run_summary(alone)
    again = audiodesc.render(folder, settings=chosen())
    assert texts(again, Span(0, 60_000)) == texts(described, Span(0, 60_000))


def test_an_edit_in_the_script_of_a_part_touches_no_other_line(described: audiodesc.Result, folder: Path) -> None:
    part = audiodesc.render(folder, settings=chosen(TIMES))
    script = part.files["script"]
    assert script.name == "film.ad.00-20_00-44.vtt"
    first = texts(part)[0][1]
    script.write_text(script.read_text().replace(first, "Edited here"))
    again = audiodesc.render(folder, settings=chosen())
    pairs = zip(described.outcomes, again.outcomes, strict=True)
    assert {(one.text, other.text) for one, other in pairs if one.text != other.text} == {(first, "Edited here")}


def test_a_new_part_renews_its_lines_alone(film: Path, described: audiodesc.Result, folder: Path, eyes: Eyes) -> None:
    make(film, folder, chosen(TIMES), sound=False)
    again = audiodesc.render(folder, settings=chosen())
    lines = [[one.segment.wanted_ms for one in run.outcomes if one.text] for run in (again, described)]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("start", "end", "fault"),
    [
        ("1:20", "0:40", "empty"),
        ("0:40", "0:40", "empty"),
        ("2:30", None, "beyond the film's end"),
        (None, "2:30", "beyond the film's end"),
        ("00:00:61:00", None, "--from is wrong"),
        ("1:75", None, "--from is wrong"),
    ],
)
def test_what_is_no_part_is_refused_in_one_line(start: str | None, end: str | None, fault: str) -> None:
    with pytest.raises(UsageError, match=fault) as error:
        part_of(start, end, 120_000, Timecode())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("time", ["ten", "1:2:3:4:5", "-5", "10:00:00:00:00", ""])
def test_what_is_no_time_is_no_choice(time: str) -> None:
    with pytest.raises(UsageError, match="--from"):
        RunSettings(part_from=time)


def test_times_are_read_on_the_clock_and_in_timecode() -> None:
    count = timecode("25", "01:00:00:00")
    assert [time_ms(one, count) for one in ("90", "1:30", "0:01:30", "1:30.5", "1:30,25", "01:01:30:00")] == [
        90_000,
        90_000,
        90_000,
        90_500,
        90_250,
        90_000,
    ]


@given(st.integers(0, 20_000_000), st.integers(1, 20_000_000))
def test_the_name_of_a_part_is_read_back_as_it(start: int, more: int) -> None:
    part = Span(start, start + more)
    times = [one.replace("-", ":") for one in part_label(part).split("_")]
    assert part_of(times[0], times[1], start + more, Timecode()) == part


def test_what_another_package_makes_is_refused_of_a_part() -> None:
    rows = {**DELIVERABLES, "theirs": DELIVERABLES["edl"]}
    assert set(part_rows(rows, ["edl"])) == set(DELIVERABLES)
    with pytest.raises(UsageError, match="theirs is made of a whole film"):
        part_rows(rows, ["theirs"])


def test_files_for_editors_of_a_part_have_times_of_the_film(folder: Path) -> None:
    also = ("lines", "wav-regions", "edl", "otio", "reaper", "audition")
    part = audiodesc.render(folder, settings=chosen(TIMES, also=also, timecode_start="01:00:00:00", timecode_rate="25"))
    starts = [one.span.start_ms for one in part.spoken]
    assert starts
    codes = [f"01:00:{ms // 1000:02}:{ms % 1000 // 40:02}" for ms in starts]
    assert [row.split()[4] for row in part.files["edl"].read_text().splitlines() if row[:3].isdigit()] == codes
    named = re.findall(r"film\.00-20_00-44\.lines/(\S+\.wav)", part.files["edl"].read_text())
    assert sorted(named) == sorted(path.name for path in part.files["lines"].glob("*.wav"))
    assert part.files["lines"].name == "film.00-20_00-44.lines"
    project = rpp.loads(part.files["reaper"].read_text("utf-8"))
    assert [float(one[2]) for one in project if one[0] == "MARKER"][::2] == [ms / 1000 for ms in starts]
    items = [track.find("ITEM") for track in project.findall("TRACK")]
    assert {(float(one.find("POSITION")[1]), float(one.find("LENGTH")[1])) for one in items} == {(20.0, 24.0)}
    narration = read_metadata(part.files["wav-regions"])
    assert narration.metadata.time_reference == (3_600 + 20) * 48_000
    assert [one.first for one in narration.metadata.regions] == [(ms - PART.start_ms) * 48 for ms in starts]
    with av.open(str(part.files["wav-regions"])) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) == PART.duration_ms * 48


def test_a_part_from_the_films_beginning_is_asked_for_once(film: Path, tmp_path: Path, eyes: Eyes) -> None:
    """Nothing in the questions for its lines differs from those of the whole, but for what follows the part."""
    part = make(film, tmp_path / "film.ad", chosen(("0", "0:44")), sound=False)
    of_part = list(eyes.asked)
    assert len(of_part) > 2
    whole = make(film, tmp_path / "film.ad", chosen(), sound=False)
    assert not set(eyes.asked[len(of_part) :]) & set(of_part)
    inside = Span(0, 44_000)
    assert texts(whole, inside) == texts(part, inside)


def test_export_writes_the_lines_of_a_part_alone(described: audiodesc.Result, folder: Path) -> None:
    from audiodesc.pipeline import export

    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    files = export(folder, ["csv"], settings=chosen(TIMES)).files
    assert files["csv"].name == "film.ad.00-20_00-44.csv"
    rows = files["csv"].read_text().splitlines()
    wanted = [text for _, text in texts(described)]
    assert [text for text in wanted if any(text in row for row in rows)] == wanted
    assert len(rows) - 1 <= len(wanted) + 1
    assert {name: (folder / name).read_bytes() for name in before} == before
    with pytest.raises(UsageError, match="beyond the film's end"):
        export(folder, ["csv"], settings=chosen(("0:20", "9:00")))
