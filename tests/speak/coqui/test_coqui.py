"""Neural voices, on tiny models that are made here: what they say, how long it lasts, and what it depends on."""

from __future__ import annotations

import dataclasses
import logging
import random
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("TTS")

from speak.tiny_vits import FRAMES, HOP, RATE_HZ, Harm, copied, make_vits, make_vocoder, mine, recording

from audiodesc.core.environment import models_command
from audiodesc.errors import InputError, MissingToolError
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.model import Take
from audiodesc.speak import Voice, profile, voice
from audiodesc.speak.coqui import Coqui, loading, synthesis

pytestmark = pytest.mark.usefixtures("no_network", "one_thread")

LINE = "she waits for the last ferry"
SECONDS_PER_SIGN = FRAMES * HOP / RATE_HZ


@pytest.fixture(scope="module")
def letters(models: Path) -> Coqui:
    return Coqui(mine(models / "letters"))


def same(one: Take, other: Take) -> bool:
    return np.array_equal(one.samples, other.samples)


def test_it_gives_a_finished_clip(letters: Coqui) -> None:
    clip = letters.say(LINE, 1.0)
    assert clip.samples.dtype == np.float32
    assert clip.samples.shape == (len(clip.samples),)
    assert np.isfinite(clip.samples).all()
    assert clip_loudness_lufs(clip.samples, 48_000) == pytest.approx(-23, abs=0.2)
    assert np.max(np.abs(clip.samples)) <= 10 ** (-1 / 20) + 1e-6
    assert np.abs(clip.samples[[0, -1]]).max() < 0.03  # faded at both ends
    assert clip.rate == 1.0


@pytest.mark.parametrize("text", ["she waits", LINE, "a" * 60])
def test_its_length_is_the_models(letters: Coqui, text: str) -> None:
    assert letters.say(text, 1.0).duration_ms == pytest.approx(1000 * len(text) * SECONDS_PER_SIGN, rel=0.02)


@pytest.mark.parametrize("rate", [1.25, 2.0, 1.0, 0.8])  # each gives a sign whole frames
def test_the_speed_is_the_models_own(letters: Coqui, rate: float) -> None:
    clip = letters.say(LINE, rate)
    assert clip.duration_ms == pytest.approx(1000 * len(LINE) * SECONDS_PER_SIGN / rate, rel=0.02)
    assert clip.rate == rate


def test_faster_is_shorter_all_the_way(letters: Coqui) -> None:
    lengths = [letters.say(LINE, rate).duration_ms for rate in (1.0, 1.1, 1.15, 1.25)]
    assert lengths == sorted(set(lengths), reverse=True)


def test_sentences_are_set_apart(letters: Coqui) -> None:
    one, two = "she waits.", "rain falls."
    alone = letters.say(one, 1.0).duration_ms + letters.say(two, 1.0).duration_ms
    for rate in (1.0, 2.0):
        assert letters.say(f"{one} {two}", rate).duration_ms == pytest.approx((alone + 250) / rate, abs=40)


def test_a_pause_inside_a_sentence_is_not_its_end(models: Path, tmp_path: Path) -> None:
    # a second of silence in it: Coqui would take the rest away
    voice = Coqui(mine(models / "letters"))
    voice.say("a", 1.0)
    synthesizer = voice._model._synthesizer
    sound = np.concatenate([np.ones(22_050), np.zeros(22_050), np.ones(22_050)]).astype(np.float32) / 2
    synthesizer.tts_model.synthesize = lambda **_: {"wav": sound}
    assert voice.say("b", 1.0).duration_ms == pytest.approx(3000, abs=20)


def test_the_same_text_is_the_same_sound_after_others(letters: Coqui) -> None:
    first = letters.say(LINE, 1.0)
    letters.say("rain", 1.15)
    assert same(letters.say(LINE, 1.0), first)
    assert not same(letters.say(LINE, 1.15), first)


def test_the_same_text_is_the_same_sound_in_another_run(models: Path, letters: Coqui) -> None:
    random.seed(7)
    assert same(Coqui(mine(models / "letters")).say(LINE, 1.0), letters.say(LINE, 1.0))


def test_another_seed_is_another_reading(models: Path, letters: Coqui) -> None:
    assert not same(Coqui(mine(models / "letters", seed=2)).say(LINE, 1.0), letters.say(LINE, 1.0))


def test_nobody_elses_random_numbers_change(letters: Coqui) -> None:
    import torch

    letters.say("a", 1.0)
    states = random.getstate(), torch.get_rng_state(), np.random.get_state(legacy=False)["state"]["key"]
    letters.say(LINE, 1.0)
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    assert np.array_equal(np.random.get_state(legacy=False)["state"]["key"], states[2])


def test_gpus_that_the_model_is_not_on_are_left_alone(letters: Coqui, monkeypatch: pytest.MonkeyPatch) -> None:
    """To keep the random numbers of a GPU is to use it, and another program may have filled it."""
    import torch

    before = letters.say("a dog", 1.0)
    asked: list[Any] = []

    def state(*gpu: Any) -> torch.Tensor:
        asked.append(gpu)
        return torch.zeros(1)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "get_rng_state", state)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *gpu: asked.append(gpu))
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: asked.append(seed))
    assert same(letters.say("a dog", 1.0), before)
    assert asked == []


def test_many_threads(models: Path) -> None:
    voices = [Coqui(mine(models / "several", speaker=name)) for name in ("p225", "p226")]
    work = [(voices[n % 2], f"floor {'abc'[n % 3]}", 1.0 + n / 20) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda job: job[0].say(job[1], job[2]), work))
    assert all(same(one.say(text, rate), heard) for (one, text, rate), heard in zip(work, together, strict=True))


def test_it_is_loaded_once_and_only_when_it_speaks(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Any] = []
    original = loading.load_synthesizer

    def counted(plan: Any) -> Any:
        loaded.append(plan)
        return original(plan)

    monkeypatch.setattr(loading, "load_synthesizer", counted)
    voice = Coqui(mine(models / "letters"))
    assert voice.fingerprint
    assert loaded == []
    voice.say("a", 1.0)
    voice.say("b", 1.0)
    assert len(loaded) == 1


@pytest.mark.parametrize("text", ["", " \n", "…", "...", "—!?", "\u202e", "東京", "שלום", "7", "🎬", "\x00"])
def test_a_text_without_sound(letters: Coqui, text: str) -> None:
    with pytest.raises(ValueError, match="nothing can be heard"):
        letters.say(text, 1.0)


@pytest.mark.parametrize("text", ["<b>she</b> waits", "a\x00b\x1b[2J", "she\nwaits", "a " * 60, "\ud800 she"])
def test_odd_texts_are_spoken(letters: Coqui, text: str) -> None:
    assert letters.say(text, 2.0).duration_ms > 100


def test_a_text_that_breaks_the_model_costs_only_itself(models: Path) -> None:
    voice = Coqui(mine(models / "letters"))
    voice.say("a", 1.0)
    broken = [RuntimeError("sizes do not match"), AssertionError("too long")]
    original = voice._model._synthesizer.tts_model.synthesize

    def synthesize(**given: Any) -> Any:
        if broken:
            raise broken.pop()
        return original(**given)

    voice._model._synthesizer.tts_model.synthesize = synthesize
    for fault in ("too long", "sizes do not match"):
        with pytest.raises(ValueError, match=fault):
            voice.say(LINE, 1.0)
    assert voice.say(LINE, 1.0).duration_ms > 1000


def test_a_full_gpu_leaves_the_work_to_the_cpu(models: Path, letters: Coqui) -> None:
    import torch

    voice = Coqui(mine(models / "letters"))
    voice.say("a", 1.0)
    original, full = voice._model._synthesizer.tts_model.synthesize, [torch.OutOfMemoryError("CUDA out of memory")]
    voice._model._synthesizer.use_cuda = True

    def synthesize(**given: Any) -> Any:
        if full:
            raise full.pop()
        return original(**given)

    voice._model._synthesizer.tts_model.synthesize = synthesize
    assert same(voice.say(LINE, 1.0), letters.say(LINE, 1.0))
    assert voice._model._synthesizer.use_cuda is False


def test_nothing_is_written_on_the_screen(
    models: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name, settings in (("letters", {}), ("several", {"speaker": "p226"})):
        Coqui(mine(models / name, **settings)).say("She waits… 東京. Rain falls.", 1.0)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


def test_speakers_are_different(models: Path) -> None:
    heard = [Coqui(mine(models / "several", speaker=name)).say(LINE, 1.0) for name in ("p225", "p227")]
    assert not same(*heard)


def test_glow_tts_through_a_vocoder(models: Path, tmp_path: Path) -> None:
    glow = Coqui(mine(models / "glow", vocoder=str(models / "vocoder")))
    for rate in (1.0, 1.25):
        frames = len(LINE) * FRAMES / rate + 10  # the vocoder sets five before and five after
        assert glow.say(LINE, rate).duration_ms == pytest.approx(1000 * frames * HOP / RATE_HZ, rel=0.02)
    assert same(glow.say(LINE, 1.0), glow.say(LINE, 1.0))
    other = make_vocoder(tmp_path / "other", seed=3)
    assert Coqui(mine(models / "glow", vocoder=str(other))).fingerprint != glow.fingerprint


def test_a_model_without_a_speed_speaks_at_its_own(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = Coqui(mine(models / "letters"))
    natural = voice.say(LINE, 1.0)
    monkeypatch.setattr(synthesis.SpeechModel, "has_speed", False)
    faster = voice.say(LINE, 1.15)
    assert same(faster, natural)
    assert faster.rate == 1.0


def test_safetensors_are_the_same_voice(models: Path, tmp_path: Path, letters: Coqui) -> None:
    import torch
    from safetensors.torch import save_file

    folder = tmp_path / "safe"
    folder.mkdir()
    shutil.copy(models / "letters" / "config.json", folder)
    weights = torch.load(models / "letters" / "model.pth", weights_only=True)["model"]
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "mine.safetensors")
    assert same(Coqui(mine(folder)).say(LINE, 1.0), letters.say(LINE, 1.0))


def test_xtts_takes_on_a_voice(xtts: Path, tmp_path: Path) -> None:
    recording(tmp_path / "anna.wav", 3)
    cloned = Coqui(dataclasses.replace(mine(xtts, speaker_wav="anna.wav"), folder=str(tmp_path)))
    heard, faster = cloned.say("she waits", 1.0), cloned.say("she waits", 1.25)
    assert same(cloned.say("she waits", 1.0), heard)
    assert faster.duration_ms == pytest.approx(heard.duration_ms / 1.25, rel=0.1)
    own = Coqui(mine(xtts, speaker="Ann"))
    assert not same(own.say("she waits", 1.0), heard)
    before = cloned.fingerprint
    recording(tmp_path / "anna.wav", 4)
    after = Coqui(dataclasses.replace(mine(xtts, speaker_wav="anna.wav"), folder=str(tmp_path))).fingerprint
    assert len({before, after, own.fingerprint}) == 3
    assert not cloned.takes_ipa("a")


def test_xtts_speaks_a_long_sentence_in_parts(xtts: Path) -> None:
    voice = Coqui(mine(xtts, speaker="Ann"))
    assert voice.say("she waits and " * 20, 1.0).duration_ms > voice.say("she waits and", 1.0).duration_ms * 1.5


def test_the_checkpoint_of_xtts_as_published_is_read_and_never_written(xtts: Path, tmp_path: Path) -> None:
    """Its settings are pickled as Coqui's own classes, under their former names."""
    import torch
    from TTS.config import load_config
    from TTS.tts.models.xtts import _legacy_safe_globals

    folder = copied(xtts, tmp_path / "published")
    numbers = torch.load(folder / "model.pth", weights_only=True)["model"]
    with _legacy_safe_globals():
        torch.save({"config": load_config(str(folder / "config.json")), "model": numbers}, folder / "model.pth")
    voice, content = Coqui(mine(folder, speaker="Ann")), (folder / "model.pth").read_bytes()
    assert same(voice.say("so", 1.0), Coqui(mine(xtts, speaker="Ann")).say("so", 1.0))
    assert (folder / "model.pth").read_bytes() == content
    assert Coqui(mine(folder, speaker="Ann")).fingerprint == voice.fingerprint


def test_xtts_speaks_the_profiles_language(xtts: Path) -> None:
    german = dataclasses.replace(mine(xtts, speaker="Ann"), language="de-AT")
    assert not same(Coqui(german).say("so", 1.0), Coqui(mine(xtts, speaker="Ann")).say("so", 1.0))
    with pytest.raises(InputError, match=r"the model does not speak 'sv-se': choose one of: en, de"):
        Coqui(dataclasses.replace(german, language="sv-SE"))
    assert Coqui(dataclasses.replace(mine(xtts, speaker="Ann", language="de"), language="sv-SE"))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_that_runs_code_is_refused_and_runs_nothing(models: Path, tmp_path: Path, zipped: bool) -> None:
    import torch

    folder = copied(models / "letters", tmp_path / "x")
    torch.save({"model": Harm(tmp_path / "harm")}, folder / "model.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match="it could run code: get the model from its maker") as caught:
        Coqui(mine(folder)).say("a", 1.0)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "harm").exists()
    torch.load(folder / "model.pth", weights_only=False)
    assert (tmp_path / "harm").exists()


def test_files_that_do_not_belong_together(models: Path, tmp_path: Path) -> None:
    folder = copied(models / "letters", tmp_path / "x")
    shutil.copy(models / "several" / "model.pth", folder / "model.pth")
    for content in (None, b"", b"PK\x03\x04 damaged", b"<html>"):
        if content is not None:
            (folder / "model.pth").write_bytes(content)
        with pytest.raises(InputError, match=r"voice mine: .*x") as caught:
            Coqui(mine(folder)).say("a", 1.0)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600


def test_without_coqui_the_error_has_the_command(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TTS", "torch"):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, name, None)
            with pytest.raises(MissingToolError) as caught:
                Coqui(mine(models / "letters"))
        assert caught.value.remedy == models_command()

    def version(name: str) -> str:  # the dead package TTS has the same import name
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("audiodesc.speak.coqui.files.version", version)
    with pytest.raises(MissingToolError) as caught:
        voice(profile("coqui-ljspeech"))
    assert caught.value.remedy == models_command()


def test_nothing_is_downloaded_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_HOME", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"tts_models/en/vctk/vits is not on this disk: .*--yes"):
        voice(profile("coqui-vctk-p225"))
    assert list(tmp_path.iterdir()) == []


def test_a_download_is_used_by_its_name(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_HOME", str(tmp_path))
    shutil.copytree(models / "several", tmp_path / "tts" / "tts_models--en--vctk--vits")
    speaker: Voice = voice(profile("coqui-vctk-p225"))
    assert same(speaker.say(LINE, 1.0), Coqui(mine(models / "several", speaker="p225")).say(LINE, 1.0))


def test_the_fingerprint_is_all_that_the_sound_depends_on(models: Path, tmp_path: Path) -> None:
    base = Coqui(mine(models / "several", speaker="p225")).fingerprint
    elsewhere = copied(models / "several", tmp_path / "elsewhere")
    shutil.copy(models / "several" / "config.json", elsewhere)
    renamed = dataclasses.replace(mine(elsewhere, speaker="p225", gpu=False), name="n", licence="MIT", description="d")
    assert Coqui(renamed).fingerprint == base
    shutil.copy(elsewhere / "model.pth", elsewhere / "checkpoint_1.pth")
    weights = make_vits(tmp_path / "weights", speakers=("p225", "p226", "p227"), seed=5)
    config = copied(models / "several", tmp_path / "config", training_seed=3)
    others = [
        mine(models / "several", speaker="p226"),
        mine(models / "several", speaker="p225", seed=2),
        mine(weights, speaker="p225"),
        mine(config, speaker="p225"),
    ]
    assert len({base, *(Coqui(other).fingerprint for other in others)}) == 5
    assert metadata.version("coqui-tts") in base
    assert str(tmp_path) not in base


@pytest.mark.parametrize("version", ["finish.FINISHING", "coqui.synthesis.PHONEMES", "coqui.synthesis.SYNTHESIS"])
def test_a_new_way_of_speaking_is_a_new_sound(models: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    before = Coqui(mine(models / "phonemes")).fingerprint
    monkeypatch.setattr(f"audiodesc.speak.{version}", 999)
    assert Coqui(mine(models / "phonemes")).fingerprint != before
