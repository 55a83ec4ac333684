"""What a user asks for -> the describer: folders, base models, writer models."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import Frame, Span, VideoClip

pytest.importorskip("torch")
pytest.importorskip("transformers")

from describers.server.fake import Fake, answer
from models import tiny

from audiodesc.describers import describer, models
from audiodesc.describers.base import Describer, DescriberOptions, LineRequest, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models import loaded_models, video_model
from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.loading import load_model
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.questions import Question
from audiodesc.describers.models.weights import Weights

CLIP = VideoClip(Span(0, 4000), tuple(Frame(1000 * i, np.full((56, 84, 3), 50 * i, np.uint8)) for i in range(4)))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """chat, base (the same without a form for conversations) and pen, which sees nothing."""
    folder = tmp_path_factory.mktemp("models")
    tiny.tiny_qwen25_vl(folder / "chat")
    shutil.copytree(folder / "chat", folder / "base")
    (folder / "base" / "chat_template.jinja").unlink()
    tiny.tiny_text_model(folder / "pen")
    (folder / "pen.toml").write_text('repository = "./pen"\nprompt = "none"\n', "utf-8")
    return folder


def made_by(options: DescriberOptions, name: str = "model") -> Describer:
    return describer(name, options).describer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Question]]:
    """(model's name, question) of all that is asked."""
    questions: list[tuple[str, Question]] = []
    answer = BatchRunner.answer

    def noted(self: BatchRunner, batch: list[Question], inputs: object, longest: int) -> object:
        questions.extend((self._name, question) for question in batch)
        return answer(self, batch, inputs, min(longest, 16))

    monkeypatch.setattr(BatchRunner, "answer", noted)
    return questions


def test_a_folder_is_asked_in_conversation(folders: Path, asked: list[tuple[str, Question]]) -> None:
    name = str(folders / "chat")
    made = made_by(DescriberOptions(model=name))
    assert f"{name}@sha256:" in made.fingerprint
    assert list(dict(made.observe([CLIP]))) == [0]
    made.write_lines(LineRequest("a fox", 8, "en"))
    assert [(who, question.chat, len(question.frames)) for who, question in asked[:2]] == [
        (name, True, 4),
        (name, True, 0),
    ]


def test_a_folder_without_a_form_for_conversations_goes_on_with_a_text(
    folders: Path, asked: list[tuple[str, Question]]
) -> None:
    made = made_by(DescriberOptions(model=str(folders / "base")))
    assert list(dict(made.observe([CLIP]))) == [0]
    made.write_lines(LineRequest("a fox", 8, "en"))
    assert [question.chat for _, question in asked] == [False, False]
    assert asked[1][1].text.endswith("Line of at most 8 words:")


def test_another_model_makes_the_line(folders: Path, asked: list[tuple[str, Question]]) -> None:
    made = made_by(DescriberOptions(model=str(folders / "chat"), writer_model=str(folders / "pen.toml")))
    assert "/chat@" in made.fingerprint
    assert "/pen@" in made.fingerprint
    assert list(dict(made.observe([CLIP]))) == [0]
    made.write_lines(LineRequest("a fox", 8, "en"))
    assert [who for who, _ in asked[:2]] == [str(folders / "chat"), "pen"]


def test_a_profiles_own_writer_model_makes_the_line(
    folders: Path, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, Question]]
) -> None:
    """As SkyCaptioner's does."""
    profile = folders / "sky.toml"
    profile.write_text(f'repository = "./chat"\nprompt = "fields"\nwriter_model = "{folders / "pen.toml"}"\n', "utf-8")
    made = made_by(DescriberOptions(), str(profile))
    dict(made.observe([CLIP]))
    made.write_lines(LineRequest('{"subjects": [{"appearance": "a tall man", "action": "runs"}]}', 8, "en"))
    assert [who for who, _ in asked[:2]] == ["sky", "pen"]
    assert "a tall man" in asked[1][1].text
    assert '"subjects"' not in asked[1][1].text


def test_a_model_of_text_cannot_look(folders: Path) -> None:
    with pytest.raises(UsageError, match="pen sees no pictures: give it as --writer-model"):
        made_by(DescriberOptions(), str(folders / "pen.toml"))


def test_a_model_that_is_named_is_taken_without_a_name_for_the_describer(folders: Path) -> None:
    taken = describer(None, DescriberOptions(model=str(folders / "chat")))
    assert "/chat@" in taken.describer.fingerprint
    assert taken.why == ""


def test_a_model_on_an_old_gpu_comes_with_a_remark(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "this_machine", lambda: Machine("Tesla T4", 15, 16, "cuda:0", "float16"))
    assert (
        describer(None, DescriberOptions(model=str(folders / "chat"))).why
        == "Tesla T4 has no bfloat16: the model runs in float16"
    )
    assert describer("basic", DescriberOptions()).why == ""


def test_what_is_no_model_is_said(folders: Path) -> None:
    with pytest.raises(UsageError, match="needs a model: give --model"):
        made_by(DescriberOptions())
    with pytest.raises(UsageError, match="there is no describer 'nothing-known'"):
        made_by(DescriberOptions(), "nothing-known")
    with pytest.raises(UsageError, match="there is no model 'nothing-known'"):
        made_by(DescriberOptions(model=str(folders / "chat"), writer_model="nothing-known"))


def test_the_folder_of_a_text_model_writes(folders: Path, asked: list[tuple[str, Question]]) -> None:
    pen = str(folders / "pen")
    made = made_by(DescriberOptions(model=str(folders / "chat"), writer_model=pen))
    made.write_lines(LineRequest("a fox", 8, "en"))
    assert asked[0][0] == pen


def test_a_profiles_writer_that_cannot_be_had_is_told_and_the_observer_writes(
    folders: Path, asked: list[tuple[str, Question]]
) -> None:
    profile = folders / "narrates.toml"
    profile.write_text('repository = "./chat"\nprompt = "narrator"\nwriter_model = "qwen3.5-4b"\n', "utf-8")
    made = made_by(DescriberOptions(downloads=Downloads(offline=True)), str(profile))
    (note,) = made.notes()
    assert note.startswith("narrates writes the lines itself, for qwen3.5-4b cannot be had (")
    assert "--writer-model" in note
    made.write_lines(LineRequest("A fox runs.", 8, "en"))
    assert {who for who, _ in asked} == {"narrates"}
    with pytest.raises(AudiodescError, match="offline"):  # one that the user names is not replaced
        made_by(DescriberOptions(writer_model="qwen3.5-4b", downloads=Downloads(offline=True)), str(profile))
    profile.write_text('repository = "./chat"\nprompt = "fields"\nwriter_model = "qwen3.5-4b"\n', "utf-8")
    with pytest.raises(AudiodescError, match="offline"):  # a model of fields writes no lines
        made_by(DescriberOptions(downloads=Downloads(offline=True)), str(profile))


def test_a_model_that_is_named_writes_in_place_of_the_profiles(
    folders: Path, asked: list[tuple[str, Question]]
) -> None:
    profile = folders / "narrates.toml"
    profile.write_text('repository = "./chat"\nprompt = "narrator"\nwriter_model = "qwen3.5-4b"\n', "utf-8")
    made = made_by(DescriberOptions(writer_model=str(folders / "pen.toml")), str(profile))
    made.write_lines(LineRequest("The camera pans left. A Black man waits.", 8, "en"))
    assert made.notes() == ()
    assert asked[0][0] == "pen"
    assert "A man waits." in asked[0][1].text
    assert "camera pans" not in asked[0][1].text


def test_the_model_here_observes_and_one_of_a_server_writes(
    folders: Path, tmp_path: Path, asked: list[tuple[str, Question]]
) -> None:
    lines = iter(["ready", '{"lines": ["A fox runs."]}', "Foxes run."])
    fake = Fake(lambda number: answer(next(lines)))
    fake.models = (200, {"data": [{"id": "pen", "owned_by": "vllm"}]})
    try:
        made = made_by(DescriberOptions(model=str(folders / "chat"), writer_server=fake.url))
        with made.session(Store(tmp_path)):
            assert list(dict(made.observe([CLIP]))) == [0]
            assert made.write_lines(LineRequest("A fox.", 8, "en")) == ("A fox runs.",)
            assert made.summarise(StoryRequest("en", lines=("A fox runs.",))) == "Foxes run."
        assert {who for who, _ in asked} == {str(folders / "chat")}
        assert all(request["model"] == "pen" for request in fake.requests)
        assert " pen " in f" {made.fingerprint} "
        assert fake.url not in made.fingerprint
        elsewhere = made_by(
            DescriberOptions(model=str(folders / "chat"), writer_model="pen", writer_server=f"{fake.url}/other")
        )
        assert elsewhere.fingerprint != made.fingerprint
    finally:
        fake.close()


@pytest.mark.parametrize(("free_gb", "loads"), [(9.0, ["eyes", "pen", "eyes"]), (11.0, ["eyes", "pen"])])
def test_two_models_take_turns_where_the_memory_does_not_hold_both(
    folders: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, loads: list[str]
) -> None:
    """Of 10 GB that the writer needs, so much is free beside the one that observes."""
    for module in (video_model, loaded_models):
        monkeypatch.setattr(module, "this_machine", lambda: Machine("GPU", free_gb, 24, "cuda:0"))
    monkeypatch.setattr(loaded_models, "release_memory", lambda: None)
    chat = Weights(folders / "chat", "chat", "1")
    eyes, pen = (
        video_model.LocalModel(ModelProfile(name, name, memory_gb=gb, observe_tokens=16), chat)
        for name, gb in (("eyes", 9.0), ("pen", 10.0))
    )
    loaded: list[str] = []

    def load(model: video_model.LocalModel) -> BatchRunner:
        loaded.append(model.profile.name)
        return BatchRunner(model.profile.name, load_model(model.weights))

    made = video_model.VideoModel(eyes, pen, FilmContext(), load)
    list(made.observe([CLIP]))
    for _ in range(2):
        with suppress(AudiodescError):
            made.write_lines(LineRequest("A fox.", 8, "en"))
    list(made.observe([CLIP]))
    assert loaded == loads


def test_a_machine_holds_a_model_by_what_is_free_now() -> None:
    small, large = shipped()["qwen3.5-4b"], shipped()["qwen3-vl-8b"]
    assert Machine("GPU", 15, 16, "cuda:0").holds(small)
    assert not Machine("GPU", 15, 16, "cuda:0").holds(large)
    assert not Machine(ram_gb=10).holds(small)
    assert Machine(ram_gb=10).holds(shipped()["smolvlm2"])
    assert Machine().holds(large)  # not known
