"""Whether a WAV file is a receiver mix, narrator and control track (BBC WHP 198), and what its descriptors say."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from audiodesc.core.files import opened
from audiodesc.inspection.model import ReceiverFacts
from audiodesc.media.descriptors import DESCRIPTOR, read_descriptors
from audiodesc.media.wav_metadata import read_metadata

HEAD_S: Final = 3
"""Seconds at the beginning that are looked into; only where they hold descriptors, the whole is."""


def receiver_facts(path: Path) -> ReceiverFacts | None:
    """What the control track says; None where there is none at the beginning, or the file is no WAV."""
    try:
        about = read_metadata(path)
        head = HEAD_S * about.rate_hz * about.channels * about.bits // 8
        if not _begins_with_descriptors(path, about.first_byte + head):
            return None
        count, faded, deepest = 0, 0, 0.0
        for one in read_descriptors(path):
            count += 1
            faded += one.fade_db < 0
            deepest = min(deepest, one.fade_db)
    except (OSError, ValueError):
        return None
    expected = max(count, about.samples // DESCRIPTOR - 1)  # decoders lose one to synchronisation
    return ReceiverFacts(count, expected - count, deepest, round(faded / count, 3))


def _begins_with_descriptors(path: Path, length: int) -> bool:
    with TemporaryDirectory() as folder:
        head = Path(folder) / "head.wav"
        with os.fdopen(opened(path), "rb") as file:
            head.write_bytes(file.read(length))
        return len(list(islice(read_descriptors(head), 3))) == 3
