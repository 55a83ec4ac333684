"""DAPT as it is written: valid against W3C's schema and its rules, with the film's gain as the mixer has it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xmlschema
from documents import DROP, document
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audiodesc.mix.levels import Duck, corners, gain
from audiodesc.model import Span
from audiodesc.scripts import DocumentLine, ScriptDocument, read_script, write_script
from audiodesc.scripts.dapt import TT, Rates, seconds_of
from audiodesc.settings import Ducking

GAIN = "{http://www.w3.org/ns/ttml#audio}gain"
RATE_HZ = 48_000
DUCKING = Ducking()


def mixed(spans: Sequence[Span], depths: Sequence[float]) -> ScriptDocument:
    """A document of lines at these times, with the gain that the mixer gives the film under them."""
    down = [Duck(span.start_ms * 48, span.end_ms * 48, depth) for span, depth in zip(spans, depths, strict=True)]
    curve = tuple((sample / 48, db) for sample, db in corners(down, DUCKING, RATE_HZ))
    lines = tuple(DocumentLine(f"{n:09d}", span, f"Line {n}.", voice="A voice") for n, span in enumerate(spans))
    return ScriptDocument("A film", "en", 600_000, lines, film_gain=curve, line_gain_db=-3.0)


def written(made: ScriptDocument, **options: str) -> Any:
    return etree.fromstring(write_script("dapt", made, options))


def played(root: Any, at_ms: Sequence[int]) -> np.ndarray[Any, Any]:
    """The film's gain in dB at these times, as TTML animates it: linear between the values of each animation, which
    are evenly spread, and held after it."""
    found = np.ones(len(at_ms))
    times = np.array(at_ms, float)
    for div in root.iter(f"{TT}div"):
        begin, end = (float(seconds_of(div.get(name), Rates()) or 0) * 1000 for name in ("begin", "end"))
        p = div.find(f"{TT}p")
        inside = (times >= begin) & (times < end)
        level = np.full(len(times), float(p.get(GAIN, 1)))
        for one in p.findall(f"{TT}animate"):
            first, last = (begin + float(seconds_of(one.get(name), Rates()) or 0) * 1000 for name in ("begin", "end"))
            values = [float(value) for value in one.get(GAIN).split(";")]
            curve = np.interp(times, np.linspace(first, last, len(values)), values)
            level = np.where(times >= first, curve, level)
        found[inside] *= level[inside]
    return np.asarray(20 * np.log10(found))


@given(
    starts=st.lists(st.integers(0, 12_000), min_size=1, max_size=5),
    depths=st.lists(st.sampled_from([-3.0, -9.0, -17.5, -24.0]), min_size=5, max_size=5),
)
def test_the_gain_is_that_of_the_mix_at_every_moment(starts: list[int], depths: list[float]) -> None:
    """Within a tenth of a dB, for lines near and far, over each other's ramps."""
    spans, at = [], 400
    for wait in starts:
        spans.append(Span(at + wait, at + wait + 1_500))
        at += wait + 1_500
    made = mixed(spans, depths[: len(spans)])
    times = range(0, at + 3_000, 10)
    down = [Duck(span.start_ms * 48, span.end_ms * 48, depth) for span, depth in zip(spans, depths, strict=False)]
    curve = gain(0, (at + 3_000) * 48, down, DUCKING, RATE_HZ)
    assert curve is not None
    wanted = 20 * np.log10([curve[ms * 48] for ms in times])
    assert np.abs(played(written(made), list(times)) - wanted).max() < 0.12


def test_no_two_events_lie_over_each_other_and_each_holds_its_line() -> None:
    root = written(mixed([Span(1_000, 2_000), Span(2_100, 3_000), Span(9_000, 9_500)], [-9.0, -12.0, -9.0]))
    times = [
        tuple(round(float(seconds_of(div.get(name), Rates()) or 0) * 1000) for name in ("begin", "end"))
        for div in root.iter(f"{TT}div")
    ]
    assert all(one[1] <= other[0] for one, other in pairwise(times))
    assert times[0][0] == 1_000 - DUCKING.down_ms
    assert times[2] == (9_000 - DUCKING.down_ms, 9_500 + DUCKING.up_ms)


def test_what_is_recorded_is_in_the_file_and_makes_it_a_script_as_recorded(tmp_path: Path) -> None:
    clip = tmp_path / "one.wav"
    clip.write_bytes(b"RIFF sound")
    made = mixed([Span(1_000, 2_000), Span(5_000, 6_000)], [-9.0, -9.0])
    first, second = (replace(line, clip=clip) for line in made.lines)
    made = replace(made, lines=(replace(first, recording=True, voice=""), second))
    root = written(made)
    kinds = {name: value for name, value in root.attrib.items() if "scriptType" in name}
    assert list(kinds.values()) == ["asRecorded"]
    assert [base64.b64decode(one.text) for one in root.iter(f"{TT}data")] == [b"RIFF sound"]
    assert root.find(f".//{TT}audio").getparent().get(GAIN) == "0.7079"
    assert len(list(written(made, audio="all").iter(f"{TT}data"))) == 2
    assert "preRecording" in etree.tostring(written(made, audio="none")).decode()
    path = tmp_path / "a.ttml"
    path.write_bytes(write_script("dapt", made))
    script = read_script(path)
    assert script.faults == ()
    assert [line.text for line in script.lines] == ["Line 0.", "Line 1."]


def test_the_origin_is_written_where_the_film_has_a_timecode() -> None:
    text = write_script("dapt", document("Rain.", count=DROP)).decode()
    assert "<daptm:daptOriginTimecode>01:00:00:00</daptm:daptOriginTimecode>" in text
    assert 'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"' in text
    assert "drop-frame" in text
    assert "daptOriginTimecode" not in write_script("dapt", document("Rain.")).decode()


def test_who_wrote_and_spoke_it_is_in_the_head() -> None:
    made = replace(document("Rain."), describer="Model 7", generator="audiodesc 0.1")
    text = write_script("dapt", made).decode()
    assert "<ttm:desc>Written by audiodesc 0.1, lines by Model 7</ttm:desc>" in text
    assert '<ttm:agent xml:id="voice-1" type="other">' in text
    assert '<ttm:name type="full">en-us (eSpeak) (synthetic voice)</ttm:name>' in text


EVERY = [
    document(),
    document("Rain.", count=DROP),
    replace(document("Rain."), language="", title=""),
    mixed([Span(1_000, 2_000), Span(2_100, 3_000)], [-9.0, -12.0]),
    replace(document(), lines=()),
]


@pytest.mark.parametrize("made", EVERY)
def test_what_is_written_keeps_to_the_specification(made: ScriptDocument, tmp_path: Path) -> None:
    path = tmp_path / "a.ttml"
    path.write_bytes(write_script("dapt", made))
    if made.lines:
        assert read_script(path).faults == ()


@pytest.mark.media
def test_what_is_written_is_valid_by_the_consortiums_schema(media: Path, tmp_path: Path) -> None:
    folder = media.parent / "dapt-xsd"
    if not folder.is_dir():
        pytest.skip("W3C's schemas of DAPT do not lie beside the folder of films")
    schema = xmlschema.XMLSchema([str(folder / "dapt.xsd"), str(folder / "ttml2-metadata-items.xsd")])
    clip = tmp_path / "one.wav"
    clip.write_bytes(b"RIFF sound")
    recorded = replace(EVERY[0], lines=tuple(replace(line, clip=clip, recording=True) for line in EVERY[0].lines))
    for made in (*EVERY, recorded):
        schema.validate(written(made))
    broken = written(EVERY[0])
    broken.find(f".//{TT}div").set("starts", "1s")
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(broken)
