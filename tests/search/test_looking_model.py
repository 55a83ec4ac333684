"""A model that is here looks: tiny and untrained, so that what it says is chance, and how it says it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from describers.models.test_video_model import _profile, _weights
from films import make_film

from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.footage import open_footage
from audiodesc.footage.answers import SpanQuery, answers
from audiodesc.search.look_questions import CHOICES, UNSURE_FROM, YES_FROM, Sought, questions
from audiodesc.search.looking import pieces_of, recognise, recognition_cost
from audiodesc.settings import DialogueSettings, Settings


def test_its_shares_decide_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    film = make_film(tmp_path / "film.mp4", 6.0, lambda time: np.full((120, 160, 3), 40 * int(time), np.uint8))
    local = LocalModel(_profile(), _weights("tiny_qwen25_vl", tmp_path / "model"))
    by, sought = VideoModel(local, local, FilmContext()), Sought("a red coat")
    with open_footage(film, Settings(dialogue=DialogueSettings(hear=False))) as footage:
        spans = pieces_of(footage)
        asked = questions(sought, spans, by)
        assert all(isinstance(one, SpanQuery) and one.choices == CHOICES for one in asked)
        found = recognise(footage, sought, by, spans)
        assert recognition_cost(footage, sought, by, spans).queries == 0
        shares = [reply.shares for reply in answers(footage, asked, by) if not hasattr(reply, "kind")]
    assert all(sum(one) == pytest.approx(1, abs=1e-4) for one in shares)
    yes = [one for one in shares if one[0] >= YES_FROM]
    unsure = [one for one in shares if one not in yes and max(one[0], one[2]) >= UNSURE_FROM]
    assert sum(one.pieces for one in found.yes) == len(yes)
    assert sum(one.pieces for one in found.unsure) == len(unsure)
