"""A tiny model with random weights that runs here, as the judge and as who answers: a number or a letter each time."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from describers.models.test_video_model import _profile, _weights
from evaluation.test_quiz import QUESTIONS, told
from films import make_film

from audiodesc.core.cache import Store
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.evaluation.asking import as_answerer
from audiodesc.evaluation.judging import judged, preferred
from audiodesc.evaluation.quiz import Quiz, quiz_cost, quiz_scores
from audiodesc.footage import open_footage
from audiodesc.settings import DialogueSettings, Settings

CUES = ["A grey cat crosses the street.", "A dog barks."]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VideoModel:
    made = LocalModel(_profile(), _weights("tiny_qwen25_vl", tmp_path_factory.mktemp("model")))
    return VideoModel(made, made, FilmContext())


def test_it_judges_with_a_number_each_time(model: VideoModel, tmp_path: Path) -> None:
    by, said = as_answerer(model), {"ours": CUES[::-1], "itself": CUES}
    found = judged(said, CUES, by, Store(tmp_path / "one"))  # type: ignore[arg-type]
    assert found.record.failed == {"ours": 0, "itself": 0}
    assert all(one in range(6) for one in found.each)
    assert judged(said, CUES, by, Store(tmp_path / "two")) == found  # type: ignore[arg-type]
    (verdict,) = preferred([(CUES[0], CUES[0], CUES[1])], by, Store(tmp_path / "one"))
    assert verdict in ("first", "second", "equal", "order")


def test_it_answers_from_each_source(model: VideoModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    film = make_film(tmp_path / "film.mp4", 3.0, lambda time: np.full((120, 160, 3), int(60 * time), np.uint8))
    by, store = as_answerer(model), Store(tmp_path / "kept")
    with open_footage(film, Settings(dialogue=DialogueSettings(hear=False))) as footage:
        quiz = Quiz(QUESTIONS[:2], ("nothing", "description", "film", "both"), (told(0),), (footage, model))
        assert quiz_cost(quiz, by, store).queries == 8
        found = quiz_scores(quiz, by, store, 0)
        assert [(one.answered, one.unanswered) for one in found.scores] == [(2, 0)] * 4
        assert quiz_cost(quiz, by, store).queries == 0
