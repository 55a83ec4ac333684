"""The built-in voice: speed, level, sameness, and texts that want to harm."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from audiodesc.errors import InputError, MissingToolError
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.model import Take
from audiodesc.speak import all_profiles, espeak, profile, voice
from audiodesc.speak.espeak import Espeak, to_ipa, worker
from audiodesc.speak.espeak.ipa import mnemonic_table, mnemonics
from audiodesc.speak.lexicon import IPA_END, IPA_START
from audiodesc.speak.profiles import Profile, Setting

SHIPPED = [shipped for shipped in all_profiles() if shipped.engine == "espeak"]
LINE = "A woman in a red coat walks along the empty quay."
# a line of the craft in each shipped language
LINES = {
    "cs": "Poslední trajekt opouští přístav, jeho světla se třpytí na temné vodě.",
    "da": "Den sidste færge forlader havnen, dens lys skinner på det mørke vand.",
    "de": "Die letzte Fähre verlässt den Hafen, ihre Lichter spiegeln sich im dunklen Wasser.",
    "en": "The last ferry leaves the harbour, its lights shining on the dark water.",
    "es": "El último transbordador sale del puerto, sus luces brillan sobre el agua oscura.",
    "fi": "Viimeinen lautta lähtee satamasta, sen valot loistavat tummassa vedessä.",
    "fr": "Le dernier bac quitte le port, ses lumières brillent sur l'eau sombre.",
    "it": "L'ultimo traghetto lascia il porto, le sue luci brillano sull'acqua scura.",
    "nb": "Den siste fergen forlater havnen, lysene skinner på det mørke vannet.",
    "nl": "De laatste veerboot verlaat de haven, zijn lichten schijnen op het donkere water.",
    "pl": "Ostatni prom opuszcza port, jego światła odbijają się w ciemnej wodzie.",
    "pt": "A última balsa deixa o porto, as suas luzes brilham na água escura.",
    "sv": "Den sista färjan lämnar hamnen, dess ljus skiner på det mörka vattnet.",
}
# what the English profiles were calibrated on
ORDINARY = """A woman in a red coat walks along the empty quay.
The boy looks up at the grey sky.
Two men carry a heavy wooden crate down the steps of the old warehouse.
Rain runs down the window.
She folds the letter twice and slides it under the lamp.
A title appears on black: three days later.
The last ferry leaves the harbour, its lights shining on the dark water.
Anna opens the door, stops, and stares at the broken chair.
He shakes his head.
In the kitchen, an old man peels potatoes while a cat sleeps on the sill.
The train crosses the bridge and disappears behind the hills.
She smiles, takes his hand, and leads him through the crowd towards the stage.
At dawn, fishermen mend their nets beside a row of blue boats.
The lift doors close.
A long shadow falls across the snow as the horse gallops away.""".splitlines()


@pytest.fixture(scope="module")
def english() -> Espeak:
    return Espeak(profile("espeak-en-us"))


def sounds(ipa: str) -> str:
    return f"{IPA_START}{ipa}{IPA_END}"


def same(one: Take, other: Take) -> bool:
    return np.array_equal(one.samples, other.samples)


def pitch_hz(clip: Take) -> float:
    sound = clip.samples[:: 48_000 // 8_000]
    likeness = np.correlate(sound, sound, "full")[len(sound) :]  # from a lag of one sample
    return float(8_000 / (8_000 // 400 + np.argmax(likeness[8_000 // 400 - 1 : 8_000 // 60])))


def words_a_minute(speaker: Espeak, texts: list[str], rate: float) -> float:
    words = sum(len(text.split()) for text in texts)
    return 60_000 * words / sum(speaker.say(text, rate).duration_ms for text in texts)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda p: p.name)
def test_every_shipped_voice_speaks(shipped: Profile) -> None:
    line = LINES[shipped.language.partition("-")[0]]
    clip = voice(shipped).say(line, 1.0)
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert clip_loudness_lufs(clip.samples, 48_000) == pytest.approx(-23, abs=0.2)
    assert np.max(np.abs(clip.samples)) <= 10 ** (-1 / 20) + 1e-6
    # one line strays from the average of many, on which the profiles are calibrated
    assert 60_000 * len(line.split()) / clip.duration_ms == pytest.approx(shipped.rate_wpm, rel=0.25)


@pytest.mark.parametrize(
    ("name", "rate"),
    [("espeak-en-us", 1.0), ("espeak-en-us", 1.15), ("espeak-en-gb", 1.0), ("espeak-en-us-f", 0.85)],
)
def test_the_natural_rate_is_what_the_profile_says(name: str, rate: float) -> None:
    chosen = profile(name)
    assert words_a_minute(Espeak(chosen), ORDINARY, rate) == pytest.approx(chosen.rate_wpm * rate, rel=0.02)


def test_faster_is_shorter_all_the_way(english: Espeak) -> None:
    lengths = [len(english.say(LINE, rate).samples) for rate in (0.8, 1.0, 1.05, 1.15, 1.3)]
    assert lengths == sorted(set(lengths), reverse=True)


def test_the_same_text_is_the_same_sound_after_others(english: Espeak) -> None:
    german = Espeak(profile("espeak-de"))
    first = english.say(LINE, 1.0)
    english.say("Rain.", 1.15)
    german.say(LINES["de"], 0.9)
    assert same(english.say(LINE, 1.0), first)
    assert not same(english.say(LINE, 1.15), first)
    assert not same(german.say(LINE, 1.0), first)


def test_the_same_text_is_the_same_sound_in_the_next_second() -> None:
    # the breath of this voice is noise, which the library seeds by the clock
    breathy = Espeak(profile("espeak-en-gb-f"))
    first = breathy.say(LINE, 1.0)
    time.sleep(1.05)
    assert same(breathy.say(LINE, 1.0), first)


def test_many_threads_with_two_voices(english: Espeak) -> None:
    german = Espeak(profile("espeak-de"))
    work = [(english, f"Floor {n}: the lift doors close.", 1.0) for n in range(6)]
    work += [(german, f"Der Zug fährt ab, Gleis {n}.", 1.1) for n in range(6)]
    alone = [speaker.say(text, rate) for speaker, text, rate in work]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda job: job[0].say(job[1], job[2]), work))
    assert all(map(same, alone, together))


@pytest.mark.parametrize(
    ("markup", "spoken"),
    [
        ('<break time="20s"/>She waits.', "She waits."),
        ("<speak>She waits.</speak>", "She waits."),
        ("[[h@l'oU]] she waits.", "hello, she waits."),
        ("She waits &amp; sleeps.", "She waits & sleeps."),
    ],
)
def test_markup_is_text(english: Espeak, markup: str, spoken: str) -> None:
    heard = english.say(markup, 1.0)
    assert english.say(spoken, 1.0).duration_ms < heard.duration_ms < 6000  # its letters are spoken too


@pytest.mark.parametrize("command", ["\x0150S", "\x01+90P", "\x05V", "[\x02_:_:_:]]", "\ue000\uf8ff", "\x00\x1b[2J"])
def test_commands_to_the_library_are_not_obeyed(english: Espeak, command: str) -> None:
    letters = "".join(c if c.isprintable() else " " for c in command)
    assert same(english.say(f"She waits {command} here.", 1.0), english.say(f"She waits {letters} here.", 1.0))


def test_nothing_is_lost_after_a_nul(english: Espeak) -> None:
    assert same(english.say("She waits\0and sleeps.", 1.0), english.say("She waits and sleeps.", 1.0))


def test_one_text_in_two_encodings(english: Espeak) -> None:
    assert same(english.say("cafe\u0301", 1.0), english.say("café", 1.0))
    assert same(english.say("a\u202eb\ufeffc\u00adafé \ud800", 1.0), english.say("abcafé", 1.0))


@pytest.mark.parametrize("text", ["🎬🧜🏽‍♀️", "שלום עולם", "مرحبا بالعالم", "東京", "\u200fabc\u202e", "0" * 300])
def test_any_script_gives_sound(english: Espeak, text: str) -> None:
    assert english.say(text, 1.0).duration_ms > 300


def test_a_very_long_text_is_spoken_whole(english: Espeak) -> None:
    sentence = "She waits for the last ferry and counts the boats. "
    text = (sentence * 250)[:10_000]
    clip = english.say(text, 2.0)
    assert clip.duration_ms == pytest.approx(200 * english.say(sentence, 2.0).duration_ms, rel=0.25)


@pytest.mark.parametrize("text", ["", " \n", "…", "...", ".", "—", "\x00\x01", "\u202e"])
def test_a_text_without_sound(english: Espeak, text: str) -> None:
    with pytest.raises(ValueError, match="nothing can be heard"):
        english.say(text, 1.0)


def test_symbols_in_a_row_are_set_apart() -> None:
    # together they crash the German voice in most runs
    assert Espeak(profile("espeak-de")).say("🚼🛜🖢📚", 1.0).duration_ms > 500


def test_a_text_that_crashes_the_library_costs_only_itself(
    english: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(worker, "__file__", str(crash))
    with pytest.raises(ValueError, match="crashes"):
        english.say(LINE, 1.0)


def test_a_text_without_end_is_given_up(english: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "_TIMEOUT_S", 0)
    with pytest.raises(ValueError, match="end"):
        english.say(LINE, 1.0)


def test_sound_without_end_is_stopped_and_never_cut(english: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "_LONGEST_S", 3)
    assert english.say("One boat.", 1.0).duration_ms < 3000
    with pytest.raises(ValueError, match="it takes more than 3 s"):
        english.say("A boat and " * 20, 1.0)


def test_the_fingerprint_is_all_that_the_sound_depends_on(english: Espeak) -> None:
    base = profile("espeak-en-us")
    assert Espeak(dataclasses.replace(base, name="n", licence="MIT", description="")).fingerprint == (
        english.fingerprint
    )
    others = [
        dataclasses.replace(base, voice="gmw/en"),
        dataclasses.replace(base, rate_wpm=171),
        dataclasses.replace(base, settings=(*base.settings, ("pitch", 51))),
    ]
    assert len({english.fingerprint, *(Espeak(other).fingerprint for other in others)}) == 4
    assert "1.52" in english.fingerprint


def test_settings_change_the_sound(english: Espeak) -> None:
    base = profile("espeak-en-us")
    for setting in (("pitch", 80), ("range", 10), ("word_gap", 10)):
        other = Espeak(dataclasses.replace(base, settings=(*base.settings, setting)))
        assert not same(other.say(LINE, 1.0), english.say(LINE, 1.0))


def test_pitch_is_the_height_of_the_voice() -> None:
    base = profile("espeak-en-us")
    heights = []
    for pitch in (30, 50, 70):
        speaker = Espeak(dataclasses.replace(base, settings=(*base.settings, ("pitch", pitch), ("range", 0))))
        heights.append(pitch_hz(speaker.say("Aah.", 1.0)))
    assert heights[0] * 1.15 < heights[1] < heights[2] / 1.15


def test_a_new_way_of_finishing_is_a_new_sound(english: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    before = english.fingerprint
    monkeypatch.setattr("audiodesc.speak.finish.FINISHING", 999)
    assert english.fingerprint != before


@pytest.mark.parametrize("wrong", ["nobody", "gmw", "gmw/xx", "gmw/en+nobody", "gmw/en+", "../lang/gmw/en", "", "+f2"])
def test_a_voice_that_does_not_exist(wrong: str) -> None:
    with pytest.raises(InputError, match=r"has no voice.*gmw/en-US"):
        Espeak(dataclasses.replace(profile("espeak-en-us"), voice=wrong))


@pytest.mark.parametrize("wrong", [("ptich", 40), ("pitch", 400), ("pitch", "high"), ("pitch", True)])
def test_a_setting_that_does_not_exist(wrong: tuple[str, Setting]) -> None:
    with pytest.raises(InputError, match=str(wrong[0])):
        Espeak(dataclasses.replace(profile("espeak-en-us"), settings=(wrong,)))


def test_an_engine_that_does_not_exist() -> None:
    with pytest.raises(InputError, match=r"'hal'.*espeak"):
        voice(dataclasses.replace(profile("espeak-en-us"), engine="hal"))


@pytest.mark.parametrize("broken", ["library", "data"])
def test_a_broken_installation_says_how_to_mend_it(
    english: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str
) -> None:
    place, data = espeakng_loader.get_library_path(), Path(espeakng_loader.get_data_path())
    gone = str(tmp_path / "gone.so") if broken == "library" else place
    nowhere = tmp_path / "espeak-ng-data" if broken == "data" else data
    monkeypatch.setattr(espeak, "_places", lambda: (gone, nowhere))
    with pytest.raises(MissingToolError, match="pip install"):
        english.say(LINE, 1.0)


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    espeak._places.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(MissingToolError, match="pip install"):
        Espeak(profile("espeak-en-us"))


def test_a_deep_folder(english: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # the library cuts the path of its data off at 160 bytes
    deep = tmp_path / ("d" * 200)
    deep.mkdir()
    (deep / "espeak-ng-data").symlink_to(espeakng_loader.get_data_path())
    expected = english.say(LINE, 1.0)
    place = espeakng_loader.get_library_path()
    monkeypatch.setattr(espeak, "_places", lambda: (place, deep / "espeak-ng-data"))
    assert same(english.say(LINE, 1.0), expected)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda p: p.name)
def test_ipa_is_spoken_as_it_is_written(shipped: Profile) -> None:
    words = LINES[shipped.language.partition("-")[0]].rstrip(".").replace(",", "").split()
    # the voice's own IPA for them; it moves the Danish catch in the voice, and marks French liaisons with a hyphen
    written = [ipa for ipa in to_ipa(shipped.voice, words) if not set("ʔ-\u032f") & set(ipa)]
    sounds = mnemonic_table(lambda texts: to_ipa(shipped.voice, texts, mnemonics=True))
    spoken = to_ipa(shipped.voice, [mnemonics(ipa, sounds) for ipa in written], mnemonics=True)
    assert spoken == written
    assert len(written) >= 5
    assert all(map(Espeak(shipped).takes_ipa, written))


def test_ipa_sounds_like_the_word(english: Espeak) -> None:
    told, spelled = english.say(f"A {sounds('fˈɛɹi')} waits.", 1.0), english.say("A ferry waits.", 1.0)
    assert told.duration_ms == pytest.approx(spelled.duration_ms, rel=0.1)


def test_each_sound_of_ipa_is_heard(english: Espeak) -> None:
    lengths = [english.say(sounds("ˈma" + "nama" * n), 1.0).duration_ms for n in range(4)]
    assert lengths == sorted(set(lengths))


def test_a_stress_may_stand_before_the_syllable(english: Espeak) -> None:
    assert same(english.say(sounds("ʃɪˈvɔːn"), 1.0), english.say(sounds("ʃɪvˈɔːn"), 1.0))
    assert not same(english.say(sounds("ʃɪˈvɔːn"), 1.0), english.say(sounds("ˈʃɪvɔːn"), 1.0))


def test_a_sound_that_a_voice_has_not_is_a_near_one() -> None:
    british, spanish = Espeak(profile("espeak-en-gb")), Espeak(profile("espeak-es"))
    assert same(british.say(sounds("tˈæp"), 1.0), british.say(sounds("tˈap"), 1.0))
    assert same(spanish.say(sounds("tˈɪp"), 1.0), spanish.say(sounds("tˈip"), 1.0))
    assert same(spanish.say(sounds("tˈɑ̃"), 1.0), spanish.say(sounds("tˈɑn"), 1.0))


@pytest.mark.parametrize("wrong", ["ʘa", "tˈa7", "tˈa!", "ǂ", "語"])
def test_a_sign_that_no_sound_is_near(english: Espeak, wrong: str) -> None:
    assert not english.takes_ipa(wrong)
    with pytest.raises(ValueError, match="no sound"):
        english.say(f"She waits {sounds(wrong)} here.", 1.0)


def test_only_what_is_marked_is_ipa(english: Espeak) -> None:
    told = english.say(f"[[h@l'oU]] she waits, {sounds('ˈæn')}.", 1.0)
    spelled = english.say("[[h@l'oU]] she waits, Ann.", 1.0)
    assert told.duration_ms == pytest.approx(spelled.duration_ms, rel=0.05)  # its letters are spoken


def test_an_unclosed_mark_is_no_ipa(english: Espeak) -> None:
    assert same(english.say(f"She waits {IPA_START} here.", 1.0), english.say("She waits here.", 1.0))


def test_texts_are_pronounced_line_by_line() -> None:
    assert to_ipa("en-us", ["the boat", "", "rain\nfalls"]) == ["ðə bˈoʊt", "", "ɹˈeɪn fˈɔːlz"]


def test_the_worker_needs_only_the_standard_library() -> None:
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import worker; print('numpy' in sys.modules)"
    folder = Path(espeak.__file__).parent
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, folder], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
