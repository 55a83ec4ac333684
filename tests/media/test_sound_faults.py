"""Sound that cannot be decoded is no silence: it is counted and told, and no line is placed in it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from clicking import clicking
from films import Sound, clicks, make_film, silence, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from sources import dialogue_of

from audiodesc.core.cache import Store
from audiodesc.dialogue.subtitle_source import read_subtitles
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound_faults import Faults, Splice, fault_notes, sound_faults
from audiodesc.model import Film, Span
from audiodesc.planning.gaps import gaps
from audiodesc.report.dialogue import faults_report
from audiodesc.settings import DialogueSettings


def damaged(source: Path, place: Path, spans: list[tuple[float, float]]) -> tuple[Path, int]:
    """The film with noise in place of the coded sound of these seconds, and of how many packets."""
    noise, count = np.random.default_rng(0), 0
    with av.open(str(source)) as film, av.open(str(place), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is None:
                continue
            copy = packet
            time = float((packet.pts or 0) * packet.time_base)
            if packet.stream.type == "audio" and any(start <= time < end for start, end in spans):
                copy = av.Packet(b"\xff" * 4 + noise.integers(0, 256, 60, dtype=np.uint8).tobytes())
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base = packet.time_base
                count += 1
            copy.stream = copies[packet.stream_index]
            out.mux(copy)
    return place, count


def faults(film: Film, folder: Path) -> Faults:
    track = programme(film).track
    assert track
    return sound_faults(film, track, Store(folder / "store"))


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac"), (".mkv", "ac3")])
@pytest.mark.parametrize("hear", [True, False])
def test_nothing_is_said_where_sound_cannot_be_decoded(tmp_path: Path, suffix: str, codec: str, hear: bool) -> None:
    source = make_film(tmp_path / f"source{suffix}", 20, sounds=[Sound(tone(20), "mono", codec=codec)], fps=5)
    path, count = damaged(source, tmp_path / f"film{suffix}", [(4.0, 9.0)])
    film = probe(path)
    found = faults(film, tmp_path)
    assert abs(found.packets - count) <= 0.1 * count  # noise may happen to be sound
    assert [abs(s.start_ms - 4_000) < 400 and abs(s.end_ms - 9_000) < 400 for s in found.unheard] == [True]
    subtitles = tmp_path / "film.srt"
    subtitles.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello there.\n", "utf-8")
    settings = DialogueSettings(hear=hear, trust_subs=hear)
    track = programme(film).track
    given = read_subtitles(film, track, subtitles, settings)
    said = dialogue_of(film, track, given, settings, Store(tmp_path / "store"))
    for gap in gaps(said.cues, film.duration_ms, kinds=said.protected):
        assert not gap.span.overlap_ms(Span(4_400, 8_600))
    assert any(f"{found.packets} packets" in note.message for note in said.notes)
    assert any("cannot be decoded from" in note.message and note.span for note in said.notes)


def test_a_film_without_a_fault_has_none(tmp_path: Path) -> None:
    found = faults(probe(clicking(tmp_path, ".mp4", "aac")), tmp_path)
    assert found == Faults()
    assert list(fault_notes(found)) == []


def test_one_damaged_packet_is_counted_and_no_word(tmp_path: Path) -> None:
    path, count = damaged(clicking(tmp_path, ".mp4", "aac"), tmp_path / "film.mp4", [(2.0, 2.02)])
    found = faults(probe(path), tmp_path)
    assert found.packets == count == 1
    assert found.unheard == ()


def test_holes_are_counted_with_their_length(tmp_path: Path) -> None:
    sound = Sound(clicks(6), "mono", codec="pcm_s16le", holes=((1.9, 2.1), (3.2, 4.8)))
    found = faults(probe(make_film(tmp_path / "film.mkv", 6, sounds=[sound])), tmp_path)
    assert found.spliced == len(found.splices) == 2
    assert [round(one.at_ms, -2) for one in found.splices] == [1_900, 3_200]
    assert abs(found.silence_ms - 1_800) <= 45
    assert found.cut_ms == 0
    (note,) = fault_notes(found)
    assert "2 times" in note.message
    assert faults_report(found).spliced == 2


def test_a_late_start_is_no_splice(tmp_path: Path) -> None:
    sound = Sound(silence(3), "mono", start_s=0.75)
    assert faults(probe(make_film(tmp_path / "film.mkv", 4, sounds=[sound])), tmp_path).spliced == 0


SPANS = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 10_000), st.integers(0, 900))
FAULTS = st.builds(
    Faults,
    st.integers(0, 10),
    st.lists(SPANS).map(tuple),
    st.lists(st.builds(Splice, st.integers(0, 9), st.floats(-9, 9))).map(tuple),
)


@settings(max_examples=20)
@given(FAULTS)
def test_they_come_back_from_the_store(tmp_path_factory: pytest.TempPathFactory, found: Faults) -> None:
    from audiodesc.media import sound_faults as module

    store = Store(tmp_path_factory.mktemp("store"))
    from dataclasses import asdict

    store.put_json("one", asdict(found))
    assert module._as_faults(store.read_json("one")) == found
