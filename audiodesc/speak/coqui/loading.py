"""Loading a Coqui model: from files that were checked, as numbers only, without a word on the screen."""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from audiodesc.core.environment import use_temporary_caches
from audiodesc.speak.coqui.config import Config
from audiodesc.speak.coqui.files import Files
from audiodesc.speak.coqui.phonemes import use_library
from audiodesc.speak.coqui.wanted import Wanted

_SILENT = logging.CRITICAL + 1
_OLD_WAYS = r"(TTS|torch|torchaudio|trainer|transformers)\."
"""Modules that Coqui brings: what they say of each other's deprecated calls is nothing that a user can mend."""


def load(wanted: Wanted) -> Any:
    """Coqui's `Synthesizer`, on the GPU where there is one with room. Raises whatever Coqui and PyTorch raise."""
    with quiet_import():
        import torch
        from TTS.utils.synthesizer import Synthesizer
    use_library()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, config = _staged(wanted.files, wanted.config, Path(folder, "model"))
        paths = {"tts_checkpoint": checkpoint, "tts_config_path": config}
        if wanted.vocoder:
            checkpoint, config = _staged(*wanted.vocoder, Path(folder, "vocoder"))
            paths |= {"vocoder_checkpoint": checkpoint, "vocoder_config": config}
        try:
            return Synthesizer(**paths, use_cuda=wanted.gpu and torch.cuda.is_available())
        except torch.OutOfMemoryError:
            return Synthesizer(**paths, use_cuda=False)


def _staged(files: Files, config: Config, folder: Path) -> tuple[str, str]:
    """The model under plain names, with its safe config: Coqui looks beside the checkpoint for other files."""
    folder.mkdir()
    for path in files.folder.iterdir():
        if path.is_file() and path.name not in ("config.json", "model.pth"):
            (folder / path.name).symlink_to(path.absolute())
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    checkpoint = folder / "model.pth"
    if files.checkpoint.suffix == ".safetensors":
        import torch
        from safetensors.torch import load_file

        torch.save({"model": load_file(files.checkpoint)}, checkpoint)
    elif not (config.get("model") == "xtts" and _copied_legacy(files.checkpoint, checkpoint)):
        checkpoint.symlink_to(files.checkpoint.absolute())
    return str(checkpoint), str(folder / "config.json")


def _copied_legacy(path: Path, to: Path) -> bool:
    """The numbers of an XTTS checkpoint whose settings are pickled, as its makers published it; False for others.

    Coqui itself would write such a checkpoint anew, in its place.
    """
    import torch
    from TTS.tts.models.xtts import _legacy_safe_globals

    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return False
    except RuntimeError:  # a file in the form before that of zip
        return False
    except UnpicklingError:
        with _legacy_safe_globals():
            torch.save({"model": torch.load(path, map_location="cpu", weights_only=True)["model"]}, to)
    return True


@contextmanager
def quiet_import() -> Iterator[None]:
    """Coqui and its trainer log to the screen; and Python warns of old ways of writing in what they import."""
    use_temporary_caches()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
    warnings.filterwarnings("ignore", category=FutureWarning, module=_OLD_WAYS)
    for name in ("TTS", "trainer", "transformers"):
        logging.getLogger(name).setLevel(_SILENT)
