"""What is heard: speech found in made sound, spans out of chances, and laws for any cues and any speech."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import RATE, Sound, make_film, silence, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.dialogue.merge import DialogueCue, merge_speech
from audiodesc.dialogue.vad import activity, detect, packed, probabilities, silero, unpacked
from audiodesc.dialogue.vad.segments import LEVEL_FRAMES, Activity, SpeechSegments, speech_segments
from audiodesc.dialogue.vad.silero import CHUNK, MODEL
from audiodesc.dialogue.vad.silero import RATE_HZ as HEARD_HZ
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import Cue, CueKind, Span
from audiodesc.planning.extend import edges
from audiodesc.speak import profile, voice
from audiodesc.subtitles import read_file

SILERO = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"
"""SHA-256 of the model in silero-vad 6.2.3's wheel on PyPI."""

NEAR_MS = 250
"""How far a heard edge may lie from the true one."""

FRAME_MS = 32
Mono = NDArray[np.float32]


@functools.cache
def line(text: str = "The last ferry leaves at six, and I will not come back.") -> Mono:
    """A spoken line at 48 kHz, about −23 dBFS; nothing before its first sound or after its last."""
    return voice(profile("espeak-en-gb-f")).say(text, 1.0).samples


def placed(at_s: float, seconds: float, samples: Mono | None = None) -> Mono:
    """The line in silence."""
    out = np.zeros(round(seconds * RATE), np.float32)
    spoken = line() if samples is None else samples
    out[round(at_s * RATE) :][: len(spoken)] = spoken
    return out


def noise(seconds: float, level_db: float, seed: int = 0) -> Mono:
    out = np.random.default_rng(seed).normal(size=round(seconds * RATE))
    return np.asarray(out * 10 ** (level_db / 20), np.float32)


def hear(path: Path) -> SpeechSegments:
    film = probe(path)
    track = programme(film).track
    assert track
    return speech_segments(detect(film, track), film.duration_ms)


def hear_sound(samples: NDArray[np.float32], layout: str = "mono") -> SpeechSegments:
    """What is heard in samples of shape (channels, n), given in seconds as a film's sound is."""
    blocks = [samples[:, at : at + RATE] for at in range(0, samples.shape[1], RATE)]
    duration_ms = samples.shape[1] * 1000 // RATE
    return speech_segments(activity(blocks, layout, -(-duration_ms // FRAME_MS)), duration_ms)


def assert_one_line(found: SpeechSegments, start_ms: float, samples: Mono | None = None) -> None:
    """Speech begins and ends with the line, and is nowhere else."""
    assert found.speech, "nothing is heard"
    end_ms = start_ms + len(line() if samples is None else samples) * 1000 / RATE
    assert abs(found.speech[0].start_ms - start_ms) <= NEAR_MS
    assert abs(found.speech[-1].end_ms - end_ms) <= NEAR_MS


def test_the_model_is_sileros_own_with_its_licence_beside_it() -> None:
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() == SILERO
    assert SILERO in (silero.__doc__ or "")
    assert "Silero Team" in MODEL.with_name("silero_vad.LICENSE").read_text("utf-8")


def test_the_sample_films_dialogue_is_heard_where_it_is_spoken(sample: tuple[Path, Path]) -> None:
    film, subtitles = sample
    found = hear(film)
    spoken = [Span(cue.span.start_ms, cue.span.end_ms - 150) for cue in read_file(subtitles)[0]]
    for one in spoken:
        assert sum(one.overlap_ms(speech) for speech in found.speech) >= 0.8 * one.duration_ms
    for speech in found.speech:
        assert any(
            one.start_ms - NEAR_MS <= speech.start_ms and speech.end_ms <= one.end_ms + NEAR_MS for one in spoken
        )


def test_there_is_a_chance_for_each_32_ms_of_the_film(tmp_path: Path) -> None:
    for seconds in (1.0, 2.5):
        film = probe(make_film(tmp_path / f"{seconds}.mkv", seconds, sounds=[Sound(silence(seconds), "mono")]))
        track = programme(film).track
        assert track
        assert len(detect(film, track).probabilities) == math.ceil(film.duration_ms / FRAME_MS)


@pytest.mark.parametrize("layout", ["mono", "5.1"])
@pytest.mark.parametrize("samples", [1, 479, 23_999, 24_001])
def test_a_film_shorter_than_half_a_second_is_heard(samples: int, layout: str) -> None:
    channels = 6 if layout == "5.1" else 1
    assert probabilities([silence(samples / RATE, channels)], layout).max(initial=0.0) < 0.1


def test_speech_is_heard_on_the_films_clock(tmp_path: Path) -> None:
    """The sound track starts 3 s late."""
    sound = Sound(placed(1.0, 6.0)[np.newaxis], "mono", start_s=3.0)
    assert_one_line(hear(make_film(tmp_path / "late.mkv", 10.0, sounds=[sound])), 4_000)


@pytest.mark.parametrize("at_s", [0.0, 5.0, 15.0, 16.0])
def test_a_line_is_heard_wherever_it_stands(at_s: float) -> None:
    """At the very start too, and across the border of two pieces (16.4 s)."""
    assert_one_line(hear_sound(placed(at_s, 22.0)[np.newaxis]), at_s * 1000)


def test_a_line_over_the_border_of_two_pieces_is_heard_as_any_other() -> None:
    border_s = CHUNK / HEARD_HZ
    elsewhere = probabilities([(placed(2.048, 6.0) + noise(6.0, -60))[np.newaxis]], "mono")[64:128]
    for before_s in (0.512, 1.024, 1.536):
        sound = (placed(border_s - before_s, 24.0) + noise(24.0, -60))[np.newaxis]
        first = round((border_s - before_s) * 1000) // FRAME_MS
        assert np.abs(probabilities([sound], "mono")[first : first + 64] - elsewhere).mean() < 0.03


def test_a_line_is_heard_to_the_very_end() -> None:
    seconds = 6.0 + len(line()) / RATE
    assert_one_line(hear_sound(placed(6.0, seconds)[np.newaxis]), 6_000)


@pytest.mark.parametrize("level_db", [-50, -30, 0, 15])
def test_quiet_and_loud_films_are_heard_alike(level_db: float) -> None:
    sound = (placed(4.0, 10.0) + noise(10.0, -60)) * np.float32(10 ** (level_db / 20))
    assert_one_line(hear_sound(sound[np.newaxis]), 4_000)


def test_speech_is_heard_in_noise() -> None:
    assert_one_line(hear_sound((placed(4.0, 10.0) + noise(10.0, -38))[np.newaxis]), 4_000)


@pytest.mark.parametrize("channel", range(6))
def test_speech_is_heard_in_any_channel_of_5_1(channel: int) -> None:
    """The centre (2) is not alone in being heard; noise is all around."""
    sound = np.stack([noise(10.0, -60, seed) for seed in range(6)])
    sound[channel] += placed(4.0, 10.0)
    assert_one_line(hear_sound(sound, "5.1"), 4_000)


def test_the_centre_is_heard_under_louder_channels() -> None:
    sound = np.stack([noise(10.0, 0, seed) for seed in range(6)])
    sound[2] = placed(4.0, 10.0)
    assert_one_line(hear_sound(sound, "5.1"), 4_000)


def test_channels_wired_against_each_other_do_not_silence_the_film() -> None:
    spoken = placed(4.0, 10.0)
    assert_one_line(hear_sound(np.stack([spoken, -spoken]), "stereo"), 4_000)


def test_noise_tones_and_silence_are_no_speech() -> None:
    for sound in (noise(10.0, -20), noise(10.0, -60), tone(10.0)[0], silence(10.0)[0], tone(10.0, 220.0, 0.3)[0]):
        found = hear_sound(sound[np.newaxis])
        assert found.speech == ()
        assert sum(span.duration_ms for span in found.possible) < 500


def test_how_the_sound_is_cut_into_blocks_changes_nothing() -> None:
    sound = (placed(14.5, 20.0) + noise(20.0, -50))[np.newaxis]
    whole, *others = (
        probabilities([sound[:, at : at + size] for at in range(0, sound.shape[1], size)], "mono")
        for size in (sound.shape[1], RATE, 1117)
    )
    for other in others:
        assert np.allclose(whole, other, atol=1e-3)


def test_a_film_with_no_samples_is_heard_as_nothing() -> None:
    assert len(probabilities([], "stereo")) == 0


@given(st.binary(max_size=300), st.booleans())
def test_packed_activity_comes_back(values: bytes, levelled: bool) -> None:
    levels = values[::LEVEL_FRAMES] if levelled else b""
    assert unpacked(packed(Activity(values, levels))) == Activity(values, levels)


def row(*parts: tuple[float, int]) -> Activity:
    """From (probability, frames)."""
    return Activity(b"".join(bytes([round(chance * 255)]) * frames for chance, frames in parts))


def spans(found: tuple[Span, ...]) -> list[tuple[float, float]]:
    """In frames."""
    return [(span.start_ms / FRAME_MS, span.end_ms / FRAME_MS) for span in found]


def test_speech_begins_and_ends_where_it_fades_out_and_not_where_it_is_sure() -> None:
    found = speech_segments(row((0, 20), (0.3, 5), (0.9, 10), (0.3, 5), (0, 20)), 60 * FRAME_MS)
    assert spans(found.speech) == [(20, 40)]


def test_what_is_never_sure_is_possible_and_no_speech() -> None:
    """Music keeps the probability up, as sure speech does; where little does, the same is speech."""
    found = speech_segments(row((0.06, 200), (0.35, 20), (0.06, 200)), 420 * FRAME_MS)
    assert found.speech == ()
    assert spans(found.possible) == [(200, 220)]
    assert spans(speech_segments(row((0, 20), (0.35, 20), (0, 20)), 60 * FRAME_MS).speech) == [(20, 40)]


def test_short_breaks_are_speech_and_long_ones_are_not() -> None:
    assert spans(speech_segments(row((0.9, 10), (0, 3), (0.9, 10)), 23 * FRAME_MS).speech) == [(0, 23)]
    assert spans(speech_segments(row((0.9, 10), (0, 4), (0.9, 10)), 24 * FRAME_MS).speech) == [(0, 10), (14, 24)]


def test_a_click_is_no_speech() -> None:
    assert speech_segments(row((0, 20), (0.9, 6), (0, 20)), 46 * FRAME_MS).speech == ()
    assert spans(speech_segments(row((0, 20), (0.9, 7), (0, 20)), 47 * FRAME_MS).speech) == [(20, 27)]


@given(st.binary(max_size=200), st.integers(0, 7_000))
def test_spans_are_apart_in_order_and_in_the_film_and_speech_is_possible(values: bytes, duration_ms: int) -> None:
    found = speech_segments(Activity(values), duration_ms)
    for row_of in (found.speech, found.possible):
        assert all(a.end_ms < b.start_ms for a, b in pairwise(row_of))
        assert all(span.end_ms <= duration_ms for span in row_of)
    for speech in found.speech:
        assert any(one.overlap_ms(speech) == speech.duration_ms for one in found.possible)


FILM_MS = 30_000
KINDS: st.SearchStrategy[CueKind] = st.sampled_from(["speech", "sound", "lyrics", "on_screen"])


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    made = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, FILM_MS))
        text = "x" * draw(st.integers(0, 80))
        made.append(Cue(Span(start, start + draw(st.integers(1, 6_000))), text, draw(KINDS)))
    return made


@st.composite
def hearings(draw: st.DrawFn) -> SpeechSegments:
    """Possible speech anywhere, some of it sure."""
    edges = sorted(draw(st.lists(st.integers(0, FILM_MS), unique=True, max_size=24)))
    possible = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    speech = []
    for span in possible:
        if draw(st.booleans()):
            start = draw(st.integers(span.start_ms, span.end_ms - 1))
            speech.append(Span(start, draw(st.integers(start + 1, span.end_ms))))
    return SpeechSegments(tuple(speech), tuple(possible))


def moments(spans: list[Span]) -> set[int]:
    return {t for span in spans for t in range(span.start_ms, span.end_ms)}


def as_heard(script: Iterable[Cue], found: SpeechSegments) -> tuple[Cue, ...]:
    return tuple(one.cue for one in merge_speech(script, found))


def speaking(script: list[Cue] | tuple[Cue, ...]) -> list[Span]:
    return [cue.span for cue in script if cue.kind == "speech"]


@given(cues(), hearings())
@settings(max_examples=60)
def test_all_speech_that_is_heard_is_dialogue_unless_it_is_sung(script: list[Cue], found: SpeechSegments) -> None:
    songs = [Span(max(0, c.span.start_ms - 1000), c.span.end_ms + 1000) for c in script if c.kind == "lyrics"]
    after = as_heard(script, found)
    assert moments(list(found.speech)) - moments(songs) <= moments(speaking(after))


@given(cues(), hearings())
@settings(max_examples=60)
def test_a_cue_is_cut_only_where_no_speech_is_possible(script: list[Cue], found: SpeechSegments) -> None:
    """What is cut off is 200 ms away from where speech is possible in that cue; without sure speech nothing is."""
    after = moments(speaking(as_heard(script, found)))
    for cue in script:
        if cue.kind == "speech":
            lost = moments([cue.span]) - after
            assert not lost or any(cue.span.overlap_ms(speech) for speech in found.speech)
            inside = [Span(max(0, p.start_ms - 200), p.end_ms + 200) for p in found.possible if p.overlap_ms(cue.span)]
            assert not lost & moments(inside)


@given(cues(), hearings())
@settings(max_examples=60)
def test_a_cue_whose_text_is_not_all_heard_keeps_its_time(script: list[Cue], found: SpeechSegments) -> None:
    """No more than 15 characters are said in a second."""
    after = moments(speaking(as_heard(script, found)))
    for cue in script:
        heard_ms = sum(cue.span.overlap_ms(speech) for speech in found.speech)
        if cue.kind == "speech" and heard_ms * 15 < len(cue.text) * 1000:
            assert moments([cue.span]) <= after


@given(cues(), hearings())
@settings(max_examples=60)
def test_a_cue_keeps_the_time_that_its_text_needs(script: list[Cue], found: SpeechSegments) -> None:
    kept = {cue.text: cue.span.duration_ms for cue in as_heard(script, found) if cue.kind == "speech"}
    lengths = [len(cue.text) for cue in script]
    for cue in script:
        if cue.kind == "speech" and cue.text and lengths.count(len(cue.text)) == 1:
            assert kept[cue.text] >= min(cue.span.duration_ms, len(cue.text) * 1000 // 15)


@given(cues(), hearings())
@settings(max_examples=60)
def test_nothing_is_added_but_speech_and_nothing_else_is_touched(script: list[Cue], found: SpeechSegments) -> None:
    after = as_heard(script, found)
    assert list(after) == sorted(after, key=lambda cue: cue.span)
    assert sorted(c.text for c in after if c.text) == sorted(c.text for c in script if c.text)
    assert [c for c in after if c.kind != "speech"] == sorted(
        (c for c in script if c.kind != "speech"), key=lambda cue: cue.span
    )
    spoken = moments(speaking(script)) | moments(list(found.speech))
    assert moments(speaking(after)) <= spoken


@given(cues())
def test_without_sound_the_cues_stay_as_they_are(script: list[Cue]) -> None:
    assert as_heard(script, SpeechSegments()) == tuple(sorted(script, key=lambda cue: cue.span))


@given(hearings())
def test_without_cues_the_dialogue_is_what_is_heard(found: SpeechSegments) -> None:
    assert as_heard((), found) == tuple(Cue(span, "") for span in found.speech)


@given(cues(), hearings())
@settings(max_examples=60)
def test_each_subtitle_is_told_once_where_it_stood(script: list[Cue], found: SpeechSegments) -> None:
    after = merge_speech(script, found)
    assert sorted(one.given for one in after if one.given) == sorted(cue.span for cue in script)
    for one in after:
        assert one.given or (one.cue.text, one.cue.kind) == ("", "speech")
        assert one.cue.kind == "speech" or one.cue.span == one.given


def test_speech_without_a_subtitle_stood_nowhere() -> None:
    found = SpeechSegments((Span(1_000, 2_000),), (Span(1_000, 2_000),))
    assert merge_speech((), found) == (DialogueCue(Cue(Span(1_000, 2_000), ""), None),)


def test_a_cue_that_lingers_is_cut_behind_its_speech() -> None:
    found = SpeechSegments((Span(1_100, 2_000),), (Span(1_050, 2_100),))
    assert speaking(as_heard([Cue(Span(500, 5_000), "Yes.")], found)) == [Span(850, 2_300)]


def test_a_cue_that_is_too_short_grows_by_its_own_speech() -> None:
    found = SpeechSegments((Span(800, 3_400),), (Span(800, 3_400),))
    assert as_heard([Cue(Span(1_000, 2_000), "Yes, sir.")], found) == (Cue(Span(800, 3_400), "Yes, sir."),)


def test_a_cue_in_which_speech_is_only_possible_stays() -> None:
    cue = Cue(Span(1_000, 5_000), "Yes.")
    assert as_heard([cue], SpeechSegments((Span(6_000, 7_000),), (Span(2_000, 2_500), Span(6_000, 7_000))))[0] == cue


def test_speech_that_goes_on_for_long_is_somebody_elses() -> None:
    found = SpeechSegments((Span(1_000, 6_000),), (Span(1_000, 6_000),))
    after = as_heard([Cue(Span(1_000, 2_000), "Yes.")], found)
    assert after == (Cue(Span(1_000, 2_000), "Yes."), Cue(Span(2_000, 6_000), ""))


def sure(*times: tuple[int, int]) -> SpeechSegments:
    speech = tuple(Span(start, end) for start, end in times)
    return SpeechSegments(speech, speech)


def test_subtitles_that_follow_but_for_a_rounded_millisecond_do_not_overlap_and_a_film_may_stop_between() -> None:
    script = [Cue(Span(0, 999), "Hildy!"), Cue(Span(1_000, 2_499), "How are you?"), Cue(Span(2_500, 4_000), "Well.")]
    after = merge_speech(script, sure((0, 4_000)), trims=False)
    assert [one.cue.span for one in after] == [Span(0, 1_000), Span(1_000, 2_500), Span(2_500, 4_000)]
    assert edges(one.cue for one in after) == (1_000, 2_500, 4_000)


@pytest.mark.parametrize(
    ("cue", "spoken"),
    [
        (Cue(Span(900, 5_000), "x" * 50), (1_000, 3_000)),
        (Cue(Span(5_000, 8_700), "- Don't go!\n- Mary!"), (8_000, 8_490)),
        (Cue(Span(1_000, 6_000), "Come here… Nora."), (5_000, 5_600)),
        (Cue(Span(1_000, 6_000), "我从来没有想过他会回来找我们的，快走吧！"), (2_000, 4_400)),
        (Cue(Span(1_000, 6_000), "まさか、あなたが来るとは思わなかった"), (2_000, 3_800)),
        (Cue(Span(1_000, 6_000), "네가 여기까지 올 줄은 정말 몰랐어"), (2_000, 3_300)),
    ],
)
def test_a_cue_of_whose_text_too_little_is_heard_is_not_cut(cue: Cue, spoken: tuple[int, int]) -> None:
    """The rest of it may be whispered, or under noise."""
    assert as_heard([cue], sure(spoken)) == (cue,)


@pytest.mark.parametrize(("text", "early_ms"), [("Don't go, Mary!", 500), ("Mama!", 100), ("Mama!", 350)])
def test_what_the_next_speaker_is_heard_to_say_pays_for_no_text(text: str, early_ms: int) -> None:
    """The second line is heard before its cue; nothing of the first is."""
    script = [Cue(Span(1_000, 3_000), text), Cue(Span(3_000, 5_000), "He has gone for good.")]
    assert as_heard(script, sure((3_000 - early_ms, 4_900)))[0] == script[0]


def test_singing_before_its_lyrics_pays_for_no_text() -> None:
    script = [Cue(Span(1_000, 3_000), "Mama!"), Cue(Span(3_000, 5_000), "♪ He has gone ♪", "lyrics")]
    assert as_heard(script, sure((2_500, 4_900)))[0] == script[0]


def test_a_neighbour_that_is_heard_a_little_early_is_still_cut_behind_its_speech() -> None:
    script = [Cue(Span(1_000, 3_000), "Mama!"), Cue(Span(3_000, 9_000), "He has gone.")]
    assert as_heard(script, sure((2_900, 4_900)))[1].span == Span(3_000, 5_100)


def test_of_the_start_of_a_cue_no_more_than_half_a_second_is_cut() -> None:
    assert speaking(as_heard([Cue(Span(1_000, 9_000), "Yes.")], sure((4_000, 5_000)))) == [Span(1_500, 5_200)]


@pytest.mark.parametrize(
    "cue",
    [
        Cue(Span(1_000, 9_000), "- Go!\n- No."),
        Cue(Span(1_000, 9_000), "Go!\n– No."),
        Cue(Span(1_000, 9_000), "-Go! -No."),
        Cue(Span(1_000, 9_000), "Go! No.", speakers=("Ann", "Bo")),
    ],
)
def test_the_start_of_a_cue_of_two_speakers_is_never_cut(cue: Cue) -> None:
    assert speaking(as_heard([cue], sure((2_000, 4_000)))) == [Span(1_000, 4_200)]


def test_cues_are_not_cut_where_that_is_not_wanted_and_made_longer_all_the_same() -> None:
    script = [Cue(Span(1_000, 9_000), "Yes."), Cue(Span(12_000, 13_000), "No.")]
    after = merge_speech(script, sure((1_200, 2_000), (12_100, 13_800), (20_000, 21_000)), trims=False)
    assert [one.cue.span for one in after] == [Span(1_000, 9_000), Span(12_000, 13_800), Span(20_000, 21_000)]


def test_the_end_of_a_spoken_line_before_a_song_is_the_lines() -> None:
    script = [Cue(Span(10_000, 12_000), "Come here now, please."), Cue(Span(13_000, 16_000), "♪ la la ♪", "lyrics")]
    assert speaking(as_heard(script, sure((10_000, 12_980), (13_000, 16_000)))) == [Span(10_000, 12_980)]


def test_speech_beside_a_song_is_dialogue_and_the_songs_blurred_edges_are_not() -> None:
    song = Cue(Span(13_000, 16_000), "♪ la la ♪", "lyrics")
    assert speaking(as_heard([song], sure((12_000, 12_800), (12_900, 16_150), (16_500, 17_000)))) == [
        Span(12_000, 12_800),
        Span(16_500, 17_000),
    ]


def test_singing_between_two_lines_of_a_song_is_sung_and_between_two_songs_is_not() -> None:
    near = [Cue(Span(0, 3_000), "♪ la la ♪", "lyrics"), Cue(Span(5_000, 8_000), "♪ la la ♪", "lyrics")]
    far = [near[0], Cue(Span(5_100, 8_000), "♪ la la ♪", "lyrics")]
    assert speaking(as_heard(near, sure((3_500, 4_500)))) == []
    assert speaking(as_heard(far, sure((3_500, 4_500)))) == [Span(3_500, 4_500)]


@pytest.mark.parametrize("text", ["♪", "♪♪♪", "[♪♪♪]", "♪ [theme music] ♪", "♪ (music) ♪", "# #"])
def test_notes_without_words_claim_no_voice(text: str) -> None:
    music = Cue(Span(4_000, 24_000), text, "lyrics")
    assert speaking(as_heard([music], sure((6_000, 20_000)))) == [Span(6_000, 20_000)]


def test_a_lyric_that_stands_for_a_whole_song_claims_its_own_words_only() -> None:
    """6 characters are said in 0.4 s, and sung in 3.2 at most."""
    song = Cue(Span(10_000, 70_000), "♪ la ♪", "lyrics")
    assert speaking(as_heard([song], sure((10_100, 11_000), (30_000, 40_000)))) == [Span(30_000, 40_000)]


def test_a_song_with_lyrics_is_no_dialogue_and_the_speech_in_it_that_has_a_cue_is() -> None:
    script = [Cue(Span(1_000, 9_000), "♪ Somewhere over the hill ♪", "lyrics"), Cue(Span(4_000, 5_000), "Stop!")]
    found = sure((900, 9_100))
    assert speaking(as_heard(script, found)) == [Span(4_000, 5_000)]


def test_speech_under_a_sound_is_dialogue() -> None:
    found = SpeechSegments((Span(2_000, 3_000),), (Span(2_000, 3_000),))
    after = as_heard([Cue(Span(0, 8_000), "[music]", "sound")], found)
    assert speaking(after) == [Span(2_000, 3_000)]


@pytest.mark.media
@pytest.mark.parametrize(
    ("film", "start_ms", "end_ms"),
    [
        ("sintel-trailer/sintel_trailer_854x480.mp4", 12_200, 14_400),
        ("his-girl-friday/friday.mp4", 500, 6_000),
        ("googlework/googlework_short.mp4", 21_600, 35_000),
    ],
)
def test_people_are_heard_in_real_films(media: Path, film: str, start_ms: int, end_ms: int) -> None:
    """Times from the films' captions, and by ear."""
    spoken = Span(start_ms, end_ms)
    found = hear(media / film).speech
    assert sum(spoken.overlap_ms(speech) for speech in found) >= 0.8 * spoken.duration_ms


@pytest.mark.media
def test_nobody_is_heard_in_a_real_film_without_speech(media: Path) -> None:
    assert hear(media / "bbb-moviepy/big_buck_bunny_0_30.webm").speech == ()
    assert hear(media / "bbb-rabbit-ad/silent.mp4").speech == ()
