"""What a WAV file says of itself: `bext` (EBU Tech 3285), LIST/INFO, iXML, and the Audio Definition Model in `axml`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audiodesc.core.xml import DoctypeError, Element, read_xml
from audiodesc.inspection.model import ADM_DESCRIPTION, AdmFacts, AdmObject, Finding
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.media.wav_xml import raw_chunks

LONGEST: Final = 300
"""Characters of a text that are shown."""

IXML: Final = ("PROJECT", "SCENE", "TAKE", "NOTE", "TRACK_LIST")
MOST_OBJECTS: Final = 500


def wav_facts(path: Path) -> tuple[dict[str, str], AdmFacts | None, tuple[Finding, ...]]:
    """Texts by what says them, what ADM says, and what is wrong with its XML. Nothing of a file that is no WAV."""
    try:
        metadata, chunks = read_metadata(path).metadata, raw_chunks(path)
    except (OSError, ValueError):
        return {}, None, ()
    said: dict[str, str] = {}
    for name, text in (
        ("bext description", metadata.description),
        ("bext originator", metadata.originator),
        ("bext reference", metadata.originator_reference),
        ("bext coding history", metadata.coding_history),
        ("bext time reference", f"{metadata.time_reference} samples" if metadata.time_reference else ""),
        *((f"INFO {key}", text) for key, text in metadata.info.items()),
    ):
        if text.strip():
            said[name] = " ".join(text.split())[:LONGEST]
    for name, value in (
        ("bext loudness", metadata.loudness.integrated_lufs),
        ("bext loudness range", metadata.loudness.range_lu),
        ("bext true peak", metadata.loudness.true_peak_db),
    ):
        if value is not None:
            said[name] = f"{value:.2f}"
    if metadata.regions:
        said["regions"] = str(len(metadata.regions))
    findings: list[Finding] = []
    if "iXML" in chunks and (root := _root(chunks["iXML"], "iXML", findings)) is not None:
        said |= {f"iXML {name}": text for name, text in _ixml(root)}
    adm = None
    if "axml" in chunks and (root := _root(chunks["axml"], "axml", findings)) is not None:
        adm = adm_facts(root)
        if adm and "chna" not in chunks:
            findings.append(
                Finding("adm-chna", "error", "it has ADM, and no chna chunk that says which channel is what", "add one")
            )
    return said, adm, tuple(findings)


def _root(raw: bytes, name: str, findings: list[Finding]) -> Element | None:
    try:
        root, faults = read_xml(raw.rstrip(b"\0").decode("utf-8-sig", "replace"))
    except DoctypeError as error:
        findings.append(Finding("wav-xml", "error", f"its {name} has {error}", "leave it out"))
        return None
    if root is None:
        why = f"line {faults[0].line}: {faults[0].message}" if faults else "it is empty"
        findings.append(Finding("wav-xml", "error", f"its {name} is no XML ({why})", "write it again"))
    return root


def _ixml(root: Element) -> Iterator[tuple[str, str]]:
    for child in root:
        if child.tag in IXML:
            text = " ".join(" ".join(child.itertext()).split())
            if text:
                yield str(child.tag), text[:LONGEST]


def adm_facts(root: Element) -> AdmFacts | None:
    """The programmes and objects of an ADM document; None where it has none of both."""
    programmes = tuple(
        (one.get("audioProgrammeName", ""), one.get("audioProgrammeLanguage", ""))
        for one in _all(root, "audioProgramme")
    )
    contents = tuple(_content(one) for one in _all(root, "audioContent"))[:MOST_OBJECTS]
    objects = tuple(_object(one) for one in _all(root, "audioObject"))[:MOST_OBJECTS]
    return AdmFacts(programmes[:MOST_OBJECTS], contents, objects) if programmes or objects else None


KINDS: Final = {
    "1": "dialogue",
    "2": "voice-over",
    "3": "spoken subtitles",
    "4": ADM_DESCRIPTION,
    "5": "commentary",
    "6": "emergency",
}
"""The attribute `dialogueContentKind` of BS.2076."""


def _content(one: Element) -> tuple[str, str]:
    """Its name, and what its dialogue is."""
    said = next((child.get("dialogueContentKind", "") for child in _all(one, "dialogue")), "")
    return one.get("audioContentName", ""), KINDS.get(said, "")


DIALOGUE: Final = {"0": "no dialogue", "1": "dialogue", "2": "mixed"}
"""The attribute `dialogue` of BS.2076."""


def _object(one: Element) -> AdmObject:
    action = next(iter(_all(one, "audioObjectInteraction")), None)
    return AdmObject(
        name=one.get("audioObjectName", ""),
        dialogue=DIALOGUE.get(one.get("dialogue", ""), ""),
        interact=one.get("interact") == "1",
        on_off=action is not None and action.get("onOffInteract") == "1",
        gain_db=_range(action, "gainInteractionRange") if action is not None else "",
        position=_range(action, "positionInteractionRange") if action is not None else "",
        language=one.get("audioObjectLanguage", ""),
        alternatives=sum(1 for _ in _all(one, "alternativeValueSet")),
        tracks=sum(1 for _ in _all(one, "audioTrackUIDRef")),
    )


def _range(action: Element, name: str) -> str:
    """The bounds of an interaction: "−12.0 to 6.0 dB", "azimuth −110 to 110"."""
    found: dict[str, dict[str, str]] = {}
    for one in _all(action, name):
        text = (one.text or "").strip()
        if name.startswith("gain") and one.get("gainUnit") != "dB":
            text = _decibels(text)
        found.setdefault(one.get("coordinate", ""), {})[one.get("bound", "")] = text
    unit = " dB" if name.startswith("gain") else ""
    parts = (f"{where} {ends.get('min', '?')} to {ends.get('max', '?')}{unit}".strip() for where, ends in found.items())
    return ", ".join(parts)


def _decibels(linear: str) -> str:
    try:
        gain = float(linear)
    except ValueError:
        return linear
    return f"{20 * math.log10(gain):.1f}" if gain > 0 else "-inf"


def _all(root: Element, name: str) -> Iterator[Element]:
    """The elements of that name in any namespace, at any depth."""
    for one in root.iter():
        if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name:
            yield one
