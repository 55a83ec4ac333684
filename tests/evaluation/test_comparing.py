"""One film by several describers: each in its own project, nothing asked twice, the better one ranked first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import Answering
from evaluation.judges import Judge
from stories import make_story, write_script

from audiodesc import render
from audiodesc.core.cache import Store
from audiodesc.describers import DESCRIBERS
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, LineRequest
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.evaluation.comparing import (
    compared,
    described_by,
    folder_name,
    judged_comparison,
    keep,
    kept,
    model_settings,
)
from audiodesc.evaluation.comparing_output import to_json
from audiodesc.evaluation.model import Options
from audiodesc.model import VideoClip
from audiodesc.settings import DescriberSettings, DialogueSettings, PlanSettings, Settings, VoiceSettings

QUICK = Settings(
    dialogue=DialogueSettings(hear=False),
    plan=PlanSettings(shortest_ms=500),
    voice=VoiceSettings(name="espeak-en-gb"),
)
HUMAN = [
    ("00:00.500", "00:03.000", "A ferry waits at the pier."),
    ("00:07.400", "00:09.000", "Night falls on the bay."),
    ("00:13.300", "00:15.000", "She walks away alone."),
]
GOOD = ["A ferry waits at the pier.", "Night falls on the bay.", "She walks away."]
BAD = ["A dog barks.", "Two men eat.", "Rain comes down."]
DRAWN = Options(resamples=50)


class Writing(Answering):
    """Writes one line after the other; `dies` is how many lines it writes before it fails for good."""

    def __init__(self, name: str, lines: list[str], dies: int | None = None) -> None:
        super().__init__(*[[line] for line in lines], facts="1. WHO: a woman 2. DOES: " + ", ".join(lines))
        self.name, self.dies = name, dies
        self.asks = 0

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        return f"writing/1 {self.name}"

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"the {self.name} one"

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[Any]:
        for one in super().observe(clips):
            self.asks += 1
            yield one

    def write_lines(self, request: LineRequest) -> Any:
        if self.dies is not None and len(self.prompts) >= self.dies:
            raise AudiodescError("the model is gone", "start it again")
        self.asks += 1
        return super().write_lines(request) if self.answers != [[""]] else ()


class Entry(DescriberBackend):
    """A describer of a table that writes what a test gave it."""

    name = summary = needs = "scripted"
    install = ""
    options = None

    def __init__(self, made: Describer) -> None:
        self.made = made

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        return self.made


Add = Callable[..., Writing]


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Add:
    def add(name: str, lines: list[str], dies: int | None = None) -> Writing:
        made = Writing(name, lines, dies)
        monkeypatch.setitem(DESCRIBERS, name, Entry(made))
        return made

    return add


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_story(tmp_path)


@pytest.fixture
def human(tmp_path: Path) -> Path:
    return write_script(tmp_path / "human.vtt", HUMAN)


def described(film: Path, folder: Path, *names: str) -> tuple[tuple[str, str], ...]:
    return described_by(film, names, QUICK, folder, film.with_name("story.srt"))


def test_the_better_one_is_ranked_first_by_every_measure(film: Path, human: Path, tmp_path: Path, add: Add) -> None:
    add("good", GOOD), add("bad", BAD)
    folder = tmp_path / "compare"
    found = compared(film, described(film, folder, "bad", "good"), folder, human, DRAWN)
    bad, good = found.models
    assert (good.name, good.label, good.folder) == ("good", "the good one", "good.ad")
    assert good.evaluation is not None
    assert bad.evaluation is not None
    scores = [{one.measure: one.values for one in model.evaluation.scores} for model in (bad, good) if model.evaluation]
    measured = [name for name, values in scores[1].items() if values]
    assert {"bleu4", "rouge_l", "cider"} <= set(measured)
    for name in measured:
        assert scores[0][name]["ours"].value < scores[1][name]["ours"].value, name  # type: ignore[index]
    judged = judged_comparison(found, Judge(), Store(tmp_path / "kept"), 50)
    (one,) = judged.preferred
    assert (one.first, one.second) == ("bad", "good")
    assert one.tally.second == 3 - one.tally.equal
    assert one.tally.first == 0
    assert judged.models[1].evaluation is not None
    assert judged.models[1].evaluation.scores[-1].measure == "judge"
    assert judged.judge is not None
    assert "judge.prefer" in judged.judge.prompts


def test_moments_have_the_line_of_each(film: Path, tmp_path: Path, add: Add) -> None:
    add("good", GOOD), add("silent", [""])
    folder = tmp_path / "compare"
    found = compared(film, described(film, folder, "good", "silent"), folder)
    assert found.moments
    assert all(one.texts[0] in GOOD and one.texts[1] == "" for one in found.moments)
    assert [one.span.start_ms for one in found.moments] == sorted(one.span.start_ms for one in found.moments)
    assert (found.models[1].lines, found.models[1].evaluation) == (0, None)
    assert "silent wrote no line" in found.notes[0]
    keep(found, folder)
    assert kept(folder) == found
    with pytest.raises(UsageError, match="needs a human script"):
        judged_comparison(found, Judge(), Store(tmp_path / "kept"), 0)


def test_nothing_is_asked_twice_and_no_project_is_touched(film: Path, tmp_path: Path, add: Add) -> None:
    own = render(film, write_script(tmp_path / "mine.vtt", HUMAN), film.with_name("story.srt"), settings=QUICK)
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in own.files["script"].parent.rglob("*")
        if path.is_file()
    }
    makers = [add("good", GOOD), add("bad", BAD)]
    folder = tmp_path / "compare"
    described(film, folder, "good", "bad")
    asks = [one.asks for one in makers]
    assert min(asks) > 0
    described(film, folder, "good", "bad")
    described(film, folder, "bad", "good")
    assert [one.asks for one in makers] == asks
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before}
    assert after == before
    assert {path.name for path in folder.iterdir()} == {"good.ad", "bad.ad"}


def test_what_stops_goes_on(film: Path, tmp_path: Path, add: Add) -> None:
    good, bad = add("good", GOOD), add("bad", BAD, dies=1)
    folder = tmp_path / "compare"
    with pytest.raises(AudiodescError, match="the model is gone"):
        described(film, folder, "good", "bad")
    asks, seen = good.asks, len(bad.looked)
    assert seen
    bad.dies = None
    described(film, folder, "good", "bad")
    assert good.asks == asks
    assert len(bad.looked) == seen  # what it saw was kept


def test_names_that_cannot_be_compared_make_nothing(film: Path, tmp_path: Path, add: Add) -> None:
    add("good", GOOD)
    folder = tmp_path / "compare"
    for names, fault in (
        (("good",), "1 describers are to be compared"),
        (("good", "good"), "each once"),
        (("good", "GOOD"), "each once"),
        (("good", "nobody"), "there is no describer 'nobody'"),
        (("good", "auto"), "says nobody"),
    ):
        with pytest.raises(UsageError, match=fault):
            described(film, folder, *names)
    with pytest.raises(UsageError, match="is a folder"):
        described(tmp_path, folder, "good", "basic")
    assert not folder.exists()


def test_a_name_is_a_describer_a_profile_or_a_model_of_the_server(tmp_path: Path) -> None:
    at = Settings(describer=DescriberSettings(server="http://127.0.0.1:1/v1"))
    assert model_settings("basic", at).describer == DescriberSettings(name="basic")
    assert model_settings("server", at).describer.server == at.describer.server
    there = model_settings("Qwen/Qwen3-VL-8B-Instruct", at).describer
    assert (there.name, there.model, there.server) == ("server", "Qwen/Qwen3-VL-8B-Instruct", at.describer.server)
    profile = tmp_path / "own.toml"
    profile.write_text('repository = "x/y"\n', "utf-8")
    assert model_settings(str(profile), Settings()).describer.name == str(profile)
    with pytest.raises(UsageError, match="no describer"):
        model_settings("Qwen/Qwen3-VL-8B-Instruct", Settings())


@pytest.mark.parametrize("name", ["../../etc", "/abs/x.toml", "a b", "CON/..", "ünïcode", "x" * 300, "..", "-rf"])
def test_a_folder_lies_in_its_place_whatever_the_name(name: str) -> None:
    made = folder_name(name)
    assert "/" not in made
    assert made.endswith(".ad")
    assert len(made) < 100
    assert not made.startswith((".", "-")) or name in ("..", "-rf", "ünïcode")
    assert folder_name(name) != folder_name(name + "y")


def test_a_damaged_comparison_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no comparison"):
        kept(tmp_path)
    (tmp_path / "comparison.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match="not a comparison"):
        kept(tmp_path)


def test_lines_are_data_in_what_is_kept(film: Path, tmp_path: Path, add: Add) -> None:
    add("good", ['<script>alert("x")</script> waits.']), add("bad", BAD)
    folder = tmp_path / "compare"
    found = compared(film, described(film, folder, "good", "bad"), folder)
    assert json.loads(to_json(found))["models"][0]["name"] == "good"
    shutil.rmtree(folder)
