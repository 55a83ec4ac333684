"""A format is told by what is in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.errors import SubtitleError
from audiodesc.subtitles.formats import FORMATS, detected, is_stl
from audiodesc.subtitles.source import Source
from samples import SAMPLES


def form(text: str) -> str:
    return detected(Source(Path("film.txt"), text.encode(), text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WEBVTT", "webvtt"),
        ("\n\nWEBVTT a film\n", "webvtt"),
        ("Scenarist_SCC V1.0\n", "scc"),
        ("<SAMI>\n<HEAD>", "sami"),
        ("<?xml version='1.0'?>\n<!-- a --><sami>", "sami"),
        ("<tt xmlns='http://www.w3.org/ns/ttml'>", "ttml"),
        ("<?xml version='1.0'?><!-- made by x --><tt:tt>", "ttml"),
        ("[Script Info]\n", "ass"),
        ("; a remark\n[V4+ Styles]\n", "ass"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello.", "srt"),
        ("made by x\n\n7\n00:00:01 --> 00:00:02\nHello.", "srt"),
        ("0:00:01.000,0:00:02.000\nHello.", "sbv"),
        ("{1}{1}25\n{10}{20}Hello.", "microdvd"),
        ("{10}{}Hello.", "microdvd"),
        ("[10][20]Hello.", "mpl2"),
        ("00:00:01:Hello.", "tmplayer"),
    ],
)
def test_a_format_is_known_by_its_beginning_or_its_first_cue(text: str, expected: str) -> None:
    assert form(text) == expected


@pytest.mark.parametrize("text", ["WEBVT", "Dear diary", "00:01 it began", "[a][b]", "{a}{b}", "1\n2\n3\n", "", "\x00"])
def test_what_looks_like_none_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(SubtitleError, match="not subtitles in a known format") as caught:
        form(text)
    assert "WebVTT" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [("<html><body>", "<html>"), ("<rss>", "<rss>"), ("<", "<?>"), ("<?xml version='1.0'?><BDN>", "pictures")],
)
def test_other_xml_is_refused_by_its_name(text: str, said: str) -> None:
    with pytest.raises(SubtitleError) as caught:
        form(text)
    assert said in str(caught.value)


def test_ebu_stl_is_known_by_its_head() -> None:
    assert is_stl(SAMPLES["stl"])
    assert is_stl(b"437STL30.01" + b" " * 1013)
    assert not is_stl(b"850STL")
    assert not is_stl(b"1\n00:00:01,000 --> 00:00:02,000\nSTL25.01")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_reader(name: str) -> None:
    assert callable(FORMATS[name].read)
