"""The folders of a watched folder: where films come in, where results and failures go, where the batch is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.errors import InputError, UsageError

BATCH: Final = "audiodesc.batch"
QUARANTINE: Final = "audiodesc.quarantine"
MAKING: Final = ".audiodesc-making"
"""In the outbox: folders of results that are not whole so far."""


@dataclass(frozen=True, slots=True)
class Places:
    """Whole paths. `outbox` is None where results go beside their films."""

    folder: Path
    batch: Path
    quarantine: Path
    outbox: Path | None = None

    @property
    def apart(self) -> tuple[Path, ...]:
        """What is not looked at for films, wherever it lies."""
        return tuple(one for one in (self.batch, self.quarantine, self.outbox) if one)

    @property
    def making(self) -> Path | None:
        """Where results are made that go to the outbox, on the same disk."""
        return self.outbox / MAKING if self.outbox else None

    def output(self, film: str) -> Path:
        """The folder in which the results of a film are made; `film` is its path in the folder."""
        path = Path(film)
        return (self.making or self.folder) / path.with_name(f"{path.stem}.ad")


def places_of(folder: Path, outbox: Path | None, quarantine: Path | None, batch: Path | None) -> Places:
    """The folders as they were asked for, the others in `folder`. Raises InputError where that is no folder, and
    UsageError where two are the same or films would be looked for in results."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "give the folder that films come into")
    root = folder.resolve()
    named = {
        "--batch": (batch or root / BATCH).resolve(),
        "--quarantine": (quarantine or root / QUARANTINE).resolve(),
        **({"--outbox": outbox.resolve()} if outbox else {}),
    }
    for option, path in named.items():
        if path == root or path in root.parents:
            raise UsageError(f"{option} {path} holds the folder that is watched", "give another folder")
        if twin := next((other for other, at in named.items() if other != option and at == path), ""):
            raise UsageError(f"{option} and {twin} are the same folder", "give two")
        if path.exists() and not path.is_dir():
            raise InputError(f"{option} {path} is not a folder", "give another")
    return Places(root, named["--batch"], named["--quarantine"], named.get("--outbox"))
