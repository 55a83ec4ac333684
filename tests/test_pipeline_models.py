"""Films described by models that run here, through the whole of `make`: what goes wrong, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from stories import make_story

from audiodesc import make
from audiodesc.errors import AudiodescError
from audiodesc.project import Result
from audiodesc.settings import DescriberSettings, PlanSettings, Settings, VoiceSettings

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from models import tiny
from transformers import AutoTokenizer, GenerationMixin

FACTS = "1. WHO: a woman in a red coat 2. DOES: she waits by a ferry 4. PLACE: a pier at dusk"
LINES = ("A ferry waits.", "Snow falls.", "She walks away.", "A gull lands.", "The lamp goes out.", "Waves roll in.")
FIELDS = json.dumps(
    {
        "subjects": [{"appearance": "a woman in a red coat", "action": "waits", "is_main_subject": True}],
        "camera_motion": "the camera pans left",
        "environment": "a pier",
    }
)


@cache
def tokenizer(folder: str) -> Any:
    return AutoTokenizer.from_pretrained(folder)


class Scripted:
    """Stands for every model's `generate`: `look` and `tell` are the answers; `fails` at calls of those numbers.

    `looked` and `told` are the questions that were answered, as text.
    """

    def __init__(self, look: str, tell: Callable[[int], str], fails: dict[int, Exception] | None = None) -> None:
        self.look, self.tell, self.fails = look, tell, fails or {}
        self.calls = 0
        self.looked: list[str] = []
        self.told: list[tuple[str, str]] = []

    def __call__(self, model: Any, **inputs: Any) -> Any:
        self.calls += 1
        if self.calls in self.fails:
            raise self.fails[self.calls]
        words, folder = tokenizer(model.name_or_path), Path(model.name_or_path).name
        questions = words.batch_decode(inputs["input_ids"], skip_special_tokens=True)
        if "pixel_values_videos" in inputs:
            self.looked += questions
            answers = [self.look] * len(questions)
        else:
            self.told += [(folder, question) for question in questions]
            answers = [self.tell(len(self.told))] * len(questions)
        ids = words(answers, padding=True, return_tensors="pt")["input_ids"]
        return torch.cat([inputs["input_ids"], ids.to(torch.long)], dim=1)


def told(number: int) -> str:
    return LINES[number % len(LINES)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny.tiny_qwen25_vl(folder / "eyes")
    tiny.tiny_text_model(folder / "pen")
    (folder / "pen.toml").write_text('repository = "./pen"\nprompt = "none"\n', "utf-8")
    observer = 'repository = "./eyes"\nmax_pixels = 12_544\nmax_frames = 4\n'
    (folder / "plain.toml").write_text(observer, "utf-8")
    (folder / "sky.toml").write_text(f'{observer}prompt = "fields"\nwriter_model = "{folder}/pen.toml"\n', "utf-8")
    return folder


def runs(models: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs on one film in `folder`."""
    film = make_story(folder)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)

    def run(script: Scripted, profile: str = "plain", language: str | None = None, **describer: Any) -> Result:
        monkeypatch.setattr(GenerationMixin, "generate", lambda model, **inputs: script(model, **inputs))
        looks = DescriberSettings(name=str(models / f"{profile}.toml"), **describer)
        chosen = Settings(
            plan=PlanSettings(shortest_ms=500),
            describer=looks,
            voice=VoiceSettings(language=language),
        )
        return make(film, folder / "story.srt", settings=chosen, sound=False)

    return run


@pytest.fixture
def run(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    return runs(models, tmp_path, monkeypatch)


def words(made: Result) -> list[str]:
    return [speech.line.text for speech in made.spoken]


@pytest.fixture(scope="module")
def whole(models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scripted, list[str]]:
    """A run in which nothing goes wrong, and its words."""
    script = Scripted(FACTS, told)
    with pytest.MonkeyPatch.context() as patch:
        lines = words(runs(models, tmp_path_factory.mktemp("whole"), patch)(script))
    assert len(lines) >= 2
    return script, lines


OUT = torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize("error", [OUT, RuntimeError("CUDA error: device-side assert triggered")])
def test_a_run_that_ended_goes_on_where_it_was(
    run: Callable[..., Result], whole: tuple[Scripted, list[str]], call: int, error: Exception
) -> None:
    """Whichever question it was: nothing that was answered is asked again."""
    undisturbed, lines = whole
    script = Scripted(FACTS, lambda number: told(number), {call: error})
    with suppress(AudiodescError):  # a batch that did not fit is halved, and then nothing ends
        run(script)
    assert words(run(script)) == lines
    assert sorted(script.looked) == sorted(undisturbed.looked)
    assert [question for _, question in script.told] == [question for _, question in undisturbed.told]
    assert script.calls > undisturbed.calls


def test_a_model_that_answers_nothing_leaves_silence_and_says_so(run: Callable[..., Result]) -> None:
    script = Scripted("", told)
    made = run(script, failed_share=1.0)
    assert script.looked
    assert script.told == []
    silent = run(Scripted(FACTS, lambda number: ""), context="Another question.", failed_share=1.0)
    for silence in (made, silent):
        assert words(silence) == []
        assert silence.report.totals.usable_pauses_left_empty == silence.report.totals.usable_pauses >= 2
        assert all(segment.reason for segment in silence.report.segments)


def test_a_model_that_answers_nothing_ends_the_run_unless_that_is_allowed(run: Callable[..., Result]) -> None:
    with pytest.raises(AudiodescError, match="1 empty"):
        run(Scripted("", told))


def test_answers_in_another_language_are_asked_for_again_and_never_told(run: Callable[..., Result]) -> None:
    german = "Die Frau im roten Mantel wartet auf die Fähre und geht dann langsam davon."
    script = Scripted(FACTS, lambda number: german)
    assert words(run(script, language="en")) == []
    again = [question for _, question in script.told if german in question]
    assert again
    assert all("it is not in English" in question for question in again)


def test_broken_json_is_in_doubt_and_the_film_is_finished(run: Callable[..., Result]) -> None:
    script = Scripted('Sure! {"subjects": [{"appearance": "a woman in a red coat", "action": ', told)
    made = run(script, profile="sky")
    assert made.files["script"].is_file()
    noted = [doubt for doubt in made.report.doubts or () if doubt.kind == "answer"]
    assert len(noted) >= len(script.looked)


def test_fields_are_seen_by_one_model_and_told_by_another(run: Callable[..., Result]) -> None:
    script = Scripted(FIELDS, told)
    made = run(script, profile="sky")
    assert len(words(made)) >= 2
    assert {folder for folder, _ in script.told} == {"pen"}
    assert all("a woman in a red coat" in question for _, question in script.told)
    assert not any("pans" in question or "subjects" in question for _, question in script.told)
    assert all('"shot_type"' in question for question in script.looked)
