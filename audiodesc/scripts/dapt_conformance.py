"""What W3C's DAPT demands of a script beside its words: profile, languages, what is represented, agents, recordings.

Source of every check: Dubbing and Audio description Profiles of TTML2, W3C Candidate Recommendation Draft, and its
registries of content descriptors and description types.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from audiodesc.core.languages import is_tag
from audiodesc.core.xml import Element
from audiodesc.scripts.dapt import DAPTM, LANGUAGE, PARAMETER, TIMED, TT, TTM, XML_ID, inherited, rates
from audiodesc.scripts.lines import Fault

CONTENT_PROFILE = "http://www.w3.org/ns/ttml/profile/dapt1.0/content"
SCRIPT_TYPES = ("originalTranscript", "translatedTranscript", "preRecording", "asRecorded")
PROHIBITED = ("clockMode", "dropMode", "markerMode", "subFrameRate")
ON_SCREEN = ("ON", "OFF", "ON_OFF", "OFF_ON")
AGENT_TYPES = ("person", "character", "group", "organization", "other")
DESCRIPTION_TYPES = ("pronunciationNote", "scene", "plotSignificance")
DESCRIPTORS = frozenset(
    {"audio", "audio.dialogue", "audio.nonDialogueSounds", "visual", "visual.dialogue", "visual.nonText"}
    | {"visual.text", "visual.text.title", "visual.text.credit", "visual.text.location"}
)
NAME = re.compile(r"[^\W\d][\w.\-]*")
TOKENS = re.compile(r"[\w\-]+(?:\.[\w\-]+)*")
TIMECODE = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d:(\d{2})")
FRAMES = re.compile(r"\d{2,}:\d{2}:\d{2}:\d{2,}")
DECLARED = re.compile(r"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.\-]+)["']""")
AUDIO = f"{TT}audio"


def conformance(root: Element, text: str) -> list[Fault]:
    """What the script breaks of its specification, in the order of the file; `text` is the file as it stands."""
    faults = [Fault("nonconforming", message, 1) for message in _encoding(text)]
    checks = (_root, _languages, _represents, _metadata, _agents, _recordings, _times)
    faults += [Fault("nonconforming", message, one.sourceline or 0) for check in checks for one, message in check(root)]
    return sorted(faults, key=lambda fault: fault.number)


Faults = Iterator[tuple[Element, str]]


def _encoding(text: str) -> Iterator[str]:
    declared = DECLARED.match(text.lstrip("\ufeff"))
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        yield f"the XML declaration names {declared[1]}; a DAPT script is encoded in UTF-8"


def _root(root: Element) -> Faults:
    if CONTENT_PROFILE not in root.get(f"{PARAMETER}contentProfiles", "").split():
        yield root, f"ttp:contentProfiles does not name {CONTENT_PROFILE}"
    if root.get(f"{PARAMETER}profile") is not None:
        yield root, "ttp:profile is given; DAPT has ttp:contentProfiles instead"
    for name in PROHIBITED:
        if root.get(f"{PARAMETER}{name}") is not None:
            yield root, f"ttp:{name} is given, which DAPT prohibits"
    if root.get(f"{PARAMETER}timeBase", "media") != "media":
        yield root, f"ttp:timeBase is {root.get(f'{PARAMETER}timeBase')!r}; DAPT counts in media time"
    kind = root.get(f"{DAPTM}scriptType")
    if kind not in SCRIPT_TYPES:
        yield root, f"daptm:scriptType is {_shown(kind)}, not one of {', '.join(SCRIPT_TYPES)}"
    represented = root.get(f"{DAPTM}scriptRepresents", "").split()
    if not represented:
        yield root, "daptm:scriptRepresents is missing: it says what the script represents, such as visual.nonText"
    for one in represented:
        if not _is_descriptor(one):
            yield root, f"daptm:scriptRepresents holds {one!r}, which is no content descriptor of DAPT"
    if not root.get(LANGUAGE):
        yield root, "xml:lang is missing or empty on the root element"


def _languages(root: Element) -> Faults:
    for one in root.iter():
        if (tag := one.get(LANGUAGE)) and not is_tag(tag):
            yield one, f"xml:lang is {tag!r}, which is no language tag"
        source = one.get(f"{DAPTM}langSrc")
        if source == "":
            yield one, "daptm:langSrc is empty; for pictures without words it is zxx"
        elif source and not is_tag(source):
            yield one, f"daptm:langSrc is {source!r}, which is no language tag"


def _represents(root: Element) -> Faults:
    allowed = root.get(f"{DAPTM}scriptRepresents", "").split()
    known = all(map(_is_descriptor, allowed))
    for one in root.iter():
        descriptor = one.get(f"{DAPTM}represents")
        if descriptor is not None and not _is_descriptor(descriptor):
            yield one, f"daptm:represents is {descriptor!r}, which is no content descriptor of DAPT"
    for event in _events(root):
        descriptor = inherited(event, f"{DAPTM}represents")
        if not descriptor:
            yield event, "the event does not say what it represents (daptm:represents)"
        elif known and allowed and _is_descriptor(descriptor) and not _covered(descriptor, allowed):
            yield event, f"the event represents {descriptor!r}, but daptm:scriptRepresents is {' '.join(allowed)!r}"


def _is_descriptor(text: str) -> bool:
    """Of the registry, or below one of its entries by tokens that begin with x-."""
    parts = text.split(".")
    while len(parts) > 1 and parts[-1].startswith("x-"):
        parts.pop()
    return TOKENS.fullmatch(text) is not None and (".".join(parts) in DESCRIPTORS or parts[0].startswith("x-"))


def _covered(descriptor: str, allowed: list[str]) -> bool:
    return any(descriptor == one or descriptor.startswith(f"{one}.") for one in allowed)


def _events(root: Element) -> Iterator[Element]:
    """Script events: each division with an id and no division in it."""
    return (div for div in root.iter(f"{TT}div") if div.get(XML_ID) is not None and div.find(f"{TT}div") is None)


def _metadata(root: Element) -> Faults:
    for one in root.iter():
        shown = one.get(f"{DAPTM}onScreen")
        if shown is not None and shown not in ON_SCREEN:
            yield one, f"daptm:onScreen is {shown!r}, not one of {', '.join(ON_SCREEN)}"
        kind = one.get(f"{DAPTM}descType")
        if kind is not None and kind not in DESCRIPTION_TYPES and not kind.startswith("x-"):
            yield (
                one,
                f"daptm:descType is {kind!r}, not one of {', '.join(DESCRIPTION_TYPES)}, nor does it begin with x-",
            )
    origins = list(root.iter(f"{DAPTM}daptOriginTimecode"))
    for extra in origins[1:]:
        yield extra, "a second daptm:daptOriginTimecode; there is one at most"
    for origin in origins[:1]:
        code = TIMECODE.fullmatch((origin.text or "").strip())
        if code is None:
            yield origin, f"daptm:daptOriginTimecode is {(origin.text or '').strip()[:20]!r}, not HH:MM:SS:FF"
        elif int(code[1]) >= rates(root.attrib).frames:
            yield origin, f"daptm:daptOriginTimecode has frame {int(code[1])}, more than a second has"


def _agents(root: Element) -> Faults:
    agents = {one.get(XML_ID) for one in root.iter(f"{TTM}agent")}
    for agent in root.iter(f"{TTM}agent"):
        name = agent.get(XML_ID)
        if name is None:
            yield agent, "a ttm:agent without xml:id: no event can name it"
        elif not NAME.fullmatch(name):
            yield agent, f"xml:id of a ttm:agent is {name!r}, which is no XML name"
        if agent.get("type") not in AGENT_TYPES:
            yield agent, f"type of a ttm:agent is {_shown(agent.get('type'))}, not person or character"
    for actor in root.iter(f"{TTM}actor"):
        if (name := actor.get("agent")) not in agents:
            yield actor, f"ttm:actor names the agent {_shown(name)}, which is not declared"
    for one in root.iter():
        for name in one.get(f"{TTM}agent", "").split():
            if name not in agents:
                yield one, f"ttm:agent names {name!r}, which is not declared"


def _recordings(root: Element) -> Faults:
    """Recordings: of the language of their text, with a type, and there where they are said to be in the file."""
    resources = {one.get(XML_ID): one for one in root.iterfind(f"{TT}head/{TT}resources/*")}
    recorded = [one for one in root.iter(AUDIO) if one.getparent() is not None and one.getparent().tag in TIMED]
    if recorded and root.get(f"{DAPTM}scriptType") == "preRecording":
        yield recorded[0], "a recording in a script of type preRecording; with recordings it is asRecorded"
    for audio in recorded:
        parent = audio.getparent()
        spoken, written = inherited(audio, LANGUAGE), inherited(parent, LANGUAGE) if parent is not None else ""
        if spoken.lower() != written.lower():
            yield audio, f"the recording is in {spoken!r}, its text in {written!r}"
        sources = list(audio.iter(f"{TT}source"))
        if not sources and audio.get("src") is None:
            yield audio, "a recording without a source"
        for one in (audio, *sources):
            yield from _source(one, resources)
    for data in root.iter(f"{TT}data"):
        yield from _data(data)


def _source(one: Element, resources: dict[str | None, Element]) -> Faults:
    src = one.get("src")
    if src is None:
        return
    if src.startswith("#"):
        held = resources.get(src[1:])
        if held is None or held.tag not in (AUDIO, f"{TT}data"):
            yield one, f"src is {src!r}, and the head holds no such recording"
    elif one.get("type") is None:
        yield one, f"a recording outside of the file ({src[:60]!r}) without its type"


def _data(data: Element) -> Faults:
    if not (data.get("type") or "").strip():
        yield data, "embedded data without its type"
    if data.find(f"{TT}source") is not None:
        yield data, "embedded data with a source in it"
    chunks = [data.text or "", *(chunk.text or "" for chunk in data.iter(f"{TT}chunk"))]
    encoded = "".join("".join(chunks).split())
    if not encoded:
        yield data, "embedded data without content"
    elif data.get("encoding", "base64") == "base64" and not _is_base64(encoded):
        yield data, "embedded data that is no base64"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _times(root: Element) -> Faults:
    for one in root.iter():
        for name in ("begin", "end", "dur", "clipBegin", "clipEnd"):
            if (value := one.get(name)) and FRAMES.fullmatch(value.strip()):
                yield one, f"{name} is {value.strip()!r}: DAPT has no clock time with frames; give seconds, or 12f"


def _shown(value: str | None) -> str:
    return "missing" if value is None else repr(value)
