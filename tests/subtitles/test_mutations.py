"""Files of every format, broken in every way: read or refused, no crash, always an end, nothing lost in silence."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hanging import LONG_S, within
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitles.mutations import MUTATIONS, mutated
from subtitles.samples import SAMPLES

from audiodesc.errors import SubtitleError
from audiodesc.subtitles import read_file

CASES = 40
"""Of each sample; `benchmarks/fuzz_subtitles.py` runs as many as are wanted."""


def fault(path: Path) -> str:
    """What is wrong with how a file is read, "" where nothing is."""
    try:
        cues, notes = within(LONG_S, lambda: read_file(path, Fraction(25)))
        return "" if cues and all(note.message for note in notes) else "no cue, and no word about it"
    except SubtitleError as error:
        told = str(error).startswith(str(path)) and len(str(error).splitlines()) == 1 and error.remedy
        return "" if told else repr(error)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(SAMPLES[name])
    cues, _ = read_file(path, Fraction(25))
    assert cues


@pytest.mark.parametrize("name", SAMPLES)
def test_a_broken_sample_is_read_or_refused(tmp_path: Path, name: str) -> None:
    path, rng = tmp_path / "film.srt", random.Random(name)
    others = list(SAMPLES.values())
    for _ in range(CASES):
        path.write_bytes(mutated(SAMPLES[name], rng.choice(others), rng))
        assert fault(path) == ""


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0), st.integers(0, len(MUTATIONS) - 1))
@settings(max_examples=100)
def test_one_fault_of_any_kind(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, which: int) -> None:
    data, path = bytearray(SAMPLES[name]), tmp_path_factory.mktemp("broken") / "film.srt"
    MUTATIONS[which](data, SAMPLES["srt"], random.Random(seed))
    path.write_bytes(bytes(data))
    assert fault(path) == ""


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"WEBVTT\n\n", b"<tt>", b"[Script Info]\n", b"<SAMI>", b"850STL25.01"]),
)
@settings(max_examples=100)
def test_any_bytes_behind_any_head(tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "film.srt"
    path.write_bytes(head + content)
    assert fault(path) == ""


TEXTS = ["srt", "webvtt", "ass", "ssa", "microdvd", "mpl2", "tmplayer", "sbv", "sami", "ttml"]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("letter", ["x", "9", "\n"])
def test_a_letter_that_changed_costs_no_cue_without_a_word(tmp_path: Path, name: str, letter: str) -> None:
    # In a cue's text a changed letter does no harm; in its times the cue stays, is told, or the file is refused.
    text, path = SAMPLES[name].decode(), tmp_path / "film.srt"
    lost = []
    for at in range(len(text)):
        path.write_bytes(f"{text[:at]}{letter}{text[at + 1 :]}".encode())
        if _lost_in_silence(path):
            lost.append(text[max(0, at - 20) : at + 20])
    assert lost == []


def _lost_in_silence(path: Path) -> bool:
    """Whether one of a sample's four cues is gone without a note."""
    try:
        cues, notes = read_file(path, Fraction(25))
    except SubtitleError:
        return False
    return len(cues) < 4 and not notes
