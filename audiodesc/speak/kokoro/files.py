"""The files of Kokoro's voices: fetched once into the user's cache, or in a folder of the user's own; a voice in them.

One model speaks with all voices. A voice is an array of styles, one for each length of text in tokens.
"""

from __future__ import annotations

import difflib
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from annotated_types import Ge, Le

from audiodesc.core.downloads import Downloads, shown_size
from audiodesc.core.fetching import PinnedFile, cache_folder, fetch_files, is_whole, remove_damaged
from audiodesc.core.progress import Progress
from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.speak.profiles import Profile, checked_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
MODEL: Final = PinnedFile(
    f"{_RELEASE}/kokoro-v1.0.int8.onnx", 92_361_271, "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
)
VOICES: Final = PinnedFile(
    f"{_RELEASE}/voices-v1.0.bin", 28_214_398, "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d"
)
"""NumPy's archive of the 54 voices that the model's makers publish one by one; the sum is that of the release, and of
the archive that NumPy makes of their files."""

FILES: tuple[PinnedFile, ...] = (MODEL, VOICES)
LICENCE: Final = "Apache-2.0"
SOURCE: Final = "github.com/thewh1teagle/kokoro-onnx"

STYLES: Final = (510, 1, 256)
"""The shape of a voice: a style, 256 numbers, for each length in tokens."""

_BYTES = 4 * 510 * 256
_NAME = re.compile(r"[a-z]{2}_[a-z]+")
_HEADER = 512  # more than the header of a .npy file of such an array takes


@dataclass(frozen=True, slots=True)
class KokoroOptions:
    """`folder`: one that holds the model (kokoro-v1.0.int8.onnx, or one other .onnx file) and the voices
    (voices-v1.0.bin, or voices/NAME.bin), in place of those that are fetched. `speed`: the model's, at the natural
    rate; at 1 most voices are too quick for a description."""

    folder: Path | None = None
    speed: Annotated[float, Ge(0.5), Le(2.0)] = 0.8


def size_bytes() -> int:
    """Of the download for all voices."""
    return sum(file.size_bytes for file in FILES)


def on_disk(profile: Profile) -> bool:
    """Whether the model and the voices are here; nothing is opened."""
    try:
        model_file(profile)
    except AudiodescError:
        return False
    return True


def fetch_voice(profile: Profile, downloads: Downloads, progress: Progress) -> None:
    """Get what is not on this disk, if that is allowed; see `fetch_files` for what is raised."""
    if checked_settings(profile, KokoroOptions).folder or on_disk(profile):
        return
    if refusal := downloads.refusal(SOURCE, LICENCE, size_bytes, ask_above=0):
        raise _missing(profile, refusal)
    fetch_files(cache_folder("kokoro"), FILES, progress)


def model_file(profile: Profile) -> Path:
    """The model for a voice. Raises InputError for a folder without one, MissingToolError for a download not made."""
    own = checked_settings(profile, KokoroOptions).folder
    if own is None:
        folder = cache_folder("kokoro")
        if all(is_whole(folder, file) for file in FILES):
            return folder / FILES[0].name
        raise _missing(profile, "allow it to be downloaded: --yes")
    usual = own / MODEL.name
    models = [usual] if usual.is_file() else sorted(own.glob("*.onnx"))
    if len(models) != 1:
        raise InputError(
            f"voice {profile.name}: {own} holds {len(models) or 'no'} model{'s' if models else ''} of Kokoro",
            f"name a folder with {MODEL.name} and {VOICES.name}, or leave kokoro.folder out",
        )
    return models[0]


def read_styles(profile: Profile, folder: Path) -> NDArray[np.float32]:
    """The styles of a profile's voice, shape (510, 256). Raises InputError for a voice that is not there, and for a
    file that holds anything else."""
    import numpy as np

    name = profile.voice
    try:
        is_array = (folder / VOICES.name).is_file()
        content = _voice_bytes(folder, name)
        numbers = np.load(BytesIO(content), allow_pickle=False) if is_array else _raw(content)
        if numbers.shape != STYLES or numbers.dtype != np.float32 or not np.isfinite(numbers).all():
            raise ValueError("it is not an array of 510 styles")
    except (KeyError, FileNotFoundError) as error:
        known = voice_names(folder)
        near = ", ".join(difflib.get_close_matches(name, known, n=3) or known[:5])
        raise InputError(
            f"voice {profile.name}: Kokoro has no voice {name!r}", f"choose another, such as {near}"
        ) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"voice {profile.name}: the voice {name} in {folder} cannot be read ({error})",
            remedy_for(folder / VOICES.name),
        ) from error
    return numbers.reshape(STYLES[0], STYLES[2])


def voice_names(folder: Path) -> list[str]:
    """The voices in a folder, sorted."""
    archive = folder / VOICES.name
    if archive.is_file():
        with zipfile.ZipFile(archive) as held:
            return sorted(name.removesuffix(".npy") for name in held.namelist())
    return sorted(path.stem for path in (folder / "voices").glob("*.bin"))


def _voice_bytes(folder: Path, name: str) -> bytes:
    """No more than a voice takes is read, whatever a file says of itself."""
    if not _NAME.fullmatch(name):
        raise KeyError(name)
    archive = folder / VOICES.name
    if not archive.is_file():
        with (folder / "voices" / f"{name}.bin").open("rb") as file:
            return file.read(_BYTES + 1)
    with zipfile.ZipFile(archive) as held, held.open(f"{name}.npy") as member:
        return member.read(_BYTES + _HEADER)


def _raw(content: bytes) -> NDArray[np.float32]:
    import numpy as np

    if len(content) != _BYTES:
        raise ValueError(f"it does not have {_BYTES:,} bytes")
    return np.frombuffer(content, "<f4").astype(np.float32).reshape(STYLES)


def remedy_for(damaged: Path) -> str:
    """What to do about a file that cannot be read. A fetched one whose content is another is deleted."""
    fetched = next((file for file in FILES if cache_folder("kokoro") / file.name == damaged), None)
    if fetched is None:
        return "get the file again"
    if remove_damaged(damaged.parent, fetched):
        return f"run the same command again: {damaged} was damaged, is deleted, and will be fetched anew"
    return f"delete {damaged}, and run the same command again: it is fetched anew"


def _missing(profile: Profile, remedy: str) -> MissingToolError:
    what = f"its model is not on this disk ({shown_size(size_bytes())}, {LICENCE}, for all Kokoro voices)"
    return MissingToolError(f"voice {profile.name}: {what}", remedy)
