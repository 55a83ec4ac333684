"""Files find their lines by table, id, number, timecode, regions and EDL; each that does not is told in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings.speech import RATE, noise, write

from audiodesc.core.timecode import RATES, timecode
from audiodesc.media.wav_chunks import Region, WavFile, WavMetadata
from audiodesc.recordings.matching import Matches, matches
from audiodesc.recordings.naming import read_name
from audiodesc.recordings.sound import Cut
from audiodesc.recordings.wanted import Wanted, WantedLine

COUNT = timecode("25", "01:00:00:00")
LINES = (
    WantedLine("000002000", 1, 2_000, "A door opens."),
    WantedLine("000010000", 2, 10_000, "She runs."),
    WantedLine("000010000b", 3, 13_000, "He waits, and waits."),
    WantedLine("000065040", 12, 65_040, "She runs."),
)
WANTED = Wanted(LINES, COUNT)
SOUND = noise(4_800, -20)


def found(folder: Path, *names: str, wanted: Wanted = WANTED) -> Matches:
    for name in names:
        write(folder / name, SOUND)
    return matches(folder, wanted)


def chosen(of: Matches) -> dict[str, str]:
    return {line: take.path.name for line, take in of.takes.items()}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("000010000.wav", "000010000"),
        ("000010000b.wav", "000010000b"),
        ("film_000010000b_final.wav", "000010000b"),
        ("0012_01-01-05-01.wav", "000065040"),
        ("0012_01-01-05-01_take2.wav", "000065040"),
        ("12.flac", "000065040"),
        ("line 12.wav", "000065040"),
        ("L012_v3.wav", "000065040"),
        ("S01E03_0012.wav", "000065040"),
        ("01-01-05-01.wav", "000065040"),
        ("01.01.05.01 film.wav", "000065040"),
        ("0002.wav", "000010000"),
        ("0099_01-00-10-00.wav", "000010000"),  # no line has that number any more
    ],
)
def test_a_name_says_which_line(tmp_path: Path, name: str, line: str) -> None:
    path = tmp_path / name
    write(path.with_suffix(".wav"), SOUND).rename(path)
    got = matches(tmp_path, WANTED)
    assert chosen(got) == {line: name}
    assert got.messages == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("0099.wav", "has a number that no line has (99)"),
        ("hello.wav", "has neither the id, nor the number, nor the timecode of a line in its name"),
        ("0012_01-00-10-00.wav", "may be several lines: by its timecode 000010000, by its number 000065040"),
        ("a1_2 3.wav", "numbers in its name"),
        ("01-00-40-00.wav", "has a timecode at which no line begins (01:00:40:00)"),
    ],
)
def test_a_name_that_says_none_or_several_costs_one_line(tmp_path: Path, name: str, why: str) -> None:
    got = found(tmp_path, name)
    assert chosen(got) == {}
    assert len(got.messages) == 1
    assert name in got.messages[0]
    assert why in got.messages[0]


def test_the_latest_take_is_used_and_the_others_are_named(tmp_path: Path) -> None:
    got = found(tmp_path, "0002.wav", "0002_take2.wav", "0002_take10.wav", "0002 (3).wav")
    assert chosen(got) == {"000010000": "0002_take10.wav"}
    assert len(got.messages) == 3
    assert all("take 10 is used" in message for message in got.messages)


def test_two_of_one_take_are_none(tmp_path: Path) -> None:
    got = found(tmp_path, "0002_take2.wav", "000010000_take2.wav", "0001.wav")
    assert chosen(got) == {"000002000": "0001.wav"}
    assert got.messages == (
        "line 000010000 has 2 recordings, and nothing says which is the later: 000010000_take2.wav, 0002_take2.wav",
    )


def test_nothing_that_lies_there_is_dropped_unsaid(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Take 2 is better.")
    (tmp_path / "old").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "0001.wav.reapeaks").write_bytes(b"x")
    got = found(tmp_path, "0001.wav")
    assert chosen(got) == {"000002000": "0001.wav"}
    assert got.messages == (
        "old is a folder: what lies in it is not read",
        "1 file is no recording: notes.txt",
    )


def test_the_table_counts_before_numbers(tmp_path: Path) -> None:
    rows = "number,file,ID,In,Text\n7,0007_x.wav,000002000,2.0,A door opens.\n2,other.wav,2000,2,Gone.\n"
    (tmp_path / "lines.csv").write_text(rows)
    got = found(tmp_path, "0007_x_take2.wav")
    assert chosen(got) == {"000002000": "0007_x_take2.wav"}
    assert got.takes["000002000"].text == "A door opens."


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved(tmp_path: Path, delimiter: str) -> None:
    rows = [["Number", "File", "ID", "Text"], ["1", "a.wav", "2000", "“Tür”"], ["9", "b.wav", "000077000", "Gone"]]
    (tmp_path / "lines.csv").write_bytes("\r\n".join(map(delimiter.join, rows)).encode("cp1252"))
    got = found(tmp_path, "a.wav", "b.wav")
    assert chosen(got) == {"000002000": "a.wav"}
    assert got.takes["000002000"].text == "“Tür”"
    assert got.messages == ("b.wav is line 000077000 by its table, which the script has no more: it is not used",)


def long_wav(path: Path, regions: list[Region], reference: int = 0) -> Path:
    with WavFile(path, WavMetadata(time_reference=reference, regions=tuple(regions))) as file:
        file.push(noise(4 * RATE, -20)[None])
    return path


def test_one_long_file_is_cut_by_its_regions(tmp_path: Path) -> None:
    regions = [
        Region(1_001, 9_000, "0001"),
        Region(20_000, 30_001, "He waits, and waits."),
        Region(60_000, 100, "0012_take2"),
        Region(70_000, 100, "nothing"),
        Region(80_000, 0, "a mark only"),
    ]
    got = matches(long_wav(tmp_path / "all.wav", regions), WANTED)
    cuts = {line: take.cut for line, take in got.takes.items()}
    assert cuts == {
        "000002000": Cut(1_001, 9_000),
        "000010000b": Cut(20_000, 30_001),
        "000065040": Cut(60_000, 100),
    }
    assert len(got.messages) == 1
    assert "all.wav, region 4 (“nothing”)" in got.messages[0]


def test_of_two_lines_that_say_the_same_the_time_decides(tmp_path: Path) -> None:
    origin = 3600 * RATE  # 01:00:00:00 at 25 fps
    regions = [Region(0, 4_800, "She runs.")]
    at = long_wav(tmp_path / "film.wav", regions, origin + 65_040 * 48)
    assert list(matches(at, WANTED).takes) == ["000065040"]
    other = long_wav(tmp_path / "other.wav", regions, origin + 30_000 * 48)
    assert "2 lines have its text" in matches(other, WANTED).messages[0]


EDL = """TITLE: session
FCM: NON-DROP FRAME

001  AX       A     C        10:00:00:01 10:00:00:11 01:00:02:00 01:00:02:10
* FROM CLIP NAME: session.wav
002  AX       A2    C        10:00:01:00 10:00:02:00 01:00:30:00 01:00:31:00
* FROM CLIP NAME: session.wav
* LOC: 01:00:30:00 WHITE   He waits, and waits.
003  AX       V     C        10:00:01:00 10:00:02:00 01:00:10:00 01:00:11:00
004  AX       A     D    012 10:00:01:00 10:00:02:00 01:00:10:00 01:00:11:00
005  AX       A     C        10:00:02:00 10:00:03:00 01:00:10:00 01:00:11:00
M2   AX       050.0          10:00:02:00
006  AX       A     C        11:00:02:00 11:00:03:00 01:01:05:01 01:01:06:01
"""


def test_one_long_file_is_cut_by_an_edl(tmp_path: Path) -> None:
    path = long_wav(tmp_path / "session.wav", [], 36_000 * RATE)
    (tmp_path / "session.edl").write_text(EDL)
    for place in (path, tmp_path):
        got = matches(place, WANTED)
        cuts = {line: take.cut for line, take in got.takes.items()}
        assert cuts == {"000002000": Cut(1_920, 19_200), "000010000b": Cut(48_000, 48_000)}
        assert [message for message in got.messages if "kind D" in message]
        assert [message for message in got.messages if "event 5" in message and "another speed" in message]
        assert [message for message in got.messages if "event 6 lies outside of the file" in message]


@given(st.sampled_from([rate for rate in RATES if rate not in ("47.952", "48")]), st.integers(0, 80_000))
def test_an_edl_cuts_at_the_first_sample_of_a_frame(rate: str, frame: int) -> None:
    from audiodesc.recordings.cutting import EditList, Event, event_cut

    count = timecode(rate)
    codes = [count.code(frame), count.code(frame + 25)]
    event = Event(1, ("x",), codes[0], codes[1], codes[0])
    for rate_hz in (44_100, 48_000):
        cut = event_cut(event, EditList((event,), count.drops, ()), count, rate_hz, None, 10**10)
        first, end = (-(-n * rate_hz * count.fps.denominator // count.fps.numerator) for n in (frame, frame + 25))
        assert cut == Cut(first, end - first)


@given(st.integers(1, 9_999), st.integers(1, 99), st.sampled_from(["_take{}", " take {}", "-t{}", "_v{}", " ({})"]))
def test_number_and_take_are_read_back(number: int, take: int, form: str) -> None:
    name = read_name(f"{number:04}_01-02-03-04{form.format(take)}")
    assert (name.numbers, name.code, name.take) == ((number,), "01:02:03:04", take)


@given(st.text(max_size=40))
def test_any_name_is_read(stem: str) -> None:
    WANTED.by_name(read_name(stem))


def test_drop_frame_names(tmp_path: Path) -> None:
    count = timecode("29.97df", "01:00:00;00")
    lines = (WantedLine("a1", 1, 61_000, "One."), WantedLine("b2", 2, 3_600_000, "Two."))
    names = [f"x_{count.text(line.start_ms).replace(';', '-').replace(':', '-')}.wav" for line in lines]
    got = found(tmp_path, *names, wanted=Wanted(lines, count))
    assert chosen(got) == dict(zip(("a1", "b2"), names, strict=True))


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert matches(tmp_path, WANTED) == Matches({}, ())
    assert np.array_equal(SOUND, noise(4_800, -20))
