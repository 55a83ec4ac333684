"""Which list a batch is of: two lists beside each other, such as night.csv and night.toml, have one folder by default,
and each would take the films of the other out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.names import LONGEST_NAME
from audiodesc.core.cache import Store
from audiodesc.core.files import read_whole
from audiodesc.errors import UsageError

NAME: Final = "list"


def check_kept_list(folder: Path, listed: Path) -> None:
    """Raise UsageError where the batch in a folder is of another list than `listed`, and that one is still there."""
    with suppress(OSError, ValueError):
        before = Path(read_whole(folder / f"{NAME}.txt", LONGEST_NAME * 4).decode("utf-8", "surrogateescape"))
        if not before.samefile(listed):
            raise UsageError(
                f"the batch in {folder} is of {before}, whose films would be taken out",
                f"give {listed} a folder of its own with --batch DIR, or that one, to use it for both",
            )


def keep_list(folder: Path, listed: Path) -> None:
    """Remember in the folder of a batch which list it is of, a whole path."""
    with suppress(OSError):  # then it may be of any
        Store(folder).put(NAME, ".txt", str(listed).encode("utf-8", "surrogateescape"))
