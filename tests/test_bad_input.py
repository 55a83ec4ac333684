"""Bad films, subtitles, scripts and folders: a line that says what to do, and nothing half-written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clicking import clicking, ffmpeg, heard_in_file, restless, undecodable
from films import FFMPEG, RATE, Sound, clicks, make_film, silence, write_srt
from stories import SCRIPT, make_story, write_script

from audiodesc.errors import AudiodescError, FilmError, InputError, OutputError, ScriptError, SubtitleError, UsageError
from audiodesc.model import Take
from audiodesc.pipeline import make, render
from audiodesc.project import Result
from audiodesc.settings import (
    DeliverSettings,
    DescriberSettings,
    DialogueSettings,
    Settings,
    SoundSettings,
    VoiceSettings,
)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return make_story(tmp_path)


def refused(error: type[AudiodescError], film: Path, subs: Path, names: Path) -> str:
    """The message of a refused run, which names the file and leaves nothing behind."""
    with pytest.raises(error) as caught:
        make(film, subs)
    message = str(caught.value)
    assert str(names) in message
    assert "\n" not in message
    assert not film.with_name(f"{film.stem}.ad").exists()
    return message


@pytest.mark.parametrize("content", [b"", b"This is a letter.", bytes(range(256)) * 100, b"RIFF\0\0\0\0WAVE"])
def test_not_a_film(tmp_path: Path, content: bytes) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    refused(FilmError, film, write_srt(tmp_path / "s.srt", [(0, 1000, "A")]), film)


def test_a_film_cut_short(story: Path) -> None:
    content = story.read_bytes()
    story.write_bytes(content[: len(content) // 2])
    refused(FilmError, story, story.with_name("story.srt"), story)


def test_damage_in_the_middle_costs_no_more_than_that_place(story: Path) -> None:
    content = bytearray(story.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 2000] = b"\xa5" * 2000
    story.write_bytes(content)
    assert make(story, story.with_name("story.srt")).report.overlap_ms == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n\n",
        b"\x00\x01\x02\xff" * 500,
        b"just a sentence",
        b"1\n00:00:01,000 -->",
        b"WEBVTT\n",
        b"{\\rtf1 a document}",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><tt>&b;</tt>",
    ],
)
def test_no_subtitles(story: Path, content: bytes) -> None:
    subs = story.with_name("bad.srt")
    subs.write_bytes(content)
    refused(SubtitleError, story, subs, subs)


def test_subtitles_that_are_a_folder_or_missing(story: Path) -> None:
    refused(SubtitleError, story, story.parent, story.parent)
    refused(SubtitleError, story, story.with_name("none.srt"), story.with_name("none.srt"))


def test_no_subtitles_at_all_names_the_option(story: Path) -> None:
    with pytest.raises(SubtitleError, match="--subs"):
        make(story, settings=Settings(dialogue=DialogueSettings(hear=False)))


def test_subtitles_of_another_film_are_doubted_aloud(story: Path) -> None:
    cues = [(1000, 2000, "A"), (12_000, 13_000, "B"), (3_000_000, 3_002_000, "C")]
    subs = write_srt(story.with_name("other.srt"), cues)
    notes = [note.message for note in make(story, subs).notes]
    assert any("may belong to another film" in note and str(subs) in note for note in notes)


def test_subtitles_that_lie_outside_the_film_are_refused(story: Path) -> None:
    """Whatever stands at the very beginning may be the file's own title (subtitle zero)."""
    for cues in ([(3_000_000, 3_002_000, "B")], [(0, 1000, "Title"), (3_000_000, 3_002_000, "B")]):
        with pytest.raises(SubtitleError, match="no subtitle lies in the film"):
            make(story, write_srt(story.with_name("other.srt"), cues))


def test_subtitles_in_disorder_protect_all_the_same(story: Path) -> None:
    cues = [(11_500, 13_000, "B"), (5_000, 7_000, "A"), (5_500, 6_500, "A again"), (9_000, 8_000, "backwards")]
    made = make(story, write_srt(story.with_name("messy.srt"), cues))
    assert [(gap.start_ms, gap.end_ms) for gap in made.report.gaps] == [
        (0, 4_850),
        (14_150, 16_000),  # from the earlier time of the one that is backwards until 5 s after the later
    ]
    assert made.report.overlap_ms == 0
    assert any("ends before it begins" in note.message for note in made.notes)


def test_an_hours_long_subtitle_silences_the_film_and_says_so(story: Path) -> None:
    made = make(story, write_srt(story.with_name("long.srt"), [(0, 30_000_000, "For ever")]))
    assert made.spoken == ()
    assert any("longer than a minute" in note.message for note in made.notes)


@pytest.mark.parametrize("content", [b"", b"WEBVTT\n", b"\0\1\2", b"no script"])
def test_no_script(story: Path, content: bytes) -> None:
    script = story.with_name("bad.vtt")
    script.write_bytes(content)
    with pytest.raises(ScriptError, match=r"bad\.vtt"):
        render(story, script)


def test_lines_without_words_and_past_the_end(story: Path) -> None:
    lines = [("00:01.000", "00:02.000", "…"), ("00:03.000", "00:04.000", "Heard."), ("59:00.000", "59:01.000", "Late.")]
    made = render(story, write_script(story.with_name("odd.vtt"), lines))
    assert [speech.line.text for speech in made.spoken] == ["Heard."]
    assert [outcome.text for outcome in made.left_out] == ["…", "Late."]


def test_a_folder_that_cannot_be_made(story: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        make(story, story.with_name("story.srt"), story / "below a file")
    with pytest.raises(OutputError, match="cannot be written"):
        make(story, story.with_name("story.srt"), Path("/proc/none"))


def test_unknown_names_are_told_with_the_known_or_the_like(story: Path) -> None:
    subs = story.with_name("story.srt")
    with pytest.raises(UsageError, match="basic"):
        make(story, subs, settings=Settings(describer=DescriberSettings(name="clever")))
    with pytest.raises(UsageError, match="espeak-en-gb"):
        make(story, subs, settings=Settings(voice=VoiceSettings(name="espeak-en-gbb")))


def test_a_voice_profile_that_is_wrong(story: Path) -> None:
    profile = story.with_name("mine.toml")
    profile.write_text("engine = 'none'\nvoice = 'x'\nlanguage = 'en'\nlicence = 'x'\n", "utf-8")
    with pytest.raises(InputError, match="espeak"):
        make(
            story,
            story.with_name("story.srt"),
            settings=Settings(voice=VoiceSettings(name=str(profile))),
        )


def test_text_tracks_inside_the_film_are_found(tmp_path: Path) -> None:
    plain = make_film(tmp_path / "plain.mkv", 10, sounds=[Sound(silence(10), "mono")])
    subs = write_srt(tmp_path / "s.srt", [(2000, 4000, "Hello <i>there</i>."), (6000, 7000, "Again.")])
    film = tmp_path / "film.mkv"
    subprocess.run([FFMPEG, "-loglevel", "error", "-i", plain, "-i", subs, "-c", "copy", film], check=True)
    made = make(film)
    assert [(c.start_ms, c.end_ms, c.text) for c in made.report.cues] == [
        (2000, 4000, "Hello there."),
        (6000, 7000, "Again."),
    ]


def test_a_forced_track_does_not_stand_for_the_dialogue(tmp_path: Path) -> None:
    plain = make_film(tmp_path / "plain.mkv", 10, sounds=[Sound(silence(10), "mono")])
    forced = write_srt(tmp_path / "forced.srt", [(8000, 8500, "A sign")])
    full = write_srt(tmp_path / "full.srt", [(2000, 4000, "Hello."), (6000, 7000, "Again.")])
    film = tmp_path / "film.mkv"
    command = [
        FFMPEG,
        "-loglevel",
        "error",
        "-i",
        plain,
        "-i",
        forced,
        "-i",
        full,
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "2",
    ]
    subprocess.run([*command, "-c", "copy", "-disposition:s:0", "forced", "-disposition:s:1", "0", film], check=True)
    assert [cue.text for cue in make(film).report.cues] == ["Hello.", "Again."]


def test_an_awkward_name_is_only_a_name(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    film = make_story(tmp_path / "a b").rename(tmp_path / "a b" / "-x; $(rm) 'ü' %d [1].mp4")
    made = render(film, write_script(tmp_path / "s.vtt", SCRIPT))
    assert made.files["film"].name == "-x; $(rm) 'ü' %d [1].ad.mp4"


LINES = [("00:01.000", "00:02.000", "One."), ("00:03.000", "00:04.000", "Two.")]


def spoken_over(film: Path, **chosen: Any) -> Result:
    script = write_script(film.with_name("lines.vtt"), LINES)
    return render(
        film,
        script,
        output=film.with_name("out"),
        settings=Settings(sound=SoundSettings(**chosen), deliver=DeliverSettings(track="wav")),
    )


def refused_sound(film: Path) -> str:
    """The message of a film whose sound cannot be used; nothing was written."""
    with pytest.raises(FilmError) as caught:
        spoken_over(film)
    assert str(film) in str(caught.value)
    assert "--audio-track" in str(caught.value)
    assert not film.with_name("out").exists()
    return str(caught.value)


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac"), (".mkv", "libmp3lame")])
def test_sound_of_which_nothing_can_be_decoded(tmp_path: Path, suffix: str, codec: str) -> None:
    film = undecodable(clicking(tmp_path, suffix, codec), tmp_path / f"film{suffix}")
    assert "nothing here can decode it" in refused_sound(film)


def test_sound_in_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(clicking(tmp_path, ".mkv", "aac").read_bytes().replace(b"A_AAC", b"A_ZZZ"))
    assert "nothing here can decode it" in refused_sound(film)


@pytest.mark.parametrize(("layout", "channels"), [("FL+FC", 2), ("FL+FR+TC", 3), ("FL+FR+FC+LFE+TFL+TFR+TBL+TBR", 8)])
def test_sound_in_a_layout_without_a_name(tmp_path: Path, layout: str, channels: int) -> None:
    raw, film = tmp_path / "raw.f32", tmp_path / "film.mov"
    raw.write_bytes(clicks(4, channels).T.astype("<f4").tobytes())
    sound = ["-f", "f32le", "-ar", RATE, "-ch_layout", layout, "-i", raw, "-c:a", "pcm_s16le"]
    ffmpeg("-f", "lavfi", "-i", "color=s=160x120:d=4:r=10", *sound, film)
    assert "its layout has no name" in refused_sound(film)


@pytest.mark.parametrize("codec", ["pcm_s16le", "flac"])
def test_sound_without_a_sample_leaves_the_narrator_alone(tmp_path: Path, codec: str) -> None:
    film = make_film(tmp_path / "film.mkv", 5, sounds=[Sound(silence(0), "mono", codec=codec)])
    made = spoken_over(film)
    assert len(made.spoken) == 2
    assert any("silent from beginning to end" in note.message for note in made.report.notes)
    assert heard_in_file(made.files["track"]).shape == (1, 5 * RATE)


def square(level: float = 1.0) -> np.ndarray:
    wave = np.sign(np.sin(2 * np.pi * 440 * np.arange(5 * RATE) / RATE + 0.1)).astype(np.float32)
    return np.tile(wave * np.float32(level), (2, 1))


def broken() -> np.ndarray:
    samples = np.full((2, 5 * RATE), 0.1, np.float32)
    samples[:, ::100], samples[:, 1::100], samples[:, 2::100] = np.nan, np.inf, -np.inf
    return samples


@pytest.mark.parametrize("loudness", ["source", "r128"])
@pytest.mark.parametrize("samples", [square(), square(1e30), broken()], ids=["square", "huge", "no numbers"])
def test_sound_at_its_limits_stays_under_the_ceiling(tmp_path: Path, samples: np.ndarray, loudness: str) -> None:
    film = make_film(tmp_path / "film.mkv", 5, sounds=[Sound(samples, "stereo", codec="pcm_f32le")])
    heard = heard_in_file(spoken_over(film, loudness=loudness).files["track"])
    assert heard.shape == (2, 5 * RATE)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 10 ** (-1 / 20)


def test_sound_that_changes_its_rate_and_layout_with_each_packet(tmp_path: Path) -> None:
    """A tone in AC-3: now stereo, now 5.1, now mono, at three rates; 30 times a second."""
    forms = (("stereo", 48_000), ("5.1", 48_000), ("mono", 44_100), ("stereo", 32_000))
    heard = heard_in_file(spoken_over(restless(tmp_path / "film.ts", forms, 6)).files["track"])
    assert heard.shape[1] == 6 * RATE
    loud = [np.sqrt(np.mean(heard[:, at : at + 4_800] ** 2, axis=1)).max() for at in range(0, 6 * RATE - 9_600, 4_800)]
    assert min(loud[1:]) > 0.02  # ducked by 9 dB, it is at 0.06
    assert np.isfinite(heard).all()


def test_packets_that_their_decoder_refuses_are_holes(tmp_path: Path) -> None:
    """AC-3 has errors of its own for a header that cannot be: here each ninth is of a version that does not exist."""
    film = clicking(tmp_path, ".ts", "ac3")
    content = bytearray(film.read_bytes())
    for found in list(re.finditer(b"\x0b\x77", content))[::9]:
        content[found.start() + 5] = 0xFF
    film.write_bytes(content)
    made = spoken_over(film)
    heard = heard_in_file(made.files["track"])
    assert heard.shape == (1, made.film.duration_ms * RATE // 1000)
    assert np.abs(heard).max() > 0.2


def test_a_title_in_another_coding_than_it_says(tmp_path: Path) -> None:
    plain, film = clicking(tmp_path, ".mkv", "flac"), tmp_path / "titled.mkv"
    ffmpeg("-i", plain, "-c", "copy", "-metadata", "title=AmZZlie", "-metadata:s:a:0", "title=VZZo", film)
    film.write_bytes(film.read_bytes().replace(b"ZZ", b"\xe9\xe8"))
    made = spoken_over(film)
    assert [track.title for track in made.film.audio_tracks] == ["V\ufffd\ufffdo"]
    with av.open(str(made.files["film"])) as copy:
        assert copy.metadata["title"] == "Am\ufffd\ufffdlie"


class BrokenVoice:
    def takes_ipa(self, ipa: str) -> bool:
        return False

    def __init__(self, samples: np.ndarray) -> None:
        self.fingerprint = f"broken {len(samples)}"
        self._samples = samples.astype(np.float32)

    def say(self, text: str, rate: float) -> Take:
        return Take(self._samples, rate)


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], Result]:
    """What comes of two lines in a voice that gives these samples for each."""

    def run(samples: np.ndarray) -> Result:
        monkeypatch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: BrokenVoice(samples))
        return spoken_over(clicking(tmp_path, ".mkv", "flac"))

    return run


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(RATE), "nothing can be heard of it"),
        (np.zeros(0), "nothing can be heard of it"),
        (np.full(RATE, np.nan), "the voice gave numbers that are not sound"),
        (np.repeat([0.1, np.inf], RATE // 2), "the voice gave numbers that are not sound"),
        (1e-20 * np.sin(np.arange(RATE)), "nothing can be heard of it"),
        (np.full(600 * RATE, 0.1), "the voice went on for 600 s"),
    ],
    ids=["silence", "nothing", "no numbers", "endless numbers", "next to nothing", "ten minutes"],
)
def test_a_voice_that_cannot_be_used_says_nothing_and_the_report_says_why(
    said: Callable[[np.ndarray], Result], samples: np.ndarray, reason: str
) -> None:
    made = said(samples)
    assert [outcome.reason for outcome in made.left_out] == [reason, reason]
    assert set(made.files) == {"script", "report"}  # a film without a spoken line is not described
    assert made.report.totals.left_out == 2


@pytest.mark.parametrize("samples", [1e30 * np.sin(np.arange(RATE)), 32_767 * np.sin(np.arange(RATE))])
def test_a_voice_far_over_full_scale_is_brought_to_its_level(
    said: Callable[[np.ndarray], Result], samples: np.ndarray
) -> None:
    made = said(samples)
    assert len(made.spoken) == 2
    for name in ("narration", "track"):
        assert 0.01 < np.abs(heard_in_file(made.files[name])).max() <= 10 ** (-1 / 20)


def test_a_voice_that_gives_noise_is_noted(said: Callable[[np.ndarray], Result]) -> None:
    made = said(np.random.default_rng(1).normal(0, 0.1, RATE // 2))
    assert [note.message for note in made.notes if "noise" in note.message] == [
        "2 lines sound like noise, not speech; the first is “One.”: try another voice"
    ]
