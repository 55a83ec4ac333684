"""Tiny models with random weights, asked in words: each answer is that of its own question, whatever else is asked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import transformers
from describers.models.test_video_model import KINDS, _clip, _profile, _weights

from audiodesc.describers.base import Failure
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.questions import prepared
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.describers.queries import AnswersQueries, FollowUp, Query, Reply
from audiodesc.model import Span, VideoClip


@pytest.fixture(scope="module", params=KINDS)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> VideoModel:
    model = LocalModel(_profile(), _weights(request.param, tmp_path_factory.mktemp(request.param)))
    return VideoModel(model, model, FilmContext())


def query(text: str = "What is seen?", clip: VideoClip | None = None, **more: Any) -> Query:
    return Query(text, clip, longest_tokens=12, **more)


def test_queries_are_answered_in_batches_as_alone(asked: VideoModel) -> None:
    assert isinstance(asked, AnswersQueries)
    queries = [query(clip=_clip(4)), query("Why?", _clip(4, 1)), query(), query(clip=VideoClip(Span(0, 1), ()))]
    together = dict(asked.answer_queries(queries))
    assert sorted(together) == [0, 1, 2, 3]
    assert isinstance(together[3], Failure)
    for number, one in enumerate(queries[:3]):
        assert together[number] == dict(asked.answer_queries([one]))[0]


def test_a_conversation_is_part_of_the_question(asked: VideoModel) -> None:
    clip = _clip(4)
    plain = query(clip=clip)
    one, two = (
        query(clip=clip, choices="AB", follow_ups=(FollowUp("It is red.", text),)) for text in ("A?", "Or is it B?")
    )
    shares = [dict(asked.answer_queries([each]))[0] for each in (query(clip=clip, choices="AB"), one, two)]
    assert len({each.shares for each in shares if isinstance(each, Reply)}) == 3
    assert dict(asked.answer_queries([plain])) == dict(asked.answer_queries([plain]))


def test_a_choice_is_a_letter_with_shares_of_one(asked: VideoModel) -> None:
    queries = [query(clip=_clip(4, seed), choices="ABCDE") for seed in range(3)] + [query(choices="AB")]
    answers = dict(asked.answer_queries(queries))
    assert asked.gives_shares
    for number, one in enumerate(queries):
        reply = answers[number]
        assert isinstance(reply, Reply)
        assert len(reply.shares) == len(one.choices)
        assert sum(reply.shares) == pytest.approx(1, abs=1e-4)
        assert reply.text == one.choices[reply.shares.index(max(reply.shares))]


def test_an_answer_is_said_while_it_is_written_and_is_the_same(asked: VideoModel) -> None:
    said: list[str] = []
    one = query(clip=_clip(4))
    aloud = asked.answer_aloud(one, said.append)
    assert aloud == dict(asked.answer_queries([one]))[0]
    if isinstance(aloud, Reply):
        assert all(aloud.text.startswith(each.strip()) for each in said[:-1])


class EnoughError(Exception):
    pass


def test_an_answer_ends_where_nobody_listens_any_more(asked: VideoModel) -> None:
    heard: list[str] = []

    def said(text: str) -> None:
        heard.append(text)
        raise EnoughError

    with pytest.raises(EnoughError):
        asked.answer_aloud(query(clip=_clip(4)), said)
    assert len(heard) == 1
    assert dict(asked.answer_queries([query(clip=_clip(4))]))  # and the model can be asked again


def test_a_base_model_goes_on_with_the_text(tmp_path: Path) -> None:
    model = LocalModel(_profile(chat=False), _weights("tiny_qwen25_vl", tmp_path))
    base = VideoModel(model, model, FilmContext())
    assert base.query_kind == "base"
    answers = dict(base.answer_queries([query("A woman holds", _clip(4)), query("A man", None, choices="AB")]))
    assert isinstance(answers[1], Reply)
    assert len(answers) == 2


def test_letters_are_looked_up_while_nothing_else_is_tokenized(
    asked: VideoModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fast tokenizer keeps how it pads: where another thread encodes meanwhile, a batch comes out unpadded."""
    prepare, encode = prepared, transformers.PreTrainedTokenizerBase.encode
    inside, encoding, meanwhile = list[int](), threading.Event(), list[int]()

    def watched(*given: Any) -> Any:
        inside.append(threading.get_ident())
        encoding.wait(0.1)
        try:
            return prepare(*given)
        finally:
            inside.clear()

    def alone(self: Any, *given: Any, **more: Any) -> Any:
        encoding.set()
        meanwhile.extend(one for one in inside if one != threading.get_ident())
        return encode(self, *given, **more)

    monkeypatch.setattr("audiodesc.describers.models.batching.prepared", watched)
    monkeypatch.setattr(transformers.PreTrainedTokenizerBase, "encode", alone)
    queries = [query(f"{number}?", choices="CDEFGHJ"[: 2 + number % 3]) for number in range(7)]
    assert len(dict(asked.answer_queries(queries))) == 7
    assert encoding.is_set()
    assert not meanwhile
