"""Folders as they are published, older ones too, and what is said of those that cannot be loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.model import Frame

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from models import tiny

from audiodesc.describers.models import loading
from audiodesc.describers.models.attention import AT_ONCE
from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.loading import load_model
from audiodesc.describers.models.questions import Question
from audiodesc.describers.models.weights import Weights

FRAMES = tuple(Frame(1000 * i, np.full((72, 128, 3), 40 * i, np.uint8)) for i in range(4))


def weights(folder: Path) -> Weights:
    return Weights(folder, "tiny", "1")


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.tiny_qwen25_vl(tmp_path_factory.mktemp("qwen") / "model")


def change(path: Path, **keys: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | keys), "utf-8")


@pytest.mark.parametrize("kind", ["LlavaNextImageProcessor", "LlavaNextVideoImageProcessor"])
@pytest.mark.parametrize("settings", [{"patch_size": 14, "vision_feature_select_strategy": "default"}, {}])
def test_an_older_folder_of_llava_answers_as_a_newer_one(tmp_path: Path, kind: str, settings: dict[str, Any]) -> None:
    """One file describes pictures and video; the template is JSON; the oldest say nothing of the patches."""
    folder = tiny.tiny_llava_next_video(tmp_path / "llava")
    newer = BatchRunner("newer", load_model(weights(folder))).ask(Question("What?", FRAMES), 8)
    whole = json.loads((folder / "processor_config.json").read_text("utf-8"))
    template = (folder / "chat_template.jinja").read_text("utf-8")
    for name in ("processor_config.json", "chat_template.jinja"):
        (folder / name).unlink()
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}), "utf-8")
    pictures = whole["image_processor"] | {"image_processor_type": kind, "processor_class": "LlavaNextVideoProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures), "utf-8")
    named = {"processor_class": "LlavaNextVideoProcessor", "image_token": "<image>", "video_token": "<video>"}
    (folder / "processor_config.json").write_text(json.dumps(named | settings), "utf-8")
    assert BatchRunner("older", load_model(weights(folder))).ask(Question("What?", FRAMES), 8) == newer


def test_answers_are_the_likeliest_and_begin_where_the_question_ends(qwen: Path, tmp_path: Path) -> None:
    """Whatever the folder says of chance and of the side that is filled up."""
    import shutil

    folder = Path(shutil.copytree(qwen, tmp_path / "odd"))
    change(folder / "generation_config.json", do_sample=True, temperature=1.0, top_k=50)
    change(folder / "tokenizer_config.json", padding_side="right")
    questions = [Question("short", FRAMES), Question("a question that is longer " * 5, FRAMES)]
    plain, odd = BatchRunner("plain", load_model(weights(qwen))), BatchRunner("odd", load_model(weights(folder)))
    want = [plain.ask(question, 12) for question in questions]
    for _ in range(3):
        assert list(odd.answer(questions, odd.prepare(questions), 12)) == want


@pytest.mark.parametrize("own", [None, 5, [5, 6]])
def test_an_answer_ends_where_the_tokenizer_says_too(qwen: Path, tmp_path: Path, own: Any) -> None:
    import shutil

    folder = Path(shutil.copytree(qwen, tmp_path / "endless"))
    change(folder / "generation_config.json", eos_token_id=own)
    loaded = load_model(weights(folder))
    listed = own if isinstance(own, list) else [own] if own else []
    assert set(loaded.model.generation_config.eos_token_id) == {*listed, loaded.tokenizer.eos_token_id}


class Auto:
    """Stands for transformers' class of models: `raises`, or `lacks` flash-attention."""

    def __init__(self, raises: Exception | None = None, lacks: Exception | None = None) -> None:
        self.raises, self.lacks = raises, lacks
        self.asked: list[Any] = []

    def from_pretrained(self, folder: Path, **settings: Any) -> Any:
        self.asked.append(settings.get("attn_implementation"))
        if self.lacks and self.asked[-1] == "flash_attention_2":
            raise self.lacks
        if self.raises:
            raise self.raises
        settings |= {"device_map": None, "dtype": torch.float32, "attn_implementation": "sdpa", "config": None}
        return transformers.AutoModelForImageTextToText.from_pretrained(folder, **settings)


def _stand_in(monkeypatch: pytest.MonkeyPatch, auto: Auto, flash: bool = False) -> None:
    monkeypatch.setattr(loading, "_classes", lambda sees: (auto, transformers.AutoProcessor))
    monkeypatch.setattr(loading, "this_machine", lambda: Machine("GPU", 80, 80, "cuda:0", "bfloat16"))
    monkeypatch.setattr(transformers.utils, "is_flash_attn_2_available", lambda: flash)


def test_flash_attention_is_asked_for_only_where_it_works(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without, broken, good = Auto(), Auto(lacks=ImportError("undefined symbol")), Auto()
    for auto, flash, asked in (
        (without, False, ["sdpa"]),
        (broken, True, ["flash_attention_2", "sdpa"]),
        (good, True, ["flash_attention_2"]),
    ):
        _stand_in(monkeypatch, auto, flash)
        assert load_model(weights(qwen)).sees
        assert auto.asked == asked


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory"),
            AudiodescError,
            r"tiny: the GPU's memory does not hold it: choose",
        ),
        (
            RuntimeError("CUDA error: unspecified launch failure"),
            AudiodescError,
            r"tiny: the GPU fails .*launch failure",
        ),
        (ImportError("it requires the num2words library"), MissingToolError, r"num2words.*: .*pip install"),
        (OSError("no file named model.safetensors"), InputError, r"cannot be loaded: no file.*: fetch its files again"),
    ],
)
def test_the_message_names_what_failed(
    qwen: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[Exception], told: str
) -> None:
    """Files are blamed only where the error is about files."""
    _stand_in(monkeypatch, Auto(raises=raised))
    with pytest.raises(kind, match=told) as caught:
        load_model(weights(qwen))
    assert type(caught.value) is kind


@pytest.mark.parametrize("part", ["", "text_config", "vision_config"])
@pytest.mark.parametrize("asked", ["evil/kernel", {"text_config": "evil/kernel", "": "evil/kernel"}])
def test_a_folder_does_not_choose_the_kind_of_attention(tmp_path: Path, qwen: Path, part: str, asked: Any) -> None:
    """Else transformers would fetch a program of that name from the hub."""
    folder = tmp_path / "model"
    shutil.copytree(qwen, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    names = {"_attn_implementation": asked, "attn_implementation": asked, "_attn_implementation_internal": asked}
    (config[part] if part else config).update(names)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    model = load_model(weights(folder)).model
    model_types = [model.config, model.config.text_config, model.config.vision_config]
    assert [one._attn_implementation for one in model_types] == ["sdpa", "sdpa", AT_ONCE]


def test_a_chat_template_without_end_is_no_model(tmp_path: Path, qwen: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(qwen, folder)
    (folder / "chat_template.jinja").write_text("{{ 'a' * 3000000 }}")
    with pytest.raises(InputError, match="its chat template comes to no end"):
        load_model(weights(folder))
