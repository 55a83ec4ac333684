"""pysubs2, made safe against what is broken or hostile."""

from __future__ import annotations

import re
import warnings

import pysubs2
from pysubs2.exceptions import Pysubs2Error

from audiodesc.subtitles.source import Source

BROKEN = (Pysubs2Error, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError)
MARKS = {"\ue010": "<", "\ue011": "{"}
OPEN = {"\ue010": re.compile("<(?!!--|[^<>]*>)"), "\ue011": re.compile("{(?![^{}]*})")}
"""A bracket that nothing closes before the next one opens; comments are none."""


def parsed(source: Source, text: str, form: str, fps: float | None = None) -> list[pysubs2.SSAEvent]:
    """The events that pysubs2 finds, without comments. Its faults become a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # odd styles, which nobody hears
            subs = pysubs2.SSAFile.from_string(text, format_=form, fps=fps)
    except BROKEN as error:
        raise source.refusal(f"is broken {form} ({error})", "mend it, or save it anew") from error
    return [event for event in subs if not event.is_comment]


def tame(text: str) -> str:
    """The text without what makes regular expressions slow: long runs of blanks, and brackets that nothing closes,
    for which marks stand that `wild` turns back."""
    text = re.sub(r"\n{4,}", "\n\n\n", re.sub(r"[ \t]{9,}", " ", text))
    for mark, bracket in OPEN.items():
        text = bracket.sub(mark, text)
    return text


def wild(text: str) -> str:
    """A text that was tamed, as it was."""
    for mark, bracket in MARKS.items():
        text = text.replace(mark, bracket)
    return text
