"""iXML: what an editor reads of a file's timecode and of its channels."""

from __future__ import annotations

from fractions import Fraction

from lxml import etree

from audiodesc.core.timecode import Timecode
from audiodesc.media.ixml import SoundScene, ixml

DROPS = Timecode(Fraction(30_000, 1001), drops=True, start=107_892)


def scene(layout: str = "stereo", language: str = "de-AT", first: int = 0, project: str = "Das Boot") -> SoundScene:
    return SoundScene(project, "whole film", "boot.mxf", "Full mix", language, layout, 48_000, 24, first, DROPS)


def texts(document: bytes, path: str) -> list[str]:
    return [one.text or "" for one in etree.fromstring(document).findall(path)]


def test_timecode_and_the_first_sample_in_two_halves() -> None:
    made = ixml(scene(first=(1 << 32) + 7))
    assert texts(made, "SPEED/TIMECODE_RATE") == ["30000/1001"]
    assert texts(made, "SPEED/TIMECODE_FLAG") == ["DF"]
    assert texts(made, "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI") == ["1"]
    assert texts(made, "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") == ["7"]
    assert texts(made, "NOTE") == ["Full mix; language de-AT"]


def test_channels_in_their_order_in_the_file() -> None:
    made = ixml(scene("7.1"))
    assert texts(made, "TRACK_LIST/TRACK_COUNT") == ["8"]
    assert texts(made, "TRACK_LIST/TRACK/NAME") == ["L", "R", "C", "LFE", "Lb", "Rb", "Ls", "Rs"]
    assert texts(made, "TRACK_LIST/TRACK/FUNCTION") == []  # iXML's own 7.1 is another
    assert texts(ixml(scene("mono")), "TRACK_LIST/TRACK/FUNCTION") == ["MIX"]


def test_names_of_any_characters_make_no_broken_document() -> None:
    made = ixml(scene(project="A<B>&\x00\x1f\ud800 \u202eé", language=""))
    assert texts(made, "PROJECT") == ["A<B>& é"]
    assert texts(made, "USER") == []
