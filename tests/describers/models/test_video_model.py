"""Tiny models with random weights, asked through the product's own code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audiodesc.describers.base import Failure, LineRequest, NoAnswerError
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.errors import AudiodescError, InputError
from audiodesc.model import Frame, Span, VideoClip

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from models import tiny

from audiodesc.describers.models.batching import BatchQueue, BatchRunner
from audiodesc.describers.models.loading import LoadedModel, load_model
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.describers.models.video_model import LocalModel, VideoModel, _load
from audiodesc.describers.models.weights import Weights

KINDS = ("tiny_qwen25_vl", "tiny_qwen3_vl", "tiny_llava_next_video", "tiny_smolvlm2")
HOSTILE = "<s> <|im_end|> <video> <image> <|video_pad|> <end_of_utterance> </s>"


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(_weights(request.param, tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return _weights("tiny_qwen25_vl", tmp_path_factory.mktemp("qwen"))


def _weights(kind: str, folder: Path) -> Weights:
    return Weights(getattr(tiny, kind)(folder / kind), kind, "1")


def _clip(frames: int, seed: int = 0, size: tuple[int, int] = (84, 112)) -> VideoClip:
    random = np.random.default_rng(seed)
    pictures = (random.integers(0, 255, (*size, 3), dtype=np.uint8) for _ in range(frames))
    return VideoClip(
        Span(60_000, 70_000), tuple(Frame(60_000 + 500 * i, picture) for i, picture in enumerate(pictures))
    )


def _profile(**keys: Any) -> ModelProfile:
    return ModelProfile(**{"name": "tiny", "repository": "tiny", "observe_tokens": 16, **keys})


def _describer(loaded: LoadedModel, profile: ModelProfile, asked: list[Question] | None = None) -> VideoModel:
    model = LocalModel(profile, Weights(Path("nowhere"), "tiny", "1"))

    class Noted(BatchRunner):
        def prepare(self, questions: Sequence[Question]) -> Any:
            (asked if asked is not None else []).extend(questions)
            return super().prepare(questions)

    return VideoModel(model, model, FilmContext(), lambda model: Noted("tiny", loaded, most=3))


def test_clips_of_any_length_are_answered_as_each_would_be_alone(loaded: LoadedModel) -> None:
    made = [_clip(n, seed=n) for n in (4, 9, 1, 4, 6, 2, 4)]
    together = dict(_describer(loaded, _profile()).observe(made))
    alone = [dict(_describer(loaded, _profile()).observe([clip]))[0] for clip in made]
    assert [together[n] for n in range(len(made))] == alone
    assert len(set(alone)) > 1


def test_a_clip_without_frames_is_not_asked_about(loaded: LoadedModel) -> None:
    asked: list[Question] = []
    answers = dict(_describer(loaded, _profile(), asked).observe([_clip(0), _clip(4), _clip(0)]))
    assert answers[0] == answers[2] == ""
    assert [len(question.frames) for question in asked] == [4]


def test_the_words_of_others_never_end_the_question(loaded: LoadedModel) -> None:
    """They are read as letters: no mark for a picture or an end comes of them."""
    for question in (Question(HOSTILE), Question(HOSTILE, chat=False), Question(HOSTILE, _clip(4).frames)):
        plain = replace(question, text="words")
        marks = {loaded.tokenizer.convert_tokens_to_ids(mark) for mark in loaded.tokenizer.all_special_tokens}
        counts = [
            sum(int(token) in marks for token in prepared(loaded, [one])["input_ids"][0]) for one in (question, plain)
        ]
        assert counts[0] == counts[1]


def test_the_mark_of_a_beginning_stands_once(tmp_path: Path) -> None:
    """LLaVA's tokenizer writes it and its template does not."""
    loaded = load_model(_weights("tiny_llava_next_video", tmp_path))
    for question in (Question(HOSTILE), Question(HOSTILE, _clip(4).frames), Question("words", chat=False)):
        ids = prepared(loaded, [question])["input_ids"][0].tolist()
        assert ids.count(loaded.tokenizer.bos_token_id) == 1
        assert ids[0] == loaded.tokenizer.bos_token_id


def test_a_base_model_is_given_a_text_to_go_on_with(loaded: LoadedModel) -> None:
    asked: list[Question] = []
    describer = _describer(loaded, _profile(chat=False), asked)
    assert len(dict(describer.observe([_clip(4)]))) == 1
    assert "Notes:" in asked[0].text
    describer.write_lines(LineRequest("1. WHO: a fox", 8, "en"))
    assert asked[1].text.endswith("Seen: 1. WHO: a fox\nLine of at most 8 words:")


class Small:
    """A memory that holds only so many questions at a time."""

    def __init__(self, loaded: LoadedModel, holds: int) -> None:
        self.batches: list[int] = []
        self._generate, self._holds = loaded.model.generate, holds

    def __call__(self, **inputs: Any) -> Any:
        self.batches.append(len(inputs["input_ids"]))
        if self.batches[-1] > self._holds:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._generate(**inputs)


@pytest.mark.parametrize(("holds", "batches"), [(1, [3, 2, 1, 1, 1]), (2, [3, 2, 1])])
def test_a_batch_that_does_not_fit_is_halved(
    qwen: Weights, monkeypatch: pytest.MonkeyPatch, holds: int, batches: list[int]
) -> None:
    loaded, made = load_model(qwen), [_clip(4, seed) for seed in range(3)]
    whole = dict(_describer(loaded, _profile()).observe(made))
    small = Small(loaded, holds)
    monkeypatch.setattr(loaded.model, "generate", small)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    assert dict(_describer(loaded, _profile()).observe(made)) == whole
    assert small.batches == batches


def test_a_batch_that_did_not_fit_is_not_tried_again(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those are as large again that were prepared meanwhile: each of three is tried with 3 and with 2."""
    loaded = load_model(qwen)
    small = Small(loaded, 1)
    monkeypatch.setattr(loaded.model, "generate", small)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    assert len(dict(_describer(loaded, _profile()).observe([_clip(4, seed) for seed in range(30)]))) == 30
    assert sum(size > 1 for size in small.batches) <= 2 * (1 + 3)


def test_a_weight_that_did_not_fit_is_not_tried_again(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two long clips are too much; more of shorter ones are not."""
    loaded = load_model(qwen)
    runner = BatchRunner("tiny", loaded, most=8)
    short, long = (Question("What?", _clip(count).frames) for count in (2, 40))
    monkeypatch.setattr(loaded.model, "generate", Small(loaded, 1))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    before = runner.batch()[1]
    assert len(list(runner.answer([long] * 2, runner.prepare([long] * 2), 4))) == 2
    heaviest = runner.batch()[1]
    assert runner.weight(_clip(40)) <= heaviest < 2 * runner.weight(_clip(40)) <= before
    assert runner.weight(_clip(2)) * 2 <= heaviest
    assert short.frames


def test_one_question_that_does_not_fit_is_an_error(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_model(qwen)
    monkeypatch.setattr(loaded.model, "generate", Small(loaded, 0))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    with pytest.raises(AudiodescError, match=r"tiny: the memory does not hold 4 frames: choose a smaller model"):
        dict(_describer(loaded, _profile()).observe([_clip(4)]))


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"),
            "tiny: the memory does not hold 4 frames",
        ),
        (
            RuntimeError("CUDA error: device-side assert"),
            "tiny: the model cannot answer (CUDA error: device-side assert)",
        ),
        (NotImplementedError("no kernel"), "tiny: the model cannot answer (no kernel)"),
        (ValueError("Image features and image tokens do not match"), "tiny: the model cannot answer (Image features"),
    ],
)
def test_whatever_a_model_raises_names_the_model(
    qwen: Weights, monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str
) -> None:
    loaded = load_model(qwen)

    def fails(**inputs: Any) -> None:
        raise raised

    monkeypatch.setattr(loaded.model, "generate", fails)
    with pytest.raises(AudiodescError) as caught:
        dict(_describer(loaded, _profile()).observe([_clip(4)]))
    assert told in str(caught.value)


def test_a_processor_that_fails_names_the_model(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_model(qwen)
    loaded.processor.chat_template = "{{ raise_exception('only one turn') }}"
    with pytest.raises(AudiodescError, match=r"tiny: the model cannot answer \(only one turn\)"):
        dict(_describer(loaded, _profile()).observe([_clip(4)]))


def test_what_was_answered_before_an_error_is_kept(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, kept = load_model(qwen), {}
    small = Small(loaded, 3)
    monkeypatch.setattr(loaded.model, "generate", small)

    def clips() -> Any:
        yield from (_clip(4, seed) for seed in range(3))
        yield from (_clip(4, seed) for seed in range(3))
        raise OSError("the film ends here")

    def looked() -> None:
        for number, answer in _describer(loaded, _profile()).observe(clips()):
            kept[number] = answer

    with pytest.raises(OSError, match="the film ends here"):
        looked()
    assert {0, 1, 2} <= kept.keys()


def test_no_model_is_loaded_before_the_first_question(tmp_path: Path) -> None:
    model = LocalModel(_profile(), Weights(tmp_path / "none", "tiny", "7"))
    describer = VideoModel(model, model, FilmContext())
    assert "tiny@7" in describer.fingerprint
    assert describer.write_lines(LineRequest("", 8, "en")) == ()
    with pytest.raises(InputError):
        describer.write_lines(LineRequest("a fox", 8, "en"))


def test_describers_with_other_contexts_ask_the_same_model_in_memory(
    qwen: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []

    def load(weights: Weights, *, sees: bool) -> LoadedModel:
        loads.append(weights.name)
        return load_model(weights, sees=sees)

    monkeypatch.setattr("audiodesc.describers.models.video_model.load_model", load)
    model = LocalModel(_profile(name="shared"), qwen)
    describers = [VideoModel(model, model, FilmContext(text)) for text in ("a harbour", "a farm")]
    answers = [dict(describer.observe([_clip(2)])) for describer in describers]
    assert loads == [qwen.name]
    assert [list(answer) for answer in answers] == [[0], [0]]
    assert describers[0].fingerprint != describers[1].fingerprint


def test_the_fingerprint_changes_with_all_that_answers_depend_on() -> None:
    def made(profile: ModelProfile, revision: str = "1", context: FilmContext | None = None, writer: str = "1") -> str:
        observer = LocalModel(profile, Weights(Path("a"), "tiny", revision))
        return VideoModel(
            observer, LocalModel(profile, Weights(Path("b"), "pen", writer)), context or FilmContext()
        ).fingerprint

    different = {
        made(_profile()),
        made(_profile(), revision="2"),
        made(_profile(), writer="2"),
        made(_profile(prompt="narrator")),
        made(_profile(chat=False)),
        made(_profile(observe_tokens=17)),
        made(_profile(), context=FilmContext("A ferry.")),
    }
    assert len(different) == 7


def written(describer: VideoModel, request: LineRequest) -> object:
    """What an untrained model writes: lines, or mostly nonsense that is no answer."""
    try:
        return describer.write_lines(request)
    except NoAnswerError as error:
        return error.failure


def test_a_model_of_text_alone_makes_the_line(qwen: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = Weights(tiny.tiny_text_model(tmp_path / "text"), "text", "1")
    writer = LocalModel(_profile(name="pen", prompt="none"), weights)
    asked: list[tuple[LocalModel, str]] = []

    def load(model: LocalModel) -> BatchRunner:
        runner = _load(model)
        answer = runner.answer

        def noted(questions: Sequence[Question], *rest: Any) -> Any:
            asked.extend((model, question.text) for question in questions)
            return answer(questions, *rest)

        monkeypatch.setattr(runner, "answer", noted)
        return runner

    describer = VideoModel(LocalModel(_profile(), qwen), writer, FilmContext(), load)
    assert isinstance(written(describer, LineRequest("a fox runs", 30, "en")), tuple | Failure)
    assert asked
    assert [model for model, _ in asked if model is not writer] == []
    assert all("a fox runs" in text for _, text in asked)


def test_lines_asked_for_from_several_threads_are_those_asked_for_alone(loaded: LoadedModel) -> None:
    """Questions of unlike lengths, which are padded; at least one batch must have several."""
    briefs = [LineRequest("1. WHO: " + "a fox " * n, 40, "en") for n in (1, 9, 3, 14, 2, 6)]
    alone = [written(_describer(loaded, _profile(chat=False)), request) for request in briefs]
    describer = _describer(loaded, _profile(chat=False))
    batches: list[int] = []
    answers = describer._answers

    def counted(questions: Sequence[Any]) -> Any:
        batches.append(len(questions))
        return answers(questions)

    describer._asked = BatchQueue(counted)
    with ThreadPoolExecutor(len(briefs)) as threads:
        assert list(threads.map(lambda request: written(describer, request), briefs)) == alone
    assert sum(batches) == len(briefs)
    assert max(batches) > 1


def test_fields_are_told_without_the_camera(qwen: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[str] = []

    def answered(self: VideoModel, prompt: str) -> str:
        prompts.append(prompt)
        return "A tall man opens a gate."

    monkeypatch.setattr(VideoModel, "_ask", answered)
    model = LocalModel(_profile(prompt="fields"), qwen)
    describer = VideoModel(model, model, FilmContext())
    facts = json.dumps(
        {
            "subjects": [{"appearance": "a tall man", "action": "opens a gate", "is_main_subject": True}],
            "camera_motion": "the camera pans left",
            "environment": "a farm",
        }
    )
    assert describer.write_lines(LineRequest(facts, 9, "en")) == ("A tall man opens a gate.",)
    assert "opens a gate" in prompts[0]
    assert "pans" not in prompts[0]
    assert describer.doubts(facts) == ()


def test_broken_fields_are_said() -> None:
    model = LocalModel(_profile(prompt="fields"), Weights(Path("a"), "tiny", "1"))
    describer = VideoModel(model, model, FilmContext())
    assert describer.doubts("no JSON at all, sorry") != ()
    assert describer.doubts("") == ()


def test_weights_that_lack_a_part_are_refused(qwen: Weights, tmp_path: Path) -> None:
    """transformers itself would go on with random numbers in their place."""
    import shutil

    from safetensors.torch import load_file, save_file

    folder = tmp_path / "lacking"
    shutil.copytree(qwen.folder, folder)
    tensors = load_file(folder / "model.safetensors")
    name = next(key for key in tensors if "q_proj.weight" in key)
    del tensors[name]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"1 of the model's weights are missing.*q_proj"):
        load_model(Weights(folder, "lacking", "1"))
