"""Subtitles of DVDs, as pictures: for how long one is shown stands inside it."""

from __future__ import annotations

from typing import Final

LENGTHS: Final = {0: 0, 1: 0, 2: 0, 3: 2, 4: 2, 5: 6, 6: 4}
"""Bytes behind each command of a control sequence; of 7, the first two say how many."""

STOP, CHANGES, END = 2, 7, 0xFF
TICK_MS = 1024 / 90
LATEST = 0xFFFF


def shown_longer(unit: bytes, more_ms: int) -> bytes:
    """The subpicture unit, hidden so much later; as it is where it is damaged, or does not say when it is hidden."""
    made, seen = bytearray(unit), set[int]()
    at = int.from_bytes(made[2:4])
    while at + 4 <= len(made) and at not in seen:
        seen.add(at)
        if STOP in _commands(made, at + 4):
            made[at : at + 2] = min(LATEST, int.from_bytes(made[at : at + 2]) + round(more_ms / TICK_MS)).to_bytes(2)
        at = int.from_bytes(made[at + 2 : at + 4])
    return bytes(made)


def _commands(unit: bytearray, at: int) -> list[int]:
    """Those of the control sequence whose commands begin there."""
    found: list[int] = []
    while at < len(unit) and unit[at] != END and (unit[at] in LENGTHS or unit[at] == CHANGES):
        found.append(unit[at])
        at += 1 + (LENGTHS[unit[at]] if unit[at] in LENGTHS else max(2, int.from_bytes(unit[at + 1 : at + 3])))
    return found
