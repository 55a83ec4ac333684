"""A model's folder: what is refused, why, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from describers.models.modelfolders import INDEX, PARTS, model_folder, write_json, write_weights
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.describers.models import checking
from audiodesc.describers.models.checking import LARGEST_JSON, check_folder, check_whole, has_template, read_json
from audiodesc.errors import InputError, MissingToolError

pytest.importorskip("transformers")


def refused(folder: Path, *, chat: bool = True, sees: bool = True) -> str:
    """The message, which is one line and names the folder."""
    with pytest.raises(InputError) as caught:
        check_folder(folder, chat=chat, sees=sees)
    message = str(caught.value)
    assert str(folder) in message
    assert "\n" not in message
    assert caught.value.remedy
    assert len(message) < 600
    return message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "model")


def test_a_whole_model_passes(folder: Path) -> None:
    check_folder(folder, chat=True, sees=True)


@pytest.mark.parametrize(
    "kind",
    ["qwen2_vl", "qwen3_vl", "llava_next_video", "smolvlm", "internvl", "glm4v_moe", "qwen2_5_omni", "qwen3_omni_moe"],
)
def test_models_that_answer_about_video_pass(tmp_path: Path, kind: str) -> None:
    check_folder(model_folder(tmp_path, model_type=kind), chat=True, sees=True)


def test_weights_in_one_file_pass(folder: Path) -> None:
    for name in (*PARTS, INDEX):
        (folder / name).unlink()
    write_weights(folder / "model.safetensors", "a")
    check_folder(folder, chat=True, sees=True)


def test_links_pass_as_the_hubs_cache_makes_them(folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "snapshot"
    linked.mkdir()
    for path in folder.iterdir():
        (linked / path.name).symlink_to(path)
    check_folder(linked, chat=True, sees=True)
    (folder / PARTS[1]).unlink()
    assert f"1 of 2 files of weights are missing, '{PARTS[1]}'" in refused(linked)


def test_no_folder_an_empty_one_and_a_file(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none")
    assert "no weights" in refused(tmp_path)
    assert "cannot be read" in refused(write_json(tmp_path / "config.json", {}))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("config.json", "no config.json"),
        (INDEX, "no weights"),
        (PARTS[0], f"1 of 2 files of weights are missing, '{PARTS[0]}' first"),
        ("preprocessor_config.json", "processor is missing"),
        ("tokenizer.json", "tokenizer is missing"),
        ("chat_template.jinja", "chat = false"),
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str, fault: str) -> None:
    (folder / name).unlink()
    assert fault in refused(folder)


def test_missing_files_are_counted(folder: Path) -> None:
    for name in PARTS:
        (folder / name).unlink()
    assert f"2 of 2 files of weights are missing, '{PARTS[0]}' first" in refused(folder)


def test_only_the_missing_chat_template_is_nothing_to_a_base_model(folder: Path) -> None:
    assert has_template(folder)
    (folder / "chat_template.jinja").unlink()
    assert not has_template(folder)
    check_folder(folder, chat=False, sees=True)


@pytest.mark.parametrize("name", ["tokenizer_config.json", "processor_config.json"])
def test_a_chat_template_may_be_in_a_configuration(folder: Path, name: str) -> None:
    (folder / "chat_template.jinja").unlink()
    write_json(folder / name, {"chat_template": "{{ messages }}"})
    check_folder(folder, chat=True, sees=True)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "consolidated.00.pth", "model.ckpt", "weights.pkl"])
def test_pickles_alone_are_refused_with_the_reason(folder: Path, name: str) -> None:
    for weights in (*PARTS, INDEX):
        (folder / weights).unlink()
    (folder / name).write_bytes(b"")
    message = refused(folder)
    assert name in message
    assert "a pickle can run any program" in message
    assert "safetensors" in message


def test_a_pickle_beside_safetensors_is_only_a_file(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"")
    check_folder(folder, chat=True, sees=True)


def test_gguf_is_sent_to_the_programs_that_run_it(tmp_path: Path) -> None:
    (tmp_path / "model.Q4_K_M.gguf").write_bytes(b"GGUF")
    assert "--server" in refused(tmp_path)


def test_an_adapter_alone_and_one_beside_its_model(folder: Path, tmp_path: Path) -> None:
    write_json(folder / "adapter_config.json", {"base_model_name_or_path": "somebody/else"})
    assert "adapter (LoRA) lies beside" in refused(folder)
    alone = tmp_path / "alone"
    alone.mkdir()
    write_json(alone / "adapter_config.json", {"base_model_name_or_path": "somebody/else"})
    write_weights(alone / "adapter_model.safetensors", "a")
    assert "adapter (LoRA), not a whole model" in refused(alone)


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (
            {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]},
            "'qwen2' model ('Qwen2ForCausalLM'), no video",
        ),
        ({"model_type": "llava", "architectures": None}, "'llava' model (of no named architecture), no video"),
        ({"model_type": "whisper"}, "no video-text-to-text model"),
        ({"model_type": "made_up"}, "pip install -U transformers"),
        ({"model_type": "made_up", "auto_map": {"AutoModel": "evil.Model"}}, "auto_map), and such code is never run"),
        ({"model_type": None}, "names no model_type"),
        ({"model_type": ["qwen2_5_vl"]}, "names no model_type"),
        ({"model_type": "x" * 10_000, "architectures": ["y" * 10_000]}, "does not know"),
        ({"model_type": "qwen2\n\x1b[31m"}, r"\x1b[31m"),
        ({"transformers_weights": "adapter_model.bin"}, "names other weights"),
    ],
)
def test_another_kind_of_model_is_refused_by_its_name(tmp_path: Path, config: dict[str, Any], fault: str) -> None:
    assert fault in refused(model_folder(tmp_path, **config))


def test_code_beside_a_model_that_needs_none_is_only_a_file(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, auto_map={"AutoModel": "evil.Model"})
    (folder / "evil.py").write_text("raise SystemExit('run!')")
    check_folder(folder, chat=True, sees=True)


def test_a_model_of_text_needs_no_processor(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, model_type="qwen2", architectures=["Qwen2ForCausalLM"])
    (folder / "preprocessor_config.json").unlink()
    check_folder(folder, chat=True, sees=False)
    assert "'qwen2' model ('Qwen2ForCausalLM'), no video-text-to-text model" in refused(folder)
    write_json(folder / "config.json", {"model_type": "clip"})
    assert "no text-generation model" in refused(folder, sees=False)


def test_a_processor_that_names_a_second_model_is_refused(folder: Path) -> None:
    write_json(folder / "processor_config.json", {"audio_tokenizer": {"audio_tokenizer_name_or_path": "a/b"}})
    assert "second model" in refused(folder)
    (folder / "processor_config.json").unlink()
    write_json(folder / "audio_tokenizer_config.json", {"audio_tokenizer_name_or_path": "a/b"})
    assert "second model" in refused(folder)


def cut(content: bytes) -> bytes:
    return content[:-8]


def longer(content: bytes) -> bytes:
    return content + bytes(8)


def within_the_header(content: bytes) -> bytes:
    return content[:20]


def huge_header(content: bytes) -> bytes:
    return (2**62).to_bytes(8, "little") + content[8:]


def deep_header(content: bytes) -> bytes:
    return (10**6).to_bytes(8, "little") + b"[" * 10**6


def pickled(content: bytes) -> bytes:
    return b"\x80\x04\x95" + content


def nothing(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("spoil", [cut, longer, within_the_header, huge_header, deep_header, pickled, nothing])
def test_a_damaged_file_of_weights_is_named(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = folder / PARTS[1]
    path.write_bytes(spoil(path.read_bytes()))
    assert f"{path}: damaged or cut short" in refused(folder)


def test_a_tensor_that_is_not_where_the_index_says(folder: Path) -> None:
    write_weights(folder / PARTS[1], "other")
    assert f"{PARTS[1]}: 1 tensors are missing, 'layer.1' first" in refused(folder)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "../model.safetensors", "/etc/model.safetensors", "a\\b.safetensors", "pytorch_model.bin", "",
     7, None, ["model.safetensors"]],
)  # fmt: skip
def test_an_index_names_files_of_weights_in_its_folder_and_nothing_else(folder: Path, name: object) -> None:
    write_json(folder / INDEX, {"weight_map": {"layer.0": PARTS[0], "layer.1": name}})
    assert "is no file of weights in this folder" in refused(folder)


@pytest.mark.parametrize("table", [{}, {"weight_map": {}}, {"weight_map": [PARTS[0]]}, {"weight_map": None}])
def test_an_index_without_a_map(folder: Path, table: dict[str, Any]) -> None:
    write_json(folder / INDEX, table)
    assert "no weight_map" in refused(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 500_000,
        b'{"a":' * 500_000,
    ],
)
@pytest.mark.parametrize("name", ["config.json", INDEX, "tokenizer_config.json"])
def test_what_is_not_json(folder: Path, name: str, content: bytes) -> None:
    (folder / "chat_template.jinja").unlink()
    (folder / name).write_bytes(content)
    assert str(folder / name) in refused(folder)


def test_a_huge_json_file_is_not_read_to_its_end(folder: Path) -> None:
    with (folder / "config.json").open("wb") as file:
        os.truncate(file.fileno(), 10**12)  # a hole: it takes no room
    assert f"larger than {LARGEST_JSON // 10**6} MB" in refused(folder)


def test_what_is_not_a_regular_file_counts_as_missing(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")  # would be read for ever
    assert "no config.json" in refused(folder)


def test_whole_looks_at_names_only(folder: Path) -> None:
    (folder / PARTS[0]).write_bytes(b"")
    (folder / "config.json").write_bytes(b"")
    check_whole(folder, sees=True)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    with suppress(InputError):
        assert isinstance(read_json(path), dict)


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ({"quant_method": "awq"}, "gptqmodel"),
        ({"quant_method": "gptq"}, "gptqmodel"),
        ({"load_in_4bit": True}, "bitsandbytes"),
        ({"quant_method": "compressed-tensors"}, "compressed-tensors"),
    ],
)
def test_quantized_weights_name_the_package_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: dict[str, Any], missing: str
) -> None:
    monkeypatch.setattr(checking, "find_spec", lambda name: None)
    folder = model_folder(tmp_path / "model", quantization_config=method)
    with pytest.raises(MissingToolError) as caught:
        check_folder(folder, chat=True, sees=True)
    assert "its weights are quantized" in str(caught.value)
    assert missing in caught.value.remedy
    assert "--server" in caught.value.remedy
    monkeypatch.setattr(checking, "find_spec", lambda name: object())
    check_folder(folder, chat=True, sees=True)


def test_a_model_of_text_alone_may_write(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model", model_type="qwen2", architectures=["Qwen2ForCausalLM"])
    check_folder(folder, chat=True, sees=None)
    assert "no video-text-to-text model" in refused(folder)
