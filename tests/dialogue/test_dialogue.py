"""Subtitles and what is heard as one dialogue, on the sample film, whose speech stands where its subtitles say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from captioned import captioned, line_21
from films import make_film, write_srt
from line21 import RCL, ROW_15, sent, words
from sources import dialogue_of

from audiodesc import dialogue as module
from audiodesc.core.cache import Store
from audiodesc.dialogue.combine import Dialogue, protected_kinds
from audiodesc.dialogue.subtitle_source import Subtitles, of_file, read_subtitles
from audiodesc.dialogue.sync import shifted_by
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import Cue, Film, Span, SubtitleTrack
from audiodesc.planning.gaps import gaps
from audiodesc.report import as_plain
from audiodesc.report.dialogue import ReportDialogue, dialogue_report, proof
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles import read_file

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"
CUES = read_file(SAMPLE.with_suffix(".srt"))[0]
NEAR_MS = 250


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One for all tests: the film is listened to once."""
    return Store(tmp_path_factory.mktemp("store"))


def found(cues: Sequence[Cue], store: Store, settings: DialogueSettings | None = None) -> Dialogue:
    film = probe(SAMPLE)
    given = Subtitles(tuple(cues), "mine.srt")
    return dialogue_of(film, programme(film).track, given, settings or DialogueSettings(), store)


def known_dialogue(known: Dialogue) -> ReportDialogue:
    """As the report has it, where no line is spoken."""
    return dialogue_report(known, ())


def messages(known: Dialogue) -> str:
    return " / ".join(note.message for note in known.notes)


def starts(cues: Sequence[Cue]) -> list[int]:
    return [cue.span.start_ms for cue in cues]


def test_right_subtitles_are_used_as_they_are_heard(store: Store) -> None:
    known = found(CUES, store)
    assert known.is_known
    assert [cue.text for cue in known.cues] == [cue.text for cue in CUES]
    assert starts(known.cues) == pytest.approx(starts(CUES), abs=NEAR_MS)
    assert messages(known) == ""
    told = known_dialogue(known)
    assert told.known_from == ("subtitles", "sound")
    assert told.subtitles
    assert told.subtitles.verdict == "in sync"
    assert told.subtitles.moved == ()


def test_a_film_is_listened_to_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found(CUES, store)

    def listen(*_: object) -> bytes:
        raise AssertionError("listened again")

    monkeypatch.setattr(module, "detect", listen)
    assert found(CUES, store) == first


def test_without_subtitles_the_dialogue_is_what_is_heard(store: Store) -> None:
    known = found((), store)
    for cue in CUES:
        overlap = sum(cue.span.overlap_ms(one.span) for one in known.cues)
        assert overlap >= 0.8 * cue.span.duration_ms
    assert known.texts == ()
    assert "no subtitles: the dialogue is the speech detected" in messages(known)
    assert known_dialogue(known).known_from == ("sound",)
    assert known_dialogue(known).subtitles is None


def test_speech_whose_subtitle_is_missing_is_dialogue_too(store: Store) -> None:
    known = found(CUES[:3] + CUES[4:], store)
    added = [one.cue for one in known.spoken if one.given is None]
    assert added[0].span.start_ms == pytest.approx(CUES[3].span.start_ms, abs=NEAR_MS)
    assert added[-1].span.end_ms == pytest.approx(CUES[3].span.end_ms, abs=NEAR_MS)
    assert sum(cue.span.overlap_ms(CUES[3].span) for cue in added) >= 0.8 * CUES[3].span.duration_ms
    assert "speech without a subtitle is heard for" in messages(known)
    told = [one for one in known_dialogue(known).changed_by_sound if one.earlier_ms is None]
    assert [one.start_ms for one in told] == starts(added)


def test_a_subtitle_that_lingers_is_cut_and_the_report_says_by_how_much(store: Store) -> None:
    """The fourth ends at 35.1 s; the next speech is at 40.4 s."""
    wrong = Cue(Span(CUES[3].span.start_ms, 39_000), CUES[3].text)
    known = found([*CUES[:3], wrong, *CUES[4:]], store)
    end_ms = next(cue for cue in known.cues if cue.text == wrong.text).span.end_ms
    assert end_ms == pytest.approx(CUES[3].span.end_ms, abs=500)
    told = next(one for one in known_dialogue(known).changed_by_sound if one.end_ms == end_ms)
    assert told.later_ms == end_ms - 39_000


LINGERS = [*CUES[:3], Cue(Span(CUES[3].span.start_ms, 39_000), CUES[3].text), *CUES[4:]]


def test_subtitles_that_are_trusted_are_not_cut(store: Store) -> None:
    known = found(LINGERS, store, DialogueSettings(trust_subs=True))
    for given, used in zip(LINGERS, [one for one in known.spoken if one.given], strict=True):
        assert used.cue.span.start_ms <= given.span.start_ms
        assert used.cue.span.end_ms >= given.span.end_ms


def test_subtitles_that_may_be_of_another_film_are_not_cut_and_the_user_is_told(store: Store) -> None:
    """Three cues are too few to tell."""
    known = found(LINGERS[3:6], store)
    assert "does not tell whether the subtitles are of this film" in messages(known)
    assert known.texts[0].span.end_ms >= 39_000
    late = [Cue(cue.span, "x") for cue in shifted_by(tuple(LINGERS), 20)]
    forced = found(late, store, DialogueSettings(trust_subs=True))
    assert [one.given for one in forced.spoken if one.given and one.given.end_ms > one.cue.span.end_ms] == []


def test_subtitles_that_were_moved_to_their_speech_are_cut(store: Store) -> None:
    known = found(shifted_by(tuple(LINGERS), 20), store, DialogueSettings(sync=True))
    assert known.texts[3].span.end_ms == pytest.approx(CUES[3].span.end_ms, abs=500)


@pytest.mark.parametrize("by_s", [2.4, -2.4, 90.0])
def test_late_subtitles_are_refused_and_with_sync_put_back(by_s: float, store: Store) -> None:
    wrong, way = shifted_by(CUES, by_s), "late" if by_s > 0 else "early"
    with pytest.raises(SubtitleError, match=re.escape(f"{abs(by_s)} s {way}: use --shift {-by_s:+.1f} or")):
        found(wrong, store)
    known = found(wrong, store, DialogueSettings(sync=True))
    assert starts(known.texts) == pytest.approx(starts(CUES), abs=NEAR_MS)
    assert f"{abs(by_s)} s" in messages(known)
    told = known_dialogue(known).subtitles
    assert told
    assert told.verdict == "off"
    assert told.moved[0].shift_ms == pytest.approx(-by_s * 1000, abs=100)
    shifted = found(wrong, store, DialogueSettings(shift_s=-by_s))
    assert starts(shifted.texts) == pytest.approx(starts(CUES), abs=NEAR_MS)
    assert messages(shifted) == ""


def test_to_force_is_no_trust_in_subtitles(store: Store) -> None:
    """It is about files alone: two things that a user says, said for themselves."""
    with pytest.raises(SubtitleError, match="late"):
        found(shifted_by(CUES, 2.4), store, DialogueSettings())


def test_who_knows_better_has_them_as_they_are(store: Store) -> None:
    wrong = shifted_by(CUES, 2.4)
    known = found(wrong, store, DialogueSettings(trust_subs=True))
    assert known.moved == ()
    assert "2.4 s late; they are used all the same" in messages(known)
    heard = found((), store)
    for one in heard.cues:
        assert sum(one.span.overlap_ms(cue.span) for cue in known.cues) >= one.span.duration_ms


def test_those_of_another_film_are_refused_sync_or_not(store: Store) -> None:
    other = [Cue(Span(start, start + 2_000), "x") for start in (1_000, 5_000, 12_500, 24_000, 37_000, 55_000, 66_500)]
    for settings in (DialogueSettings(), DialogueSettings(sync=True)):
        with pytest.raises(SubtitleError, match="not of this film"):
            found(other, store, settings)
    assert len(found(other, store, DialogueSettings(trust_subs=True)).texts) == len(other)


@pytest.mark.parametrize("by_s", [0.3, -0.3, 0.38])
def test_small_offsets_are_corrected_without_being_asked(by_s: float, store: Store) -> None:
    known = found(shifted_by(CUES, by_s), store)
    assert len(known.moved) == 1
    assert known.moved[0].shift_ms == pytest.approx(-by_s * 1000, abs=80)
    assert f"s {'late' if by_s > 0 else 'early'}: they are moved to their speech" in messages(known)
    assert starts(known.given) == pytest.approx(starts(CUES), abs=80)


def test_trusted_subtitles_stay_and_where_the_sound_puts_them_nobody_speaks_either(store: Store) -> None:
    """They are 0.6 s late; the sound says so."""
    late = shifted_by(CUES, 0.6)
    known = found(late, store, DialogueSettings(trust_subs=True))
    assert known.given == late
    for right, wrong in zip(CUES, late, strict=True):
        for span in (right.span, wrong.span):
            assert sum(span.overlap_ms(gap.span) for gap in gaps(known.cues, 71_000)) == 0


def test_on_what_the_proof_rests_is_told(store: Store) -> None:
    assert proof(known_dialogue(found(CUES, store))) == "over 8 subtitles and detected speech"
    assert proof(known_dialogue(found((), store))) == "over detected speech"
    assert proof(known_dialogue(found(CUES, store, DialogueSettings(hear=False)))) == "over 8 subtitles"
    doubtful = replace(found(CUES, store), unsure=((Span(730_000, 870_000), "loud"),))
    told = "over 8 subtitles and detected speech; detection is less sure at 12:10–14:30: sound as loud as speech"
    assert proof(known_dialogue(doubtful)).startswith(told)


def test_without_listening_subtitles_are_believed(store: Store) -> None:
    wrong = shifted_by(CUES, 2.4)
    known = found(wrong, store, DialogueSettings(hear=False))
    assert known.cues == wrong
    assert known.is_known
    assert as_plain(known_dialogue(known)) == {
        "known_from": ["subtitles"],
        "protected": ["speech", "on_screen"],
        "subtitles": None,
        "basis": {"subtitles": 8, "detection": False, "less_sure": []},
        "changed_by_sound": [],
        "lines_under_subtitles": [],
        "lines_over_lyrics": [],
    }


@pytest.mark.parametrize("hear", [True, False])
@pytest.mark.parametrize("shift_s", [-2400, 2400])
def test_a_shift_in_the_wrong_unit_is_refused(shift_s: float, hear: bool, store: Store) -> None:
    said = f"mine.srt: a shift of {shift_s:+} s puts all subtitles outside the film: give --shift in seconds"
    with pytest.raises(SubtitleError, match=re.escape(said)):
        found(CUES, store, DialogueSettings(shift_s=shift_s, hear=hear))


@pytest.mark.parametrize(("shift_s", "lost"), [(-12, 1), (13, 2), (1, 0)])
def test_subtitles_that_a_shift_throws_out_are_counted(shift_s: float, lost: int, store: Store) -> None:
    """The first ends at 11.45 s; the last two begin at 58.6 and 61.2 s; the film lasts 71.3 s."""
    known = found(CUES, store, DialogueSettings(shift_s=shift_s, hear=False))
    are = "is" if lost == 1 else "are"
    told = f"{lost} of the subtitles {are} outside the film after a shift of {shift_s:+} s"
    assert messages(known) == (told if lost else "")


def test_without_listening_subtitles_outside_the_film_are_refused(store: Store) -> None:
    with pytest.raises(SubtitleError, match="no subtitle lies in the film"):
        found([Cue(Span(3_600_000, 3_601_000), "Hello.")], store, DialogueSettings(hear=False))


def test_with_neither_nothing_is_known(store: Store) -> None:
    assert not found((), store, DialogueSettings(hear=False)).is_known


def test_what_is_protected() -> None:
    assert protected_kinds(DialogueSettings(), detected=True) == ("speech",)
    assert protected_kinds(DialogueSettings(), detected=False) == ("speech", "on_screen")
    every = protected_kinds(DialogueSettings(protect_lyrics=True, protect_sounds=True), detected=False)
    assert set(every) == {"speech", "on_screen", "lyrics", "sound"}


def test_a_film_without_subtitles_needs_none_where_it_is_heard() -> None:
    film = probe(SAMPLE)
    assert read_subtitles(film, programme(film).track, None, DialogueSettings()) == Subtitles()
    with pytest.raises(SubtitleError, match="--subs"):
        read_subtitles(film, programme(film).track, None, DialogueSettings(hear=False))


def test_a_silent_film_needs_no_subtitles(tmp_path: Path, store: Store) -> None:
    film = probe(make_film(tmp_path / "silent.mp4", 3))
    given = read_subtitles(film, None, None, DialogueSettings())
    assert dialogue_of(film, None, given, DialogueSettings(), store).cues == ()


def test_a_file_of_subtitles_is_read_whatever_is_heard(tmp_path: Path) -> None:
    film = probe(SAMPLE)
    path = write_srt(tmp_path / "mine.srt", [(1_000, 2_000, "Hello.")])
    given = read_subtitles(film, programme(film).track, path, DialogueSettings())
    assert (given.name, [cue.text for cue in given.cues]) == (str(path), ["Hello."])


def captions_of_nobody(cues: Sequence[Cue]) -> Subtitles:
    return Subtitles(tuple(cues), "film.ts (its closed captions)", optional=True)


@pytest.mark.parametrize("shift_s", [2.4, 90.0])
def test_captions_that_nobody_asked_for_are_left_aside_where_they_do_not_fit(store: Store, shift_s: float) -> None:
    film = probe(SAMPLE)
    given = captions_of_nobody(shifted_by(CUES, shift_s)[:6])
    known = dialogue_of(film, programme(film).track, given, DialogueSettings(), store)
    assert known_dialogue(known).known_from == ("sound",)
    assert "film.ts (its closed captions)" in messages(known)
    assert "they are not used" in messages(known)
    assert known.texts == ()
    assert all(
        any(voice.start_ms < cue.span.end_ms and cue.span.start_ms < voice.end_ms for voice in known.voices)
        for cue in CUES
    )


@pytest.mark.parametrize("settings", [DialogueSettings(trust_subs=True), DialogueSettings(sync=True)])
def test_captions_are_used_where_the_user_says_so(store: Store, settings: DialogueSettings) -> None:
    film = probe(SAMPLE)
    given = captions_of_nobody(shifted_by(CUES, 2.4))
    known = dialogue_of(film, programme(film).track, given, settings, store)
    assert known_dialogue(known).known_from == ("subtitles", "sound")


def test_captions_that_fit_are_used(store: Store) -> None:
    film = probe(SAMPLE)
    known = dialogue_of(film, programme(film).track, captions_of_nobody(CUES), DialogueSettings(), store)
    assert [cue.text for cue in known.cues] == [cue.text for cue in CUES]
    assert messages(known) == ""


def test_captions_that_show_nothing_are_left_aside_where_the_film_is_heard(tmp_path: Path) -> None:
    film = probe(captioned(SAMPLE, tmp_path / "film.ts", line_21(sent((20, words(RCL, ROW_15, "Never shown"))))))
    track = programme(film).track
    given = read_subtitles(film, track, None, DialogueSettings())
    assert given.cues == ()
    assert "show nothing: they are not used" in given.notes[0].message
    with pytest.raises(SubtitleError, match="show nothing"):
        read_subtitles(film, track, None, DialogueSettings(hear=False))


def with_pictures(film: Film) -> Film:
    return replace(film, subtitle_tracks=(SubtitleTrack(2, "hdmv_pgs_subtitle", "eng", is_text=False),))


def test_subtitles_that_are_pictures_are_left_aside_where_the_film_is_heard() -> None:
    film = with_pictures(probe(SAMPLE))
    given = read_subtitles(film, programme(film).track, None, DialogueSettings())
    assert given.cues == ()
    assert "pictures only (hdmv_pgs_subtitle): they are not used" in given.notes[0].message
    with pytest.raises(SubtitleError, match="pictures only"):
        read_subtitles(film, programme(film).track, None, DialogueSettings(hear=False))
    with pytest.raises(SubtitleError, match="--no-subs"):
        read_subtitles(film, None, None, DialogueSettings())
    assert read_subtitles(film, None, None, DialogueSettings(subs=False)) == Subtitles()


def test_no_subtitles_are_read_where_none_are_to_be(tmp_path: Path) -> None:
    film = probe(SAMPLE)
    path = write_srt(tmp_path / "mine.srt", [(1_000, 2_000, "Hello.")])
    with pytest.raises(UsageError, match="--no-subs"):
        read_subtitles(film, None, path, DialogueSettings(subs=False))
    with pytest.raises(UsageError, match="--subs-track"):
        read_subtitles(film, None, path, DialogueSettings(subs_track=1))
    with pytest.raises(UsageError, match="no subtitle track '2'"):
        read_subtitles(film, None, None, DialogueSettings(subs_track=2))
    with pytest.raises(UsageError, match="--subs-track"):
        of_file(path, DialogueSettings(subs_track="en"))
