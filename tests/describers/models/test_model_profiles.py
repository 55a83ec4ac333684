"""Profiles of video-language models: what is shipped, what a file may say, and what is said about a wrong one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from audiodesc.describers.models.generation import Sampling
from audiodesc.describers.models.profiles import ModelProfile, read_profile, shipped
from audiodesc.errors import InputError
from audiodesc.model import FrameRequest

Write = Callable[[str | bytes], Path]

GOOD = """
repository = "somebody/film-model"
revision = "v2"
licence = "MIT"
prompt = "narrator"
chat = false
fps = 2.5
min_frames = 8
max_frames = 24
max_pixels = 100_352
observe_tokens = 300
memory_gb = 7
download_gb = 6.5
writer_model = "smolvlm2"
auto = false
summary = "mine"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def fault(path: Path) -> str:
    """The message about a wrong file, which is one line and names it."""
    with pytest.raises(InputError) as caught:
        read_profile(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 1000
    return message


def test_a_file_says_it_all(write: Write) -> None:
    profile = read_profile(write(GOOD))
    assert profile == ModelProfile(
        name="mine", repository="somebody/film-model", revision="v2", licence="MIT", prompt="narrator", chat=False,
        fps=2.5, min_frames=8, max_frames=24, max_pixels=100_352, observe_tokens=300, memory_gb=7.0, download_gb=6.5,
        writer_model="smolvlm2", auto=False, summary="mine",
    )  # fmt: skip
    assert isinstance(profile.memory_gb, float)
    assert profile.frames == FrameRequest(2.5, 8, 24, 100_352)


def test_a_repository_is_enough(write: Write) -> None:
    assert read_profile(write('repository = "a/b"')) == ModelProfile("mine", "a/b")


def test_every_field_is_explained_in_the_shipped_file() -> None:
    from audiodesc.describers.models import profiles

    text = Path(profiles.__file__).with_name("profiles.toml").read_text("utf-8")
    comments = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    names = [each.name for each in dataclasses.fields(ModelProfile) if each.name != "name"]
    assert [name for name in names if name not in comments] == []


def test_a_folder_is_seen_from_the_profiles_own(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('repository = "./weights"')
    monkeypatch.chdir(path.anchor)
    assert Path(read_profile(path).repository) == tmp_path / "weights"
    assert Path(read_profile(write('repository = "../up"')).repository).resolve() == tmp_path.parent / "up"
    assert read_profile(write('repository = "/anywhere"')).repository == "/anywhere"
    monkeypatch.chdir(tmp_path)
    assert Path(read_profile(Path(write('repository = "./weights"').name)).repository) == tmp_path / "weights"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('repository = ""', "repository is missing"),
        ("repository = 7", "repository must be text, not 7"),
        ('name = "hal"', "unknown key 'name'"),
        ('framerate = "2"', "unknown key 'framerate'"),
        ("chat = 1", "chat must be true or false, not 1"),
        ("fps = true", "fps must be a number, not True"),
        ('fps = "2"', "fps must be a number, not '2'"),
        ("fps = 0", "fps 0 is not between 0.1 and 30"),
        ("fps = nan", "fps nan is not between"),
        ("fps = inf", "fps inf is not between"),
        ("max_frames = 2.5", "max_frames must be a whole number, not 2.5"),
        ("max_frames = 769", "max_frames 769 is not between 1 and 768"),
        ("min_frames = 33", "min_frames 33 is more than max_frames 32"),
        ("max_pixels = -5", "max_pixels -5 is not between"),
        ("observe_tokens = 1_000_000", "observe_tokens 1000000 is not between"),
        ("memory_gb = -1", "memory_gb -1 is not between"),
        ("max_soft_tokens = 100", "max_soft_tokens must be one of 0, 70, 140, 280, 560, 1120"),
        ("temperature = 3", "temperature 3 is not between 0 and 2"),
        ("repetition_penalty = 0.5", "repetition_penalty 0.5 is not between 1 and 2"),
        ('prompt = "poem"', "prompt must be one of plain, narrator, fields"),
        ('auto = "no"', "auto must be true or false, not 'no'"),
        ('licence = ["MIT"]', "licence must be text"),
        (f"summary = {['x' * 100] * 1000}", "summary must be text"),
    ],
)
def test_a_wrong_entry_is_named(write: Write, line: str, words: str) -> None:
    key = line.partition(" =")[0]
    repository = "" if key == "repository" else 'repository = "a/b"\n'
    assert words in fault(write(repository + line))


@pytest.mark.parametrize(
    "content",
    [b"repository", b"\xff\xfe\x00", b"repository = 'a'\nrepository = 'b'", b"a = " + b"[" * 100_000,
     b"fps = " + b"9" * 5000],
)  # fmt: skip
def test_what_is_not_toml(write: Write, content: bytes) -> None:
    assert "not TOML" in fault(write(content))


@pytest.mark.parametrize("content", ["", "[mine]\nrepository = 'a/b'"])
def test_no_repository(write: Write, content: str) -> None:
    assert "repository is missing" in fault(write(content))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "No such file" in fault(tmp_path / "none.toml")
    assert "directory" in fault(tmp_path)


def test_the_shipped_profiles() -> None:
    profiles = shipped()
    assert next(iter(profiles)) == "qwen3.5-9b"
    assert profiles["qwen-narrator"].observe_tokens == 1536
    assert profiles["qwen3-vl-8b"].sampling == Sampling(0.7, 0.8, 20, 1.5)
    assert profiles["glm-4.6v-flash"].sampling == Sampling(0.8, 0.6, 2, 0, 1.1)
    assert profiles["qwen-narrator"].memory_gb == 20
    assert profiles["qwen-narrator"].frames == FrameRequest(2.0, 16, 96, 784 * 441)
    for name in ("skycaptioner", "llava-next-video"):
        assert not profiles[name].auto
    assert [name for name, profile in profiles.items() if profile.memory_gb == 0] == [
        *("qwen3.5-2b", "qwen3-vl-2b", "qwen3.5-0.8b", "smolvlm2")
    ]
    assert all(profile.ram_gb for profile in profiles.values() if profile.memory_gb == 0)
    for name, profile in profiles.items():
        assert profile.name == name
        assert profile.repository.count("/") == 1
        assert profile.summary
        assert profile.licence != ModelProfile("x", "x").licence
        assert profile.download_gb > 0
        assert not profile.writer_model or profile.writer_model in profiles


def test_what_the_shipped_profiles_need_is_estimated_in_one_way() -> None:
    """As the head of their file says; a writer is loaded beside the model or after it."""
    for name, profile in shipped().items():
        assert profile.memory_gb in (0, round(2.2 * profile.parameters + 2)), name
        assert profile.ram_gb in (0, round(4.4 * profile.parameters + 2)), name
        assert profile.download_gb >= 0.95 * 2 * profile.parameters, name


def test_the_penalty_for_repetition_is_in_the_fingerprint_only_where_there_is_one() -> None:
    assert str(Sampling(0.7, 0.8, 20, 1.5)) == "Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)"
    assert str(Sampling(0.8, repetition_penalty=1.1)).endswith(" repetition/1.1")
    assert Sampling(repetition_penalty=1.1).again.repetition_penalty == 1.1


def test_a_profile_can_be_hashed() -> None:
    assert len(set(shipped().values())) == len(shipped())


def test_a_persons_own_question_is_a_key_of_the_profile_and_part_of_its_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('repository = "a/b"\nprompt_file = "ask.txt"\n', "utf-8")
    with pytest.raises(InputError, match="the prompt cannot be read"):
        read_profile(tmp_path / "own.toml")
    (tmp_path / "ask.txt").write_text("What is seen in {seconds} s?", "utf-8")
    profile = read_profile(tmp_path / "own.toml")
    assert profile.question == "What is seen in {seconds} s?"
    first = profile.asked
    (tmp_path / "ask.txt").write_text("What else?", "utf-8")
    assert profile.asked.startswith("own/")
    assert profile.asked != first
