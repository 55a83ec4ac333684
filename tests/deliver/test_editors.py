"""Timelines and markers for editors, read back by libraries that know them: each line at its frame, with its text."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import aaf2
import mido
import numpy as np
import opentimelineio as otio
import pytest
import rpp
from deliver.timelines import HOSTILE, RATE, Spoken, delivery, seen, write
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.timecode import timecode
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.reaper import narrator_place, points, quoted
from audiodesc.media.clips import cut, wav_bytes
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.model import Samples

CODES = [
    ("25", "01:00:00:00"),
    ("29.97df", "10:00:00;00"),
    ("23.976", "01:00:00:00"),
    ("24", "10:00:00:00"),
    ("25", "23:59:30:00"),
    ("29.97df", "23:59:30;00"),
]
"""The last two pass midnight."""

LINES = [Spoken(6_000 * n + 17, 96_000, text) for n, text in enumerate(HOSTILE)]
BESIDE = Spoken(6_017 + 2_001, 48_000, "Right after the second.")
"""Begins in the frame in which the second line ends."""


def frame_of(line: Spoken, fps: Fraction) -> int:
    """The frame in which a line begins."""
    return math.floor(line.start_ms * fps / 1000)


def after(line: Spoken, fps: Fraction) -> int:
    """The frame after the one in which it ends."""
    return math.ceil((line.start_ms * 48 + line.samples) * fps / RATE)


@pytest.fixture(params=CODES, ids=lambda code: f"{code[0]} from {code[1]}")
def code(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


EVENT = re.compile(r"(\d{3})  (\S+) +(A\d?) +C +(\S{11}) (\S{11}) (\S{11}) (\S{11})")


def test_an_edl_has_each_line_at_its_frame(tmp_path: Path, code: tuple[str, str]) -> None:
    path = write("edl", delivery(tmp_path, [*LINES, BESIDE], *code), tmp_path / "out")
    rows = path.read_bytes().decode("utf-8").split("\r\n")
    count = timecode(*code)
    assert rows[0] == "TITLE: story audio description"
    assert rows[1] == ("FCM: DROP FRAME" if count.drops else "FCM: NON-DROP FRAME")
    events = [EVENT.fullmatch(row) for row in rows if row[:1].isdigit()]
    ordered = sorted([*LINES, BESIDE], key=lambda line: line.start_ms)
    assert [found[1] for found in events if found] == [f"{n:03}" for n in range(1, len(ordered) + 1)]
    for found, line in zip(events, ordered, strict=True):
        assert found is not None
        assert found.groups()[3:5] == found.groups()[5:7]
        begin, end = ((count.frames(one) - count.start) % count.day for one in (found[6], found[7]))
        assert (begin, end) == (frame_of(line, count.fps), after(line, count.fps))
        assert found[3] == ("A2" if line is BESIDE else "A")
    said = [row.removeprefix("* LOC: ") for row in rows if row.startswith("* LOC: ")]
    assert [row[:11] for row in said] == [found[6] for found in events if found]
    assert [row[11:].removeprefix(" WHITE   ") for row in said] == [seen(line.text) for line in ordered]
    names = [row.removeprefix("* FROM CLIP NAME: ") for row in rows if row.startswith("* FROM CLIP NAME: ")]
    assert [row.removeprefix("* SOURCE FILE: ") for row in rows if row.startswith("* SOURCE")] == [
        f"story.lines/{name}" for name in names
    ]


@pytest.mark.parametrize(("rate", "start"), CODES[:5])
def test_an_edl_is_read_by_opentimelineio(tmp_path: Path, rate: str, start: str) -> None:
    lines = [line for line in LINES if line.start_ms < 25_000]  # it knows nothing of midnight
    path = write("edl", delivery(tmp_path, lines, rate, start), tmp_path / "out")
    count = timecode(rate, start)
    read = otio.adapters.read_from_file(str(path), rate=float(count.fps))
    [track] = read.tracks
    clips = list(track.find_clips())
    assert [clip.name for clip in clips] == [one.name for one in sorted(_lines_of(tmp_path, lines, rate, start))]
    for clip, line in zip(clips, lines, strict=True):
        assert clip.source_range.start_time.to_frames() == count.start + frame_of(line, count.fps)
        assert clip.source_range.duration.to_frames() == after(line, count.fps) - frame_of(line, count.fps)
        if not count.drops:  # it reads no locator with a semicolon
            assert clip.markers[0].name == seen(line.text)


def _lines_of(folder: Path, lines: list[Spoken], rate: str, start: str) -> list[Path]:
    return list(write("lines", delivery(folder, lines, rate, start), folder / "files").glob("*.wav"))


def test_an_otio_timeline_has_each_line_at_its_frame(tmp_path: Path, code: tuple[str, str]) -> None:
    lines = [*LINES, BESIDE]
    path = write("otio", delivery(tmp_path, lines, *code), tmp_path / "out")
    files = {one.name: one for one in _lines_of(tmp_path, lines, *code)}
    count = timecode(*code)
    read = otio.adapters.read_from_file(str(path))
    assert read.global_start_time.to_frames() == count.start
    assert read.global_start_time.rate == pytest.approx(float(count.fps))
    assert [track.kind for track in read.tracks] == ["Audio", "Audio"]
    assert [clip.metadata["audiodesc"]["text"] for clip in read.tracks[1].find_clips()] == [BESIDE.text]
    found = {clip.metadata["audiodesc"]["text"]: clip for clip in read.find_clips()}
    for line in lines:
        clip = found[line.text.replace("\ud83d", "?")]
        place = clip.transformed_time_range(clip.trimmed_range(), read.tracks)
        assert (place.start_time.value, place.start_time.value % 1) == (frame_of(line, count.fps), 0)
        assert place.duration.value == after(line, count.fps) - frame_of(line, count.fps)
        assert clip.media_reference.available_range == clip.source_range
        assert clip.source_range.start_time.value == count.start + frame_of(line, count.fps)
        folder, name = unquote(clip.media_reference.target_url).split("/")
        assert folder == "story.lines"
        assert name in files
        assert clip.markers[0].comment == seen(line.text)


def test_an_aaf_has_each_line_at_its_frame(tmp_path: Path, code: tuple[str, str]) -> None:
    lines = [*LINES, BESIDE]
    path = write("aaf", delivery(tmp_path, lines, *code), tmp_path / "out")
    count = timecode(*code)
    with aaf2.open(str(path)) as file:
        [top] = file.content.toplevel()
        assert top.name == "story audio description"
        clock, first, second, *marks = top.slots
        assert (clock.segment.start, clock.segment.fps, clock.segment.drop) == (count.start, count.nominal, count.drops)
        assert [Fraction(str(slot["EditRate"].value)) for slot in top.slots] == [count.fps] * 5
        for slot, mark in zip((first, second), marks, strict=True):
            assert all(one["DescribedSlots"].value == {slot.slot_id} for one in mark.segment.components)
        placed = {text: place for slot in (first, second) for text, *place in _placed(slot.segment)}
        assert [text for text, *_ in _placed(second.segment)] == [BESIDE.text]
        assert first.segment.length == after(LINES[-1], count.fps)
        for line in lines:
            begin, lasts, master = placed[seen(line.text)]
            assert (begin, begin + lasts) == (frame_of(line, count.fps), after(line, count.fps))
            _check_media(master, line, count.fps, (count.start + begin) % count.day)
        said = {mark["Comment"].value.partition(" ")[2]: mark for one in marks for mark in one.segment.components}
        for line in lines:
            mark = said[seen(line.text)]
            assert mark["Position"].value == frame_of(line, count.fps)
            assert mark["Length"].value == after(line, count.fps) - frame_of(line, count.fps)


def _placed(sequence: Any) -> list[tuple[str, int, int, Any]]:
    """(text, first frame, frames, master mob) of each clip of a track."""
    at, found = 0, []
    for one in sequence.components:
        if isinstance(one, aaf2.components.SourceClip):
            found.append((dict(one.mob.comments.items())["Comments"], at, one.length, one.mob))
        at += one.length
    return found


def _check_media(master: Any, line: Spoken, fps: Fraction, start: int) -> None:
    """The file of a clip, and its own timecode."""
    [slot] = master.slots
    assert slot.edit_rate == RATE
    file = slot.segment.mob
    descriptor = file.descriptor
    samples = descriptor["Length"].value
    assert slot.segment.length == samples
    assert abs(samples - (after(line, fps) - frame_of(line, fps)) * RATE / fps) < 1
    assert descriptor["SampleRate"].value == RATE
    head = bytes(descriptor["Summary"].value)
    assert (head[:4], head[8:16]) == (b"RIFF", b"WAVEfmt ")
    [locator] = descriptor["Locator"]
    assert unquote(locator["URLString"].value) == f"story.lines/{master.name}"
    tape = file.slots[0].segment.mob if hasattr(file.slots, "__getitem__") else next(iter(file.slots)).segment.mob
    codes = [one.segment for one in tape.slots if isinstance(one.segment, aaf2.components.Timecode)]
    assert [one.start for one in codes] == [start]


def test_an_aaf_is_read_by_opentimelineio(tmp_path: Path) -> None:
    path = write("aaf", delivery(tmp_path, LINES, "25", "10:00:00:00"), tmp_path / "out")
    read = otio.adapters.read_from_file(str(path))
    assert read.global_start_time.to_frames() == 10 * 3600 * 25
    clips = [clip for clip in read.find_clips() if clip.parent().kind == "Audio"]
    assert len(clips) == len(LINES)
    for clip, line in zip(clips, LINES, strict=True):
        place = clip.transformed_time_range(clip.trimmed_range(), read.tracks)
        assert place.start_time.rescaled_to(25).value == frame_of(line, Fraction(25))
        assert clip.media_reference.target_url.endswith(f"story.lines/{clip.name}")
        assert [mark.name.split(" ", 1)[1] for mark in clip.markers] == [seen(line.text)]


def test_the_same_lines_give_the_same_ids(tmp_path: Path) -> None:
    """So that an editor knows again what did not change."""
    found = []
    for name, lines in (("a", LINES), ("b", LINES), ("c", [Spoken(17, 96_000, "other"), *LINES[1:]])):
        with aaf2.open(str(write("aaf", delivery(tmp_path, lines), tmp_path / name))) as file:
            found.append({str(mob.mob_id) for mob in file.content.mobs})
    assert found[0] == found[1]
    assert len(found[0] - found[2]) == 3  # the changed line's master, file and tape


def with_handles(folder: Path, lines: list[Spoken], code: tuple[str, str], before: int, after: int) -> Delivery:
    """The lines recorded by a person, each with so many samples of room around it, of a level by which it is known."""
    made = delivery(folder, lines, *code)
    room = folder / "before.wav", folder / "after.wav"
    for path, count in zip(room, (before, after), strict=True):
        path.write_bytes(wav_bytes(np.full(count, 0.01, np.float32)))
    spoken = [replace(one, speech=one.speech and replace(one.speech, recording="a.wav")) for one in made.outcomes]
    return replace(made, outcomes=tuple(spoken), handles=lambda name: room)


@pytest.mark.parametrize(("before", "after_"), [(24_000, 24_000), (0, 24_000), (24_000, 0), (5_000, 900), (0, 0)])
def test_handles_are_in_the_files_and_the_timelines_take_the_line_out(
    tmp_path: Path, code: tuple[str, str], before: int, after_: int
) -> None:
    lines = [Spoken(17, 96_000, "At the start."), Spoken(10_023, 70_001, "Later.")]
    made, count = with_handles(tmp_path, lines, code, before, after_), timecode(*code)
    rows = write("edl", made, tmp_path / "out").read_text("utf-8").splitlines()
    events = [found for row in rows if (found := EVENT.fullmatch(row))]
    clips = list(otio.adapters.read_from_file(str(write("otio", made, tmp_path / "out"))).find_clips())
    files = sorted(write("lines", made, tmp_path / "out").glob("*.wav"))
    with aaf2.open(str(write("aaf", made, tmp_path / "out"))) as aaf:
        [top] = aaf.content.toplevel()
        taken = [one for one in list(top.slots)[1].segment.components if isinstance(one, aaf2.components.SourceClip)]
        offsets = [(one.start, one.length) for one in taken]
    for line, event, clip, (offset, length), path in zip(lines, events, clips, offsets, files, strict=True):
        frames = after(line, count.fps) - frame_of(line, count.fps)
        source, media = clip.source_range, clip.media_reference.available_range
        head = int((source.start_time - media.start_time).value)
        tail = int(media.duration.value) - head - frames
        assert (source.start_time.value, source.duration.value) == (count.start + frame_of(line, count.fps), frames)
        assert (offset, length) == (head, frames)
        assert event[4] == event[6] == count.code(count.start + frame_of(line, count.fps))
        sound, about = read_whole(path), read_metadata(path).metadata
        [region] = about.regions
        first = line.start_ms * 48 - region.first  # of the file, in samples of the film
        assert about.time_reference == (-(-count.start * RATE // count.fps) + first) % -(-count.day * RATE // count.fps)
        assert abs(first - (frame_of(line, count.fps) - head) * RATE / count.fps) < 1
        words = sound[region.first : region.first + region.count]
        assert (region.count, np.flatnonzero(words > 0.2).tolist()) == (line.samples, [0, line.samples - 1])
        assert np.abs(words[1:-1]).max() < 1e-6
        around = sound[: region.first], sound[region.first + region.count :]
        fits = min(before, line.start_ms * 48), after_
        frame = float(RATE / count.fps)
        for room, fit, spare in zip(around, fits, (head, tail), strict=True):
            assert fit - frame <= len(room) <= max(fit, frame)
            assert spare == 0 or len(room) <= fit
            heard = int(np.count_nonzero(np.abs(room - 0.01) < 1e-4))
            assert min(fit, len(room)) - 2 * 240 <= heard <= min(fit, len(room))


def test_a_line_whose_handle_reaches_over_another_is_laid_after_it(tmp_path: Path) -> None:
    lines = [Spoken(5_017, 4_800, "Spoken."), Spoken(5_301, 48_000, "Recorded.")]
    made = with_handles(tmp_path, lines, CODES[0], 24_000, 24_000)
    first, second = made.outcomes
    assert first.speech
    made = replace(made, outcomes=(replace(first, speech=replace(first.speech, recording="")), second))
    rows = write("edl", made, tmp_path / "out").read_text("utf-8").splitlines()
    events = [found for row in rows if (found := EVENT.fullmatch(row))]
    assert [(one[3], one[6]) for one in events] == [("A", "01:00:05:00"), ("A", "01:00:05:07")]


def read_whole(path: Path) -> Samples:
    whole: Samples = cut(path, 0, 100_000).samples[0]
    return whole


def project(tmp_path: Path, lines: list[Spoken], rate: str, start: str) -> rpp.Element:
    return rpp.loads(write("reaper", delivery(tmp_path, lines, rate, start), tmp_path / "out").read_text("utf-8"))


def test_a_reaper_project_has_regions_and_files(tmp_path: Path) -> None:
    made = project(tmp_path, LINES, "29.97df", "10:00:00;00")
    marks = [one for one in made if one[0] == "MARKER"]
    starts, ends = marks[::2], marks[1::2]
    assert [float(one[2]) for one in starts] == [line.start_ms / 1000 for line in LINES]
    assert [float(one[2]) for one in ends] == [(line.start_ms + 2_000) / 1000 for line in LINES]
    assert [one[3].split(" ", 1)[1].replace("'", "`") for one in starts] == [
        seen(line.text).replace("'", "`") for line in LINES
    ]
    assert all(one[4] == "1" for one in marks)
    assert float(made.find("PROJOFFS")[1]) == pytest.approx(36_000 * 0.999 * 1.001, abs=0.04)
    assert made.find("TIMEMODE")[4:6] == ["30", "1"]
    tracks = made.findall("TRACK")
    assert [track.find("NAME")[1] for track in tracks] == ["Film", "Film, ducked", "Narration"]
    files = [track.find(".//SOURCE").find("FILE")[1] for track in tracks]
    assert files == ["story.ad.mp4", "story.ducked.wav", "story.narration.flac"]
    assert [track.find("MUTESOLO")[1] for track in tracks] == ["0", "1", "0"]


@pytest.mark.parametrize(("rate", "base", "drop"), [("25", 25, 0), ("23.976", 24, 2), ("29.97", 30, 2), ("24", 24, 0)])
def test_a_reaper_project_has_the_films_rate(tmp_path: Path, rate: str, base: int, drop: int) -> None:
    made = project(tmp_path, LINES[:1], rate, "01:00:00:00")
    assert made.find("TIMEMODE")[4:6] == [str(base), str(drop)]
    assert float(made.find("PROJOFFS")[1]) == pytest.approx(3600 * base / float(timecode(rate).fps))


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_the_narrator_of_a_reaper_project_is_as_loud_as_in_the_mix(pan: float) -> None:
    """In stereo, at each side: the power law of the mix by Reaper's balance, which lowers the other side alone."""
    volume, balance = narrator_place("stereo", pan)
    angle = (pan + 1) * math.pi / 4
    assert volume * min(1, 1 - balance) == pytest.approx(math.cos(angle), abs=1e-9)
    assert volume * min(1, 1 + balance) == pytest.approx(math.sin(angle), abs=1e-9)
    assert narrator_place("mono", pan) == (1.0, 0.0)
    assert narrator_place("5.1", 0.0) == pytest.approx((math.sqrt(0.5), 0.0))


CORNERS = st.lists(st.tuples(st.integers(1, 10_000), st.floats(-24, 0)), min_size=2, max_size=9)


@given(CORNERS)
def test_the_gain_of_a_reaper_project_is_that_of_the_mix(steps: list[tuple[int, float]]) -> None:
    """A straight line of amplitude between its points is within 0.05 dB of the mix's, which is straight in dB."""
    at, corners = 0.0, []
    for step, db in steps:
        at += step
        corners.append((at, db))
    made = list(points(corners))
    assert made[0] == corners[0]
    assert made[-1] == corners[-1]
    assert [ms for ms, _ in made] == sorted(ms for ms, _ in made)
    for (a, low), (b, high) in pairwise(made):
        for share in (0.25, 0.5, 0.75):
            linear = 10 ** (low / 20) * (1 - share) + 10 ** (high / 20) * share
            ms = a + (b - a) * share
            assert 20 * math.log10(linear) == pytest.approx(_straight(corners, ms), abs=0.05)


def _straight(corners: list[tuple[float, float]], ms: float) -> float:
    for (a, low), (b, high) in pairwise(corners):
        if a <= ms <= b:
            return low + (high - low) * (ms - a) / (b - a)
    raise AssertionError(ms)


@given(st.text())
def test_a_text_in_a_reaper_project_is_one_word(text: str) -> None:
    made = quoted(text)
    read = rpp.loads(f"<A\n  NAME {made} after\n>").find("NAME")
    assert len(read) == 3
    assert read[2] == "after"
    assert read[1].replace("'", "`") == made[1:-1].replace("'", "`")


def test_audition_gets_a_table_parted_by_tabs(tmp_path: Path) -> None:
    lines = [*LINES, Spoken(3_723_004, 72_000, "Late.")]
    path = write("audition", delivery(tmp_path, lines), tmp_path / "out")
    assert path.name == "story.audition.csv"
    rows = [row.split("\t") for row in path.read_bytes().decode("utf-8-sig").split("\r\n")[:-1]]
    assert rows[0] == ["Name", "Start", "Duration", "Time Format", "Type", "Description"]
    assert [row[0] for row in rows[1:]] == [f"Line {n:04}" for n in range(1, len(lines) + 1)]
    assert rows[1][1:5] == ["0:00.017", "0:02.000", "decimal", "Cue"]
    assert rows[-1][1:3] == ["1:02:03.004", "0:01.500"]
    assert [row[5] for row in rows[1:]] == [seen(line.text).replace('"', "”") for line in lines]


def test_pro_tools_gets_a_midi_file_with_markers(tmp_path: Path) -> None:
    lines = [*LINES, Spoken(7_200_001, 480, "Late.")]
    path = write("protools", delivery(tmp_path, lines, "29.97df", "10:00:00;00"), tmp_path / "out")
    midi = mido.MidiFile(str(path), charset="utf-8")
    tempo, at, found = 0, 0.0, []
    for message in midi.tracks[0]:
        tempo = message.tempo if message.type == "set_tempo" else tempo
        at += mido.tick2second(message.time, midi.ticks_per_beat, tempo)
        if message.type == "marker":
            found.append((at, message.text))
    assert [text.split(" ", 1)[1] for _, text in found] == [seen(line.text) for line in lines]
    for (at, _), line in zip(found, lines, strict=True):
        assert at == pytest.approx(line.start_ms / 1000, abs=0.0003)


NASTY = ["a  b", 'say "it"', "it's `so`", "50% #1 ?&x", "日本 ñ", "caf\udce9", "one\ntwo", "-o", "=1", "x;y|z<a>"]


@pytest.mark.parametrize("stem", NASTY)
def test_files_are_found_whatever_the_film_is_called(tmp_path: Path, stem: str) -> None:
    made = delivery(tmp_path, LINES[:1], stem=stem)
    out = tmp_path / "out"
    [file] = write("lines", made, out).iterdir() and sorted((out / made.names["lines"]).glob("*.wav"))
    timeline = otio.adapters.read_from_file(str(write("otio", made, out).rename(out / "a.otio")))
    [clip] = timeline.find_clips()
    assert out / os.fsdecode(unquote_to_bytes(clip.media_reference.target_url)) == file
    with aaf2.open(str(write("aaf", made, out).rename(out / "a.aaf"))) as composition:
        [address] = [one["URLString"].value for mob in composition.content.sourcemobs() for one in _locators(mob)]
    assert out / os.fsdecode(unquote_to_bytes(address)) == file
    if "\n" in stem:  # no row of text holds such a name
        return
    rows = os.fsdecode(write("edl", made, out).read_bytes()).split("\r\n")
    [source] = [row.removeprefix("* SOURCE FILE: ") for row in rows if row.startswith("* SOURCE FILE: ")]
    assert out / source == file
    project = rpp.loads(os.fsdecode(write("reaper", made, out).read_bytes()))
    files = [track.find(".//SOURCE").find("FILE")[1] for track in project.findall("TRACK")]
    assert files == [made.names[name] for name in ("film", "ducked", "narration")]


def _locators(mob: Any) -> list[Any]:
    return list(mob.descriptor["Locator"]) if isinstance(mob.descriptor, aaf2.essence.WAVEDescriptor) else []


NAMES = ["edl", "otio", "aaf", "audition", "protools", "reaper"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_lines_give_the_same_file(tmp_path: Path, name: str) -> None:
    one, two = (write(name, delivery(tmp_path, LINES[:2]), tmp_path / folder) for folder in ("a", "b"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_of_no_line_there_is_an_empty_one(tmp_path: Path, name: str) -> None:
    assert write(name, delivery(tmp_path, []), tmp_path / "out").stat().st_size > 0
