"""What the mix is made of, as Broadcast WAV files of floats: the narrator in its channels, the film ducked, and the
film as it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from audiodesc.core.provenance import Content
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.broadcast_wav import WavSound, broadcast_wav
from audiodesc.deliver.sinks import Beside
from audiodesc.deliver.sound import SoundDeliverable, SoundOrder, pcm_bytes
from audiodesc.mix import Mix
from audiodesc.mix.mixer import Mixed, placed
from audiodesc.mix.outputs import Sink
from audiodesc.model import Film, Note, Samples
from audiodesc.settings import DeliverSettings, Settings

BITS: Final = 32
"""Floats: a sum that is over full scale before the limiter stays as it is."""

FILES: Final[dict[str, tuple[str, Content | None]]] = {
    "narration": ("Audio description, the narrator as placed in the mix", "narration"),
    "ducked": ("Film as it lies under the narrator, without the narrator", "ducked"),
    "film": ("Film as it is without audio description, at the level of the mix", None),
}


class Stems(SoundDeliverable):
    """A folder with three files in the channels and at the rate of the mix, each as long as it to the sample. Narration
    and ducked film add up to the mix before its limiter."""

    name, content = "stems", "mix"
    summary = "a folder with the narrator, the film ducked and the film as it is: WAV of 32-bit floats"

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.stems"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return len(FILES) * pcm_bytes(film, settings, BITS)

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        folder, layout = order.files[self.name], mix.source.layout
        shutil.rmtree(folder, ignore_errors=True)  # of a pass that missed its level
        folder.mkdir()
        signals: dict[str, Callable[[Mixed], Samples]] = {
            "narration": lambda part: placed(part.narration[0], layout, mix.setup.pan),
            "ducked": lambda part: part.film,
            "film": lambda part: part.unducked,
        }
        for name, (what, content) in FILES.items():
            path = folder / f"{folder.stem}.{name}.wav"
            file = broadcast_wav(path, mix, order, WavSound(what, content, layout, BITS))
            yield Sink(Beside(file, name), signals[name])

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        """The mix has written it."""
        return ()
