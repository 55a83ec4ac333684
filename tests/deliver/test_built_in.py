"""The sound of whole films: levels read by a second meter, stems, rates and layouts, on made films."""

from __future__ import annotations

import hashlib
import math
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyloudnorm
import pytest
from films import FFMPEG, RATE, Sound, click_places, clicks, make_film, silence
from numpy.typing import NDArray
from scipy.signal import resample_poly

from audiodesc.core.cache import Store
from audiodesc.core.progress import silent
from audiodesc.deliver.sound import SoundOrder, check_sound, write_sound
from audiodesc.errors import FilmError
from audiodesc.media.clips import wav_bytes
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import channel_names, read_sound
from audiodesc.mix import plan_mix
from audiodesc.mix.levels import loudness_profile, share, target
from audiodesc.mix.measure import feed, measure
from audiodesc.mix.mixer import narrator_channels
from audiodesc.mix.streaming import Measured, Places
from audiodesc.model import AudioTrack, Gap, Line, Segment, Span, SpokenLine
from audiodesc.report.sound import line_sounds, shortfalls
from audiodesc.settings import DeliverSettings, Ducking, Settings, SoundSettings

SECONDS = 16
SPEECH = (Span(500, 4_000), Span(10_000, 12_000))
STARTS = (5_000, 8_000, 13_000)
Samples = NDArray[np.float32]


def noise(seconds: float, level: float, channels: int = 2, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-level, level, (channels, round(seconds * RATE))).astype(np.float32)


def voice() -> Samples:
    """Two seconds of noise like syllables, of −23 LUFS."""
    at = np.arange(2 * RATE) / RATE
    sound = noise(2, 1, 1, 9)[0] * np.clip(np.sin(2 * np.pi * 3.3 * at), 0.02, 1)
    return np.asarray(sound * 10 ** ((-23 - pyloudnorm.Meter(RATE).integrated_loudness(sound)) / 20), np.float32)


def crackling() -> Samples:
    """Two seconds of a voice at −23 LUFS whose peaks stand 25 dB and more above it."""
    sound = np.random.default_rng(4).normal(0, 1, 2 * RATE) ** 5
    return np.asarray(sound * 10 ** ((-23 - pyloudnorm.Meter(RATE).integrated_loudness(sound)) / 20), np.float32)


def lines(folder: Path, starts: Sequence[int] = STARTS, said: Callable[[], Samples] = voice) -> list[SpokenLine]:
    clip = folder / "line.wav"
    clip.write_bytes(wav_bytes(said()))
    spans = [Span(start, start + 2_000) for start in starts]
    return [SpokenLine(Line(Segment(Gap(s), s, s.start_ms, 9), "A man.", "human"), clip, s, 1.0) for s in spans]


@dataclass(frozen=True)
class Result:
    folder: Path
    measured: Measured
    kind: str

    def track(self, name: str | None = None) -> Samples:
        return read(self.folder / (name or f"track.{self.kind}"))


def chosen_of(
    loudness: str = "source", track: str = "m4a", bits: int = 24, stems: bool = False, **sound: Any
) -> Settings:
    deliver = DeliverSettings(track=track, bits=bits, stems=stems)  # type: ignore[arg-type]
    return Settings(sound=SoundSettings(loudness, **sound), deliver=deliver)  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The folder of the films that these tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HOME, "films", tmp_path_factory.mktemp("films"))
        yield


HOME: dict[str, Path] = {}


def made_once(sound: Sound | None, seconds: float) -> Path:
    """The folder of a film of that sound and of what was measured of it; each film is made and measured once."""
    about = (sound.layout, sound.rate, hashlib.sha256(sound.samples.tobytes()).hexdigest()) if sound else None
    folder = HOME["films"] / hashlib.sha256(repr((about, seconds)).encode()).hexdigest()
    if not (folder / "film.mkv").exists():
        folder.mkdir(exist_ok=True)
        made = make_film(folder / "begun.mkv", seconds, sounds=[sound] if sound else [], fps=1)
        made.rename(folder / "film.mkv")
    return folder


def delivered(
    folder: Path,
    sound: Sound | None,
    settings: Settings,
    speech: Sequence[Span] = SPEECH,
    starts: Sequence[int] = STARTS,
    seconds: float = SECONDS,
    said: Callable[[], Samples] = voice,
    copy: bool = False,
) -> Result:
    chosen, deliver = settings.sound, settings.deliver
    known = made_once(sound, seconds)
    (folder / "film.mkv").hardlink_to(known / "film.mkv")
    film = probe(folder / "film.mkv")
    source = feed(film, programme(film).track, loudness_profile(chosen.loudness).rate_hz, chosen.downmix)
    before = measure(source, speech, Store(known / "store"), silent)
    profile = loudness_profile(chosen.loudness)
    goal = target(profile, share(speech, film.duration_ms))
    mix = plan_mix(source, before, lines(folder, starts, said), speech, goal, chosen, deliver)
    files = {"track": folder / f"track.{deliver.track}", "narration": folder / "narration.flac"}
    if deliver.stems:
        files["ducked"] = folder / "ducked.wav"
    if copy:
        files["aac"] = folder / "copy.mka"
    measured = write_sound(
        mix, before, profile.ceiling_db, Places(speech, speech), SoundOrder(files, deliver.track), silent
    )
    return Result(folder, measured, deliver.track)


def read(path: Path) -> Samples:
    with av.open(str(path)) as file:
        channels = file.streams.audio[0].codec_context.layout.nb_channels
        resampler = av.AudioResampler("flt")
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        return np.asarray(np.concatenate(frames, axis=1).reshape(-1, channels).T, np.float32)


def original(folder: Path) -> Samples:
    """The film's own sound: of 16 bits, as it was stored."""
    film = probe(folder / "film.mkv")
    track = programme(film).track
    assert track is not None
    return np.concatenate(list(read_sound(film, track, track.rate_hz)), axis=1)


def loudness(sound: Samples, rate: int = RATE) -> float:
    return float(pyloudnorm.Meter(rate).integrated_loudness(sound.T.astype(float)))


def peak_db(sound: Samples) -> float:
    return float(20 * np.log10(max(np.abs(resample_poly(sound.astype(float), 4, 1, axis=1)).max(), 1e-9)))


def dialogue_of(sound: Samples) -> Samples:
    return np.concatenate([sound[:, s.start_ms * 48 : s.end_ms * 48] for s in SPEECH], axis=1)


def story(rest: float, spoken: float) -> Samples:
    out = noise(SECONDS, rest)
    for span in SPEECH:
        out[:, span.start_ms * 48 : span.end_ms * 48] = noise(span.duration_ms / 1000, spoken, seed=5)
    return out


def music() -> Samples:
    at = np.arange(SECONDS * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hz * at + hz) for hz in (110, 220.5, 277.2, 329.6, 440, 1318.5))
    return np.tile((chord / 6 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.1 * at))).astype(np.float32), (2, 1))


FILMS: dict[str, Callable[[], Samples]] = {
    "quiet": lambda: story(0.001, 0.004),
    "loud": lambda: story(0.4, 0.9),
    "clipped": lambda: np.clip(story(2.0, 6.0), -1, 1),
    "all music": music,
    "all silence": lambda: silence(SECONDS, 2),
    "softly spoken": lambda: story(0.3, 0.05),
}


@pytest.mark.parametrize("profile", ["source", "r128", "a85", "streaming"])
@pytest.mark.parametrize("kind", FILMS)
def test_every_profile_is_reached_under_its_ceiling(tmp_path: Path, profile: str, kind: str) -> None:
    film = FILMS[kind]()
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(loudness=profile, track="wav"))
    out = done.track()
    assert out.shape == film.shape
    assert peak_db(out) <= loudness_profile(profile).ceiling_db + 0.02
    assert done.measured.written.after.programme.integrated_lufs == pytest.approx(loudness(out), abs=0.2)
    if profile == "source":
        assert done.measured.written.levels.programme_db == 0
        return
    heard = profile == "streaming" and kind != "all silence"
    reading = loudness(dialogue_of(out)) if heard else loudness(out)
    wanted = {"r128": -23.0, "a85": -24.0, "streaming": -27.0}[profile]
    if profile == "streaming" and kind == "all silence":
        assert not math.isfinite(done.measured.written.after.dialogue_lufs)
        return
    assert reading == pytest.approx(wanted, abs=0.3)
    assert done.measured.reached


def test_a_target_that_the_limiter_does_not_let_through_is_told(tmp_path: Path) -> None:
    chosen = chosen_of(loudness="r128", track="wav")
    done = delivered(tmp_path, Sound(clicks(SECONDS, 2), "stereo"), chosen, starts=())
    reading = loudness(done.track())
    assert reading < -23.5
    found = re.findall(
        r"the mix is at −([\d.]+) LUFS, not −23.0 \(.*−1.0 dBTP", " ".join(shortfalls(done.measured, chosen.sound))
    )
    assert [-float(number) for number in found] == [pytest.approx(reading, abs=0.2)]


def test_what_was_reached_is_not_told(tmp_path: Path) -> None:
    chosen = chosen_of(loudness="r128")
    assert shortfalls(delivered(tmp_path, Sound(story(0.1, 0.2), "stereo"), chosen).measured, chosen.sound) == []


@pytest.mark.parametrize(("peak_db", "told"), [(None, False), (-1.2, False), (-1.0, False), (-0.4, True)])
def test_an_aac_over_its_ceiling_is_told(tmp_path: Path, peak_db: float | None, told: bool) -> None:
    done = delivered(tmp_path, Sound(story(0.1, 0.2), "stereo"), chosen_of(track="wav"), seconds=1, starts=()).measured
    over = replace(done, written=replace(done.written, decoded_peak_db=peak_db, peaking="AAC"))
    found = shortfalls(over, chosen_of().sound)
    assert found == (["the AAC peaks at −0.4 dBTP when it is decoded, over −1.0"] if told else [])


def test_streaming_with_little_dialogue_is_levelled_as_a_programme(tmp_path: Path) -> None:
    few = (Span(2_000, 4_000),)  # 12.5 %
    done = delivered(tmp_path, Sound(story(0.05, 0.2), "stereo"), chosen_of(loudness="streaming", track="wav"), few)
    assert done.measured.mix.target.gate == "programme"
    assert loudness(done.track()) == pytest.approx(-24, abs=0.3)


@pytest.mark.parametrize("level", [0.5, 1.0])
def test_the_decoded_aac_holds_the_ceiling(tmp_path: Path, level: float) -> None:
    film = np.sign(noise(SECONDS, 1)) * np.float32(level)  # a coder's worst case
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(track="m4a"))
    decoded = done.track()
    assert peak_db(decoded) <= -1.0 + 0.05
    assert done.measured.written.decoded_peak_db == pytest.approx(peak_db(decoded), abs=0.1)
    assert np.abs(decoded).max() > 0.4


def test_a_lossless_track_does_not_pay_for_the_aac(tmp_path: Path) -> None:
    film, made = Sound(np.sign(noise(SECONDS, 1)), "stereo"), {}
    for copy in (False, True):
        folder = tmp_path / str(copy)
        folder.mkdir()
        chosen = chosen_of(track="wav", ducking=Ducking(-9.0))  # its peaks lie in what is ducked by no more
        made[copy] = delivered(folder, film, chosen, copy=copy)
    master = made[True].track()
    assert np.array_equal(master, made[False].track())
    assert -1.4 < peak_db(master) <= -1.0 + 0.02
    assert made[False].measured.written.decoded_peak_db is None
    assert peak_db(made[True].track("copy.mka")) <= -1.0 + 0.05


def test_what_the_limiter_takes_from_a_loud_film_is_told(tmp_path: Path) -> None:
    film = np.sign(noise(SECONDS, 1))
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(track="wav"), starts=())
    [note] = [note for note in shortfalls(done.measured, chosen_of().sound) if "less loud" in note]
    [taken] = re.findall(r"the mix is ([\d.]+) LU less loud for its peaks to stay under −1.0 dBTP", note)
    assert float(taken) == pytest.approx(loudness(film) - loudness(done.track()), abs=0.2)


@pytest.mark.parametrize("kind", ["quiet", "softly spoken", "all music"])
def test_an_ordinary_film_keeps_its_loudness_and_nothing_is_told(tmp_path: Path, kind: str) -> None:
    assert (
        shortfalls(delivered(tmp_path, Sound(FILMS[kind](), "stereo"), chosen_of()).measured, chosen_of().sound) == []
    )


def test_an_ordinary_film_is_mixed_once_for_its_aac(tmp_path: Path) -> None:
    done = delivered(tmp_path, Sound(music(), "stereo"), chosen_of(track="m4a"))
    assert done.measured.written.levels.ceiling_db == pytest.approx(-1.7)


@pytest.mark.parametrize(("level", "cap_db"), [(0.0005, -24), (0.05, -24), (0.3, -24), (0.9, -12)])
def test_automatic_ducking_takes_as_much_as_the_narrator_needs(tmp_path: Path, level: float, cap_db: float) -> None:
    film, ducking = story(level, 0.2), Ducking(depth_db="auto", cap_db=cap_db)
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(track="wav", ducking=ducking, stems=True))
    narration, low = done.track("narration.flac"), done.track("ducked.wav")
    for start, line in zip(STARTS, done.measured.mix.lines, strict=True):
        place = slice(start * 48, (start + 2_000) * 48)
        under, spoken = loudness(film[:, place]), loudness(narration[:, place])
        wanted = min(0.0, max(cap_db, spoken - under - 7))
        assert line.depth_db == pytest.approx(wanted, abs=0.5)
        assert loudness(low[:, place]) - under == pytest.approx(line.depth_db, abs=0.1)
        assert line.ratio_lu == pytest.approx(spoken - loudness(low[:, place]), abs=0.5)
        assert line.ratio_lu >= 6.5 or wanted == cap_db


def ratios(done: Result) -> list[float]:
    """How far the narrator stands above the film, from the stems as they were written, in LU."""
    narration, low = done.track("narration.flac"), done.track("ducked.wav")
    places = [slice(start * 48, (start + 2_000) * 48) for start in STARTS]
    return [loudness(narration[:, place]) - loudness(low[:, place]) for place in places]


@pytest.mark.parametrize(
    ("level", "spoken", "profile", "said"),
    [
        (0.05, 0.2, "source", voice),
        (0.2, 0.2, "r128", voice),
        (0.9, 0.2, "source", voice),
        (0.3, 0.05, "r128", voice),
        (0.3, 0.2, "source", crackling),
    ],
)
def test_by_default_the_narrator_stands_above_any_film(
    tmp_path: Path, level: float, spoken: float, profile: str, said: Callable[[], Samples]
) -> None:
    """Nine dB where they are enough; else as many as are needed for 7 LU."""
    film = story(level, spoken)
    chosen = chosen_of(profile, "wav", stems=True)
    done = delivered(tmp_path, Sound(film, "stereo"), chosen, said=said)
    assert min(ratios(done)) >= 6.5
    for start, line in zip(STARTS, done.measured.mix.lines, strict=True):
        under = loudness(film[:, start * 48 : (start + 2_000) * 48])
        assert line.depth_db == pytest.approx(min(-9.0, line.level_lufs - under - 7), abs=0.5)
    assert not any("heard over" in note for note in shortfalls(done.measured, chosen.sound))


def test_lines_that_are_held_together_are_all_heard_over_the_loudest(tmp_path: Path) -> None:
    film = story(0.01, 0.2)
    film[:, 8 * RATE : 10 * RATE] = noise(2, 0.9, seed=7)
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(track="wav", stems=True))
    depths = [line.depth_db for line in done.measured.mix.lines]
    assert depths[0] == depths[1] < -12
    assert depths[2] == -9
    assert min(ratios(done)) >= 6.5


@pytest.mark.parametrize(
    ("ducking", "remedy"),
    [
        (Ducking(-3.0), r"leave out --duck, or give --duck -(\d+)"),
        (Ducking(0.0), r"leave out --duck, or give --duck -(\d+)"),
        (Ducking(cap_db=-12.0), r"give --duck-cap -(\d+)"),
        (Ducking("auto", cap_db=-6.0), r"give --duck-cap -(\d+)"),
        (Ducking("auto", ratio_lu=2.0), r"leave out --duck-ratio, or give --duck-ratio 7"),
    ],
)
def test_a_narrator_whom_a_choice_leaves_under_the_film_is_told_of_with_what_helps(
    tmp_path: Path, ducking: Ducking, remedy: str
) -> None:
    chosen = chosen_of(track="wav", ducking=ducking, stems=True)
    done = delivered(tmp_path, Sound(story(0.6, 0.2), "stereo"), chosen)
    [note] = [note for note in shortfalls(done.measured, chosen.sound) if "heard over" in note]
    assert note.startswith("3 lines may not be heard over the film (at 0:05.0, 0:08.0, 0:13.0)")
    worst = min(ratios(done))
    [(told, where)] = re.findall(r"stands ([\d.]+) LU (above|below) the film", note)
    assert float(told) * (1 if where == "above" else -1) == pytest.approx(worst, abs=0.3)
    found = re.search(remedy, note)
    assert found
    if found.groups():  # it is enough, and not by much
        depth = next(line.depth_db for line in done.measured.mix.lines)
        assert worst + float(found[1]) + depth == pytest.approx(7, abs=1.2)
    if isinstance(ducking.depth_db, float):
        assert {line.depth_db for line in done.measured.mix.lines} == {ducking.depth_db}


def test_lines_that_are_held_together_are_told_as_deep_as_they_are(tmp_path: Path) -> None:
    film = story(0.01, 0.2)
    film[:, 8 * RATE : 10 * RATE] = noise(2, 0.3, seed=7)
    chosen = chosen_of(track="wav", ducking=Ducking(depth_db="auto"), stems=True)
    done = delivered(tmp_path, Sound(film, "stereo"), chosen)
    low, lines = done.track("ducked.wav"), done.measured.mix.lines
    assert lines[0].depth_db == lines[1].depth_db < -10
    assert lines[2].depth_db == 0
    for start, line in zip(STARTS, lines, strict=True):
        inner = slice((start + 100) * 48, (start + 1_900) * 48)
        assert loudness(low[:, inner]) - loudness(original(tmp_path)[:, inner]) == pytest.approx(line.depth_db, abs=0.1)


@pytest.mark.parametrize("said", [voice, crackling])
@pytest.mark.parametrize("profile", ["source", "r128"])
def test_levels_and_ratios_are_told_as_they_came_out(tmp_path: Path, said: Callable[[], Samples], profile: str) -> None:
    chosen = chosen_of(profile, "wav", stems=True)
    done = delivered(tmp_path, Sound(story(0.2, 0.5), "stereo"), chosen, said=said)
    narration, low = done.track("narration.flac"), done.track("ducked.wav")
    for start, line in zip(STARTS, line_sounds(done.measured), strict=True):
        place = slice(start * 48, (start + 2_000) * 48)
        spoken, under = loudness(narration[:, place]), loudness(low[:, place])
        assert line.level_lufs == pytest.approx(spoken, abs=0.3)
        assert line.ducked_lufs == pytest.approx(under, abs=0.2)
        assert (line.film_lufs or 0) + line.depth_db == pytest.approx(under, abs=0.2)
        assert line.ratio_lu == pytest.approx(spoken - under, abs=0.4)


def test_nothing_is_taken_from_silence(tmp_path: Path) -> None:
    chosen = chosen_of(track="wav", ducking=Ducking(depth_db="auto"))
    done = delivered(tmp_path, Sound(silence(SECONDS, 2), "stereo"), chosen)
    assert [line.depth_db for line in done.measured.mix.lines] == [0, 0, 0]
    assert all(math.isinf(line.ratio_lu) for line in done.measured.mix.lines)


def test_the_stems_add_up_to_the_mix(tmp_path: Path) -> None:
    film = story(0.05, 0.2)
    done = delivered(tmp_path, Sound(film, "stereo"), chosen_of(loudness="a85", track="wav", stems=True))
    mix, narration, low = done.track(), done.track("narration.flac"), done.track("ducked.wav")
    assert mix.shape == low.shape == (2, narration.shape[1]) == film.shape
    assert np.abs(low + narration * np.sqrt(0.5) - mix).max() < 10 ** (-90 / 20)


def test_the_ducked_film_may_be_over_full_scale_and_is_not_limited(tmp_path: Path) -> None:
    done = delivered(tmp_path, Sound(music() * 0.1, "stereo"), chosen_of("r128", "wav", stems=True))
    low, raised = done.track("ducked.wav"), done.measured.written.levels.programme_db
    alone = slice(RATE, 2 * RATE)
    assert raised > 0
    assert np.allclose(low[:, alone], original(tmp_path)[:, alone] * 10 ** (raised / 20), atol=2e-6)


def test_nothing_jumps_that_does_not_jump_in_the_film(tmp_path: Path) -> None:
    at = np.arange(SECONDS * RATE) / RATE
    film = np.tile((0.3 * np.sin(2 * np.pi * 40 * at)).astype(np.float32), (2, 1))
    chosen = chosen_of(track="wav", ducking=Ducking(depth_db=-60), stems=True)
    low = delivered(tmp_path, Sound(film, "stereo"), chosen).track("ducked.wav")[0].astype(float)
    before = original(tmp_path)[0].astype(float)
    for order in (1, 2):  # a jump, and a jump of the slope
        steps, there = (np.abs(np.diff(sound, order)).max() for sound in (low, before))
        assert steps < there + 10 ** (-60 / 20)


@pytest.mark.parametrize(("rate", "loudness", "wanted"), [
    (44_100, "source", 44_100), (44_100, "r128", RATE), (96_000, "source", 96_000), (22_050, "source", RATE),
    (32_000, "source", 32_000),
])  # fmt: skip
def test_the_rate_is_the_films_own_or_that_of_broadcast(tmp_path: Path, rate: int, loudness: str, wanted: int) -> None:
    done = delivered(tmp_path, Sound(clicks(SECONDS, 2, rate), "stereo", rate), chosen_of(loudness, "wav", stems=True))
    with av.open(str(tmp_path / "track.wav")) as file:
        assert file.streams.audio[0].sample_rate == wanted
    told = " ".join(shortfalls(done.measured, chosen_of(loudness).sound))
    assert ("Hz became" in told) == (loudness == "source" and rate != wanted)
    assert told.count("22,050 Hz became 48,000 Hz") == (rate == 22_050)
    assert done.track().shape[1] == done.track("narration.flac").shape[1] == SECONDS * wanted
    free = [second for second in range(SECONDS) if all(not -1 <= second - start / 1000 <= 3 for start in STARTS)]
    places = click_places(done.track("ducked.wav")[0], wanted) if loudness == "source" else []
    assert [place for place in places if place // wanted in free] == [s * wanted + wanted // 2 for s in free if places]
    spoken = np.flatnonzero(np.abs(done.track("narration.flac")[0]) > 1e-3)
    assert spoken[0] == pytest.approx(5 * wanted, abs=wanted // 500)


def test_a_film_of_its_own_rate_passes_bit_by_bit_where_nobody_speaks(tmp_path: Path) -> None:
    film = np.round(story(0.1, 0.2) * 2**15) / np.float32(2**15)
    done = delivered(tmp_path, Sound(film, "stereo", 44_100), chosen_of(track="wav", bits=16), seconds=SECONDS + 2.1)
    assert np.array_equal(done.track()[:, : 3 * 44_100], original(tmp_path)[:, : 3 * 44_100])


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1", "quad", "3.0"])
@pytest.mark.parametrize("kind", ["m4a", "flac"])
def test_clicks_stay_at_their_sample_in_every_layout(tmp_path: Path, layout: str, kind: str) -> None:
    count = len(channel_names(layout))
    sound = Sound(clicks(4, min(count, 6)), layout if count <= 6 else "5.1")
    film = make_film(tmp_path / "film.mkv", 4, sounds=[sound], fps=1)
    if count > 6:  # PyAV cannot write the planes of eight channels
        pan = "|".join(f"{name}={'c0' if name != 'LFE' else '0*c0'}" for name in channel_names(layout))
        wide = tmp_path / "wide.mkv"
        command = [FFMPEG, "-v", "error", "-i", film, "-af", f"pan={layout}|{pan}", "-c:v", "copy", "-c:a", "flac"]
        subprocess.run([*command, wide], check=True)
        film = wide
    source_film = probe(film)
    source = feed(source_film, programme(source_film).track, None, None)
    assert source.layout == layout
    before = measure(source, (), Store(tmp_path / "store"), silent)
    chosen = chosen_of(track=kind, stems=True)
    mix = plan_mix(source, before, [], (), target(loudness_profile("source"), 0), chosen.sound, chosen.deliver)
    files = {
        name: tmp_path / f"{name}.{end}" for name, end in (("track", kind), ("narration", "flac"), ("ducked", "wav"))
    }
    write_sound(mix, before, -1.0, Places(), SoundOrder(files, kind), silent)
    wanted = [second * RATE + RATE // 2 for second in range(4)]
    centre = channel_names(layout).index(next(iter(narrator_channels(channel_names(layout)))))
    assert click_places(read(files["track"])[centre]) == wanted
    assert click_places(read(files["ducked"])[centre]) == wanted
    command = [FFMPEG, "-v", "error", "-i", files["track"], "-f", "f32le", "-"]
    raw = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, "<f4").reshape(-1, count)
    assert click_places(raw[:, centre]) == wanted


def test_a_downmix_is_a_stereo_result(tmp_path: Path) -> None:
    sound = silence(SECONDS, 6)
    sound[2], sound[3], sound[4] = (
        noise(SECONDS, level, 1, seed)[0] for level, seed in ((0.1, 1), (0.3, 2), (0.05, 3))
    )
    done = delivered(tmp_path, Sound(sound, "5.1"), chosen_of(track="wav", downmix="stereo"), starts=())
    left, right = done.track()
    assert np.allclose(right, sound[2] * np.sqrt(0.5), atol=2**-14)
    assert np.allclose(left, (sound[2] + sound[4]) * np.sqrt(0.5), atol=2**-14)


def test_a_layout_that_aac_does_not_hold_is_refused_before_the_work() -> None:
    track = AudioTrack(1, "flac", RATE, "5.1.2", "", "", True)
    with pytest.raises(FilmError, match=r"5\.1\.2"):
        check_sound((), track, Settings())
    check_sound((), track, Settings(sound=SoundSettings(downmix="stereo")))
    check_sound((), None, Settings())


def test_a_film_without_sound_gets_the_narrator_at_the_target(tmp_path: Path) -> None:
    done = delivered(tmp_path, None, chosen_of(loudness="r128", track="wav"), speech=())
    assert done.track().shape == (1, SECONDS * RATE)
    assert loudness(done.track()) == pytest.approx(-23, abs=0.3)
