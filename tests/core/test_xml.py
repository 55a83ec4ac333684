"""XML is read without anything from outside; broken XML as far as it makes sense."""

from __future__ import annotations

import pytest
from lxml import etree

from audiodesc.core.xml import DoctypeError, XmlFault, read_broken_xml, read_xml


def broken(text: str, deepest: int = 50) -> str:
    """What is made of a broken document."""
    root, _ = read_broken_xml(text, deepest)
    return "" if root is None else etree.tostring(root, encoding="unicode")


def test_a_good_document_is_read_without_comments() -> None:
    root, faults = read_xml("<?xml version='1.0'?><a><!-- no --><b>x</b><?no?></a>")
    assert root is not None
    assert etree.tostring(root) == b"<a><b>x</b></a>"
    assert faults == []


def test_a_broken_document_is_a_fault_with_its_line() -> None:
    root, faults = read_xml("<a>\n<b>\n</a>")
    assert root is None
    assert faults[0].line == 3


def test_a_document_that_is_nested_too_deep_is_a_fault() -> None:
    root, faults = read_xml("<a>" * 300 + "</a>" * 300)
    assert root is None
    assert "depth" in faults[0].message


@pytest.mark.parametrize("head", ["", "\n", "\ufeff", "<?xml version='1.0'?>\n", "<!-- - -->\n", "<?a?>\n<!-- <a> -->"])
@pytest.mark.parametrize("is_broken", [True, False])
def test_a_document_type_is_refused_with_its_line(head: str, is_broken: bool) -> None:
    text = f"{head}<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>\n<a>&b;</a>"
    with pytest.raises(DoctypeError) as caught:
        read_broken_xml(text, 50) if is_broken else read_xml(text)
    assert caught.value.line == head.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("<a><b>x</b></a>", "<a><b>x</b></a>"),
        ("<a><b>x</b></c></a>", "<a><b>x</b></a>"),
        ("<a><b>x</a>", "<a><b>x</b></a>"),
        ("<a><b>x", "<a><b>x</b></a>"),
        ("<a></a><b>x</b></a>", "<a><b>x</b></a>"),
        ("<a><b c='1' ... d='2'>x</b></a>", '<a><b c="1" d="2">x</b></a>'),
        ("<a><b c='1' d=2>x</b></a>", '<a><b c="1">x</b></a>'),
        ("<a><b c='1'x</b></a>", '<a><b c="1">x</b></a>'),
        ("<a ...><b>x</b></a>", "<a><b>x</b></a>"),
        ("<a><b<b<b>x</b></a>", "<a><b>x</b></a>"),
        ("<a>x<!DOCTYPE a>y</a>", "<a>xy</a>"),
        ("<a>x\x01y</a>", "<a>xy</a>"),
        ("<a><b c='>'>x</b></a>", '<a><b c="&gt;">x</b></a>'),
        ("<a><![CDATA[</a>]]></a>", "<a>&lt;/a&gt;</a>"),
    ],
)
def test_broken_tags_are_repaired(text: str, made: str) -> None:
    assert broken(text) == made


def test_tags_that_are_nested_too_deep_are_left_out_but_their_text_is_not() -> None:
    assert broken("<a><b><c><p>x</p></c></b></a>", 2) == "<a><b><p>x</p></b></a>"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("<a>\n</b>\n</a>", [XmlFault(2, "</b> ends nothing")]),
        ("<a>\n<b>\n</a>", [XmlFault(3, "</a> before </b>")]),
        ("<a>\n\n<b c>x</b></a>", [XmlFault(3, "a broken start tag <b>")]),
        ("<a>\n<b>", [XmlFault(2, "it ends before </b>")]),
    ],
)
def test_each_repair_is_a_fault_with_its_line(text: str, faults: list[XmlFault]) -> None:
    assert read_broken_xml(text, 50)[1] == faults


def test_repairs_keep_the_lines_of_what_follows() -> None:
    root, _ = read_broken_xml("<a>\n<b\nc='1'\nd=2>\n</e\n>\n<p>x</p></b></a>", 50)
    assert root is not None
    assert [one.sourceline for one in root.iter("p")] == [7]


@pytest.mark.parametrize("text", ["", "<", "x", "<?xml version='1.0'?>"])
def test_what_has_no_element_has_no_root(text: str) -> None:
    root, faults = read_broken_xml(text, 50)
    assert root is None
    assert faults
