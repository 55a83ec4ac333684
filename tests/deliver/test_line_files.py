"""A file a line, and the narration with regions: every sample where it belongs, every text whole."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from deliver.timelines import HOSTILE, RATE, Spoken, clicks, delivery, seen, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wavinfo import WavInfoReader

from audiodesc.core.timecode import RATES, timecode
from audiodesc.deliver.line_clips import line_clips, tracks, with_gaps
from audiodesc.media.clips import cut, wav_bytes
from audiodesc.scripts import read_script
from audiodesc.subtitles.source import without_invisible

RATES_IN_USE = ("25", "29.97df", "23.976", "24", "59.94df")
STARTS = ("01:00:00:00", "10:00:00:00", "23:59:30:00")
PLACES = [Spoken(0, 4_800), Spoken(1_001, 48_001), Spoken(35_017, 77_777), Spoken(3_600_000, 100)]


def heard(path: Path) -> list[int]:
    """The samples at which there is a click."""
    sound = cut(path, 0, 10_000_000).samples
    assert len(sound) == 1
    return np.flatnonzero(sound[0] > 0.2).tolist()


def info(path: Path) -> WavInfoReader:
    return WavInfoReader(str(path), info_encoding="utf-8")


@pytest.mark.parametrize("rate", RATES_IN_USE)
@pytest.mark.parametrize("start", STARTS)
def test_a_file_laid_at_its_timecode_is_heard_at_its_sample(tmp_path: Path, rate: str, start: str) -> None:
    folder = write("lines", delivery(tmp_path, PLACES, rate, start), tmp_path / "out")
    count = timecode(rate, start)
    origin = -(-count.start * RATE * count.fps.denominator // count.fps.numerator)
    day = -(-count.day * RATE * count.fps.denominator // count.fps.numerator)
    files = sorted(folder.glob("*.wav"))
    assert len(files) == len(PLACES)
    for number, (line, path) in enumerate(zip(PLACES, files, strict=True), 1):
        name = re.fullmatch(r"(\d{4})_(\d\d)-(\d\d)-(\d\d)-(\d\d)\.wav", path.name)
        assert name is not None
        assert int(name[1]) == number
        mark = ";" if count.drops else ":"
        frame = (count.frames(f"{name[2]}:{name[3]}:{name[4]}{mark}{name[5]}") - count.start) % count.day
        reference = info(path).bext.time_reference
        first = (reference - origin) % day  # of the film, in samples
        assert 0 <= first - frame * RATE / count.fps < 1  # the first sample in its frame
        sound = heard(path)
        assert first + sound[0] == line.start_ms * 48  # the line's own first sample
        assert sound[-1] - sound[0] == line.samples - 1
        assert 0 <= sound[0] < RATE / count.fps  # less than a frame of silence before it
        whole = Fraction(info(path).data.frame_count) * count.fps / RATE
        assert abs(whole - round(whole)) < Fraction(1, 800)  # whole frames, to a sample
        assert reference < day


def test_each_file_says_what_it_is(tmp_path: Path) -> None:
    lines = [Spoken(5_000 * n, 96_000, text) for n, text in enumerate(HOSTILE, 1)]
    folder = write("lines", delivery(tmp_path, lines, settings={"language": "en", "voice": "Anna"}), tmp_path / "out")
    for n, (path, text) in enumerate(zip(sorted(folder.glob("*.wav")), HOSTILE, strict=True), 1):
        said = info(path)
        assert (said.fmt.sample_rate, said.fmt.bits_per_sample, said.fmt.channel_count) == (48_000, 24, 1)
        assert said.info.title == seen(text)
        assert (said.info.artist, said.info.software) == ("Anna", "audiodesc 0.1")
        assert "written by a machine" in said.info.comment
        assert "a synthetic voice (Anna)" in said.info.comment
        assert said.bext.description == f"Audio description, line {n} of story"
        assert said.bext.coding_history == "A=PCM,F=48000,W=24,M=mono,T=audiodesc 0.1\r\n"
        assert [label.text for label in said.cues.labels] == [seen(text)]
        assert [(cue.position, one.length) for cue, one in zip(said.cues.cues, said.cues.ranges, strict=True)] == [
            (heard(path)[0], 96_000)
        ]


def test_the_loudness_is_that_of_the_file(tmp_path: Path) -> None:
    """BS.1770: a sine of 997 Hz at full scale in one channel reads -3.01 LUFS; this one is 20 dB lower."""
    made = delivery(tmp_path, [Spoken(1_000, 4 * RATE)])
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(4 * RATE) / RATE)
    made.spoken[0].clip.write_bytes(wav_bytes(tone.astype(np.float32)))
    [path] = write("lines", made, tmp_path / "out").glob("*.wav")
    bext = info(path).bext
    assert bext.loudness_value == pytest.approx(-23.0, abs=0.1)
    assert bext.max_true_peak == pytest.approx(-20.0, abs=0.1)
    assert bext.max_momentary_loudness == pytest.approx(-23.0, abs=0.1)


def test_the_table_beside_them(tmp_path: Path) -> None:
    lines = [Spoken(5_001 * n, 96_000, text) for n, text in enumerate(HOSTILE, 1)]
    folder = write("lines", delivery(tmp_path, lines, "29.97df", "10:00:00;00"), tmp_path / "out")
    raw = (folder / "lines.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [row["file"] for row in rows] == sorted(path.name for path in folder.glob("*.wav"))
    for row in rows:
        assert all(cell[:1] not in ("=", "+", "-", "@") for cell in row.values())
    assert rows[0]["file start"] == "10:00:04;29"  # 5.001 s are 149.88 frames
    assert (rows[0]["in (seconds)"], rows[0]["out (seconds)"]) == ("5.001", "7.001")
    assert (rows[0]["speaker"], rows[0]["recorded"]) == ("Anna", "no")


def test_the_table_is_a_script(tmp_path: Path) -> None:
    """What a person changes in it is read as in any other."""
    lines = [Spoken(5_001 * n, 96_000, text) for n, text in enumerate(HOSTILE, 1)]
    folder = write("lines", delivery(tmp_path, lines, "29.97df", "10:00:00;00"), tmp_path / "out")
    read = read_script(folder / "lines.csv").lines
    assert [(line.start_ms, line.end_ms) for line in read] == [(line.start_ms, line.start_ms + 2_000) for line in lines]
    for one, line in zip(read, lines, strict=True):
        text = without_invisible(line.text.replace("\ud83d", "").replace("\x07", ""))  # no cell has these
        assert one.text.split() == seen(text).split()


def test_one_line_is_spoken_by_none(tmp_path: Path) -> None:
    folder = write("lines", delivery(tmp_path, []), tmp_path / "out")
    assert [path.name for path in folder.iterdir()] == ["lines.csv"]


def test_the_same_lines_give_the_same_files(tmp_path: Path) -> None:
    one, two = (write("lines", delivery(tmp_path, PLACES), tmp_path / name) for name in ("a", "b"))
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}


def test_the_narration_has_every_line_in_a_region(tmp_path: Path) -> None:
    lines = [Spoken(1_503 * n, 48_000, text) for n, text in enumerate(HOSTILE, 1)]
    made = delivery(tmp_path, lines, "23.976", "10:00:00:00")
    path = write("wav-regions", made, tmp_path / "out")
    assert path.name == "story.narration.wav"
    said = info(path)
    assert said.data.frame_count == made.film.duration_ms * 48
    assert said.bext.time_reference == 36_000 * RATE * 1001 // 1000  # ten hours of 24 numbers a second, at 23.976
    assert [cue.position for cue in said.cues.cues] == [line.start_ms * 48 for line in lines]
    assert [one.length for one in said.cues.ranges] == [48_000] * len(lines)
    assert [label.text for label in said.cues.labels] == [seen(line.text) for line in lines]
    places = [line.start_ms * 48 + at for line in lines for at in (0, 47_999)]
    assert heard(path) == places


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 100_000_000), st.integers(1, 50_000)), min_size=1, max_size=8),
    st.sampled_from(sorted(RATES)),
    st.sampled_from(STARTS),
)
def test_no_two_clips_of_a_track_share_a_frame(
    tmp_path: Path, places: list[tuple[int, int]], rate: str, start: str
) -> None:
    clips = line_clips(delivery(tmp_path, [Spoken(*place) for place in places], rate, start))
    assert len(clips) == len(places)
    laid = tracks(clips)
    assert sorted(id(clip) for track in laid for clip in track) == sorted(map(id, clips))
    for track in laid:
        at = 0
        for gap, clip in with_gaps(track):
            assert gap >= 0
            assert clip.frame == at + gap
            at = clip.frame + clip.frames
    for clip in clips:
        sound = clip.samples()[0]
        assert len(sound) == clip.count
        assert np.array_equal(sound[clip.lead : clip.lead + clip.sound] > 0.2, clicks(clip.sound) > 0.2)
        assert not sound[: clip.lead].any()
        assert not sound[clip.lead + clip.sound :].any()
        assert clip.first + clip.lead == clip.speech.span.start_ms * 48
