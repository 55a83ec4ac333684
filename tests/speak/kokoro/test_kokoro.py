"""Kokoro's voices, with a tiny model of the same form; and the real one, where AUDIODESC_MODELS names its folder."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hanging import LONG_S
from speak.tiny_kokoro import FLOAT, INT64, MODEL, TOKEN_S, make_kokoro

from audiodesc.errors import InputError, MissingToolError
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.planning.fit import FAR_MS
from audiodesc.speak import EstimatingVoice, auto_profile, engine, kokoro, profile, voice
from audiodesc.speak.finish import LOUDNESS_LUFS, RATE_HZ
from audiodesc.speak.kokoro import KOKORO, Kokoro, sessions
from audiodesc.speak.kokoro.phonemes import phonemes, tokens
from audiodesc.speak.lexicon import IPA_END, IPA_START, Entry, Lexicon
from audiodesc.speak.profiles import Profile, shipped_profiles

pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The tiny model rounds nothing: it speaks at the speed that it is given."""
    if "real" not in request.fixturenames:
        monkeypatch.setattr(kokoro, "_input", lambda speed: speed)


SHIPPED = [one for one in shipped_profiles() if one.engine == "kokoro"]


def mine(folder: Path, name: str = "af_heart") -> Profile:
    settings = (("folder", str(folder)), ("speed", 1.0))
    return Profile("mine", "kokoro", name, "en-US", "Apache-2.0", settings=settings)


def seconds(text: str, language: str = "a") -> float:
    """How long the tiny model speaks."""
    return (len(tokens(phonemes(text, language))) + 2) * TOKEN_S


def test_a_line_is_spoken_at_the_common_level(kokoro: Path) -> None:
    text = "A woman crosses the street."
    take = Kokoro(mine(kokoro)).say(text, 1.0)
    assert take.rate == 1.0
    assert take.samples.dtype == np.float32
    assert len(take.samples) / RATE_HZ == pytest.approx(seconds(text), abs=0.03)
    assert clip_loudness_lufs(take.samples, RATE_HZ) == pytest.approx(LOUDNESS_LUFS, abs=0.5)


def test_the_speed_is_the_models_own(kokoro: Path) -> None:
    speaker = Kokoro(mine(kokoro))
    natural, faster = (speaker.say("A woman crosses the street.", rate) for rate in (1.0, 1.15))
    assert faster.rate == 1.15
    assert natural.duration_ms / faster.duration_ms == pytest.approx(1.15, abs=0.02)


def test_the_speed_of_a_profile_is_that_of_its_natural_rate(kokoro: Path) -> None:
    text, slow = "A woman crosses the street.", mine(kokoro).with_settings({"speed": 0.8})
    assert Kokoro(slow).say(text, 1.0).duration_ms / 1000 == pytest.approx(seconds(text) / 0.8, abs=0.03)
    assert Kokoro(slow).fingerprint != Kokoro(mine(kokoro)).fingerprint
    with pytest.raises(InputError, match=r"setting speed is 3\.0: give 0.5–2.0"):
        Kokoro(slow.with_settings({"speed": 3.0}))


def test_the_same_text_is_the_same_sound_and_another_voice_another(kokoro: Path) -> None:
    one, other = Kokoro(mine(kokoro)), Kokoro(mine(kokoro, "bm_george"))
    assert np.array_equal(one.say("He waits.", 1.0).samples, one.say("He waits.", 1.0).samples)
    assert not np.array_equal(one.say("He waits.", 1.0).samples, other.say("He waits.", 1.0).samples)
    assert one.fingerprint == Kokoro(mine(kokoro)).fingerprint != other.fingerprint


def test_the_place_of_the_files_is_no_part_of_the_voice(kokoro: Path, tmp_path: Path) -> None:
    loose = make_kokoro(tmp_path / "loose", loose=True)
    assert Kokoro(mine(loose)).fingerprint == Kokoro(mine(kokoro)).fingerprint


@pytest.mark.parametrize("version", ["kokoro.PHONEMES", "kokoro.SYNTHESIS", "finish.FINISHING"])
def test_another_way_to_speak_is_another_voice(version: str, kokoro: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Kokoro(mine(kokoro)).fingerprint
    monkeypatch.setattr(f"audiodesc.speak.{version}", 99)
    assert Kokoro(mine(kokoro)).fingerprint != before


def test_long_texts_are_spoken_in_parts_with_pauses(kokoro: Path) -> None:
    text = " ".join(["A woman in a red coat slowly crosses the empty street."] * 12)
    take = Kokoro(mine(kokoro)).say(text, 1.0)
    assert take.duration_ms / 1000 == pytest.approx(seconds(text), rel=0.1)
    assert take.duration_ms / 1000 > 27


@pytest.mark.parametrize("text", ["", "...", "— !"])
def test_nothing_to_say(text: str, kokoro: Path) -> None:
    with pytest.raises(ValueError, match="nothing can be heard"):
        Kokoro(mine(kokoro)).say(text, 1.0)


def test_names_in_ipa(kokoro: Path) -> None:
    speaker = Kokoro(mine(kokoro))
    Lexicon((Entry("Siobhan", ipa="ʃɪˈvɔːn"),), "names.toml").check(speaker.takes_ipa)
    plain = speaker.say("Siobhan waits.", 1.0)
    spoken = speaker.say(f"{IPA_START}ʃɪˈvɔːnə{IPA_END} waits.", 1.0)
    assert spoken.duration_ms == pytest.approx(plain.duration_ms + 1000 * TOKEN_S, abs=10)
    with pytest.raises(InputError, match="the voice cannot speak 'ɓ'"):
        Lexicon((Entry("Ann", ipa="ˈɓa"),), "names.toml").check(speaker.takes_ipa)


@pytest.mark.parametrize("rate", [0.9, 1.0, 1.1])
def test_how_long_a_line_will_be_is_known_before_it_is_spoken(rate: float, kokoro: Path) -> None:
    text = "A woman crosses the street."
    assert Kokoro(mine(kokoro)).estimate_ms(text, rate) == pytest.approx(seconds(text) * 1000 / rate, abs=13)


@pytest.mark.parametrize("text", ["?!", "He waits. " * 60])
def test_of_nothing_and_of_what_is_spoken_in_parts_no_length_is_estimated(text: str, kokoro: Path) -> None:
    assert Kokoro(mine(kokoro)).estimate_ms(text, 1.0) is None


def test_a_model_that_does_not_say_how_loud_it_will_be_speaks_all_the_same(
    kokoro: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ENERGY", "/encoder/elsewhere")
    monkeypatch.setattr(sessions, "_of_files", {})
    speaker = Kokoro(mine(kokoro))
    assert speaker.estimate_ms("He waits.", 1.0) is None
    assert speaker.say("He waits.", 1.0).duration_ms > 0


class Opened:
    """Sessions in place of the model's; each call waits in it until as many others are there as `together` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, together: int = 1) -> None:
        self.barrier = threading.Barrier(together, timeout=LONG_S)
        self.used: list[int] = []
        self.count, self.most = 0, 9
        real = sessions._opened(folder / MODEL, 1)
        everything = self

        class Session:
            def __init__(self, number: int) -> None:
                self.number = number

            def run(self, *given: Any) -> Any:
                everything.used.append(self.number)
                everything.barrier.wait()
                return real.run(*given)

        def opened(*_: Any) -> Session:
            if everything.count == everything.most:
                raise InputError("no memory", "close something")
            everything.count += 1
            return Session(everything.count)

        monkeypatch.setattr(sessions, "_of_files", {})
        monkeypatch.setattr(sessions, "_opened", opened)
        monkeypatch.setattr(sessions, "MOST", 2)

    def speak(self, folder: Path, texts: int) -> int:
        """How many of the texts were spoken, each on a thread of its own."""
        speaker = Kokoro(mine(folder))
        takes: list[int] = []
        threads = [
            threading.Thread(target=lambda: takes.append(speaker.say("He waits.", 1.0).duration_ms))
            for _ in range(texts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(takes)


def test_two_lines_are_spoken_at_once(kokoro: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(monkeypatch, kokoro, together=2)
    assert opened.speak(kokoro, 2) == 2


@pytest.mark.parametrize(("most", "used"), [(9, [1, 1, 2, 2]), (1, [1, 1, 1, 1])])
def test_where_there_is_much_to_speak_each_core_has_a_session_unless_the_memory_is_full(
    most: int, used: list[int], kokoro: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened(monkeypatch, kokoro)
    opened.most = most
    speaker = Kokoro(mine(kokoro))
    for _ in range(sessions.WORTH):
        speaker.say("He waits.", 1.0)
    assert set(opened.used) == {1}
    opened.used.clear()
    opened.barrier = threading.Barrier(4, timeout=LONG_S)
    assert opened.speak(kokoro, 4) == 4
    assert sorted(opened.used) == used


def test_a_line_alone_is_spoken_with_all_cores_and_one_beside_it_with_one(
    kokoro: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, threads = sessions._opened, []

    def noted(path: Path, count: int) -> Any:
        threads.append(count)
        return real(path, count)

    monkeypatch.setattr(sessions, "_opened", noted)
    monkeypatch.setattr(sessions, "MOST", 3)
    ours = sessions.Sessions(kokoro / MODEL)
    ours._open_another()
    assert threads == [3, 1]


def test_a_model_is_opened_once_for_all_voices_and_anew_where_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_kokoro(tmp_path)
    opened: list[Path] = []
    real = sessions._opened

    def noted(path: Path, threads: int) -> Any:
        opened.append(path)
        return real(path, threads)

    monkeypatch.setattr(sessions, "_opened", noted)
    for name in ("af_heart", "bm_george", "af_heart"):
        Kokoro(replace(mine(tmp_path, name), name=name)).say("He waits.", 1.0)
    assert opened == [tmp_path / MODEL]
    os.utime(tmp_path / MODEL, ns=(0, 0))
    Kokoro(mine(tmp_path)).say("He waits.", 1.0)
    assert len(opened) == 2


@pytest.mark.parametrize("name", ["af_nobody", "../../etc/passwd", "af_", "", "zf_xiaoni"])
def test_a_voice_that_cannot_be_spoken(name: str, kokoro: Path) -> None:
    with pytest.raises(InputError, match=r"voice mine: (Kokoro has no voice|no voice '.*' of Kokoro)"):
        Kokoro(mine(kokoro, name))


@pytest.mark.parametrize("loose", [False, True])
def test_a_missing_voice_names_those_that_are_near(loose: bool, tmp_path: Path) -> None:
    make_kokoro(tmp_path / "kokoro", loose=loose)
    with pytest.raises(InputError, match="Kokoro has no voice 'af_hearth': choose another, such as af_heart"):
        Kokoro(mine(tmp_path / "kokoro", "af_hearth"))


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    make_kokoro(tmp_path)
    (tmp_path / MODEL).write_bytes(b"not a model")
    with pytest.raises(InputError, match=r"is not a Kokoro model, or it is damaged .*: get the file again"):
        Kokoro(mine(tmp_path)).say("He waits.", 1.0)


def test_a_model_of_something_else(tmp_path: Path) -> None:
    make_kokoro(tmp_path, inputs={"input_ids": INT64, "style": FLOAT, "speed": FLOAT})
    with pytest.raises(InputError, match=r"is not a Kokoro model \(it takes input_ids, speed, style\)"):
        Kokoro(mine(tmp_path)).say("He waits.", 1.0)


def test_a_text_that_breaks_the_model_costs_itself(kokoro: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def sound(self, _: Any) -> Any:
            raise RuntimeError("Non-zero status code\nwith more")

    monkeypatch.setattr("audiodesc.speak.kokoro.sessions_of", lambda *_: Broken())
    with pytest.raises(ValueError, match=r"the model cannot speak this text \(Non-zero status code\)$"):
        Kokoro(mine(kokoro)).say("He waits.", 1.0)


def test_auto_takes_it_before_espeak_where_it_is_there(kokoro: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert auto_profile("en-GB")[0].name == "espeak-en-gb"
    monkeypatch.setattr("audiodesc.speak.kokoro.files.model_file", lambda _: kokoro / MODEL)
    assert auto_profile("fr") == (profile("kokoro-fr"), "its model is on this disk")
    assert auto_profile("de")[0].name == "espeak-de"


def test_a_model_that_is_not_here() -> None:
    with pytest.raises(MissingToolError, match=r"kokoro-fr: its model is not on this disk \(121 MB, Apache-2.0"):
        voice(profile("kokoro-fr"))
    assert not KOKORO.on_disk(profile("kokoro-fr"))
    assert KOKORO.availability().runs
    assert "121 MB" in KOKORO.needs


def test_the_voices_that_are_shipped() -> None:
    by_language: dict[str, set[str]] = {}
    for one in SHIPPED:
        assert engine(one) is KOKORO
        assert one.licence == "Apache-2.0"
        by_language.setdefault(one.language, set()).add(one.voice)
    assert {tag: sorted({name[1] for name in names}) for tag, names in by_language.items()} == {
        "en-US": ["f", "m"], "en-GB": ["f", "m"], "es": ["f", "m"], "fr": ["f"], "it": ["f", "m"], "pt-BR": ["f", "m"]
    }  # fmt: skip
    assert all(len(by_language[tag]) >= 4 for tag in ("en-US", "en-GB"))


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder `kokoro` in the one that AUDIODESC_MODELS names: kokoro-v1.0.int8.onnx, with voices-v1.0.bin or the
    single voices as voices/NAME.bin (float32, shape (510, 1, 256))."""
    folder = Path(os.environ.get("AUDIODESC_MODELS", "/nowhere")) / "kokoro"
    if not (folder / MODEL).is_file():
        pytest.skip("AUDIODESC_MODELS names no folder with a folder kokoro")
    return folder


def test_the_models_input_makes_up_for_its_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert kokoro._input(1.0) == 1.0
    assert kokoro._input(0.713) == pytest.approx(0.75)
    assert kokoro._input(0.5) == pytest.approx(0.5 * 0.7 / 0.679)
    assert kokoro._input(2.0) == pytest.approx(2 * 1.15 / 1.121)
    grows = [kokoro._input(speed / 100) for speed in range(50, 200)]
    assert grows == sorted(set(grows))


@pytest.mark.models
@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.name)
def test_the_real_model_speaks_at_its_natural_rate(shipped: Profile, real: Path) -> None:
    texts = {
        "en": "A woman in a red coat crosses the empty street.",
        "fr": "Une femme en manteau rouge traverse la rue déserte.",
        "es": "Una mujer con abrigo rojo cruza la calle vacía.",
        "it": "Una donna con il cappotto rosso attraversa la strada.",
        "pt": "Uma mulher de casaco vermelho atravessa a rua vazia.",
    }
    text = texts[shipped.language[:2]]
    speaker = voice(shipped, {"folder": str(real)})
    natural, faster = speaker.say(text, 1.0), speaker.say(text, 1.15)
    assert np.array_equal(natural.samples, speaker.say(text, 1.0).samples)
    assert natural.duration_ms / faster.duration_ms == pytest.approx(1.15, abs=0.08)  # of one line
    assert isinstance(speaker, EstimatingVoice)
    for take, rate in ((natural, 1.0), (faster, 1.15)):
        assert speaker.estimate_ms(text, rate) == pytest.approx(take.duration_ms, abs=FAR_MS)
    assert len(text.split()) * 60_000 / natural.duration_ms == pytest.approx(shipped.rate_wpm, rel=0.3)
    assert clip_loudness_lufs(natural.samples, RATE_HZ) == pytest.approx(LOUDNESS_LUFS, abs=0.5)
