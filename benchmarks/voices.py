"""How quickly and how clearly voices speak: time for a second of sound, level, and words that Whisper-base mishears.

Forty lines of description are spoken at the natural rate and at 1.15, and transcribed by Whisper-base (8-bit ONNX, one
thread). A word that is heard as another, or not at all, or that is added, is one error. With `--pace` the lines are
only spoken, at the natural rate and in the voice's own language; with `--estimates` the lengths of their clips are held
against what the voice estimates. See README.md for the folders.
"""

from __future__ import annotations

import argparse
import os
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import soxr

from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.speak import EstimatingVoice, Voice, all_profiles, profile, voice
from audiodesc.speak.finish import RATE_HZ

LINES = {
    language: text.splitlines()
    for language, text in tomllib.loads(Path(__file__).with_name("description_lines.toml").read_text("utf-8")).items()
}
"""Of each language, by its first tag."""

RATES = (1.0, 1.15)
MOST_TOKENS = 60
VOICES = ("espeak-en-us", "espeak-en-gb", "kokoro-en-us", "kokoro-en-us-michael", "kokoro-en-gb", "kokoro-en-gb-george")


@dataclass
class Measured:
    """Of one voice at one rate: seconds of sound and of processor time, levels in LUFS, words misheard and in all."""

    sound_s: float
    cpu_s: float
    lufs: list[float]
    wrong: int
    words: int


class Whisper:
    """Whisper-base in a folder: `onnx/encoder_model_quantized.onnx`, `onnx/decoder_model_merged_quantized.onnx`,
    `tokenizer.json`, `preprocessor_config.json`."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer
        from transformers import WhisperFeatureExtractor

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self._encoder, self._decoder = (
            onnxruntime.InferenceSession(folder / "onnx" / f"{name}_quantized.onnx", options)
            for name in ("encoder_model", "decoder_model_merged")
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = WhisperFeatureExtractor.from_pretrained(folder)

    def heard(self, samples: np.ndarray) -> str:
        """What is heard in a clip of at most 30 s at 48 kHz."""
        mono = soxr.resample(samples, RATE_HZ, 16_000)
        features = self._features(mono, sampling_rate=16_000, return_tensors="np").input_features
        hidden = self._encoder.run(None, {"input_features": features.astype(np.float32)})[0]
        outputs = [one.name for one in self._decoder.get_outputs()]
        begin = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
        tokens = [self._tokenizer.token_to_id(one) for one in begin]
        said: list[Any] = []
        past: dict[str, Any] = {}
        while len(said) < MOST_TOKENS:
            feed: dict[str, Any] = {"input_ids": np.array([tokens], np.int64), "encoder_hidden_states": hidden}
            feed["use_cache_branch"] = np.array([bool(past)])
            names = [one.name for one in self._decoder.get_inputs() if one.name.startswith("past")]
            feed |= {name: past[name] if past else np.zeros((1, 8, 0, 64), np.float32) for name in names}
            result = dict(zip(outputs, self._decoder.run(None, feed), strict=True))
            kept = {
                name.replace("present", "past_key_values"): one for name, one in result.items() if "present" in name
            }
            past = {name: past[name] if past and ".encoder." in name else one for name, one in kept.items()}
            token = int(result["logits"][0, -1].argmax())
            if token == self._tokenizer.token_to_id("<|endoftext|>"):
                break
            said.append(token)
            tokens = [token]
        return str(self._tokenizer.decode(said)).strip()


def errors(wanted: str, heard: str) -> int:
    """Words changed, left out or added: the Levenshtein distance."""
    given, got = words(wanted), words(heard)
    row = list(range(len(got) + 1))
    for i, one in enumerate(given, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def words(text: str) -> list[str]:
    return re.sub(r"[^\w' ]", " ", text.lower()).split()


@cache
def speaker(name: str, folder: Path) -> Voice:
    chosen = profile(name)
    return voice(chosen, {"folder": str(folder)} if chosen.engine == "kokoro" else None)


def cpu_s() -> float:
    """Of this process and of those that it started and that ended."""
    return sum(os.times()[:4])


def measure(spoken: Voice, rate: float, whisper: Whisper, lines: list[str], name: str) -> Measured:
    spoken.say("Ready.", 1.0)  # the model is loaded once
    before = cpu_s()
    clips = [spoken.say(line, rate).samples for line in lines]
    found = Measured(sum(map(len, clips)) / RATE_HZ, cpu_s() - before, [], 0, 0)
    for line, clip in zip(lines, clips, strict=True):
        heard = whisper.heard(clip)
        if wrong := errors(line, heard):
            print(f"  {name} at {rate:g}: {wrong} in “{line}”: “{heard}”", flush=True)
        found.wrong += wrong
        found.words += len(words(line))
        found.lufs.append(clip_loudness_lufs(clip, RATE_HZ))
    return found


def words_a_minute(name: str, folder: Path, count: int) -> str:
    """A voice's words a minute, and how many its profile says."""
    chosen, spoken = profile(name), speaker(name, folder)
    lines = LINES[chosen.language[:2]][:count]
    sound_s = sum(len(spoken.say(line, 1.0).samples) for line in lines) / RATE_HZ
    return (
        f"{name}: {sum(len(words(line)) for line in lines) / sound_s * 60:.0f} words/min (profile: {chosen.rate_wpm})"
    )


def beside(spoken: Voice, lines: list[str]) -> tuple[float, float]:
    """Seconds of wall time for the lines one after the other, and two at a time."""
    taken = []
    for threads in (1, 2):  # each speaks on a core of its own
        started = perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda line: spoken.say(line, 1.0), lines))
        taken.append(perf_counter() - started)
    return taken[0], taken[1]


def estimates(name: str, folder: Path, lines: int) -> str:
    """How much longer clips are estimated than they are, and how long an estimate takes."""
    spoken, off_ms, taken_s = speaker(name, folder), [], []
    if not isinstance(spoken, EstimatingVoice):
        return f"{name} estimates nothing"
    spoken.estimate_ms("1", 1.0)  # the model is loaded
    for text in LINES[profile(name).language[:2]][:lines]:
        for rate in RATES:
            take = spoken.say(text, rate)
            started = perf_counter()
            about_ms = spoken.estimate_ms(text, rate)
            taken_s.append(perf_counter() - started)
            off_ms += [about_ms - take.duration_ms] if about_ms is not None else []
    low, middle, high = np.percentile(off_ms, [5, 50, 95])
    between = f"{min(off_ms)} to {max(off_ms)} ms, 9 of 10 {low:.0f} to {high:.0f}, median {middle:.0f}"
    return f"{name}: {len(off_ms)} estimates too long by {between}; one takes {np.median(taken_s):.3f} s"


def main() -> None:
    models = Path(os.environ.get("AUDIODESC_MODELS", "."))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kokoro", type=Path, default=models / "kokoro", help="its folder, see voices/README.md")
    parser.add_argument("--whisper", type=Path, default=models / "whisper-base", help="the folder of Whisper-base")
    parser.add_argument("--voice", action="append", help=f"default: {', '.join(VOICES)}")
    parser.add_argument("--lines", type=int, default=len(LINES["en"]), help="how many of the lines")
    parser.add_argument("--pace", action="store_true", help="only words a minute, of all of Kokoro's voices by default")
    parser.add_argument("--estimates", action="store_true", help="only how wrong estimates are, of the same voices")
    given = parser.parse_args()
    if given.pace or given.estimates:
        printed = words_a_minute if given.pace else estimates
        for name in given.voice or [one.name for one in all_profiles() if one.engine == "kokoro"]:
            print(printed(name, given.kokoro, given.lines), flush=True)
        return
    whisper, lines = Whisper(given.whisper), LINES["en"][: given.lines]
    print(f"load before: {os.getloadavg()[0]:.2f}; onnxruntime {onnxruntime.__version__}", flush=True)
    rows = [
        "| voice | rate | processor s a s of sound | words/min | LUFS | words misheard |",
        "|---|---|---|---|---|---|",
    ]
    for name in given.voice or VOICES:
        for rate in RATES:
            found = measure(speaker(name, given.kokoro), rate, whisper, lines, name)
            level = f"{min(found.lufs):.1f} to {max(found.lufs):.1f}"
            cost, pace = found.cpu_s / found.sound_s, found.words / found.sound_s * 60
            rows.append(f"| {name} | {rate:g} | {cost:.2f} | {pace:.0f} | {level} | {found.wrong} of {found.words} |")
            print(rows[-1], flush=True)
    print("\n".join(rows))
    for name in dict.fromkeys(profile(one).engine for one in given.voice or VOICES):
        first = next(one for one in given.voice or VOICES if profile(one).engine == name)
        one, two = beside(speaker(first, given.kokoro), lines)
        print(f"{first}: {len(lines)} lines in {one:.1f} s one after the other, {two:.1f} s two at a time")
    print(f"load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
