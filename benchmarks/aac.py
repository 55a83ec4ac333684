"""AAC as it is written against FFmpeg's usual coder at 192 kb/s for a pair of channels, which was used before.

    python benchmarks/aac.py [FILM ...]

Without films: the sample and, where AUDIODESC_MEDIA names a folder, the tests' real films. Prints for each film and
coder the bit rate, the signal-to-noise ratio, and the noise-to-mask ratio (dB): of the whole, as BS.1387 has it (the
mean of the frames' ratios), and of the frames: mean of dB, 95th percentile, worst. Under 0 dB noise is masked.

The model is that of ITU-R BS.1387-1 (PEAQ), basic version: 2048 samples under a Hann window each 1024; the weighting of
outer and middle ear; quarter-Bark bands from 80 Hz to 18 kHz; the ear's own noise; spreading over bands that depends on
the level; forward masking; the mask 3 dB under that, more above 12 Bark. Otherwise than there the noise is the
difference of the waveforms and not of the magnitudes, so that noise in place of noise counts in full. Full scale is
92 dB SPL. Frames of digital silence without noise do not count.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.media.aac import FRAME, PartsEncoder
from audiodesc.media.sound import to_frame
from audiodesc.model import Samples

Array = NDArray[np.float64]
RATE, SIZE, PAIR_BPS, LONGEST_S = 48_000, 2048, 192_000, 90
SAMPLE = Path(__file__).parents[1] / "samples" / "sample.mp4"
FULL_SCALE_DB, LOWEST_DB = 92.0, -60.0
LOW, HIGH, STEP = 7 * np.arcsinh(80 / 650), 7 * np.arcsinh(18_000 / 650), 0.25
EDGES = 650 * np.sinh(np.append(np.arange(LOW, HIGH, STEP), HIGH) / 7)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2
BARK = np.arange(len(CENTRES)) * STEP


def _bands() -> Array:
    """What of each line's power belongs to each band, shape (lines, bands)."""
    at = np.arange(SIZE // 2 + 1) * RATE / SIZE
    below, above = at[:, None] - RATE / SIZE / 2, at[:, None] + RATE / SIZE / 2
    shares = np.clip(np.minimum(EDGES[1:], above) - np.maximum(EDGES[:-1], below), 0, None) / (RATE / SIZE)
    khz = np.maximum(at, 1) / 1000
    ear_db = -0.6 * 3.64 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 1e-3 * khz**3.6
    return np.asarray(shares * 10 ** (ear_db[:, None] / 10))


BANDS = _bands()
OWN_NOISE = 10 ** (0.1456 * (CENTRES / 1000) ** -0.8)
OFFSET = 10 ** (np.where(BARK <= 12, 3.0, 0.25 * BARK) / 10)


def powers(sound: Array) -> Array:
    """The power in each band, shape (frames, bands), of one channel."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE)[::1024]
    lines = np.fft.rfft(frames * np.hanning(SIZE) * 4 / SIZE) * 10 ** (FULL_SCALE_DB / 20)
    return np.asarray(np.abs(lines) ** 2 @ BANDS)


def spread(power: Array) -> Array:
    """The excitation over bands, before it is brought to that of a flat sound; summed as powers of 0.4."""
    distance = BARK[None, :] - BARK[:, None]  # of [from, to]
    result = np.empty_like(power)
    for number, frame in enumerate(power):
        up = np.minimum(-24 - 230 / CENTRES + 2 * np.log10(frame), 0)
        weights = 10 ** (np.where(distance < 0, 27 * distance, up[:, None] * distance) / 10)
        result[number] = ((weights * (frame / weights.sum(1))[:, None]) ** 0.4).sum(0) ** 2.5
    return result


FLAT = spread(np.ones((1, len(CENTRES))))
REMAINS = np.exp(-FRAME / RATE / (0.008 + 100 / CENTRES * 0.022))


def mask(sound: Array) -> Array:
    """What noise may have in each band, shape (frames, bands)."""
    excitation = spread(powers(sound) + OWN_NOISE) / FLAT
    before, heard = np.zeros(len(CENTRES)), np.empty_like(excitation)
    for number, frame in enumerate(excitation):
        before = REMAINS * before + (1 - REMAINS) * frame
        heard[number] = np.maximum(before, frame)
    return np.asarray(heard / OFFSET)


def noise_to_mask(sound: Samples, decoded: Samples) -> Array:
    """dB, of each frame of each channel."""
    found = []
    for ours, theirs in zip(sound.astype(np.float64), decoded.astype(np.float64), strict=True):
        ratio = (powers(theirs - ours) / mask(ours)).mean(1)
        found.append(ratio[(powers(ours).sum(1) > 1e-3) | (ratio > 1e-3)])
    return np.asarray(np.maximum(10 * np.log10(np.maximum(np.concatenate(found), 1e-9)), LOWEST_DB))


def read(film: Path) -> Samples:
    with av.open(str(film)) as opened:
        resampler = av.AudioResampler("fltp", "stereo", RATE)
        frames = (out for frame in opened.decode(audio=0) for out in resampler.resample(frame))
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)[:, : LONGEST_S * RATE]


def usual(sound: Samples) -> list[bytes]:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "stereo", "fltp", PAIR_BPS
    return [bytes(p) for given in (to_frame(sound, "stereo", RATE), None) for p in encoder.encode(given)]


def ours(sound: Samples) -> list[bytes]:
    encoder = PartsEncoder("stereo", RATE)
    return encoder.push(sound) + encoder.finish()


def heard(packets: list[bytes]) -> Samples:
    encoder, decoder = av.CodecContext.create("aac", "w"), av.CodecContext.create("aac", "r")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "fltp"
    encoder.open()
    decoder.extradata = encoder.extradata
    return np.concatenate([f.to_ndarray() for p in packets for f in decoder.decode(av.Packet(p))], axis=1)[:, FRAME:]


def main(films: list[Path]) -> None:
    print(f"{'':32}{'coder':8}{'kb/s':>6}{'SNR':>8}{'NMR: whole':>12}{'mean':>8}{'95 %':>8}{'worst':>8}")
    for film in films:
        sound = read(film)
        for name, packets in (("usual", usual(sound)), ("ours", ours(sound))):
            kbps = sum(map(len, packets)) * 8 / 1000 / (sound.shape[1] / RATE)
            decoded = heard(packets)[:, : sound.shape[1]]
            snr = 10 * np.log10((sound**2).mean() / ((decoded - sound) ** 2).mean())
            ratios = noise_to_mask(sound, decoded)
            whole = 10 * np.log10((10 ** (ratios / 10)).mean())
            print(f"{film.stem[:30]:32}{name:8}{kbps:6.0f}{snr:8.1f}{whole:12.1f}{ratios.mean():8.1f}", end="")
            print(f"{np.percentile(ratios, 95):8.1f}{ratios.max():8.1f}", flush=True)


REAL = (
    "nasa/nasa_13013.mp4",
    "sintel-trailer/sintel_trailer_854x480.mp4",
    "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4",
    "his-girl-friday/friday.mp4",
    "chrome-clip/chrome.mp4",
    "googlework/googlework_short.mp4",
    "bbb-moviepy/big_buck_bunny_0_30.webm",
    "bbb-rabbit-ad/video-with-voiceover.mp4",
)

if __name__ == "__main__":
    media = os.environ.get("AUDIODESC_MEDIA")
    main([Path(arg) for arg in sys.argv[1:]] or [SAMPLE, *(Path(media, film) for film in REAL if media)])
