"""Text is made safe for pysubs2's regular expressions, and comes back as it was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hanging import LONG_S, within
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import SubtitleError
from audiodesc.subtitles.pysubs2_formats import parse_events, protect, unprotect
from audiodesc.subtitles.source import Source

SOURCE = Source(Path("film.srt"), b"")


@given(st.text(alphabet="<>{}!-ab \n", max_size=30))
def test_what_was_tamed_comes_back_but_for_long_blanks(text: str) -> None:
    def shrunk(words: str) -> str:
        return re.sub(r"\s+", " ", words)

    assert shrunk(unprotect(protect(text))) == shrunk(text)


@given(st.text(alphabet="<>{}ab", max_size=20))
def test_every_bracket_that_is_left_is_closed_before_the_next_opens(text: str) -> None:
    assert not re.search(r"<[^>]*(?:<|$)", protect(text))
    assert not re.search(r"{[^}]*(?:{|$)", protect(text))


@pytest.mark.parametrize("part", ["<", "{", "<a ", "<i><b", "{\\i1", " ", "\n", "<!--", "< /", "{y:", "<i>{"])
@pytest.mark.parametrize("form", ["srt", "microdvd", "mpl2", "tmp", "sami", "ass"])
def test_everything_comes_to_an_end(form: str, part: str) -> None:
    heads = {
        "srt": "1\n00:00:01,000 --> 00:00:02,000\n",
        "microdvd": "{1}{2}",
        "mpl2": "[1][2]",
        "tmp": "00:00:01:",
        "sami": "<SAMI><BODY><SYNC Start=1000><P>",
        "ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
    }
    text = heads[form] + protect(part * (60_000 // len(part))) + ">}"
    within(LONG_S, lambda: parse_events(SOURCE, text, form, fps=25))


def test_its_faults_are_refusals() -> None:
    with pytest.raises(SubtitleError, match="broken microdvd"):
        parse_events(SOURCE, "{1}{2}Hello.", "microdvd", fps=-1)
