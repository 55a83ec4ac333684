"""What a file says of itself as XMP (ISO 16684-1): the packet, and where MP4, MOV and WAV have it."""

from __future__ import annotations

import struct
from pathlib import Path

from audiodesc.core.provenance import Content, Provenance
from audiodesc.media.wav_chunks import append_chunk

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The extended type of a box with XMP in MP4 (XMP specification, part 3)."""

WAV_CHUNK = b"_PMX"
"""The name of a chunk with XMP in WAV (the same)."""

OWN = "urn:audiodesc:provenance:1"
META, RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC, XMP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
NAMESPACES = {"x": META, "rdf": RDF, "dc": DC, "xmp": XMP, "Iptc4xmpExt": IPTC, "audiodesc": OWN}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

HEAD = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
TAIL = b'<?xpacket end="r"?>'


def xmp_packet(of: Provenance, content: Content) -> bytes:
    """The provenance of a file of this content: IPTC's digital source type and AI system, and each fact by its name."""
    from lxml import etree

    root = etree.Element(f"{{{META}}}xmpmeta", nsmap={name: uri for name, uri in NAMESPACES.items() if name == "x"})
    graph = etree.SubElement(root, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    about = etree.SubElement(graph, f"{{{RDF}}}Description", nsmap=NAMESPACES)
    about.set(f"{{{RDF}}}about", "")
    facts = of.facts(content)
    known = {"digital_source_type": f"{{{IPTC}}}DigitalSourceType", "ai_system": f"{{{IPTC}}}AISystemUsed"}
    known["made_by"] = f"{{{XMP}}}CreatorTool"
    for name, value in facts.items():
        etree.SubElement(about, known.get(name, f"{{{OWN}}}{name}")).text = _text(value)
    said = etree.SubElement(etree.SubElement(about, f"{{{DC}}}description"), f"{{{RDF}}}Alt")
    one = etree.SubElement(said, f"{{{RDF}}}li")
    one.set(LANGUAGE, "x-default")
    one.text = _text(of.statement(content))
    etree.indent(root)
    return HEAD + bytes(etree.tostring(root, encoding="UTF-8")) + b"\n" + TAIL


def _text(text: str) -> str:
    """Without what XML does not take."""
    return "".join(one for one in text if one.isprintable() and not 0xD800 <= ord(one) <= 0xDFFF)


def add_to_mp4(path: Path, packet: bytes) -> None:
    """Add a packet as a box at the end of an MP4, M4A or MOV: nothing in the file moves."""
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + XMP_UUID + packet)


def add_xmp(path: Path, packet: bytes) -> None:
    """Add a packet to a file of a kind that has a place for one; others stay as they are."""
    if path.suffix in (".mp4", ".m4a", ".mov"):
        add_to_mp4(path, packet)
    elif path.suffix == ".wav":
        append_chunk(path, WAV_CHUNK, packet)
