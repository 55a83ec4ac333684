"""A deliverable: a plain text of all lines, to be read aloud or sent by mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.deliver.base import Delivery
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings


@dataclass(frozen=True)
class Options:
    """`--option reading.numbered=true` puts a number before each line."""

    numbered: bool = False


class Reading:
    """Its entry in the table of deliverables."""

    name = "reading"
    summary = "all lines as plain text"
    needs = "nothing"
    options = Options
    needs_sound = False

    def availability(self) -> Availability:
        return AVAILABLE

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False  # only with --deliver reading

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.reading.txt"

    def write(self, delivery: Delivery, path: Path) -> Iterable[Note]:
        lines = [spoken.line.text for spoken in delivery.spoken]
        if delivery.options.numbered:
            lines = [f"{number}. {text}" for number, text in enumerate(lines, 1)]
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        if not lines:
            yield Note("deliver", "there is nothing to read: no line is spoken")


DELIVERABLE = Reading()
