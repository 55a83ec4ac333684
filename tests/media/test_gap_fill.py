"""Time stamps that jitter move no sound: what is heard is what `ffmpeg` decodes, but for real holes and overlaps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import FFMPEG, RATE
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.media.gap_fill import gap_filled, offset_samples
from audiodesc.media.probe import probe
from audiodesc.media.sound import read_sound

RATE_HZ, SIZE = 48_000, 1024
COUNT = 40


def frame(samples: NDArray[np.float32], stamp: int | None, ticks: int = RATE_HZ) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    made.sample_rate, made.pts, made.time_base = RATE_HZ, stamp, Fraction(1, ticks)
    return made


def ramp(count: int = COUNT) -> NDArray[np.float32]:
    """No two samples are equal, and none is silence."""
    return np.arange(1, count * SIZE + 1, dtype=np.float32)


def frames(stamps: Sequence[int | None], ticks: int = RATE_HZ) -> list[av.AudioFrame]:
    whole = ramp(len(stamps))
    return [frame(whole[i * SIZE : (i + 1) * SIZE], stamp, ticks) for i, stamp in enumerate(stamps)]


def joined(made: Iterable[av.AudioFrame], zero_s: Fraction = Fraction(0)) -> NDArray[np.float32]:
    return np.concatenate([one.to_ndarray()[0] for one in gap_filled(made, zero_s, 60_000)])


EVEN = [i * SIZE for i in range(COUNT)]


@given(
    stamp=st.integers(-(2**40), 2**40),
    base=st.fractions(Fraction(1, 10_000_000), Fraction(1), max_denominator=10_000_000).filter(bool),
    zero_s=st.fractions(-1000, 100_000, max_denominator=90_000),
    rate_hz=st.sampled_from([8_000, 44_100, 48_000, 192_000]),
)
@example(stamp=1, base=Fraction(1, 96_000), zero_s=Fraction(0), rate_hz=48_000)  # just between two samples
@example(stamp=-1, base=Fraction(1, 96_000), zero_s=Fraction(0), rate_hz=48_000)
@example(stamp=2**40 + 1, base=Fraction(1, 96_000), zero_s=Fraction(0), rate_hz=48_000)
def test_a_stamp_is_counted_in_samples_without_a_rounding_error(
    stamp: int, base: Fraction, zero_s: Fraction, rate_hz: int
) -> None:
    one = frame(ramp(1), stamp)
    one.sample_rate, one.time_base = rate_hz, base
    exact = (stamp * one.time_base - zero_s) * rate_hz
    assert offset_samples(one, zero_s, 7) == (exact + Fraction(1, 2)).__floor__() - 7


def test_what_is_whole_stays_as_it_is() -> None:
    assert np.array_equal(joined(frames(EVEN)), ramp())
    assert np.array_equal(joined(frames([None] * COUNT)), ramp())


@settings(max_examples=25)
@given(st.integers(1, 100_000), st.integers(1, COUNT - 1))
def test_a_hole_is_silence_as_long_as_the_stamps_say(samples: int, place: int) -> None:
    heard = joined(frames([stamp + (samples if i >= place else 0) for i, stamp in enumerate(EVEN)]))
    if samples > 1:  # one sample is rounding
        assert not heard[place * SIZE : place * SIZE + samples].any()
        assert np.array_equal(heard[heard != 0], ramp())
        assert len(heard) == COUNT * SIZE + samples


@settings(max_examples=25)
@given(st.integers(2, 5 * SIZE), st.integers(6, COUNT - 8))
@example(SIZE + 1, 10)
def test_of_an_overlap_the_first_is_heard(samples: int, place: int) -> None:
    heard = joined(frames([stamp - (samples if i >= place else 0) for i, stamp in enumerate(EVEN)]))
    whole = ramp()
    assert np.array_equal(heard, np.delete(whole, slice(place * SIZE, place * SIZE + samples)))


@pytest.mark.parametrize("off", [480, -480, 5_000])
def test_a_single_stamp_that_is_wrong_is_not_believed(off: int) -> None:
    stamps = [stamp + (off if i in (9, 30) else 0) for i, stamp in enumerate(EVEN)]
    assert np.array_equal(joined(frames(stamps)), ramp())


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1), min_size=COUNT, max_size=COUNT))
def test_stamps_that_are_rounded_to_milliseconds_change_nothing(up: list[int]) -> None:
    stamps = [stamp * 1000 // RATE_HZ + one for stamp, one in zip(EVEN, up, strict=True)]
    stamps[0] = 0
    assert np.array_equal(joined(frames(stamps, 1000)), ramp())


def test_lost_packets_leave_a_hole_of_their_own_length_though_stamps_are_rounded() -> None:
    stamps = [round((stamp + (3 * SIZE if i >= 10 else 0)) * 1000 / RATE_HZ) for i, stamp in enumerate(EVEN)]
    assert len(joined(frames(stamps, 1000))) == (COUNT + 3) * SIZE


def test_stamps_that_creep_away_are_followed_in_steps_and_not_at_each_frame() -> None:
    """By 1 sample a frame: 1000 frames later they are 21 ms ahead, which is two steps of 10 ms."""
    heard = joined(frames([i * (SIZE + 1) for i in range(1000)]))
    silent = np.flatnonzero(heard == 0)
    assert 1 + np.count_nonzero(np.diff(silent) > 1) == 2
    assert abs(len(heard) - 1000 * (SIZE + 1)) <= RATE_HZ // 100 + 8


def test_what_is_before_zero_is_left_out_and_a_late_start_is_silence() -> None:
    early, late = joined(frames(EVEN), Fraction(1500, RATE_HZ)), joined(frames(EVEN), Fraction(-1500, RATE_HZ))
    assert np.array_equal(early, ramp()[1500:])
    assert not late[:1500].any()
    assert np.array_equal(late[1500:], ramp())


def test_silence_of_unsigned_samples_is_their_middle() -> None:
    made = av.AudioFrame.from_ndarray(np.full((1, SIZE), 200, np.uint8), format="u8", layout="mono")
    made.sample_rate, made.pts, made.time_base = RATE_HZ, 3 * SIZE, Fraction(1, RATE_HZ)
    heard = np.concatenate([one.to_ndarray()[0] for one in gap_filled([made], Fraction(0), 60_000)])
    assert heard[: 3 * SIZE].tolist() == [128] * 3 * SIZE


def test_a_hole_goes_no_further_than_the_films_end() -> None:
    stamps = [*EVEN[:20], *(stamp + 3600 * RATE_HZ for stamp in EVEN[20:])]
    given = sum(one.samples for one in gap_filled(frames(stamps), Fraction(0), 2_000))
    assert given == 2 * RATE_HZ + 20 * SIZE


STAMPS = st.one_of(
    st.none(),
    st.integers(-(2**62), 2**62),
    st.integers(-10 * RATE_HZ, 10 * RATE_HZ),
    st.sampled_from([0, -(2**63) + 1, 2**63 - 1, 3600 * RATE_HZ, 26 * 3600 * RATE_HZ, -3600 * RATE_HZ]),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(STAMPS, st.integers(1, 3000), st.sampled_from([8_000, 44_100, RATE_HZ, 192_000])),
        min_size=1,
        max_size=40,
    ),
    st.fractions(-100, 100_000),
    st.integers(1, 20_000),
)
def test_stamps_of_an_attacker_make_no_more_sound_than_the_film_is_long(
    made: list[tuple[int | None, int, int]], zero_s: Fraction, duration_ms: int
) -> None:
    """Hours ahead or back, negative, repeated, at another rate each time: never more than a second at once, never more
    silence than the film lasts, and what is heard is in order."""
    given, heard, silent_s = [], [], Fraction(0)
    for number, (stamp, samples, rate) in enumerate(made, 1):
        one = frame(np.full(samples, number, np.float32), stamp)
        one.sample_rate = rate
        given.append(one)
    for one in gap_filled(given, zero_s, duration_ms):
        assert 0 < one.samples <= max(3000, one.sample_rate)
        samples = one.to_ndarray()[0]
        heard += [int(samples[0])] if samples.any() else []
        silent_s += Fraction(0 if samples.any() else one.samples, one.sample_rate)
    assert heard == sorted(heard)
    assert silent_s <= Fraction(duration_ms, 1000) + Fraction(len(made), 8_000)  # a sample for each change of rate


PACKET_SIZE = 1024
WINDOW_MS = 250
LIKE = 0.999
AUDIBLE = 1e-3
"""Below it coders put noise of their own in, another one each time."""

SECONDS = 6


def bursts(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """A hum with strokes of noise: Vorbis codes the one in long blocks, the others in short ones."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, len(time))
    struck = noise * np.exp(-25 * np.mod(time, 0.6)) * (np.mod(time, 0.6) > 0)
    return np.asarray(0.1 * np.sin(2 * np.pi * 220 * time) + struck, np.float32)[None]


def coded(place: Path, codec: str, rate: int) -> Path:
    """A film with the bursts, coded by the `ffmpeg` program, for PyAV has no coder for Vorbis."""
    raw = place.with_suffix(".f32")
    raw.write_bytes(bursts(SECONDS, rate).astype("<f4").tobytes())
    video = "libvpx" if place.suffix == ".webm" else "libx264"
    sound: list[str | Path] = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", raw, "-c:v", video, "-c:a", codec]
    picture = ["-f", "lavfi", "-i", f"color=s=160x120:d={SECONDS}:r=5"]
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", *picture, *sound, place], check=True)
    return place


def restamped(source: Path, place: Path, kind: str) -> Path:
    """The film with other time stamps for its sound: of the packets' ends, or off by up to half a packet."""
    rng, at = np.random.default_rng(1), 0
    lengths = _lengths(source)
    with av.open(str(source)) as film, av.open(str(place), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in film.streams}
        sound, last, number = film.streams.audio[0], -(10**9), 0
        for packet in film.demux():
            if not packet.size:
                continue
            if packet.stream is sound:
                at += lengths[number]
                packet_ms = 1000 * max(lengths) / sound.rate
                off_ms = rng.uniform(-packet_ms / 2, packet_ms / 2) if kind == "jittering" else 0.0
                stamp_s = at / sound.rate if kind == "ends" else float((packet.pts or 0) * packet.time_base)
                stamp = round((stamp_s + off_ms / 1000) / packet.time_base)
                packet.pts = packet.dts = last = max(stamp, last + 1)
                number += 1
            packet.stream = copies[packet.stream_index]
            out.mux(packet)
    return place


def _lengths(source: Path) -> list[int]:
    """Of each packet of sound, in samples."""
    with av.open(str(source)) as film:
        return [sum(f.samples for f in p.decode()) for p in film.demux(film.streams.audio[0]) if p.size]


def ours(path: Path) -> tuple[NDArray[np.float32], int]:
    """The sound's channels as one, at its own rate, as this program reads it; and that rate."""
    film = probe(path)
    track = film.audio_tracks[0]
    blocks = read_sound(film, track, track.rate_hz)
    return np.concatenate([block.mean(axis=0) for block in blocks]), track.rate_hz


def theirs(path: Path) -> NDArray[np.float32]:
    """The same with every sample in order, whatever its time stamps, as the `ffmpeg` program decodes it."""
    channels = av.AudioLayout(probe(path).audio_tracks[0].layout).nb_channels
    command = [FFMPEG, "-loglevel", "error", "-i", path, "-map", "0:a:0", "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, "<f4")
    return np.asarray(samples.reshape(-1, channels).mean(axis=1), np.float32)


def least_alike(heard: NDArray[np.float32], reference: NDArray[np.float32], rate: int) -> float:
    """The lowest correlation of all windows, the one shifted as a whole to where it is most like the other."""
    size, first = 1 << 17, reference[: 1 << 16]
    spectrum = np.fft.rfft(heard[: 1 << 16], size) * np.conj(np.fft.rfft(first, size))
    lag = int(np.fft.irfft(spectrum).argmax())
    lag -= size if lag > size // 2 else 0
    heard, reference = heard[max(0, lag) :], reference[max(0, -lag) :]
    length = min(len(heard), len(reference))
    window = rate * WINDOW_MS // 1000
    found = []
    for at in range(0, length - window, window):
        one, other = heard[at : at + window].astype(float), reference[at : at + window].astype(float)
        if max(np.abs(one).max(), np.abs(other).max()) > AUDIBLE:
            found.append(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-12))
    return min(found, default=1.0)


CASES = {
    "webm whose Vorbis is stamped with its ends": (".webm", "libvorbis", 44_100, "ends"),
    "the same at another rate": (".webm", "libvorbis", 22_050, "ends"),
    "matroska of Vorbis at 8 kHz": (".mkv", "libvorbis", 8_000, "ends"),
    "mp4 that jitters": (".mp4", "aac", RATE, "jittering"),
    "mp4 at 22 kHz that jitters": (".mp4", "aac", 22_050, "jittering"),
    "mkv of MP3 that jitters": (".mkv", "libmp3lame", 44_100, "jittering"),
    "mkv of AAC, rounded to ms": (".mkv", "aac", 44_100, ""),
    "webm of Vorbis": (".webm", "libvorbis", RATE, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_sound_goes_on_as_ffmpeg_decodes_it(tmp_path: Path, case: str) -> None:
    suffix, codec, rate, kind = CASES[case]
    film = coded(tmp_path / f"plain{suffix}", codec, rate)
    if kind:
        film = restamped(film, tmp_path / f"film{suffix}", kind)
    heard, _ = ours(film)
    assert least_alike(heard, theirs(film), rate) >= LIKE
    assert np.abs(heard).max() > 0.3


def test_the_measure_finds_a_splice() -> None:
    reference = bursts(4)[0]
    chopped = np.concatenate((reference[: 2 * RATE], np.zeros(440, np.float32), reference[2 * RATE :]))
    assert least_alike(reference, reference, RATE) > LIKE
    assert least_alike(chopped, reference, RATE) < 0.9


def jittering(stamps: Sequence[int], sizes: Sequence[int]) -> list[av.AudioFrame]:
    made, at = [], 1
    for stamp, size in zip(stamps, sizes, strict=True):
        samples = np.arange(at, at + size, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, stamp, Fraction(1, RATE)
        made.append(frame)
        at += size
    return made


def played(made: Sequence[av.AudioFrame]) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """What is given, and the splices in seconds."""
    splices: list[tuple[float, float]] = []
    given = gap_filled(made, Fraction(0), 3_600_000, lambda at_s, s: splices.append((float(at_s), float(s))))
    return np.concatenate([one.to_ndarray()[0] for one in given]), splices


PACKETS = 300


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-PACKET_SIZE // 2, PACKET_SIZE // 2), min_size=PACKETS, max_size=PACKETS))
def test_stamps_off_by_less_than_a_packet_move_nothing(offs: list[int]) -> None:
    stamps = [i * PACKET_SIZE + off for i, off in enumerate(offs)]
    for right in (0, *range(PACKETS - 8, PACKETS)):  # what is off to the very end may be a hole
        stamps[right] = right * PACKET_SIZE
    heard, splices = played(jittering(stamps, [PACKET_SIZE] * PACKETS))
    assert np.array_equal(heard, np.arange(1, PACKETS * PACKET_SIZE + 1))
    assert splices == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 300)), min_size=4, max_size=8))
def test_blocks_of_two_lengths_that_are_stamped_with_their_ends_move_nothing(runs: list[tuple[bool, int]]) -> None:
    sizes = [size for is_long, count in runs for size in [1024 if is_long else 128] * count] + [128, 1024] * 8
    heard, splices = played(jittering(np.cumsum(sizes).tolist(), sizes))
    start = np.flatnonzero(heard)[0]
    assert start <= 1024
    assert np.array_equal(heard[start:], np.arange(1, sum(sizes) + 1))
    assert splices == []


@pytest.mark.parametrize(
    "samples", [3 * PACKET_SIZE, 4_274, 30_000, 77_744, -3 * PACKET_SIZE, -4_274, -30_000, -77_744]
)
@pytest.mark.parametrize("place", [100, 150])
def test_a_real_hole_or_overlap_among_jittering_stamps_is_one_splice(samples: int, place: int) -> None:
    rng = np.random.default_rng(abs(samples))
    offs = rng.integers(-PACKET_SIZE // 4, PACKET_SIZE // 4, PACKETS)
    offs[0] = 0
    stamps = [i * PACKET_SIZE + int(off) + (samples if i >= place else 0) for i, off in enumerate(offs)]
    heard, splices = played(jittering(stamps, [PACKET_SIZE] * PACKETS))
    assert abs(len(heard) - PACKETS * PACKET_SIZE - samples) <= PACKET_SIZE
    assert all((seconds > 0) == (samples > 0) for _, seconds in splices)
    assert {at for at, _ in splices} == {place * PACKET_SIZE / RATE}


def test_a_drift_among_jittering_stamps_is_followed_now_and_then() -> None:
    """A clock that runs fast by 1 in 500 for two minutes: 240 ms, in steps of about 10 ms or more."""
    count, rng = 120 * RATE // PACKET_SIZE, np.random.default_rng(3)
    offs = rng.integers(-400, 400, count)
    offs[0] = 0
    stamps = [round(i * PACKET_SIZE * 1.002) + int(off) for i, off in enumerate(offs)]
    heard, splices = played(jittering(stamps, [PACKET_SIZE] * count))
    assert abs(len(heard) - count * PACKET_SIZE * 1.002) < RATE // 20
    assert 3 <= len(splices) <= 30


def test_stamps_that_stay_off_for_a_minute_and_come_back_are_moved_once_at_most() -> None:
    count = 300 * RATE // PACKET_SIZE
    stamps = [i * PACKET_SIZE + 900 * (i // 3000 % 2) for i in range(count)]
    _, splices = played(jittering(stamps, [PACKET_SIZE] * count))
    assert len(splices) == 1


def test_a_hole_of_a_second_and_an_overlap_of_a_second_are_both_real() -> None:
    stamps = [i * PACKET_SIZE + (RATE if 100 <= i < 2_000 else 0) for i in range(2_500)]
    heard, splices = played(jittering(stamps, [PACKET_SIZE] * 2_500))
    assert len(heard) == 2_500 * PACKET_SIZE
    assert sum(seconds > 0 for _, seconds in splices) == 1
    assert abs(sum(seconds for _, seconds in splices)) < 1e-6


def test_lost_packets_are_counted_each_where_it_is() -> None:
    stamps = [(i + (i >= 50) + (i >= 120)) * PACKET_SIZE for i in range(PACKETS)]
    heard, splices = played(jittering(stamps, [PACKET_SIZE] * PACKETS))
    assert len(heard) == (PACKETS + 2) * PACKET_SIZE
    assert splices == [(50 * PACKET_SIZE / RATE, PACKET_SIZE / RATE), (121 * PACKET_SIZE / RATE, PACKET_SIZE / RATE)]


def test_every_real_film_sounds_as_ffmpeg_decodes_it(media: Path) -> None:
    films = [path for path in sorted(media.glob("*/*")) if path.suffix in (".mp4", ".webm", ".mkv", ".ogv")]
    with_sound = [path for path in films if probe(path).audio_tracks]
    assert with_sound
    for path in with_sound:
        assert _alike(path) >= LIKE, path.name


def _alike(path: Path) -> float:
    heard, rate = ours(path)
    return least_alike(heard, theirs(path), rate)
