"""How long a container of TTML lasts that does not say so itself."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ElementTree, SubElement

from audiodesc.subtitles.source import overheard
from audiodesc.subtitles.timed import FOREVER, paragraphs
from audiodesc.subtitles.xmltree import TT

CONTAINERS = {f"{TT}body", f"{TT}div"}
MOST_MEASURED = 100
"""Of containers in sequence; each costs a reading of what is in it."""


def settle(root: Element) -> None:
    """Give an end to each container without one.

    ttconv 1.2 takes the ends of what is in a container for times of the container's parent, and cuts all that is
    later. In parallel no end is needed: nothing is shown longer than it lasts itself. In sequence the next one
    begins there, and it is measured.
    """
    measured = 0
    for parent in reversed(list(root.iter())):
        in_sequence = parent.get("timeContainer") == "seq"
        for child in parent:
            if child.tag not in CONTAINERS or child.attrib.keys() & {"end", "dur"}:
                continue
            if not in_sequence:
                child.set("end", f"{FOREVER}s")
            elif measured < MOST_MEASURED:
                measured += 1
                _measure(root, child)


def _measure(root: Element, container: Element) -> None:
    from ttconv.imsc.reader import to_model

    alone = Element(root.tag, root.attrib)
    copy = SubElement(SubElement(alone, f"{TT}body", {"end": f"{FOREVER}s"}), f"{TT}div", dict(container.attrib))
    copy.attrib.pop("begin", None)
    copy.set("end", f"{FOREVER}s")
    copy.extend(container)
    with overheard("ttconv"):
        pieces = [piece for found in paragraphs(to_model(ElementTree(alone))) for piece in found]
    ends = [piece.end for piece in pieces]
    if ends and all(end is not None and end < FOREVER for end in ends):
        container.set("dur", f"{float(max(end for end in ends if end is not None))}s")
