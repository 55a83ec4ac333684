"""Texts -> vectors that are alike where the texts mean the same, by a sentence-transformers model.

Of a folder or of the hub only data is read: weights as safetensors, and the three parts of a model that run no code
of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.downloads import Downloads
from audiodesc.core.environment import models_command
from audiodesc.core.files import at_home, read_whole, sampled_hash
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.models.checking import check_whole, read_json
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.weights import MEGABYTE, TIMEOUT_S, bar, client
from audiodesc.errors import InputError, MissingToolError, UsageError

PARTS: Final = frozenset({"Transformer", "Pooling", "Normalize"})
"""The parts of a model that are loaded. Others may name classes of any program."""

FETCHED: Final = ("*.json", "model*.safetensors", "*.model", "*/config.json", "merges.txt", "vocab.txt")
SKIPPED: Final = ("onnx/*", "openvino/*")
AGAIN: Final = "give a model such as sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
AT_ONCE: Final = 64

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Embedding:
    """A loaded model. `identity` stands for its name and for what it holds."""

    identity: str
    model: Any

    def documents(self, texts: Sequence[str]) -> Vectors:
        """A vector of length 1 for each text that is searched, shape (texts, width)."""
        return self._encoded(texts, self.model.encode_document)

    def question(self, text: str) -> Vectors:
        """The same for a question, shape (width,)."""
        found: Vectors = self._encoded([text], self.model.encode_query)[0]
        return found

    def _encoded(self, texts: Sequence[str], encode: Any) -> Vectors:
        found = encode(list(texts), batch_size=AT_ONCE, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)


def open_embedding(name: str, downloads: Downloads, progress: Progress = silent) -> Embedding:
    """The model of a folder or, by its name, of the hub: as it is on this disk, else fetched where that is allowed.

    Raises MissingToolError without the models extra, UsageError for what is not here and may not be fetched,
    InputError for what cannot or must not be loaded.
    """
    if not all(map(find_spec, ("sentence_transformers", "torch"))):
        raise MissingToolError("search by meaning needs the packages for models", models_command())
    profile = ModelProfile(name=name, repository=name)
    folder = at_home(name) if name.startswith("~/") else Path(name)
    if folder.is_dir():
        identity = f"{folder.name}@{_content(folder)}"
    elif name.startswith((".", "/", "~")):
        raise InputError(f"{folder}: there is no such folder", "give a model's folder, or its name on the hub")
    else:
        folder = _from_hub(profile, downloads, progress)
        identity = f"{name}@{folder.name}"
    check_embedding(folder)
    return Embedding(identity, _loaded(folder))


def check_embedding(folder: Path) -> None:
    """Raise InputError where a folder holds no embedding model, or one that must not be loaded."""
    check_whole(folder, sees=False)
    for kind, place in _parts(folder):
        if kind not in PARTS:
            raise InputError(f"{folder}: it has a part of the kind {kind!r:.60}, which is not loaded", AGAIN)
        if not (folder / place).resolve().is_relative_to(folder.resolve()):
            raise InputError(f"{folder}: it has a part in another folder", AGAIN)
    if "auto_map" in read_json(folder / "config.json"):
        raise InputError(f"{folder}: it needs program code of its own, and such code is never run", AGAIN)


def _parts(folder: Path) -> Iterator[tuple[str, str]]:
    """The kind of each part, and where it is. A model without a list of parts is one of mean pooling."""
    path = folder / "modules.json"
    if not path.is_file():
        return
    for one in _list_in(path):
        kind, place = (one.get("type"), one.get("path")) if isinstance(one, Mapping) else (None, None)
        if not isinstance(kind, str) or not isinstance(place, str) or not kind.startswith("sentence_transformers."):
            raise InputError(f"{path}: a part is of a class that is not of sentence-transformers", AGAIN)
        yield kind.rpartition(".")[2], place


def _list_in(path: Path) -> list[Any]:
    """The list in a small JSON file. Raises InputError for all else."""
    try:
        found = json.loads(read_whole(path, 1_000_000))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error})", AGAIN) from error
    if not isinstance(found, list):
        raise InputError(f"{path}: not a list", AGAIN)
    return found


def _loaded(folder: Path) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return SentenceTransformer(
            str(folder),
            device=device,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
        )
    except Exception as error:  # the libraries raise whatever their configuration code met
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{folder}: no embedding model can be loaded ({why})", AGAIN) from error


def _from_hub(profile: ModelProfile, downloads: Downloads, progress: Progress) -> Path:
    """The folder of the hub's local cache, fetched where it is not there and that is allowed."""
    with client(profile) as hub:
        config = hub.try_to_load_from_cache(profile.repository, "config.json", revision=profile.revision)
        with suppress(InputError):
            if isinstance(config, str):
                check_embedding(Path(config).parent)
                return Path(config).parent
        against = downloads.refusal(profile.repository, profile.licence, partial(_size, hub, profile), ask_above=0)
        if against:
            raise UsageError(f"the embedding model {profile.repository} is not on this disk", against)
        total = _size(hub, profile)
        folder = hub.snapshot_download(
            profile.repository,
            revision=profile.revision,
            allow_patterns=list(FETCHED),
            ignore_patterns=list(SKIPPED),
            tqdm_class=bar(progress, total),
        )
    progress("fetch", total // MEGABYTE, total // MEGABYTE)
    return Path(folder)


def _size(hub: Any, profile: ModelProfile) -> int:
    """How many bytes come from the hub at most."""
    info = hub.HfApi().model_info(profile.repository, revision=profile.revision, files_metadata=True, timeout=TIMEOUT_S)
    return sum(file.size or 0 for file in info.siblings or () if file.rfilename.endswith((".safetensors", ".json")))


def _content(folder: Path) -> str:
    """Stands for all that is loaded from a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".json", ".safetensors", ".txt", ".model"):
            digest.update(f"{path.relative_to(folder)}\0{sampled_hash(path)}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]
