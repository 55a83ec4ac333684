"""Closed captions inside films, and their channels."""

from __future__ import annotations

import random
from contextlib import suppress
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from captioned import RATES, captioned, encoded, line_21
from films import make_film
from hypothesis import given, settings
from hypothesis import strategies as st
from line21 import BS, CR, EDM, EOC, RCL, RDC, ROW_14, ROW_15, RU2, RU3, Sent, cc, cc_text, channel, popped, sent, words

from audiodesc.errors import FilmError, SubtitleError
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles import film_cues, has_text
from audiodesc.subtitles.captions import Word, by_channel, captions_in_film_time, timed_triplets

COUNT = 240
POPPED = [*popped(30, 60, "NORA: Hello\nthere."), *popped(80, 96, "[door slams]")]
ROLLED = [(100, words(RU3, CR, ROW_15, ">> Rolled one.")), (140, words(CR, ">> Rolled two.")), (165, words(EDM))]
PAINTED = [(170, words(RDC, ROW_14, "Painted. ")), (200, words(ROW_15, "And this.")), (220, words(EDM))]
SHOWN = [
    (30, 60, "Hello\nthere.", "speech", "Nora"),
    (80, 96, "[door slams]", "sound", ""),
    (102, 140, "Rolled one.", "speech", ""),
    (140, 165, "Rolled two.", "speech", ""),
    (172, 200, "Painted.", "speech", ""),
    (200, 220, "And this.", "speech", ""),
]
"""From which frame to which: commands are sent twice and obeyed at once; paint-on is shown from its row on."""

OTHER = sent(*popped(40, 110, "Hola.", 3), (120, channel(3, 0x1425, CR, ROW_15, "Una linea.", CR, EDM)))


@pytest.fixture(scope="module", params=RATES, ids=["29.97", "23.976"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fraction]:
    return encoded(tmp_path_factory.mktemp("plain") / "plain.mp4", request.param, COUNT), request.param


def read(source: Path, path: Path, first: Sent, second: Sent | None = None) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    return film_cues(probe(captioned(source, path, line_21(first, second))), None)


def in_frames(cues: tuple[Cue, ...], fps: Fraction) -> list[tuple[Any, Any, str, str, str]]:
    """With frames for times, which are told to the millisecond."""

    def frame(ms: int) -> Any:
        return pytest.approx(float(ms * fps / 1000), abs=0.05)

    return [(frame(c.span.start_ms), frame(c.span.end_ms), c.text, c.kind, c.speaker) for c in cues]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov"])
def test_three_modes_to_the_frame(plain: tuple[Path, Fraction], tmp_path: Path, suffix: str) -> None:
    cues, notes = read(plain[0], tmp_path / f"film{suffix}", sent(*POPPED, *ROLLED, *PAINTED), OTHER)
    assert in_frames(cues, plain[1]) == SHOWN
    assert [note.message for note in notes] == [
        "subtitles taken from the closed captions inside the picture (CEA-608, CC1)",
        "closed captions: CC1 is read, not CC3",
    ]


def test_where_only_the_second_field_has_captions_they_are_read(plain: tuple[Path, Fraction], tmp_path: Path) -> None:
    cues, (note,) = read(plain[0], tmp_path / "film.ts", {}, OTHER)
    assert in_frames(cues, plain[1])[0] == (40, 110, "Hola.", "speech", "")
    assert "(CEA-608, CC3)" in note.message


def test_two_words_with_one_picture_are_shown_with_it(plain: tuple[Path, Fraction], tmp_path: Path) -> None:
    # Line 21 has 30 words a second, also where a film has 24 pictures.
    burst = words(RCL, ROW_15, "Hello", EOC)
    halves = (burst[::2], burst[1::2])
    (cue,), _ = read(plain[0], tmp_path / "film.ts", sent(*((20, half) for half in halves), (60, words(EDM))))
    assert in_frames((cue,), plain[1]) == [(20 + len(burst) // 2 - 1, 60, "Hello", "speech", "")]


def test_a_caption_that_nothing_erases_lasts_with_a_note(plain: tuple[Path, Fraction], tmp_path: Path) -> None:
    (cue,), (_, note) = read(plain[0], tmp_path / "film.ts", sent(*popped(30, 60, "Hello.")[:2]))
    assert cue.span.duration_ms >= 1_000
    assert "how long" in note.message


def test_padding_is_no_captions(plain: tuple[Path, Fraction], tmp_path: Path) -> None:
    film = probe(captioned(plain[0], tmp_path / "film.ts", line_21({}, sent((20, ["0183", "c1c2", "8f2a"])))))
    assert not has_text(film)
    with pytest.raises(SubtitleError, match="no subtitle track with text"):
        film_cues(film, None)


def test_captions_that_are_never_shown_are_refused(plain: tuple[Path, Fraction], tmp_path: Path) -> None:
    path = tmp_path / "film.ts"
    with pytest.raises(SubtitleError, match="show nothing") as caught:
        read(plain[0], path, sent((20, words(RCL, ROW_15, "Hello"))))
    assert str(path) in caught.value.fault
    assert "--subs" in caught.value.remedy


def test_a_film_with_a_text_track_is_not_looked_at_for_captions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from subtitles.test_tracks import READ, with_text

    monkeypatch.setattr("audiodesc.subtitles.captions.glimpse", None)
    assert film_cues(probe(with_text(tmp_path)), None)[0] == READ


def clocked(*spoken: tuple[int, list[str]]) -> list[Word]:
    """The words of a channel, each with its frame for a time."""
    return by_channel((frame, b"\xfc" + data) for frame, data in sent(*spoken).items()).get("CC1", [])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return probe(make_film(tmp_path_factory.mktemp("film") / "film.mp4", 1))


def test_a_backspace_takes_a_letter_back(film: Film) -> None:
    spoken = clocked((10, words(RDC, ROW_15, "Helpp", BS, "lo")), (90, words(EDM)))
    assert [one.text for one in captions_in_film_time(film, spoken)[0]] == ["Helplo"]


def test_broken_captions_cost_no_other_and_are_told_with_their_time(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ttconv.scc.context import SccContext

    whole = SccContext.process_text

    def fails(self: SccContext, text: str, *rest: object) -> None:
        if "XX" in text:
            raise ValueError("no such letters")
        whole(self, text, *rest)

    monkeypatch.setattr(SccContext, "process_text", fails)
    spoken = clocked(*popped(2_000, 2_500, "XX"), *popped(3_000, 4_000, "Hello."))
    raw, (note,) = captions_in_film_time(film, spoken)
    assert [(one.start_ms, one.end_ms, one.text) for one in raw] == [(3_000, 4_000, "Hello.")]
    assert "film.mp4, 2.0 s: broken captions (no such letters)" in note.message


INDENT_28, TAB_3 = 0x147E, 0x1723


def test_letters_beyond_the_edge_cost_no_caption_behind_them(film: Film) -> None:
    beyond = [
        (10, words(RDC, INDENT_28, "beyond the edge")),
        (40, words(EDM)),
        (50, words(RDC, "and on")),
        (70, words(EDM)),
        (80, words(RDC, INDENT_28, TAB_3, RDC, TAB_3, "tabs")),
        (110, words(EDM)),
    ]
    raw, notes = captions_in_film_time(film, clocked(*beyond, *popped(200, 250, "Hello."), *popped(280, 300, "Bye.")))
    assert [one.text for one in raw if one.start_ms < 50] == ["beyond the edge"]
    assert [(one.start_ms, one.end_ms, one.text) for one in raw[-2:]] == [(200, 250, "Hello."), (280, 300, "Bye.")]
    assert any(one.text == "tabs" for one in raw)
    assert len(notes) <= 1


SOME = [
    int(word, 16) & 0x7F7F for word in words(RCL, RDC, RU3, EOC, EDM, CR, BS, ROW_14, ROW_15, 0x1722, 0x1137, "Hello.")
]


@settings(max_examples=60)
@given(st.lists(st.one_of(st.sampled_from(SOME), st.integers(0x1000, 0x7F7F)), min_size=1, max_size=60))
def test_whatever_is_sent_is_captions_of_the_time_or_refused(film: Film, values: list[int]) -> None:
    spoken = [Word(1_000 + at, value) for at, value in enumerate(values)]
    with suppress(SubtitleError):
        raw, _ = captions_in_film_time(film, spoken)
        assert all(1_000 <= one.start_ms <= one.end_ms < 1_000 + len(values) for one in raw)


def test_more_than_a_screen_holds_stays_readable(film: Film) -> None:
    more: list[int | str] = ["LA" * 16, ROW_14]
    spoken = clocked((0, words(RDC, *(more * 200))), (9_000, words(EDM)))
    raw, _ = captions_in_film_time(film, spoken)
    assert raw[0].start_ms < 10
    assert sum(len(one.text) for one in raw) > 200


def test_words_of_one_sample_follow_each_other_as_on_line_21() -> None:
    data = b"\xfcab" + b"\xfdcd" + b"\xfc\x80\x80" + b"\xfcef" + b"\0\0\0\x08cdat"
    frame = round(1001 / 30)
    assert list(timed_triplets([(1_000, data), (2_000, b"\xfcgh")])) == [
        (1_000, b"\xfcab"),
        (1_000, b"\xfdcd"),
        (1_000 + frame, b"\xfcef"),
        (2_000, b"\xfcgh"),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_film_is_read_or_refused(plain: tuple[Path, Fraction], tmp_path: Path, seed: int) -> None:
    path = captioned(plain[0], tmp_path / "film.ts", line_21(sent(*POPPED, *ROLLED), OTHER))
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for _ in range(400):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    with suppress(SubtitleError, FilmError):
        cues, _ = film_cues(probe(path), None)
        assert cues


TEXT_RESTART = 0x142A
NAMES = {1: "CC1", 2: "CC2", 3: "CC3", 4: "CC4"}


def triplets(number: int, burst: list[str]) -> list[bytes]:
    return [(b"\xfd" if number > 2 else b"\xfc") + bytes.fromhex(word) for word in burst]


def split(*sent: bytes) -> dict[str, list[int]]:
    return {name: [word.value for word in found] for name, found in by_channel(enumerate(sent)).items()}


def values(burst: list[str]) -> list[int]:
    """Without parity."""
    return [int(word, 16) & 0x7F7F for word in burst]


SAID = words(RU2, CR, ROW_15, "Hello.", EDM)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_channels_words_are_as_the_first_channel_has_them(number: int) -> None:
    burst = channel(number, RU2, CR, ROW_15, "Hello.", EDM)
    assert split(*triplets(number, burst)) == {NAMES[number]: values(SAID)}


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=8), st.randoms())
def test_channels_do_not_mix(numbers: list[int], order: object) -> None:
    """Bursts of the two channels of a field take turns; both fields go on at once."""
    fields: dict[bool, list[bytes]] = {False: [], True: []}
    said: dict[str, list[int]] = {}
    for at, number in enumerate(numbers):
        fields[number > 2] += triplets(number, channel(number, RU2, CR, ROW_15, f"Line {at}."))
        said.setdefault(NAMES[number], []).extend(values(words(RU2, CR, ROW_15, f"Line {at}.")))
    mixed = [one for both in zip_longest(fields[False], fields[True]) for one in both if one]
    assert split(*mixed) == said


def test_the_first_of_each_field_ranks_before_the_others() -> None:
    sent = [one for number in (4, 2, 3, 1) for one in triplets(number, channel(number, RCL, "Hi", EOC))]
    assert list(split(*sent)) == ["CC1", "CC3", "CC2", "CC4"]


def test_text_that_is_not_captions_is_left_out_and_captions_go_on_behind_it() -> None:
    sent = words(RU2, "One", TEXT_RESTART, "http", EDM, RU2, "Two")
    assert split(*triplets(1, sent)) == {"CC1": values(words(RU2, "One", EDM, RU2, "Two"))}


def test_other_data_between_captions_is_left_out() -> None:
    # Extended data services: a class and a type, letters, an end; captions go on with a code.
    data = ["0183", *cc_text("Programme name"), "8f2a"]
    sent = [*channel(3, RU2, CR, ROW_15, "Hello"), *data, *channel(3, RU2), *cc_text(" you")]
    assert split(*triplets(3, sent)) == {"CC3": values(words(RU2, CR, ROW_15, "Hello", RU2, " you"))}


def test_data_that_is_not_ended_ends_with_a_code() -> None:
    sent = ["0183", *cc_text("Programme name"), *channel(3, RU2, "Hi")]
    assert split(*triplets(3, sent)) == {"CC3": values(words(RU2, "Hi"))}


def test_damaged_words_are_left_out() -> None:
    sent = words(RU2, "Hello.")
    broken = bytearray(bytes.fromhex(sent[3]))
    broken[1] ^= 0x10
    got = split(*triplets(1, [*sent[:3], broken.hex(), *sent[4:]]))
    assert got == {"CC1": values([*sent[:3], *sent[4:]])}


def test_a_sender_that_knows_no_parity_is_read() -> None:
    bare = [f"{value:04x}" for value in values(words(RU2, "Hello.", EDM))]
    assert split(*triplets(1, bare)) == {"CC1": values(words(RU2, "Hello.", EDM))}


def test_letters_before_any_code_are_of_no_channel() -> None:
    assert split(*triplets(1, cc_text("the end of a line"))) == {}


def test_a_channel_without_letters_is_none() -> None:
    assert split(*triplets(1, cc(RCL, EOC, EDM))) == {}


@given(st.lists(st.tuples(st.sampled_from([4, 5, 0xFC, 0xFD]), st.integers(0, 255), st.integers(0, 255))))
def test_whatever_is_sent_is_words_of_captions(sent: list[tuple[int, int, int]]) -> None:
    for found in by_channel((0, bytes(one)) for one in sent).values():
        assert all(0x1000 <= word.value < 0x8000 for word in found)
