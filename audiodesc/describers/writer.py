"""A request -> a line: ask, clean, check, and ask once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from audiodesc.describers.about import About
from audiodesc.describers.answers import clean
from audiodesc.describers.language import in_language
from audiodesc.describers.prompts import again_prompt, go_on_prompt, language_name, tell_prompt
from audiodesc.describers.rules import Finding, findings
from audiodesc.model import LineRequest

NEVER_TOLD = frozenset({"length", "repeat", "language"})
"""A line that breaks one of these is no use; any other is better than silence."""


def write_line(ask: Callable[[str], str], request: LineRequest, about: About) -> tuple[str, ...]:
    """One line, or () where nothing is worth saying or nothing fits. `ask` takes a prompt and answers it.

    Asks nothing where nothing was seen or there is no time, and never more than twice. A line is never cut.
    """
    if not request.facts.strip() or request.max_words < 1:
        return ()
    first = clean(ask(tell_prompt(request, about)))
    faults = _faults(first, request) if first else ()
    if not faults:
        return (first,) if first else ()
    second = clean(ask(again_prompt(request, about, first, faults)))
    if not second:
        return ()
    answers = ((second, _faults(second, request)), (first, faults))
    usable = [(len(found), line) for line, found in answers if _usable(found)]
    return (min(usable, key=lambda option: option[0])[1],) if usable else ()


def go_on_line(ask: Callable[[str], str], request: LineRequest) -> tuple[str, ...]:
    """The same from a base model, which goes on with a text and cannot be told what is wrong: it is asked once."""
    if not request.facts.strip() or request.max_words < 1:
        return ()
    line = clean(ask(go_on_prompt(request)).strip().partition("\n")[0])
    return (line,) if line and _usable(_faults(line, request)) else ()


def _faults(line: str, request: LineRequest) -> tuple[Finding, ...]:
    if in_language(line, request.language) is False:
        name = language_name(request.language)
        return (Finding("language", f"it is not in {name}: write it in {name}"),)
    return findings(line, request)


def _usable(faults: Sequence[Finding]) -> bool:
    return not any(fault.rule in NEVER_TOLD for fault in faults)
