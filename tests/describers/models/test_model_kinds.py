"""Each further kind of model that has a profile: a tiny one of its real class, asked through the product's own code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

from audiodesc.describers.base import DescriberOptions
from audiodesc.describers.context import FilmContext, Person
from audiodesc.model import Frame, Span, VideoClip

pytest.importorskip("torch")
pytest.importorskip("transformers")

from models import tiny, tiny_kinds

from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.checking import check_folder
from audiodesc.describers.models.from_options import video_model
from audiodesc.describers.models.loading import LoadedModel, load_model
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.describers.models.video_model import LocalModel, VideoModel, _load
from audiodesc.describers.models.weights import Weights

# transformers' processor of MiniCPM-V sums tensors with NumPy
pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning")

KINDS = [name for name in dir(tiny_kinds) if name.startswith("tiny_")]
WITHOUT_PORTRAITS = {"glm46v", "glm4v_moe", "molmo2"}
WITHOUT_MARKS = {"tiny_internvl", "tiny_minicpmv46", "tiny_qwen25_omni", "tiny_qwen3_omni"}
"""These write no times beside the frames."""


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = getattr(tiny_kinds, request.param)(tmp_path_factory.mktemp(request.param) / "model")
    check_folder(folder, chat=True, sees=True)
    return load_model(Weights(folder, request.param, "1"))


def frames(count: int, seed: int = 0) -> tuple[Frame, ...]:
    random = np.random.default_rng(seed)
    return tuple(Frame(60_000 + 500 * i, random.integers(0, 255, (84, 112, 3), dtype=np.uint8)) for i in range(count))


def png() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (90, 120), (9, 99, 200)).save(file, "PNG")
    return file.getvalue()


def test_it_answers_in_batches_as_alone(loaded: LoadedModel) -> None:
    runner = BatchRunner("tiny", loaded, most=4)
    questions = [Question("What?", frames(4, seed)) for seed in (1, 2)]
    together = list(runner.answer(questions, runner.prepare(questions), 24))
    assert [runner.ask(question, 24) for question in questions] == together
    assert all(isinstance(answer, str) for answer in together)


def test_what_a_clip_weighs_grows_with_its_frames(loaded: LoadedModel) -> None:
    runner = BatchRunner("tiny", loaded)
    four, eight = (runner.weight(VideoClip(Span(0, 9), frames(count))) for count in (4, 8))
    assert 0 < four < eight


def test_portraits_where_the_kind_takes_them(loaded: LoadedModel) -> None:
    runner = BatchRunner("tiny", loaded)
    question = Question("What?", frames(4), portraits=(("Anna", png()), ("Bob", png())))
    text = loaded.tokenizer.decode(prepared(loaded, [question])["input_ids"][0])
    assert ("Portrait of Anna:" in text) is (loaded.kind not in WITHOUT_PORTRAITS)
    assert isinstance(runner.ask(question, 24), str)


def test_a_frame_has_as_many_tokens_whatever_its_size(tmp_path: Path) -> None:
    """A MiniCPM-V would cut a large one into nine besides."""
    loaded = load_model(Weights(tiny_kinds.tiny_minicpmv46(tmp_path / "minicpm"), "tiny", "1"))
    small, large = (tuple(Frame(500 * i, np.zeros((side, side, 3), np.uint8)) for i in range(2)) for side in (56, 448))
    counts = {prepared(loaded, [Question("What?", clip)])["input_ids"].shape[1] for clip in (small, large)}
    assert len(counts) == 1


@pytest.mark.parametrize("loaded", [kind for kind in KINDS if kind not in WITHOUT_MARKS], indirect=True)
def test_time_marks_count_from_the_start_of_the_span(loaded: LoadedModel) -> None:
    """Frames from 60 s on, of a span that begins at 50 s."""
    question = Question("What?", frames(4), start_ms=50_000)
    text = loaded.tokenizer.decode(prepared(loaded, [question])["input_ids"][0])
    assert re.search(r"\b1[01]\b", text)


def test_a_gemmas_frames_have_the_size_that_the_profile_says(tmp_path: Path) -> None:
    folder, counts = tiny_kinds.tiny_gemma4(tmp_path / "gemma"), []
    for tokens in (70, 140):
        profile = ModelProfile("tiny", "tiny", max_soft_tokens=tokens)
        runner = _load(LocalModel(profile, Weights(folder, "tiny", "1")))
        counts.append(runner.prepare([Question("What?", frames(2))])["input_ids"].shape[1])
    assert counts[0] < counts[1]


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_the_penalty_for_repetition_is_the_profiles_or_the_folders_own(tmp_path: Path, penalty: float) -> None:
    folder = tiny.tiny_text_model(tmp_path / "text")
    profile = ModelProfile("tiny", "tiny", prompt="none", repetition_penalty=penalty)
    runner = _load(LocalModel(profile, Weights(folder, "tiny", "1")))
    own = load_model(Weights(folder, "tiny", "1"), sees=False).model.generation_config.repetition_penalty
    assert runner._loaded.model.generation_config.repetition_penalty == (own if penalty == 1 else penalty)


def test_a_describer_without_portraits_says_so(tmp_path: Path) -> None:
    folders = {"smol": tiny.tiny_smolvlm2(tmp_path / "smol"), "qwen": tiny.tiny_qwen25_vl(tmp_path / "qwen")}
    cast = FilmContext(cast=(Person("Anna", "", png()),))
    limits = {
        name: video_model(ModelProfile(str(folder), str(folder)), DescriberOptions(context=cast)).limits
        for name, folder in folders.items()
    }
    assert limits == {"smol": "takes no portraits: it knows the cast by their looks in words", "qwen": ""}
    model = LocalModel(ModelProfile("x", "x"), Weights(folders["smol"], "x", "1"))
    assert VideoModel(model, model, FilmContext()).limits == ""
