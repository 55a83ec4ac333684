"""How answers are written: loops, thoughts, limits, and words that are drawn."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from models import tiny

from audiodesc.describers.base import Failure
from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.generation import CLOSED_THOUGHT, GREEDY, Sampler, Sampling, Writing, is_loop
from audiodesc.describers.models.loading import LoadedModel, load_model
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.describers.models.weights import Weights

LONG = 40


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny.tiny_text_model(tmp_path_factory.mktemp("text") / "text")
    return load_model(Weights(folder, "text", "1"), sees=False)


class Scripted:
    """Stands for `generate`: each call writes the next texts, word by word, and asks the criteria after each step."""

    def __init__(self, loaded: LoadedModel, *calls: list[str]) -> None:
        self.loaded, self.calls = loaded, list(calls)
        self.given: list[dict[str, Any]] = []
        self.steps: list[int] = []

    def __call__(self, **inputs: Any) -> torch.Tensor:
        self.given.append(inputs)
        tokenizer, prompt = self.loaded.tokenizer, inputs["input_ids"]
        tokens = [[*tokenizer.encode(text), tokenizer.eos_token_id] for text in self.calls.pop(0)]
        done, rows = [False] * len(tokens), prompt
        for step in range(inputs["max_new_tokens"]):
            new = [
                tokenizer.pad_token_id if done[row] or step >= len(own) else own[step] for row, own in enumerate(tokens)
            ]
            rows = torch.cat([rows, torch.tensor(new)[:, None]], dim=1)
            stops = inputs["stopping_criteria"][0](rows, None)
            done = [done[row] or bool(stops[row]) or step >= len(own) - 1 for row, own in enumerate(tokens)]
            if all(done):
                break
        self.steps.append(rows.shape[1] - prompt.shape[1])
        return rows


def asked(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch, *calls: list[str], longest: int = LONG) -> Any:
    """(answers to the first call's questions, what stood for `generate`)."""
    scripted = Scripted(loaded, *calls)
    monkeypatch.setattr(loaded.model, "generate", scripted)
    runner, questions = BatchRunner("tiny", loaded), [Question(f"What? {n}") for n in range(len(calls[0]))]
    return list(runner.answer(questions, runner.prepare(questions), longest)), scripted


def test_thoughts_that_a_model_opens_by_itself_have_room_and_are_not_told(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    thought = "<think>" + " ".join(f"word{n}" for n in range(60)) + "</think>"
    answers, scripted = asked(loaded, monkeypatch, [f"{thought}\n\nA fox runs.", "A dog sits."])
    assert answers == ["A fox runs.", "A dog sits."]
    assert scripted.steps[0] > 2 * LONG


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<|begin_of_box|>A fox runs.<|end_of_box|>", "A fox runs."),
        ("<think>a box</think><answer><|begin_of_box|>A fox runs.<|end_of_box|></answer>", "A fox runs."),
        ("<|channel>thought\nhm<channel|>A fox runs.", "A fox runs."),
        ("A fox runs.", "A fox runs."),
    ],
)
def test_what_stands_around_an_answer_is_not_told(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch, text: str, answer: str
) -> None:
    assert asked(loaded, monkeypatch, [text], longest=200)[0] == [answer]


def test_thoughts_without_end_are_closed_beforehand_in_the_second_try(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, scripted = asked(loaded, monkeypatch, ["<think>I wonder", "A dog sits."], ["A fox runs."])
    assert answers == ["A fox runs.", "A dog sits."]
    assert len(scripted.given[1]["input_ids"]) == 1
    assert loaded.tokenizer.decode(scripted.given[1]["input_ids"][0]).endswith(CLOSED_THOUGHT)
    assert scripted.given[1]["attention_mask"].shape == scripted.given[1]["input_ids"].shape


def test_a_loop_is_stopped_early_and_asked_again_with_drawn_words(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = "A man in a coat. " * 200
    answers, scripted = asked(loaded, monkeypatch, [loop, "A dog sits."], ["A fox runs."], longest=2000)
    assert answers == ["A fox runs.", "A dog sits."]
    assert scripted.steps[0] < 400
    assert scripted.given[0]["logits_processor"] == []
    assert isinstance(scripted.given[1]["logits_processor"][0], Sampler)


def test_what_stays_none_is_a_failure_of_its_kind(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, long = "A man in a coat. " * 90, " ".join(f"word{n}" for n in range(90))
    for text, failure in [
        (loop, Failure("loop")),
        (long, Failure("cut", "80 tokens", remedy="give a profile with more observe_tokens")),
        ("", Failure("empty")),
        ("<think>hm", Failure("thoughts")),
        ("<think>hm</think>", Failure("thoughts")),
    ]:
        limit = 300 if failure.kind == "loop" else LONG
        assert asked(loaded, monkeypatch, [text], [text], longest=limit)[0] == [failure]


def test_a_cut_answer_gets_more_room(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(f"w{n}" for n in range(14))
    tokens = len(loaded.tokenizer.encode(text))
    assert asked(loaded, monkeypatch, [text], [text], longest=tokens - 5)[0] == [text]


def test_text_with_words_that_come_again_is_no_loop() -> None:
    assert not is_loop([n % 50 for n in range(90)])
    assert is_loop([n % 30 for n in range(190)])
    assert not is_loop([*[n % 30 for n in range(190)], 99])
    assert not is_loop(list(range(500)))


def test_a_random_model_in_a_loop_is_stopped(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Greedily it goes round and round: through transformers' own loop."""
    config = loaded.model.generation_config
    monkeypatch.setattr(config, "exponential_decay_length_penalty", None)
    monkeypatch.setattr(config, "repetition_penalty", None)
    inputs = prepared(loaded, [Question("What?")])
    writing = Writing(loaded.tokenizer, config.eos_token_id, inputs, 1500)
    out = loaded.model.generate(**inputs, max_new_tokens=writing.most_tokens, stopping_criteria=[writing])
    assert writing.answers(out)[0] == Failure("loop")
    assert out.shape[1] - inputs["input_ids"].shape[1] < 1000


def test_drawn_words_depend_on_the_question_alone(loaded: LoadedModel) -> None:
    runner = BatchRunner("tiny", loaded, sampling=Sampling(1.5, 0.99, 50, 0.5))
    some = [Question(f"What is seen? {n}") for n in range(4)]
    together = list(runner.answer(some, runner.prepare(some), 24))
    assert [runner.ask(question, 24) for question in some] == together
    assert len({str(answer) for answer in together}) > 1


def test_the_presence_penalty_holds_for_tokens_that_were_written() -> None:
    sampler = Sampler(Sampling(presence_penalty=1.5), [1])
    prompt, scores = torch.tensor([[5, 6]]), torch.tensor([[0.0, 1.0, 2.0]])
    assert sampler(prompt, scores).tolist() == [[0.0, 1.0, 2.0]]
    assert sampler(torch.tensor([[5, 6, 2]]), scores).tolist() == [[0.0, 1.0, 0.5]]


def test_few_likely_tokens_are_drawn_from() -> None:
    scores = torch.tensor([[9.0, 8.9, 1.0, 0.0]])
    for sampling, allowed in [
        (Sampling(1.0, 1.0, 1), {0}),
        (Sampling(1.0, 0.9, 0), {0, 1}),
        (Sampling(1.0, 0.4, 0), {0}),
    ]:
        drawn = {int(Sampler(sampling, [seed])(torch.tensor([[1]]), scores).argmax()) for seed in range(40)}
        assert drawn == allowed


def test_the_second_try_is_drawn() -> None:
    assert GREEDY.again.temperature > 0
    assert Sampling(0.7, 0.8, 20, 1.5).again == Sampling(0.7, 0.8, 20, 1.5)
