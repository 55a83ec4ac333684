"""A judgement as JUnit XML: each rule is a test case of a suite, which fails where the rule is broken."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from audiodesc.judge.findings import Finding, Judgement
from audiodesc.judge.output import clock
from audiodesc.judge.rules import RULES

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, not even escaped."""


def junit(judgement: Judgement) -> str:
    """The document. Errors and warnings are failures, hints are a case's output, unjudged rules are skipped."""
    cases = [_case(judgement, name) for name in RULES if name in (*judgement.judged, *judgement.unjudged)]
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": "0"}
    suites = Element("testsuites", {"name": "audiodesc check", **counts})
    about = {"name": _clean(judgement.script) or "script", **counts, "skipped": str(len(judgement.unjudged))}
    suite = SubElement(suites, "testsuite", about)
    suite.extend(cases)
    SubElement(suite, "system-out").text = _clean(judgement.statement)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, "unicode")}\n'


def _case(judgement: Judgement, name: str) -> Element:
    rule = RULES[name]
    case = Element("testcase", {"classname": f"audiodesc.{rule.group}", "name": name, "time": "0"})
    broken = [one for one in judgement.findings if one.rule == name]
    if name in judgement.unjudged:
        SubElement(case, "skipped", {"message": judgement.unjudged[name]})
    elif broken:
        text = _clean("\n".join(_told(one, judgement.script) for one in broken))
        if rule.severity == "info":
            SubElement(case, "system-out").text = text
        else:
            message = f"{len(broken)} found: {rule.advice}"
            SubElement(case, "failure", {"message": message, "type": rule.severity}).text = text
    return case


def _told(one: Finding, script: str) -> str:
    place = f"{script}:{one.line}" if one.line else script
    return " ".join(part for part in (place, clock(one.span), f"{one.message}.", one.words) if part)


def _clean(text: str) -> str:
    return NO_XML.sub("\ufffd", text)
