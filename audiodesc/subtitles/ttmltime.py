"""How long a container of TTML lasts that does not say so itself."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ElementTree, SubElement

from audiodesc.subtitles.source import Source, overheard
from audiodesc.subtitles.timed import FOREVER, paragraphs
from audiodesc.subtitles.xmltree import PARAMETER, TIMES, TT

CONTAINERS = {f"{TT}body", f"{TT}div"}
MOST_MEASURED = 100
MOST_READ = 25_000
"""Of containers in sequence, and of the elements in them: each costs a reading of what is in it, and they may nest."""

RATES = {
    "frameRate": ("a frame rate", re.compile(r"f\s*$|:\d+:\d+:\d+")),
    "frameRateMultiplier": ("a frame rate", re.compile("")),
    "tickRate": ("a tick rate", re.compile(r"t\s*$")),
}
"""What each is for people, and the times that count by it; ttconv computes with the multiplier in any case."""

ZERO = re.compile(r"(?<![\d.])0+(?:\.0*)?(?![\d.])")


def refuse_zero(source: Source, root: Element) -> None:
    """Raises the source's error for a rate of 0 by which times count; one that none counts by is forgotten."""
    times = [value for element in root.iter() for name in TIMES if (value := element.get(name))]
    for name, (rate, counts) in RATES.items():
        value = root.get(f"{PARAMETER}{name}", "")
        if not ZERO.search(value):
            continue
        if any(map(counts.search, times)):
            line = source.line_of(f"{name}=") or source.line_of(name)
            raise source.refusal(f"has {rate} of 0 (line {line}: {name} is {value[:40]!r})", "give its true rate there")
        del root.attrib[f"{PARAMETER}{name}"]


def settle(root: Element) -> None:
    """Give an end to each container without one.

    ttconv 1.2 takes the ends of what is in a container for times of the container's parent, and cuts all that is
    later. In parallel no end is needed: nothing is shown longer than it lasts itself. In sequence the next one
    begins there, and it is measured.
    """
    measured = read = 0
    for parent in reversed(list(root.iter())):
        in_sequence = parent.get("timeContainer") == "seq"
        for child in parent:
            if child.tag not in CONTAINERS or child.attrib.keys() & {"end", "dur"}:
                continue
            if not in_sequence:
                child.set("end", f"{FOREVER}s")
            elif measured < MOST_MEASURED and read + (inside := sum(1 for _ in child.iter())) < MOST_READ:
                measured, read = measured + 1, read + inside
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
