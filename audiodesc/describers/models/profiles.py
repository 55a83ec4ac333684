"""Which video-language models there are: data, read from `profiles.toml` or a user's own file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from audiodesc.core.toml import check_table, read_toml
from audiodesc.describers.models.generation import Sampling
from audiodesc.describers.prompts import OBSERVE, OBSERVE_FIELDS, OBSERVE_NARRATOR, read_question
from audiodesc.errors import InputError
from audiodesc.model import FrameRequest

Prompt = Literal["plain", "narrator", "fields", "none"]

SOFT_TOKENS = (0, 70, 140, 280, 560, 1120)
"""For a frame of a Gemma 4, which knows no other sizes; 0: as its own files say."""

QUESTIONS: Mapping[str, str] = {"plain": OBSERVE, "narrator": OBSERVE_NARRATOR, "fields": OBSERVE_FIELDS}

_SHIPPED = Path(__file__).with_name("profiles.toml")
_REMEDY = "see the keys at the top of audiodesc/describers/models/profiles.toml"
_LIMITS = {"fps": (0.1, 30), "min_frames": (1, 768), "max_frames": (1, 768), "max_pixels": (784, 4_000_000),
           "observe_tokens": (16, 8192), "temperature": (0, 2), "top_p": (0.01, 1), "top_k": (0, 1000),
           "presence_penalty": (0, 2), "repetition_penalty": (1, 2), "context": (0, 10_000_000),
           "parameters": (0, 10_000), "memory_gb": (0, 2000), "ram_gb": (0, 2000),
           "download_gb": (0, 5000), "active_parameters": (0, 2000), "frame_gmacs": (0, 5000),
           "frame_tokens": (0, 5000)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """A model and how it is asked; `profiles.toml` explains each field.

    `repository` is a name on the model hub or the path of a folder; `memory_gb`, `ram_gb` and
    `download_gb` in 10⁹ bytes.
    """

    name: str
    repository: str
    revision: str = "main"
    licence: str = "see its card"
    prompt: Prompt = "plain"
    prompt_file: str = ""
    chat: bool = True
    fps: float = 1.0
    min_frames: int = 4
    max_frames: int = 32
    max_pixels: int = 345_744
    max_soft_tokens: int = 0
    observe_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    presence_penalty: float = 0.0
    repetition_penalty: float = 1.0
    context: int = 0
    parameters: float = 0.0
    memory_gb: float = 0.0
    ram_gb: float = 0.0
    download_gb: float = 0.0
    active_parameters: float = 0.0
    frame_gmacs: float = 0.0
    frame_tokens: float = 0.0
    writer_model: str = ""
    auto: bool = True
    summary: str = ""

    @property
    def question(self) -> str:
        """What it is asked about the pictures. Raises what `read_question` raises."""
        return read_question(Path(self.prompt_file)) if self.prompt_file else QUESTIONS[self.prompt]

    @property
    def asked(self) -> str:
        """Stands for the question: its name, or a hash of a person's own."""
        return f"own/{sha256(self.question.encode()).hexdigest()[:12]}" if self.prompt_file else self.prompt

    @property
    def frames(self) -> FrameRequest:
        """Which frames of each segment it observes."""
        return FrameRequest(self.fps, self.min_frames, self.max_frames, self.max_pixels)

    @property
    def sampling(self) -> Sampling:
        """How its tokens are chosen: its makers' advice, else the likeliest."""
        return Sampling(self.temperature, self.top_p, self.top_k, self.presence_penalty, self.repetition_penalty)

    @property
    def sees(self) -> bool:
        """Whether its model is given pictures; else it writes lines from text alone."""
        return self.prompt != "none"

    def with_weights(self, repository: str) -> ModelProfile:
        """The same with other weights; unchanged for ""."""
        return replace(self, repository=repository, revision="main") if repository else self


@functools.cache
def shipped() -> Mapping[str, ModelProfile]:
    """The profiles that come with the program, by name, best first."""
    return {name: _profile(_SHIPPED, name, table) for name, table in _table(_SHIPPED).items()}


def read_profile(path: Path) -> ModelProfile:
    """A user's own profile, named after its file. Raises InputError, which names file, fault and remedy."""
    made = _profile(path, path.stem, _table(path))
    if made.prompt_file:
        made = replace(made, prompt_file=str(path.absolute().parent / made.prompt_file))
        read_question(Path(made.prompt_file))
    if made.repository.startswith(("./", "../")):
        return replace(made, repository=str(path.absolute().parent / made.repository))
    return made


def _table(path: Path) -> dict[str, Any]:
    return read_toml(path, "give the path of a model's profile", _REMEDY)


def _profile(path: Path, name: str, table: Any) -> ModelProfile:
    try:
        made = ModelProfile(name=name, **_checked(table))
        if made.min_frames > made.max_frames:
            raise ValueError(f"min_frames {made.min_frames} is more than max_frames {made.max_frames}")
    except ValueError as error:
        raise InputError(f"{path}: {name}: {error}", _REMEDY) from error
    return made


def _checked(table: Any) -> dict[str, Any]:
    model_types: dict[str, type] = {
        field.name: str if field.default is MISSING else type(field.default)
        for field in fields(ModelProfile)
        if field.name != "name"
    }
    if not isinstance(table, dict) or not table.get("repository"):
        raise ValueError("repository is missing")
    check_table(table, model_types)
    for key, value in table.items():
        _check(key, value)
    return {key: model_types[key](value) for key, value in table.items()}


def _check(key: str, value: Any) -> None:
    if key == "prompt" and value not in get_args(Prompt):
        raise ValueError(f"prompt must be one of {', '.join(get_args(Prompt))}")
    if key == "max_soft_tokens" and value not in SOFT_TOKENS:
        raise ValueError(f"max_soft_tokens must be one of {', '.join(map(str, SOFT_TOKENS))}")
    least, most = _LIMITS.get(key, (value, value))
    if not least <= value <= most:
        raise ValueError(f"{key} {value} is not between {least} and {most}")
