"""Files of sound and film say what they are made of: as tags while they are written, as XMP when they are."""

from __future__ import annotations

from pathlib import Path

from audiodesc.core.provenance import Content, Provenance
from audiodesc.deliver.base import Delivery
from audiodesc.media.xmp import add_xmp, xmp_packet


def tags_of(provenance: Provenance | None, content: Content) -> dict[str, str]:
    """What a file of this content is made of, as tags; none where that is not known."""
    return {"comment": provenance.statement(content), **provenance.facts(content)} if provenance else {}


def mark(delivery: Delivery, path: Path, content: Content) -> None:
    """Add the same as XMP to a file that is written, where its container takes that."""
    if delivery.provenance:
        add_xmp(path, xmp_packet(delivery.provenance, content))
