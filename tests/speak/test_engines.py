"""Voice engines: the table's own, those of installed packages with their voices, and the options of each."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audiodesc import speak
from audiodesc.core import plugins
from audiodesc.errors import InputError, UsageError
from audiodesc.speak import (
    ENGINES,
    FALLBACK,
    VoiceEngine,
    all_engines,
    all_profiles,
    auto_profile,
    engine,
    profile,
    voice,
)
from audiodesc.speak.coqui.files import CoquiOptions
from audiodesc.speak.profiles import checked_settings

ACME = """
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from audiodesc.core.plugins import AVAILABLE
from audiodesc.model import Take
from audiodesc.speak.finish import finish_clip
from audiodesc.speak.profiles import Profile, checked_settings


@dataclass(frozen=True)
class Options:
    pitch_hz: Annotated[float, Ge(50), Le(500)] = 200


class Beep:
    def __init__(self, profile):
        self.hz = checked_settings(profile, Options).pitch_hz

    @property
    def fingerprint(self):
        return f"beep 1 {self.hz}"

    def takes_ipa(self, ipa):
        return False

    def say(self, text, rate):
        times = np.arange(round(16_000 * len(text) / 20 / rate)) / 16_000
        return Take(finish_clip(np.sin(2 * np.pi * self.hz * times).astype(np.float32), 16_000), rate)


class entry:
    name, summary, needs, options, auto_rank, install = "beep", "beeps", "nothing", Options, RANK, "pip install beep"

    def availability(self):
        return AVAILABLE

    def profiles(self):
        return [Profile("acme", "beep", "", "sv", "MIT"), Profile("espeak-de", "beep", "", "de", "MIT")]

    def on_disk(self, profile):
        return True

    def fetch(self, profile, downloads, progress):
        pass

    def create(self, profile):
        return Beep(profile)
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages."""
    monkeypatch.syspath_prepend(str(tmp_path))
    caches = plugins._plugins.cache_clear, speak._own_profiles.cache_clear
    for clear in caches:
        clear()
    yield tmp_path
    for clear in caches:
        clear()


def install(site: Path, code: str) -> None:
    (site / "beep_plugin.py").write_text(code)
    info = site / "beep_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: beep_plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[audiodesc.voices]\nbeep = beep_plugin:entry\n")
    sys.modules.pop("beep_plugin", None)


def test_every_row_says_all_that_is_asked() -> None:
    for name, row in ENGINES.items():
        assert isinstance(row, VoiceEngine)
        assert row.name == name
        assert row.summary
        assert row.needs
        assert row.install
    assert FALLBACK.needs == "nothing"
    assert FALLBACK.availability().runs


def test_an_installed_package_brings_an_engine_with_its_voices(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(site, ACME.replace("RANK", "-1"))
    with caplog.at_level(logging.WARNING, "audiodesc"):
        assert list(all_engines()) == [*ENGINES, "beep"]
        assert "acme" in {one.name for one in all_profiles()}
        assert profile("espeak-de").engine == "espeak"
    assert set(caplog.messages) == {"the voice 'espeak-de' of beep is ignored: there is one of that name already"}
    speaker = voice(profile("acme"))
    assert speaker.say("a line", 1.0).duration_ms == pytest.approx(300, abs=20)
    assert auto_profile("sv")[0].engine == FALLBACK.name  # it has to be asked for


def test_the_best_rank_speaks_by_itself(site: Path) -> None:
    install(site, ACME.replace("RANK", "5"))
    assert auto_profile("sv-SE") == (profile("acme"), "its model is on this disk")
    assert auto_profile("de")[0].name == "espeak-de"


def test_an_engine_that_lacks_a_member_costs_one_line(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(site, ACME.replace("RANK", "5").replace("def create", "def make"))
    with caplog.at_level(logging.WARNING, "audiodesc"):
        assert all_engines() == ENGINES
        assert all_engines() == ENGINES
    assert caplog.messages == ["the plug-in 'beep' of package beep_plugin has no create: it is ignored"]


def test_voices_that_cannot_be_listed_cost_one_line(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(
        site, ACME.replace("RANK", "5").replace("return [Profile", "raise OSError('gone')\n        return [Profile")
    )
    with caplog.at_level(logging.WARNING, "audiodesc"):
        assert "acme" not in {one.name for one in (*all_profiles(), *all_profiles())}
    assert caplog.messages == ["the voices of beep cannot be listed (gone): they are ignored"]


def test_options_of_the_run_are_laid_over_the_profile(site: Path) -> None:
    install(site, ACME.replace("RANK", "5"))
    acme = profile("acme")
    assert voice(acme, {"pitch_hz": "300"}).fingerprint == "beep 1 300.0"
    assert voice(acme).fingerprint == "beep 1 200"
    english = profile("espeak-en-us")
    higher = voice(english, {"pitch": "80"})
    same = voice(dataclasses.replace(english, settings=(*english.settings, ("pitch", 80))))
    assert higher.fingerprint == same.fingerprint != voice(english).fingerprint
    assert np.array_equal(higher.say("Yes.", 1.0).samples, same.say("Yes.", 1.0).samples)


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        ({"ptich": "80"}, "espeak has no option 'ptich': did you mean pitch?"),
        ({"pitch": "800"}, "espeak.pitch is '800': input should be less than or equal to 99"),
        ({"pitch": "high"}, "espeak.pitch is 'high'"),
    ],
)
def test_a_wrong_option_is_named(own: dict[str, str], fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        voice(profile("espeak-en-us"), own)
    assert fault in str(caught.value)


def test_a_path_of_the_run_is_one_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    xtts = profile("coqui-xtts")
    given = xtts.with_settings({"speaker_wav": Path("anna.wav")})
    assert checked_settings(given, CoquiOptions).speaker_wav == tmp_path / "anna.wav"
    written = dataclasses.replace(xtts, settings=(("speaker_wav", "anna.wav"),), folder="/voices")
    assert checked_settings(written, CoquiOptions).speaker_wav == Path("/voices/anna.wav")
    for wrong in (("speaker_wav", ""), ("speaker_wav", 7)):
        with pytest.raises(InputError, match="give the path of a file"):
            checked_settings(dataclasses.replace(xtts, settings=(wrong,)), CoquiOptions)


def test_an_engine_that_is_not_known_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"there is no engine 'hal': choose one of: coqui, espeak, kokoro"):
        engine(dataclasses.replace(profile("espeak-de"), engine="hal"))


def test_asking_the_rows_loads_nothing_heavy() -> None:
    code = (
        "import sys; from audiodesc.speak import all_engines, all_profiles\n"
        "for one in all_engines().values(): one.availability(); one.install\n"
        "for one in all_profiles(): all_engines()[one.engine].on_disk(one)\n"
        "print(sorted({'av', 'torch', 'TTS', 'soxr', 'pydub', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
